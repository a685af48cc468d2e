//! The expansion of presets.

use super::super::description::Preset;
use super::*;

fn plan(application: Application, preset: Preset) -> Plan {
    Plan::of([&Experiment::preset(application, preset)])
}

#[test]
fn the_papers_grids_have_the_papers_sizes() {
    let verification = plan(Application::Verification, Preset::Paper);
    assert_eq!(verification.dense.len(), 160);
    assert_eq!(verification.pruned.len(), 6400);
    assert_eq!(verification.runs.len(), 6560);
    assert_eq!(verification.solver_seconds(), 6560.0 * 300.0);
    let maximization = plan(Application::Maximization, Preset::Paper);
    assert_eq!(maximization.dense.len(), 180);
    assert_eq!(maximization.runs.len(), 1080);
}

#[test]
fn every_preset_is_sound_and_reads_back() {
    use crate::named::Named;
    for &(application, _) in Application::NAMES {
        for &(preset, _) in Preset::NAMES {
            let experiment = Experiment::preset(application, preset);
            assert_eq!(
                Experiment::parse(&experiment.to_toml()).unwrap(),
                experiment
            );
            assert_eq!(experiment.application, application);
            assert!(!Plan::of([&experiment]).runs.is_empty());
        }
    }
}

#[test]
fn common_models_and_runs_are_planned_once() {
    let paper = Experiment::preset(Application::Verification, Preset::Paper);
    let mut shorter = paper.clone();
    shorter.solve.time_limit = 30.0;
    let both = Plan::of([&paper, &shorter]);
    assert_eq!(both.dense.len(), 160);
    assert_eq!(both.pruned.len(), 6400);
    assert_eq!(both.runs.len(), 2 * 6560);
    assert_eq!(Plan::of([&paper, &paper]), Plan::of([&paper]));
}

#[test]
fn the_published_draw_and_training_seed() {
    let plan = plan(Application::Verification, Preset::Paper);
    let run = &plan.runs[0];
    assert!(matches!(
        run.question,
        QuestionSettings::Verification {
            data_seed: 0,
            image: 2732,
            ..
        }
    ));
    assert_eq!(run.dense.seed(), 2);
}
