//! Files that the program stores about its runs: records, failures, claims, workers' leases.

use std::fs;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use pipeline::experiment::{self, ModelRecord, RunRecord, count_failures, read_runs};
use pipeline::report::Report;
use rand::RngExt;
use serde_json::json;

use super::{child, fuzz, mutation};
use crate::program::Scratch;
use crate::support::gzip;

/// One case in `WITH_PROGRAM` also runs the built program.
const WITH_PROGRAM: u32 = 40;

/// Lines of the repository's own archive.
fn lines() -> Vec<String> {
    let archive = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/runs.jsonl.gz");
    let packed = fs::read(archive).expect("the archive of the published runs");
    let mut text = String::new();
    let mut decoder = GzDecoder::new(&packed[..]);
    decoder.read_to_string(&mut text).expect("lines of records");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn records() {
    let lines = lines();
    let scratch = Scratch::new();
    fuzz("records", |rng, path| {
        let mut pick = || lines[rng.random_range(0..lines.len())].as_bytes();
        let (one, other, sound) = (pick(), pick(), pick());
        let mut record = if rng.random_bool(0.5) {
            mutation::numbers(one, rng)
        } else {
            mutation::text(one, other, rng)
        };
        // The key is a hash of the settings: most cases would otherwise stop at the wrong key.
        if let Ok(mut run) = serde_json::from_slice::<RunRecord>(&record) {
            run.key = run.settings.key();
            record = serde_json::to_vec(&run).expect("JSON");
        }
        fs::write(path, &record).expect("a written case");
        let _ = fs::remove_dir_all(scratch.path("results"));
        let mut all = gzip(&[sound, &record, b""].join(&b'\n'));
        if rng.random_bool(0.1) {
            let whole = all.clone();
            all = mutation::bytes(&whole, &whole, rng);
        }
        scratch.write("results/runs.jsonl.gz", all);
        let read = read_runs(&scratch.path("results"));
        let is_accepted = read.is_ok();
        if let Ok(runs) = read
            && rng.random_ratio(1, 4)
        {
            let report = Report::new(&runs, 0, None);
            let _ = report.write(&scratch.path("report"));
        }
        if rng.random_ratio(1, WITH_PROGRAM) {
            let lines = [
                "report --results results -o report",
                "pack --results results",
            ];
            child::run_line(&scratch, lines[rng.random_range(0..lines.len())])?;
        }
        Ok(is_accepted)
    });
}

#[test]
fn stores() {
    let run: RunRecord = serde_json::from_str(&lines()[0]).expect("a record");
    let failure = json!({
        "key": run.key,
        "what": "run of a network",
        "error": "no room",
        "provenance": run.provenance,
    });
    let holder = json!({
        "id": "0", "host": "here", "scope": "boot/1", "process": 1, "process_started": 5,
        "workers": 2, "cores": 2, "since": "2026-01-01T00:00:00Z",
    });
    let model = json!({
        "key": run.settings.dense_model().key(),
        "settings": run.settings.dense_model(),
        "provenance": run.provenance,
        "sha256": "00", "seconds": 1.5, "accuracy": 0.9, "kept": [5, 3], "alive_outputs": 10,
        "collapsed": false,
    });
    let grid = include_str!("../../../experiments/verification-smoke.toml");
    let models = format!("models/{}.json", run.settings.dense_model().key());
    let files: [(String, Vec<u8>); 5] = [
        ("failures/a.json".into(), failure.to_string().into_bytes()),
        ("workers/0.json".into(), holder.to_string().into_bytes()),
        (models, model.to_string().into_bytes()),
        ("experiments/grid.toml".into(), grid.into()),
        ("claims/a.0".into(), b"0".to_vec()),
    ];
    let scratch = Scratch::new();
    fuzz("stores", |rng, path| {
        let _ = fs::remove_dir_all(scratch.path("store"));
        let broken = rng.random_range(0..files.len());
        for (index, (name, whole)) in files.iter().enumerate() {
            let bytes = if index == broken {
                let other = &files[rng.random_range(0..files.len())].1;
                let bytes = mutation::text(whole, other, rng);
                fs::write(path, &bytes).expect("a written case");
                bytes
            } else {
                whole.clone()
            };
            scratch.write(&format!("store/{name}"), bytes);
        }
        let folder = scratch.path("store");
        let store = experiment::open(&folder).map_err(|error| error.to_string())?;
        let key = run.settings.dense_model().key();
        let is_accepted = [
            experiment::experiments(&store).is_ok(),
            store.record::<ModelRecord>(&key).is_ok(),
            store.failure("a").is_ok(),
            store.failed().is_ok(),
            count_failures(&folder, &[]).is_ok(),
        ];
        let holders = store.holders().unwrap_or_default();
        let _ = (store.claimed(&holders), store.ledger(&holders).map(drop));
        if rng.random_ratio(1, WITH_PROGRAM) {
            let lines = [
                "status --results store --json",
                "status --results store",
                "pack --results store",
                "slurm --results store",
            ];
            child::run_line(&scratch, lines[rng.random_range(0..lines.len())])?;
        }
        Ok(is_accepted.iter().all(|accepted| *accepted))
    });
}
