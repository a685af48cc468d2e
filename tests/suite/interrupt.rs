//! An interrupted run reports its results and ends cleanly; a run whose reader closes the pipe does not
//! fail.

use std::fs::File;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::program::{Scratch, number, send, wait_until};
use crate::witness::{Layers, saved_input};

/// Seconds that an interrupted solve may take to end: HiGHS checks for interrupts only now and then, and the
/// program waits for it for at most 5 s.
const PATIENCE: f64 = 8.0;

/// Starts a solve that takes minutes, sends it `signal` once it has solved for a while, and checks
/// how it ends.
fn assert_interrupted_solve_reports(signal: &str, seconds: f64) {
    let scratch = Scratch::new();
    scratch.succeed("random --inputs 1000 --hidden 100x4 --seed 50 -o dense");
    let line = "solve maximize --network dense --strategy exact --time-limit 300 --json \
                --save-input x.json";
    let (out, log) = (scratch.path("out"), scratch.path("log"));
    let mut child = scratch
        .command(line)
        .stdout(File::create(&out).unwrap())
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    wait_until(20.0, "the model is built", || {
        scratch.text("log").contains("model:")
    });
    std::thread::sleep(Duration::from_secs_f64(seconds));
    assert!(
        child.try_wait().unwrap().is_none(),
        "it ended without the signal"
    );
    let sent = Instant::now();
    send(signal, child.id());
    let mut status = None;
    wait_until(PATIENCE, "the solve ends", || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    let log = scratch.text("log");
    assert!(
        status.unwrap().success(),
        "{status:?} after {:?}\n{log}",
        sent.elapsed()
    );
    assert!(!log.contains("panicked"), "{log}");
    let record = scratch.json_file("out");
    assert!(number(&record, "seconds_total") < 30.0);
    assert!(record["solver_status"].is_string());
    let has_input = record["status"] == "found";
    assert!(has_input || record["status"] == "not_found", "{record}");
    assert_eq!(record["dense_objective"].is_number(), has_input);
    assert_eq!(scratch.path("x.json").exists(), has_input);
    if has_input {
        let (input, claimed) = saved_input(&scratch.json_file("x.json"));
        assert!(input.iter().all(|x| (0.0..=1.0).contains(x)));
        let output = Layers::read(&scratch.path("dense")).outputs(&input)[0];
        assert!((output - claimed).abs() <= 1e-9);
        assert_eq!(number(&record, "dense_objective"), claimed);
    }
}

#[test]
fn an_interrupted_solve_reports_the_best_so_far() {
    assert_interrupted_solve_reports("-INT", 2.0);
}

#[test]
fn a_solve_interrupted_at_once_reports_too() {
    assert_interrupted_solve_reports("-INT", 0.0);
}

#[test]
fn a_terminated_solve_reports_the_best_so_far() {
    assert_interrupted_solve_reports("-TERM", 0.5);
}

#[test]
fn an_interrupted_training_leaves_nothing_behind() {
    let scratch = Scratch::new();
    let before = scratch.listing();
    let mut child = scratch
        .command("train --dataset digits --epochs 100000 -o model")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(1));
    send("-INT", child.id());
    let mut status = None;
    wait_until(PATIENCE, "the training ends", || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    assert!(!status.unwrap().success());
    assert_eq!(before, scratch.listing());
}

/// The lines that print a result, on a small network.
const LINES: [&str; 5] = [
    "solve maximize --network dense --strategy exact --json --time-limit 5 --save-input x.json",
    "solve maximize --network dense --json --time-limit 5 --save-input x.json",
    "solve maximize --network dense --surrogate sparse --time-limit 5 --save-input x.json",
    "prune dense --rate 0.99 -o x.json",
    "train --dataset digits --epochs 1 --hidden 4x1 -o x.json",
];

fn regression_networks() -> Scratch {
    let scratch = Scratch::new();
    scratch.succeed("random --inputs 10 --hidden 6x2 --seed 50 -o dense");
    // All its weights are zero: the program warns that it is constant.
    scratch.succeed("prune dense --rate 0.99 -o sparse");
    scratch
}

#[test]
fn a_reader_of_stdout_may_close_the_pipe() {
    let scratch = regression_networks();
    for line in LINES {
        let mut command = scratch.command(line);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        let log = String::from_utf8(ended.stderr).unwrap();
        assert!(ended.status.success(), "{line}\n{log}");
        assert!(!log.contains("panicked"), "{line}\n{log}");
    }
}

#[test]
fn a_reader_of_stderr_may_close_the_pipe() {
    let scratch = regression_networks();
    for line in LINES {
        let mut command = scratch.command(line);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stderr.take());
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.success(), "{line}: {}", ended.status);
        assert!(!ended.stdout.is_empty(), "{line}");
    }
}
