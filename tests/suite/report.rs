//! `pipeline report` on made-up records: Table 1 recomputed from `runs.csv` by other code, the
//! same files from the same records, and refusals.

use std::collections::{BTreeMap, HashMap};
use std::fs;

use pipeline::bounds::BoundKind;
use pipeline::dataset::DatasetName;
use pipeline::experiment::{
    DenseSettings, Failure, ImageFacts, Machine, ModelFacts, Provenance, QuestionSettings,
    RunRecord, RunSettings, SurrogateSettings, read_runs, write_archive,
};
use pipeline::instance::LabelSource;
use pipeline::pruning::{Granularity, Method, Pruning};
use pipeline::search::{Candidate, SearchRecord, Strategy, Verdict};
use pipeline::training::{Device, Finetuning, TrainingSettings};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::program::Scratch;
use crate::support::rng;

const RATES: [f64; 3] = [0.3, 0.9, 0.95];
const NAME: &str = "verification-30s-dense-labels";

/// The rows of a CSV file by the names of its columns.
fn rows(text: &str) -> Vec<HashMap<String, String>> {
    let mut records = Vec::new();
    let (mut record, mut cell, mut inside) = (Vec::new(), String::new(), false);
    for character in text.chars() {
        match character {
            // A doubled quote ends and begins again.
            '"' => {
                if !inside && !cell.is_empty() {
                    cell.push('"');
                }
                inside = !inside;
            }
            ',' if !inside => record.push(std::mem::take(&mut cell)),
            '\n' if !inside => {
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
            }
            other => cell.push(other),
        }
    }
    let header = records.remove(0);
    let row = |record: Vec<String>| {
        assert_eq!(record.len(), header.len());
        header.iter().cloned().zip(record).collect()
    };
    records.into_iter().map(row).collect()
}

fn dense_networks() -> Vec<DenseSettings> {
    let mut all = Vec::new();
    for dataset in [DatasetName::Mnist, DatasetName::FashionMnist] {
        for (side, hidden) in [(18, vec![32, 32]), (28, vec![64; 4])] {
            for seed in 0..3 {
                all.push(DenseSettings::Trained {
                    dataset,
                    side,
                    hidden: hidden.clone(),
                    seed,
                    device: Device::Cpu,
                    training: TrainingSettings::for_dataset(dataset),
                });
            }
        }
    }
    all
}

fn surrogates() -> Vec<SurrogateSettings> {
    let finetuning = Finetuning {
        rounds: 5,
        settings: TrainingSettings::for_dataset(DatasetName::Mnist),
        seed: 1,
    };
    let plain = |pruning| SurrogateSettings {
        pruning,
        finetuning: None,
    };
    let mut all = Vec::new();
    for rate in RATES {
        let magnitude = Pruning::magnitude(rate);
        all.push(plain(magnitude.clone()));
        all.push(SurrogateSettings {
            pruning: magnitude.clone(),
            finetuning: Some(finetuning.clone()),
        });
        all.push(plain(Pruning {
            granularity: Granularity::Structured,
            ..magnitude.clone()
        }));
        all.push(plain(Pruning {
            method: Method::Random,
            ..magnitude
        }));
    }
    all
}

fn run(
    dense: &DenseSettings,
    surrogate: Option<SurrogateSettings>,
    rng: &mut ChaCha8Rng,
) -> RunRecord {
    let settings = RunSettings {
        question: QuestionSettings::Verification {
            data_seed: 0,
            image: 2732,
            epsilon: 5.092845,
            labels: LabelSource::Dense,
        },
        strategy: match surrogate {
            None => Strategy::Exact,
            Some(_) => Strategy::Surrogate,
        },
        time_limit: 30.0,
        threads: 1,
        solver_seed: 0,
        bounds: BoundKind::Interval,
        dense: dense.clone(),
        surrogate,
    };
    made_up(settings, rng)
}

/// A made-up run record.
pub fn made_up(settings: RunSettings, rng: &mut ChaCha8Rng) -> RunRecord {
    let facts = |seconds: f64| ModelFacts {
        sha256: "0".repeat(64),
        seconds,
        accuracy: Some(0.5),
        kept: vec![3, 2, 1],
        alive_outputs: 10,
        collapsed: false,
    };
    let outcome = outcome(rng);
    RunRecord {
        key: settings.key(),
        image: Some(ImageFacts {
            class: 7,
            correctly_classified: true,
            label: 7,
            target: 9,
        }),
        dense: facts(100.0),
        surrogate: settings.surrogate.as_ref().map(|_| facts(3.0)),
        stream: vec![Candidate {
            seconds: 0.1,
            surrogate_value: 1.0,
            dense_value: outcome.dense_objective.unwrap_or(-1.0),
        }],
        outcome,
        provenance: provenance(),
        settings,
    }
}

/// Times from few values, so that some are equal; some are after the time limit.
fn outcome(rng: &mut ChaCha8Rng) -> SearchRecord {
    let (status, seconds) = match rng.random_range(0..6) {
        0 => (Verdict::NotFound, None),
        1 => (Verdict::NoneExists, None),
        _ => (
            Verdict::Found,
            Some(f64::from(rng.random_range(1..20)) * 2.0),
        ),
    };
    SearchRecord {
        status,
        dense_objective: seconds.map(|_| 0.5),
        surrogate_objective: seconds.map(|_| 0.25),
        dual_bound: None,
        solver_status: Some(String::from("Stopped, the question is decided")),
        seconds_to_first: seconds,
        seconds_to_best: seconds,
        seconds_total: seconds.unwrap_or(30.0),
        solutions: 1,
        binaries: Some(10),
        columns: Some(20),
        rows: Some(30),
        nonzeros: Some(40),
        stable_active: Some(5),
        stable_inactive: Some(6),
        failures: Vec::new(),
    }
}

fn provenance() -> Provenance {
    Provenance {
        version: String::from("0.1.0"),
        solver: String::from("HiGHS 1.15.0"),
        machine: Machine {
            host: String::from("host"),
            processor: String::from("a \"fast\" one, 2 GHz"),
            cores: 2,
            memory_gib: 4.0,
            system: String::from("Linux"),
        },
        workers: 2,
        started: String::from("2026-01-01T00:00:00Z"),
    }
}

/// A results folder, half loose and half archived; one network has no dense run.
fn results() -> (Scratch, Vec<RunRecord>) {
    let mut rng = rng(5);
    let mut runs = Vec::new();
    for (index, dense) in dense_networks().iter().enumerate() {
        if index > 0 {
            runs.push(run(dense, None, &mut rng));
        }
        for surrogate in surrogates() {
            runs.push(run(dense, Some(surrogate), &mut rng));
        }
    }
    runs.sort_by(|a, b| a.key.cmp(&b.key));
    let scratch = Scratch::new();
    for run in runs.iter().step_by(2) {
        let name = format!("results/runs/{}.json", run.key);
        scratch.write(&name, serde_json::to_vec(run).expect("JSON"));
    }
    scratch.write("results/runs/half-written", "{");
    let archived: Vec<_> = runs.iter().skip(1).step_by(2).cloned().collect();
    write_archive(&scratch.path("results"), &archived).expect("an archive");
    (scratch, runs)
}

/// Seconds of a run according to the report's recipe.
fn seconds(row: &HashMap<String, String>) -> f64 {
    let number = |name: &str| row[name].parse::<f64>().expect("a number");
    let found = row["status"] == "found" && number("seconds_to_first") <= number("time_limit");
    if found {
        number("seconds_to_first")
    } else {
        f64::INFINITY
    }
}

/// The settings that the two runs of a pair share according to the report's recipe.
fn identity(row: &HashMap<String, String>) -> [&str; 9] {
    let columns = [
        "dense_key",
        "dense_sha256",
        "data_seed",
        "image",
        "epsilon",
        "time_limit",
        "threads",
        "solver_seed",
        "bounds",
    ];
    columns.map(|name| row[name].as_str())
}

/// Share of faster surrogates by group, row and rate, from the rows of `runs.csv` by the report's
/// recipe alone.
fn table_1_by_hand(text: &str) -> BTreeMap<[String; 3], (usize, usize)> {
    let rows = rows(text);
    let of = |strategy: &'static str| rows.iter().filter(move |row| row["strategy"] == strategy);
    let mut table = BTreeMap::new();
    for row in of("surrogate") {
        let same = of("exact").filter(|run| identity(run) == identity(row));
        let Some(dense) = same.max_by_key(|run| run["labels"] == row["labels"]) else {
            continue;
        };
        let group = match (row["granularity"].as_str(), row["method"].as_str()) {
            ("unstructured", "magnitude") => "Unstructured",
            ("structured", "magnitude") => "Structured",
            _ => "Unstructured, random",
        };
        let name = match row["finetuning_rounds"].as_str() {
            "" => "NF",
            _ => "F 5x5",
        };
        let key = [group.to_owned(), name.to_owned(), row["rate"].clone()];
        let (faster, all) = table.entry(key).or_insert((0, 0));
        *faster += usize::from(seconds(row) < seconds(dense));
        *all += 1;
    }
    table
}

#[test]
fn table_1_follows_from_runs_csv() {
    let (scratch, runs) = results();
    assert_eq!(read_runs(&scratch.path("results")).expect("runs"), runs);
    let record = scratch.json("report --results results -o report");
    assert_eq!(record["runs"], runs.len());
    let is_late = |run: &RunRecord| run.outcome.seconds_to_first > Some(run.settings.time_limit);
    assert!(runs.iter().any(is_late), "the limit has to matter");
    let left_out = surrogates().len();
    assert_eq!(record["series"][0]["name"], NAME);
    assert_eq!(record["series"][0]["left_out"], left_out);
    let text = scratch.text("report/runs.csv");
    assert_eq!(rows(&text).len(), runs.len());
    let by_hand = table_1_by_hand(&text);
    assert_eq!(by_hand.len(), 4 * RATES.len());
    let mut compared = 0;
    for row in rows(&scratch.text(&format!("report/{NAME}-table1.csv"))) {
        let key = ["group", "row", "rate"].map(|name| row[name].clone());
        let Some(&(faster, all)) = by_hand.get(&key) else {
            assert_eq!((&*row["instances"], &*row["share_percent"]), ("0", ""));
            continue;
        };
        compared += 1;
        assert_eq!(row["better"], faster.to_string());
        assert_eq!(row["instances"], all.to_string());
        let share: f64 = row["share_percent"].parse().expect("a percentage");
        assert!((share - 100.0 * faster as f64 / all as f64).abs() < 1e-9);
    }
    assert_eq!(compared, by_hand.len());
    let pairs = rows(&scratch.text("report/pairs.csv"));
    let faster = pairs
        .iter()
        .filter(|row| row["decision"] == "faster")
        .count();
    let sum = |of: fn(&(usize, usize)) -> usize| by_hand.values().map(of).sum::<usize>();
    assert_eq!(faster, sum(|(faster, _)| *faster));
    assert_eq!(pairs.len(), sum(|(_, all)| *all));
}

#[test]
fn the_same_records_give_the_same_files_and_all_that_are_named() {
    let (scratch, runs) = results();
    scratch.write("notes.md", "Made with *care*.\n");
    let line = "report --results results --notes notes.md";
    let first = scratch.json(&format!("{line} -o first"));
    // The order and place of the records do not matter.
    fs::remove_dir_all(scratch.path("results/runs")).expect("a folder");
    write_archive(&scratch.path("results"), &runs).expect("an archive");
    scratch.succeed(&format!("{line} -o second"));
    scratch.succeed(&format!("{line} -o second"));
    let files = first["files"].as_array().expect("files");
    let count = fs::read_dir(scratch.path("first"))
        .expect("a folder")
        .count();
    assert_eq!(count, files.len());
    for file in files.iter().map(|file| file.as_str().expect("a name")) {
        let [a, b] = ["first", "second"].map(|folder| scratch.read(&format!("{folder}/{file}")));
        assert!(a == b, "{file} differs");
    }
    let document = scratch.text("first/REPRODUCTION.md");
    for link in document.split("](").skip(1) {
        let name = link.split(')').next().expect("a name");
        assert!(scratch.path("first").join(name).is_file(), "{name}");
    }
    for figure in ["figure1", "figure2", "figure3"] {
        assert!(
            document.contains(&format!("({NAME}-{figure}.png)")),
            "{figure}"
        );
    }
    assert!(document.contains("Made with *care*."));
}

#[test]
fn notes_of_the_folder_and_failures_are_in_the_report() {
    let (scratch, runs) = results();
    let failure = |key: &str| Failure {
        key: key.to_owned(),
        what: String::from("a run"),
        error: String::from("it broke"),
        provenance: provenance(),
    };
    for key in ["0123", runs[0].key.as_str()] {
        let record = serde_json::to_vec(&failure(key)).expect("JSON");
        scratch.write(&format!("results/failures/{key}.json"), record);
    }
    scratch.write("results/NOTES.md", "Notes of the *folder*.\n");
    let record = scratch.json("report --results results -o report");
    // The other one has been made in the meantime.
    assert_eq!(record["failures"], 1);
    let document = scratch.text("report/REPRODUCTION.md");
    assert!(document.contains("in no table: 1.") && document.contains("Notes of the *folder*."));
    let page = scratch.text("report/index.html");
    assert!(page.contains("Notes of the <em>folder</em>."));
    scratch.write("other.md", "Other ones.\n");
    scratch.succeed("report --results results -o report --notes other.md");
    let document = scratch.text("report/REPRODUCTION.md");
    assert!(document.contains("Other ones.") && !document.contains("Notes of the"));
    scratch.write("results/failures/bad.json", "{}");
    let record = scratch.json("report --results results -o report");
    assert_eq!(record["damaged"][0]["place"], "failures/bad.json");
}

#[test]
fn what_is_no_results_folder_is_refused_and_nothing_written() {
    let (scratch, _) = results();
    let report = |results: &str| format!("report --results {results} -o report");
    scratch.refused(1, &report("missing"), &["missing", "runs.jsonl.gz"]);
    scratch.write("other/file.txt", "no record");
    scratch.refused(1, &report("other"), &["other", "no run records"]);
    scratch.write("broken/runs/bad.json", "{\"key\": 3}");
    scratch.refused(1, &report("broken"), &["bad.json", "not a run record"]);
    scratch.write("cut/runs.jsonl.gz", "this is no gzip");
    scratch.refused(1, &report("cut"), &["runs.jsonl.gz", "cannot read"]);
    let missing = format!("{} --notes none.md", report("results"));
    scratch.refused(1, &missing, &["none.md"]);
    let mut changed = run(&dense_networks()[0], None, &mut rng(1));
    changed.settings.threads = 8;
    let record = serde_json::to_vec(&changed).expect("JSON");
    scratch.write("changed/runs/run.json", record);
    scratch.refused(1, &report("changed"), &["run.json", "hash of its settings"]);
    scratch.write("file", "a file");
    scratch.refused(1, "report --results results -o file", &["file"]);
}
