//! Training an experiment's networks on a GPU, or on a software driver: in stacks, with worker and
//! campaign killed during training, resumed with two stacks at a time, and much the same as on the CPU.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::campaign::{children, kill, records};
use crate::program::{Scratch, wait_until};

/// The accuracies of all models, by their settings apart from the device.
fn accuracies(scratch: &Scratch) -> BTreeMap<String, f64> {
    let of = |mut record: Value| {
        record["settings"]["dense"]["device"] = Value::Null;
        let accuracy = record["accuracy"].as_f64();
        (
            record["settings"].to_string(),
            accuracy.expect("an accuracy"),
        )
    };
    records(&scratch.path("store"))
        .into_values()
        .map(of)
        .collect()
}

/// The smoke preset without random and structured pruning, which would only repeat what is trained.
fn plan(device: &str) -> Scratch {
    let scratch = Scratch::new();
    let smoke = include_str!("../../experiments/verification-smoke.toml");
    let smaller = smoke
        .replace(", \"random\"", "")
        .replace(", \"structured\"", "");
    scratch.write("smaller.toml", smaller);
    let reproduce = "reproduce verification --config smaller.toml --results store --plan-only";
    scratch.succeed(&format!("{reproduce} --device {device}"));
    scratch
}

#[test]
fn an_experiment_whose_worker_and_campaign_were_killed_ends_with_the_networks_of_the_cpu() {
    let work = "work --results store --stage models";
    let cpu = plan("cpu");
    cpu.succeed(work);
    let gpu = plan("wgpu");
    let mut killed = gpu.command(work).spawn().expect("the program starts");
    // The first stack is claimed before its worker exists.
    let workers = || children(killed.id());
    wait_until(60.0, "a worker", || !workers().is_empty());
    kill(&workers()[0]);
    wait_until(300.0, "the first models", || gpu.has_models(1));
    killed.kill().expect("SIGKILL");
    killed.wait().expect("an end");
    gpu.succeed(&format!("{work} --gpu-workers 2"));

    let (on_cpu, on_gpu) = (accuracies(&cpu), accuracies(&gpu));
    assert_eq!(on_gpu.len(), 16);
    for (model, accuracy) in &on_cpu {
        let difference = (on_gpu[model] - accuracy).abs();
        assert!(difference < 0.02, "{difference}: {model}");
    }
}
