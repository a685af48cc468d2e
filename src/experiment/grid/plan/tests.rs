//! The expansion of presets.

use super::super::description::Preset;
use super::*;
use crate::bounds::BoundKind;
use crate::instance::Distance;

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
fn the_published_grid_is_the_papers_with_other_questions() {
    let published = preset(Application::Verification, Preset::Published);
    assert_eq!(counts(&published), [160, 6400, 6560]);
    let paper = preset(Application::Verification, Preset::Paper);
    let dense = |plan: &Plan<Task>| plan.stage(0).cloned().collect::<Vec<_>>();
    assert_eq!(dense(&published), dense(&paper));
    for task in published.runs() {
        let Task::Run(run) = task else {
            panic!("a run");
        };
        let QuestionSettings::Verification { region, labels, .. } = run.question else {
            panic!("a verification");
        };
        assert_eq!((region, run.bounds), (Distance::Rows, BoundKind::Box));
        let is_solved = run.surrogate.is_some();
        assert_eq!(
            labels == LabelSource::Surrogate,
            is_solved,
            "the dense network has its own"
        );
        let pruning = run.surrogate.as_ref().map(|surrogate| &surrogate.pruning);
        if let Some(pruning) = pruning.filter(|p| p.granularity == Granularity::Structured) {
            assert_eq!(pruning.output_rows, OutputRows::Prune);
        }
    }
    let maximization = preset(Application::Maximization, Preset::Published);
    assert_eq!(maximization.runs().count(), 1080);
}

/// A region that is not the paper's is part of a run's key; the keys of earlier records stay.
#[test]
fn each_region_has_runs_of_its_own() {
    let mut smoke = Experiment::preset(Application::Verification, Preset::Smoke);
    let l1 = plan([&smoke]);
    smoke.solve.regions = vec![Distance::Rows];
    let rows = plan([&smoke]);
    smoke.solve.regions = vec![Distance::L1, Distance::Rows];
    let both = plan([&smoke]);
    let [l1, rows, both] = [&l1, &rows, &both].map(|plan| plan.runs().count());
    assert_eq!((rows, both), (l1, l1 + rows));
    let text = r#"{"application": "verification", "data_seed": 0, "image": 1, "epsilon": 5.0, "labels": "dense"}"#;
    let question: QuestionSettings = serde_json::from_str(text).unwrap();
    let of_l1 = Distance::L1;
    assert!(matches!(question, QuestionSettings::Verification { region, .. } if region == of_l1));
    let again = serde_json::to_value(&question).unwrap();
    assert_eq!(
        again,
        serde_json::from_str::<serde_json::Value>(text).unwrap()
    );
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
