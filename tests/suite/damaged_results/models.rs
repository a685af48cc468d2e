//! Damaged models, and models made from another parent.

use std::fs;

use pipeline::formats::{Origin, file_sha256, read_model, write_model};

use super::{finished, named};
use crate::campaign::records;
use crate::program::number;

#[test]
fn damaged_models_are_made_again_on_request() {
    let (scratch, runs) = finished();
    let before = records(&scratch.path("store"));
    fs::remove_dir_all(scratch.path("store/runs")).expect("records");
    let models: Vec<_> = runs
        .iter()
        .filter_map(|run| run.settings.surrogate_model())
        .collect();
    let keys: Vec<String> = models.iter().take(2).map(|model| model.key()).collect();
    let dense = runs[0].settings.dense_model().key();
    // A truncated record, a truncated model, and a dense model that others depend on.
    let cut = |file: String| {
        let bytes = scratch.read(&file);
        scratch.write(&file, &bytes[..bytes.len() / 2]);
    };
    cut(format!("store/models/{}.json", keys[0]));
    cut(format!("store/models/{}.safetensors", keys[1]));
    cut(format!("store/models/{dense}.safetensors"));
    let text = named(&scratch.json("status --results store"));
    assert!(
        text.contains(&format!(
            "models/{}.json: it is not a model record",
            keys[0]
        )),
        "{text}"
    );
    let ran = scratch.run("work --results store --json");
    assert_eq!(ran.status.code(), Some(1));
    assert!(
        number(&ran.json(), "runs_done") > 0.0,
        "one network costs no other's runs"
    );
    // The Slurm tasks make models, too.
    let listed = scratch.json("slurm --results store --retry-failed");
    let stages = listed["arrays"].as_array().expect("arrays");
    let stages: Vec<_> = stages.iter().map(|array| array["stage"].as_str()).collect();
    assert_eq!(stages, [Some("dense"), Some("pruned"), Some("solve")]);
    let done = scratch.json("work --results store --retry-failed");
    assert_eq!(number(&done, "models_made_now"), 3.0);
    assert_eq!(records(&scratch.path("store")), before);
}

#[test]
fn a_surrogate_of_another_dense_model_is_made_again_on_request() {
    let (scratch, runs) = finished();
    let model = runs.iter().find_map(|run| run.settings.surrogate_model());
    let key = model.expect("a surrogate").key();
    let path = scratch.path(&format!("store/models/{key}.safetensors"));
    let mut model = read_model(&path).expect("a model");
    let metadata = model.metadata.as_mut().expect("metadata");
    let Origin::Pruned { parent_sha256, .. } = &mut metadata.origin else {
        panic!("it was pruned");
    };
    *parent_sha256 = "0".repeat(64);
    write_model(&path, &model).expect("a written model");
    let record = format!("store/models/{key}.json");
    let mut facts = scratch.json_file(&record);
    facts["sha256"] = file_sha256(&path).expect("a file").into();
    scratch.write(&record, facts.to_string());
    fs::remove_dir_all(scratch.path("store/runs")).expect("records");
    let ran = scratch.run("work --results store");
    assert!(
        ran.stderr.contains("another file of the dense model"),
        "{}",
        ran.stderr
    );
    let listed = scratch.json("slurm --results store --retry-failed");
    let stages = listed["arrays"].as_array().expect("arrays");
    let stages: Vec<_> = stages.iter().map(|array| array["stage"].as_str()).collect();
    assert_eq!(stages, [Some("pruned"), Some("solve")]);
    let done = scratch.json("work --results store --retry-failed");
    assert_eq!(number(&done, "models_made_now"), 1.0);
    assert_eq!(number(&done, "runs_done"), 44.0);
}
