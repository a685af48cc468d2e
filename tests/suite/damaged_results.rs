//! A damaged file in a results folder is reported, does not count, affects nothing else, and is
//! recreated on request.

mod models;

use std::fs;

use pipeline::experiment::{RunRecord, read_runs};
use serde_json::Value;

use crate::campaign::records;
use crate::program::{Scratch, number};
use crate::support::{gzip, linear};

/// 44 runs in a second.
const REPRODUCE: &str = "reproduce maximization --preset smoke --seeds 50 --results store";

/// A finished store, and its runs by key.
fn finished() -> (Scratch, Vec<RunRecord>) {
    let scratch = Scratch::new();
    scratch.succeed(REPRODUCE);
    let runs = read_runs(&scratch.path("store")).expect("records");
    assert_eq!(runs.len(), 44);
    (scratch, runs)
}

fn run_file(key: &str) -> String {
    format!("store/runs/{key}.json")
}

/// The record of a run after a change of its JSON.
fn changed(run: &RunRecord, change: impl Fn(&mut Value)) -> Vec<u8> {
    let mut record = serde_json::to_value(run).expect("JSON");
    change(&mut record);
    serde_json::to_vec(&record).expect("JSON")
}

fn runs_of(status: &Value) -> (f64, f64, f64) {
    let runs = &status["experiments"][0]["runs"];
    (
        number(runs, "done"),
        number(runs, "failed"),
        number(runs, "left"),
    )
}

/// The damaged records that status lists, as text.
fn named(status: &Value) -> String {
    let damaged = status["damaged"].as_array().expect("a list");
    let lines = damaged.iter().map(|damage| {
        let of = |field: &str| damage[field].as_str().expect("text");
        format!("{}: {}\n", of("place"), of("why"))
    });
    lines.collect()
}

/// Damages the first runs, each in a different way; returns the expected message for each.
fn damage(scratch: &Scratch, runs: &[RunRecord]) -> Vec<(String, &'static str)> {
    let sound = |run: &RunRecord| serde_json::to_vec(run).expect("JSON");
    let found = |run: &&RunRecord| run.outcome.seconds_to_first.is_some();
    let mut found = runs.iter().filter(found);
    let mut next = || found.next().expect("a run that found something");
    let of_another = sound(runs.last().expect("a run"));
    let cases: Vec<(&RunRecord, Vec<u8>, &'static str)> = {
        let mut cases = Vec::new();
        let run = next();
        cases.push((run, Vec::new(), "it is empty"));
        let run = next();
        let text = sound(run);
        cases.push((run, text[..text.len() / 2].to_vec(), "not a run record"));
        let run = next();
        let text = String::from_utf8(sound(run)).expect("UTF-8");
        let nan = text.replacen("\"seconds_total\":", "\"seconds_total\":NaN,\"x\":", 1);
        assert_ne!(nan, text);
        cases.push((run, nan.into_bytes(), "not a run record"));
        let run = next();
        let edited = changed(run, |record| record["settings"]["time_limit"] = 61.0.into());
        cases.push((run, edited, "hash of its settings"));
        let run = next();
        let untimed = changed(run, |record| record["seconds_to_first"] = Value::Null);
        cases.push((run, untimed, "seconds_to_first"));
        let run = next();
        let negative = changed(run, |record| record["seconds_total"] = (-1.0).into());
        cases.push((run, negative, "seconds_total"));
        cases.push((next(), of_another, "it holds the record of"));
        cases
    };
    cases
        .into_iter()
        .map(|(run, text, expected)| {
            scratch.write(&run_file(&run.key), text);
            (run.key.clone(), expected)
        })
        .collect()
}

#[test]
fn damaged_records_are_reported_do_not_count_and_are_made_again() {
    let (scratch, runs) = finished();
    let before = records(&scratch.path("store"));
    let damaged = damage(&scratch, &runs);
    let count = damaged.len();
    let sound = (44 - count) as f64;

    let status = scratch.json("status --results store");
    assert_eq!(runs_of(&status), (sound, count as f64, 0.0));
    let text = named(&status);
    assert_eq!(text.lines().count(), count, "{text}");
    for (key, why) in &damaged {
        let mut lines = text.lines();
        let line = lines.find(|line| line.starts_with(&format!("runs/{key}.json: ")));
        assert!(line.is_some_and(|line| line.contains(why)), "{why}: {text}");
    }
    let shown = scratch.succeed("status --results store").stdout;
    assert!(shown.contains("--retry-failed"), "{shown}");

    let report = scratch.json("report --results store -o report");
    assert_eq!(number(&report, "runs"), sound);
    assert_eq!(report["damaged"].as_array().map(Vec::len), Some(count));
    let document = scratch.text("report/REPRODUCTION.md");
    assert!(
        document.contains(&format!("Caution: {count} records")),
        "{document}"
    );
    assert!(document.contains(&damaged[0].0), "{document}");

    // Without the option, nothing is made, and nothing counts as made.
    let ran = scratch.run("work --results store --json");
    assert_eq!(ran.status.code(), Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("damaged"), "{}", ran.stderr);
    assert_eq!(number(&ran.json(), "failed"), count as f64);
    assert_eq!(number(&ran.json(), "runs_done"), sound);
    let listed = scratch.json("slurm --results store");
    assert_eq!(listed["arrays"].as_array().map(Vec::len), Some(0));
    let listed = scratch.json("slurm --results store --retry-failed");
    assert_eq!(number(&listed["arrays"][0], "keys"), count as f64);

    let done = scratch.json("work --results store --retry-failed");
    assert_eq!(number(&done, "runs_done_now"), count as f64);
    assert_eq!(records(&scratch.path("store")), before);
    for (key, _) in &damaged {
        let aside = scratch.path(&format!("store/runs/{key}.json.damaged-1"));
        assert!(aside.is_file(), "what was damaged is lost");
    }
    let status = scratch.json("status --results store");
    assert_eq!(runs_of(&status), (44.0, 0.0, 0.0));
    assert_eq!(named(&status), "");
}

#[test]
fn pack_leaves_what_is_damaged_and_names_it() {
    let (scratch, runs) = finished();
    let damaged = damage(&scratch, &runs);
    let ran = scratch.run("pack --results store --json");
    assert_eq!(ran.status.code(), Some(1), "{}", ran.stderr);
    assert_eq!(number(&ran.json(), "runs"), (44 - damaged.len()) as f64);
    for (key, why) in &damaged {
        assert!(scratch.path(&run_file(key)).is_file(), "{key} is lost");
        let mut lines = ran.stderr.lines();
        let line = lines.find(|line| line.contains(&format!("{key}.json: ")));
        assert!(line.is_some_and(|line| line.contains(why)), "{why}");
    }
    let left = fs::read_dir(scratch.path("store/runs")).expect("a folder");
    assert_eq!(left.count(), damaged.len());
    scratch.succeed("work --results store --retry-failed");
    scratch.succeed("pack --results store");
    let packed: Vec<_> = read_runs(&scratch.path("store")).expect("records");
    let keys = |runs: &[RunRecord]| runs.iter().map(|run| run.key.clone()).collect::<Vec<_>>();
    assert_eq!(keys(&packed), keys(&runs));
}

#[test]
fn a_loose_copy_that_differs_from_the_packed_record_is_named_and_not_packed() {
    let (scratch, runs) = finished();
    scratch.succeed("pack --results store");
    let same = serde_json::to_vec(&runs[0]).expect("JSON");
    let other = changed(&runs[1], |record| record["seconds_total"] = 59.0.into());
    scratch.write(&run_file(&runs[0].key), same);
    scratch.write(&run_file(&runs[1].key), other);
    let key = &runs[1].key;
    let status = scratch.json("status --results store");
    assert_eq!(runs_of(&status), (44.0, 0.0, 0.0));
    let text = named(&status);
    assert!(
        text.lines().count() == 1 && text.contains(key) && text.contains("the archive counts"),
        "{text}"
    );
    // The archived one counts in the report, which says so.
    assert_eq!(read_runs(&scratch.path("store")).expect("records"), runs);
    let report = scratch.json("report --results store -o report");
    assert_eq!(report["damaged"][0]["key"].as_str(), Some(key.as_str()));
    let shown = scratch.succeed("status --results store").stdout;
    assert!(
        shown.contains("delete its file") && !shown.contains("--retry-failed"),
        "{shown}"
    );
    let ran = scratch.run("pack --results store");
    assert_eq!(ran.status.code(), Some(1));
    assert!(ran.stderr.contains(key.as_str()), "{}", ran.stderr);
    assert!(ran.stderr.contains("delete its file"), "{}", ran.stderr);
    // Identical copies are packed as usual.
    assert!(!scratch.path(&run_file(&runs[0].key)).exists());
    assert!(scratch.path(&run_file(key)).exists());
    assert_eq!(read_runs(&scratch.path("store")).expect("records"), runs);
}

/// An archive of the runs in which one is truncated and one is duplicated.
fn damaged_archive(scratch: &Scratch, runs: &[RunRecord]) {
    let mut lines = String::new();
    for (index, run) in runs.iter().enumerate() {
        let text = serde_json::to_string(run).expect("JSON");
        let text = if index == 1 { &text[..40] } else { &text };
        lines += &format!("{text}\n");
    }
    let twice = serde_json::to_string(&runs[0]).expect("JSON");
    lines += &format!("{twice}\n");
    scratch.write("store/runs.jsonl.gz", gzip(lines.as_bytes()));
}

#[test]
fn readable_records_of_a_damaged_archive_are_kept() {
    let (scratch, runs) = finished();
    fs::remove_dir_all(scratch.path("store/runs")).expect("records");
    damaged_archive(&scratch, &runs);
    let text = named(&scratch.json("status --results store"));
    assert!(
        text.contains("line 2 of runs.jsonl.gz: it is not a run record"),
        "{text}"
    );
    assert!(text.contains("line 45 of runs.jsonl.gz"), "{text}");
    let report = scratch.json("report --results store -o report");
    assert_eq!(number(&report, "runs"), 43.0);
    // It is not known which run is lost, so none is made until the user has seen the message.
    for line in [
        "work --results store",
        "slurm --results store",
        "work --results store --retry-failed",
    ] {
        scratch.refused(1, line, &["line 2 of runs.jsonl.gz", "pipeline pack"]);
    }
    let ran = scratch.run("pack --results store");
    assert_eq!(ran.status.code(), Some(1));
    assert!(
        ran.stderr.contains("runs.jsonl.gz.damaged-1"),
        "{}",
        ran.stderr
    );
    assert!(scratch.path("store/runs.jsonl.gz.damaged-1").is_file());
    let done = scratch.json("work --results store");
    assert_eq!(number(&done, "runs_done_now"), 1.0);
    scratch.succeed("pack --results store");
    let found = read_runs(&scratch.path("store")).expect("records");
    assert_eq!(found.len(), 44);

    // Truncated in the middle of the file.
    let whole = scratch.read("store/runs.jsonl.gz");
    scratch.write("store/runs.jsonl.gz", &whole[..whole.len() / 2]);
    let text = named(&scratch.json("status --results store"));
    assert!(
        text.contains("it is truncated or not a gzip file"),
        "{text}"
    );
    let report = scratch.json("report --results store -o report");
    assert!(number(&report, "runs") > 5.0);
}

#[test]
fn a_damaged_failure_is_a_failure() {
    let (scratch, runs) = finished();
    let key = &runs[0].key;
    fs::remove_file(scratch.path(&run_file(key))).expect("a record");
    scratch.write(&format!("store/failures/{key}.json"), "{");
    let status = scratch.json("status --results store");
    assert_eq!(runs_of(&status), (43.0, 1.0, 0.0));
    assert!(named(&status).contains("failures/"), "{status}");
    let report = scratch.json("report --results store -o report");
    assert_eq!(number(&report, "runs"), 43.0);
    assert_eq!(scratch.run("work --results store").status.code(), Some(1));
    scratch.succeed("work --results store --retry-failed");
}

#[test]
fn a_folder_of_damaged_records_alone_is_refused_by_the_report() {
    let (scratch, runs) = finished();
    fs::remove_dir_all(scratch.path("store/runs")).expect("records");
    scratch.write(&run_file(&runs[0].key), "");
    scratch.refused(
        1,
        "report --results store -o report",
        &[
            "no run record that can be used",
            &runs[0].key,
            "it is empty",
        ],
    );
    // Nothing in the archive can be kept either; it is moved out of the way, not lost.
    scratch.write("store/runs.jsonl.gz", "no gzip");
    let ran = scratch.run("pack --results store");
    assert_eq!(ran.status.code(), Some(1));
    assert_eq!(scratch.text("store/runs.jsonl.gz.damaged-1"), "no gzip");
    let done = scratch.json("work --results store --retry-failed");
    assert_eq!(number(&done, "runs_done"), 44.0);
}

#[test]
fn damaged_files_that_nothing_needs_are_set_aside_too_and_never_replaced() {
    let (scratch, runs) = finished();
    let model = runs[0].settings.dense_model().key();
    let copy = scratch.read(&run_file(&runs[1].key));
    scratch.write("store/runs/copy.json", copy);
    scratch.write("store/failures/unknown.json", "{");
    for (round, text) in ["first", "second"].into_iter().enumerate() {
        scratch.write(&format!("store/models/{model}.json"), text);
        let status = scratch.succeed("status --results store").stdout;
        assert!(status.contains("--retry-failed"), "{status}");
        scratch.succeed("work --results store --retry-failed");
        let aside = format!("store/models/{model}.json.damaged-{}", round + 1);
        assert_eq!(scratch.text(&aside), text);
        assert_eq!(named(&scratch.json("status --results store")), "");
        // The next round needs a model again.
        scratch.write(&format!("store/models/{model}.safetensors"), "weights");
    }
    for name in ["runs/copy.json", "failures/unknown.json"] {
        let aside = format!("store/{name}.damaged-1");
        assert!(scratch.path(&aside).is_file(), "{aside}");
    }
}

#[test]
fn values_that_no_run_has_are_damage() {
    let (scratch, runs) = finished();
    let file = run_file(&runs[0].key);
    let sound = scratch.json_file(&file);
    for (field, value) in [("dense_objective", 1e9), ("dual_bound", -1e9)] {
        let mut record = sound.clone();
        record[field] = value.into();
        scratch.write(&file, record.to_string());
        let status = scratch.json("status --results store");
        let text = named(&status);
        assert!(
            text.contains(&runs[0].key) && text.contains(field),
            "{text}"
        );
    }
}

/// A surrogate with one input too many, which fails like a solver error.
fn with_an_unsolvable_surrogate(scratch: &Scratch, run: &RunRecord) {
    let model = run.settings.surrogate_model().expect("a surrogate");
    let bytes = linear(run.settings.dense.inputs() + 1, 1);
    let file = format!("store/models/{}", model.key());
    let mut record = scratch.json_file(&format!("{file}.json"));
    record["sha256"] = pipeline::files::sha256(&bytes).into();
    scratch.write(&format!("{file}.safetensors"), bytes);
    scratch.write(&format!("{file}.json"), record.to_string());
}

#[test]
fn a_failed_run_names_its_failed_part_and_affects_no_other() {
    let (scratch, runs) = finished();
    let mut surrogates = runs.iter().filter(|run| run.surrogate.is_some());
    let failing = surrogates.next().expect("a run of a surrogate");
    with_an_unsolvable_surrogate(&scratch, failing);
    fs::remove_dir_all(scratch.path("store/runs")).expect("records");
    let ran = scratch.run("work --results store --json");
    assert_eq!(ran.status.code(), Some(1));
    assert_eq!(number(&ran.json(), "runs_done"), 43.0);
    assert_eq!(number(&ran.json(), "failed"), 1.0);
    let failure = scratch.json_file(&format!("store/failures/{}.json", failing.key));
    let text = |field: &str| failure[field].as_str().expect("text").to_owned();
    assert!(
        text("what").contains("strategy surrogate"),
        "{}",
        text("what")
    );
    assert!(
        text("error").starts_with("the strategy surrogate: "),
        "{}",
        text("error")
    );
    let report = scratch.json("report --results store -o report");
    assert_eq!(
        (number(&report, "runs"), number(&report, "failures")),
        (43.0, 1.0)
    );
}
