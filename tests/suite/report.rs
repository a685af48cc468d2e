//! `pipeline report` on made-up records: Table 1 recomputed from `runs.csv` by other code, the
//! same files from the same records, and refusals.

pub mod made_up;

use std::collections::{BTreeMap, HashMap};
use std::fs;

use pipeline::campaign::{Failure, write_archive};
use pipeline::experiment::{RunRecord, read_runs};

use crate::support::rng;
use made_up::{RATES, dense_networks, provenance, results, run, surrogates};

/// The series of the made-up runs.
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
