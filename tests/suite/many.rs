//! Lists of seeds and rates: models made together equal those made alone.

use serde_json::Value;

use crate::program::Scratch;
use crate::support::{TRAIN, trained};

/// The records of several models, one per line.
fn records(scratch: &Scratch, line: &str) -> Vec<Value> {
    let printed = scratch.succeed(&format!("{line} --json")).stdout;
    let lines = printed.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("a record a line"))
        .collect()
}

#[test]
fn networks_trained_at_once_are_those_trained_alone() {
    let scratch = Scratch::new();
    let list = "--seed 3..4,7 --learning-rate 1e-3,4e-3 -o m-{seed}-{learning-rate}";
    let made = records(&scratch, &format!("{TRAIN} {list}"));
    assert_eq!(made.len(), 6);
    for (seed, rate) in [(3, "0.001"), (4, "0.004"), (7, "0.001")] {
        let alone = format!("{TRAIN} --seed {seed} --learning-rate {rate} -o alone");
        scratch.succeed(&alone);
        let together = format!("m-{seed}-{rate}");
        assert!(
            scratch.read("alone") == scratch.read(&together),
            "{together}"
        );
        assert!(
            made.iter()
                .any(|record| record["model"] == together.as_str())
        );
    }
}

#[test]
fn surrogates_finetuned_at_once_are_those_finetuned_alone() {
    let scratch = trained();
    let prune = "prune dense.safetensors --finetune 2x1";
    let made = records(
        &scratch,
        &format!("{prune} --rate 0.5,0.9 --seed 1,2 -o s-{{rate}}-{{seed}}"),
    );
    assert_eq!(made.len(), 4);
    for (rate, seed) in [("0.5", 1), ("0.9", 2)] {
        scratch.succeed(&format!("{prune} --rate {rate} --seed {seed} -o alone"));
        let together = format!("s-{rate}-{seed}");
        assert!(
            scratch.read("alone") == scratch.read(&together),
            "{together}"
        );
    }
}

#[test]
fn what_is_there_is_made_again_unless_it_is_to_be_left() {
    let scratch = trained();
    let prune = "prune dense.safetensors --rate 0.5,0.9 -o s-{rate}";
    scratch.write("s-0.5", "not a model");
    let made = records(&scratch, &format!("{prune} --skip-existing"));
    assert_eq!(made.len(), 1);
    assert_eq!(scratch.text("s-0.5"), "not a model");
    assert_eq!(records(&scratch, prune).len(), 2);
    scratch.network("s-0.5");
    let again = scratch.run(&format!("{prune} --skip-existing"));
    assert_eq!(again.stdout, "");
    assert!(again.stderr.contains("2 of 2 models"), "{}", again.stderr);
}

#[test]
fn lists_that_name_one_file_are_refused() {
    let scratch = trained();
    for (line, named) in [
        (format!("{TRAIN} --seed 0..1 -o one"), "{seed}"),
        (
            format!("{TRAIN} --learning-rate 1e-3,1e-2 -o one"),
            "{learning-rate}",
        ),
        (
            String::from("prune dense.safetensors --rate 0.5,0.9 --seed 0,1 -o one-{seed}"),
            "{rate}",
        ),
    ] {
        scratch.refused(1, &line, &["--output", named]);
    }
    for line in [
        format!("{TRAIN} --seed 1,2,1 -o m-{{seed}}"),
        String::from("prune dense.safetensors --rate 0.5,0.5 -o s-{rate}"),
    ] {
        scratch.refused(1, &line, &["given twice"]);
    }
    scratch.refused(2, &format!("{TRAIN} --seed 4..3 -o m"), &["--seed", "4..3"]);
    scratch.refused(
        1,
        "prune dense.safetensors --rate 0.5,1.5 -o s-{rate}",
        &["--rate", "1.5"],
    );
}

#[test]
fn a_training_that_diverges_fails_alone() {
    let scratch = Scratch::new();
    let line = format!("{TRAIN} --learning-rate 1e-3,1e30 -o m-{{learning-rate}}");
    let ran = scratch.run(&line);
    assert_eq!(ran.status.code(), Some(1));
    assert!(ran.stderr.contains("diverged"), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 of 2 models"), "{}", ran.stderr);
    assert_eq!(scratch.network("m-0.001").outputs(), 10);
}

#[test]
fn devices_says_what_can_be_used_and_what_is_missing() {
    let scratch = Scratch::new();
    let devices = &scratch.json("devices")["devices"];
    let of = |name: &str| {
        let mut all = devices.as_array().unwrap().iter();
        all.find(|device| device["device"] == name).unwrap().clone()
    };
    for name in ["cpu", "ndarray"] {
        assert_eq!(of(name)["usable"], true);
        assert!(of(name)["hardware"][0].as_str().unwrap().contains("cores"));
    }
    if cfg!(not(feature = "wgpu")) {
        assert_eq!(of("wgpu")["usable"], false);
        assert!(
            of("wgpu")["missing"]
                .as_str()
                .unwrap()
                .contains("--features wgpu")
        );
    }
    let table = scratch.succeed("devices").stdout;
    assert_eq!(table.lines().count(), devices.as_array().unwrap().len());
}
