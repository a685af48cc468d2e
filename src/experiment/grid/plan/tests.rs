//! The expansion of presets.

use super::super::description::Preset;
use super::*;

fn preset(application: Application, preset: Preset) -> Plan<Task> {
    plan([&Experiment::preset(application, preset)])
}

/// Numbers of dense models, pruned models and runs.
fn counts(plan: &Plan<Task>) -> [usize; 3] {
    [0, 1, 2].map(|stage| plan.stage(stage).count())
}

#[test]
fn the_papers_grids_have_the_papers_sizes() {
    let verification = preset(Application::Verification, Preset::Paper);
    assert_eq!(counts(&verification), [160, 6400, 6560]);
    assert_eq!(solver_seconds(verification.tasks()), 6560.0 * 300.0);
    let maximization = preset(Application::Maximization, Preset::Paper);
    assert_eq!(maximization.stage(0).count(), 180);
    assert_eq!(maximization.runs().count(), 1080);
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
            assert!(plan([&experiment]).runs().count() > 0);
        }
    }
}

#[test]
fn common_models_and_runs_are_planned_once() {
    let paper = Experiment::preset(Application::Verification, Preset::Paper);
    let mut shorter = paper.clone();
    shorter.solve.time_limit = 30.0;
    let both = plan([&paper, &shorter]);
    assert_eq!(counts(&both), [160, 6400, 2 * 6560]);
    assert_eq!(plan([&paper, &paper]), plan([&paper]));
}

#[test]
fn the_published_draw_and_training_seed() {
    let plan = preset(Application::Verification, Preset::Paper);
    let Some(Task::Run(run)) = plan.runs().next() else {
        panic!("a run");
    };
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
