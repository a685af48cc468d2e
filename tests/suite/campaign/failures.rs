//! A failure costs the work that needs what failed, and nothing else; it is retried on request.

use std::fs;

use serde_json::Value;

use super::{children, kill};
use crate::program::{Scratch, number, wait_until};

#[test]
fn a_worker_that_dies_costs_one_run_which_is_retried_on_request() {
    let scratch = Scratch::new();
    let line = "reproduce maximization --config one.toml --results store";
    // Far too hard to finish before the worker is killed.
    scratch.write(
        "one.toml",
        r#"
        application = "maximization"
        [networks]
        inputs = [100]
        depths = [4]
        widths = [50]
        seeds = [50]
        [solve]
        strategies = ["exact"]
        time_limit = 3.0
        threads = 1
        seed = 0
        "#,
    );
    let child = scratch.start(line);
    // The claim of the one model is gone when the run's is taken.
    let claimed = || {
        let folder = scratch.path("store/models");
        let is_model = |claim: &String| {
            let key = claim.split('.').next().unwrap_or_default();
            folder.join(format!("{key}.safetensors")).exists()
        };
        scratch.has_models(1) && scratch.claims().iter().any(|claim| !is_model(claim))
    };
    wait_until(20.0, "the run is claimed", claimed);
    let workers = children(child.id());
    assert_eq!(workers.len(), 1, "{workers:?}");
    kill(&workers[0]);
    let output = child.wait_with_output().expect("an end");
    let log = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{log}");
    assert!(log.contains("the worker died: signal: 9"), "{log}");
    // It is not retried without the option.
    let again = scratch.run(line);
    assert_eq!(again.status.code(), Some(1), "{}", again.stderr);
    assert!(again.stderr.contains("--retry-failed"), "{}", again.stderr);
    let status = scratch.json("status --results store");
    assert_eq!(number(&status["experiments"][0]["runs"], "failed"), 1.0);
    scratch.succeed(&format!("{line} --retry-failed"));
    let status = scratch.json("status --results store");
    assert_eq!(number(&status["experiments"][0]["runs"], "done"), 1.0);
}

#[test]
fn a_broken_model_fails_its_runs_and_no_others() {
    let scratch = Scratch::new();
    let line = "reproduce maximization --preset smoke --seeds 50 --results store --json";
    scratch.succeed(line);
    let run = first_run_of_a_surrogate(&scratch);
    let key = run["key"].as_str().expect("a key").to_owned();
    let sha256 = run["surrogate"]["sha256"].as_str().expect("a checksum");
    let model = model_with(&scratch, sha256);
    scratch.write(&model, b"not a model");
    fs::remove_file(scratch.path(&format!("store/runs/{key}.json"))).expect("a record");
    let ran = scratch.run(line);
    assert_eq!(ran.status.code(), Some(1));
    assert!(
        ran.stderr.contains("is not the model of its record"),
        "{}",
        ran.stderr
    );
    assert_eq!(number(&ran.json(), "failed"), 1.0);
    assert_eq!(number(&ran.json(), "runs_done"), 43.0);
}

/// An archive has no models, and another machine may make different ones from the same settings.
#[test]
fn what_needs_a_model_that_failed_has_failed() {
    let scratch = Scratch::new();
    let line = "reproduce maximization --preset smoke --seeds 50 --results store";
    scratch.succeed(line);
    let run = first_run_of_a_surrogate(&scratch);
    let key = run["key"].as_str().expect("a key");
    let model = model_with(
        &scratch,
        run["dense"]["sha256"].as_str().expect("a checksum"),
    );
    let model_key = model
        .trim_start_matches("store/models/")
        .trim_end_matches(".safetensors");
    for file in [
        model.clone(),
        format!("store/models/{model_key}.json"),
        format!("store/runs/{key}.json"),
    ] {
        fs::remove_file(scratch.path(&file)).expect("a file");
    }
    let failure = serde_json::json!({
        "key": model_key, "what": "model", "error": "no luck", "provenance": run["provenance"],
    });
    scratch.write(
        &format!("store/failures/{model_key}.json"),
        failure.to_string(),
    );
    let status = scratch.json("status --results store");
    let runs = &status["experiments"][0]["runs"];
    assert_eq!((number(runs, "failed"), number(runs, "left")), (1.0, 0.0));
    let ran = scratch.run(line);
    assert_eq!(ran.status.code(), Some(1));
    assert!(
        ran.stderr.contains("2 models and runs failed") && ran.stderr.contains("no luck"),
        "{}",
        ran.stderr
    );
    scratch.succeed(&format!("{line} --retry-failed"));
}

fn first_run_of_a_surrogate(scratch: &Scratch) -> Value {
    let runs = fs::read_dir(scratch.path("store/runs")).expect("a folder");
    let mut names: Vec<_> = runs
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    names.sort();
    let records = names
        .iter()
        .map(|name| scratch.json_file(&format!("store/runs/{}", name.to_string_lossy())));
    let mut surrogates = records.filter(|record| record["surrogate"].is_object());
    surrogates.next().expect("a run of a surrogate")
}

fn model_with(scratch: &Scratch, sha256: &str) -> String {
    let models = fs::read_dir(scratch.path("store/models")).expect("a folder");
    let names = models.map(|entry| entry.expect("an entry").file_name());
    let mut records = names.filter_map(|name| {
        let name = name.to_string_lossy().strip_suffix(".json")?.to_owned();
        let record = scratch.json_file(&format!("store/models/{name}.json"));
        (record["sha256"] == sha256).then(|| format!("store/models/{name}.safetensors"))
    });
    records.next().expect("a model")
}
