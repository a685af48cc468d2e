//! Campaigns on folders of results whose runs are packed or whose models are absent.

use std::fs;

use pipeline::campaign::write_archive;
use pipeline::experiment::{self, Experiment, Task, add_experiment, plan, read_runs};

use crate::campaign::start;
use crate::program::{Scratch, number, wait_until};
use crate::report::made_up::made_up;
use crate::support::rng;

#[test]
fn runs_on_other_weights_are_not_mixed_with_archived_ones() {
    let scratch = Scratch::new();
    let line = "reproduce maximization --preset smoke --seeds 50 --results store";
    scratch.succeed(line);
    let mut runs = read_runs(&scratch.path("store")).expect("records");
    fs::remove_dir_all(scratch.path("store/runs")).expect("records");
    let left = runs.pop().expect("a run").settings;
    for run in &mut runs {
        run.dense.sha256 = String::from("another");
    }
    write_archive(&scratch.path("store"), &runs).expect("an archive");
    let ran = scratch.run(line);
    assert_eq!(ran.status.code(), Some(1));
    let network = left.dense.to_string();
    for expected in [
        network.as_str(),
        "not that of the archived runs",
        "new folder of results",
    ] {
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
    let status = scratch.json("status --results store");
    assert_eq!(number(&status["experiments"][0]["runs"], "done"), 43.0);
}

#[test]
fn without_models_only_solving_says_what_is_missing() {
    let scratch = Scratch::new();
    scratch.succeed("reproduce maximization --preset smoke --results store --plan-only");
    let ran = scratch.run("work --results store --stage solve");
    assert_eq!(ran.status.code(), Some(1));
    assert!(
        ran.stderr
            .contains("88 models and runs, whose models do not exist yet"),
        "{}",
        ran.stderr
    );
    let failures = fs::read_dir(scratch.path("store/failures")).expect("a folder");
    assert_eq!(failures.count(), 0);
}

/// With all records, neither images nor models are needed.
#[test]
fn what_is_archived_needs_no_images() {
    let scratch = Scratch::new();
    let text = fs::read_to_string("experiments/verification-scaled.toml").expect("a description");
    let experiment = Experiment::parse(&text).expect("an experiment");
    let store = experiment::create(&scratch.path("store")).expect("a store");
    add_experiment(&store, "scaled", &experiment).expect("written");
    let rng = &mut rng(1);
    let plan = plan([&experiment]);
    let runs = plan.tasks().iter().filter_map(|task| match task {
        Task::Run(settings) => Some(made_up((**settings).clone(), rng)),
        Task::Model(_) => None,
    });
    let runs: Vec<_> = runs.collect();
    write_archive(&scratch.path("store"), &runs).expect("an archive");
    fs::create_dir(scratch.path("empty")).expect("a folder");
    let done = scratch.json("work --results store --data-dir empty");
    assert_eq!(number(&done, "runs_done"), runs.len() as f64);
    assert_eq!(number(&done, "runs_done_now"), 0.0);
}

#[test]
fn a_clone_without_empty_folders_and_models_is_a_whole_store() {
    let scratch = Scratch::new();
    let line = "reproduce maximization --preset smoke --seeds 50 --results store";
    scratch.succeed(line);
    scratch.succeed("pack --results store");
    for entry in fs::read_dir(scratch.path("store")).expect("a store") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("experiments") {
            fs::remove_dir_all(path).expect("a folder");
        }
    }
    let status = scratch.json("status --results store");
    let runs = &status["experiments"][0]["runs"];
    assert_eq!((number(runs, "done"), number(runs, "left")), (44.0, 0.0));
    let models = &status["experiments"][0]["pruned"];
    assert_eq!(
        number(models, "all"),
        0.0,
        "models that are no longer needed"
    );
    scratch.succeed("report --results store -o report");
    let again = scratch.json(line);
    assert_eq!(number(&again, "models_made_now"), 0.0);
    assert_eq!(number(&again, "runs_done"), 44.0);
    assert_eq!(number(&scratch.json("pack --results store"), "runs"), 44.0);
}

#[test]
fn a_store_in_use_cannot_be_packed() {
    let scratch = Scratch::new();
    let mut child = start(
        &scratch,
        "reproduce maximization --preset smoke --results store",
    );
    wait_until(20.0, "a run is made", || {
        fs::read_dir(scratch.path("store/runs")).is_ok_and(|runs| runs.count() > 0)
    });
    let ran = scratch.run("pack --results store");
    let status = child.try_wait().expect("a process");
    assert!(status.is_none(), "it ended without the signal");
    child.kill().expect("SIGKILL");
    child.wait().expect("an end");
    assert_eq!(ran.status.code(), Some(1));
    assert!(
        ran.stderr.contains("in use by another process"),
        "{}",
        ran.stderr
    );
    scratch.succeed("pack --results store");
}
