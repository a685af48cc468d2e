//! A report names what is in none of its tables.

use super::super::Report;
use super::records::{maximization, pruned, rekeyed, verification};
use crate::campaign::{Damage, Remedy};
use crate::experiment::RunRecord;
use crate::named::Named;
use crate::pruning::{Granularity, Method, Pruning, Scope};
use crate::search::Strategy;

fn document(runs: &[RunRecord]) -> String {
    Report::new(runs, 0, None).document().markdown()
}

fn structured(rate: f64) -> Pruning {
    Pruning {
        granularity: Granularity::Structured,
        ..Pruning::magnitude(rate)
    }
}

#[test]
fn runs_of_every_strategy_are_counted() {
    let mut runs = Vec::new();
    for seed in 0..3 {
        for &(strategy, _) in Strategy::NAMES {
            let mut run = verification(seed, Some(1.0));
            run.settings.strategy = strategy;
            runs.push(match strategy {
                Strategy::Surrogate => pruned(run, Pruning::magnitude(0.5), None),
                _ => rekeyed(run),
            });
        }
    }
    let text = document(&runs);
    let expected = "18 runs: 3 of the MILP of the dense network, 3 of that of a surrogate, and 12 of strategies that are in no table (3 relaxation, 3 gradient, 3 prove, 3 portfolio), on 3 dense networks";
    assert!(text.contains(expected), "{text}");
    // Without other strategies the sentence is shorter.
    let run = verification(0, Some(1.0));
    let pair = [run.clone(), pruned(run, Pruning::magnitude(0.5), None)];
    assert!(document(&pair).contains("2 runs, 1 of them of the dense network, on"));
}

#[test]
fn without_surrogates_the_runs_are_counted() {
    let mut gradient = verification(0, Some(1.0));
    gradient.settings.strategy = Strategy::Gradient;
    let text = document(&[rekeyed(gradient)]);
    assert!(
        text.contains("1 run: 0 of the MILP of the dense network, 0 of that of a surrogate, and 1 of strategies that are in no table (1 gradient))."),
        "{text}"
    );
}

#[test]
fn a_table_without_pairs_is_absent_and_the_reason_given() {
    let run = maximization(1, Some(1.0));
    let runs = [run.clone(), pruned(run, structured(0.5), None)];
    let report = Report::new(&runs, 0, None);
    let tables = report.chapters[0].tables.iter().map(|table| table.name);
    assert_eq!(tables.collect::<Vec<_>>(), ["details"]);
    let text = document(&runs);
    let expected = "No Table 3 (unstructured magnitude pruning, not finetuned): this series has 1 pair, all with other pruning (structured magnitude), listed in the table of details.";
    assert!(text.contains(expected), "{text}");
    assert!(!text.contains("0 pairs"), "{text}");

    let run = verification(1, Some(1.0));
    let random = Pruning {
        method: Method::Random,
        scope: Scope::Global,
        ..Pruning::magnitude(0.5)
    };
    let runs = [run.clone(), pruned(run, random, None)];
    let text = document(&runs);
    assert!(
        text.contains("No Table 1 (") && text.contains("No Table 2a ("),
        "{text}"
    );
}

#[test]
fn a_table_with_a_part_of_the_pairs_says_so() {
    let run = maximization(1, Some(1.0));
    let runs = [
        run.clone(),
        pruned(run.clone(), structured(0.5), None),
        pruned(run, Pruning::magnitude(0.5), None),
    ];
    let text = document(&runs);
    let expected = "Not in this table, but in the table of details: 1 pair (structured magnitude).";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn runs_in_which_a_part_of_the_search_failed_are_counted() {
    let mut run = verification(0, None);
    let text = document(&[run.clone()]);
    assert!(!text.contains("a part of the search failed"), "{text}");
    run.outcome.failures = vec![String::from("the linear program failed")];
    let text = document(&[run]);
    assert!(
        text.contains("In 1 run a part of the search failed"),
        "{text}"
    );
}

#[test]
fn damaged_records_are_named_and_many_are_counted() {
    let run = verification(0, None);
    let runs = [run.clone(), pruned(run, Pruning::magnitude(0.5), None)];
    let damage: Vec<Damage> = (0..25)
        .map(|index| Damage {
            place: format!("runs/{index}.json"),
            key: None,
            remedy: Remedy::Retry,
            why: String::from("it is empty"),
        })
        .collect();
    let text = Report::new(&runs, 0, None)
        .beside(&damage)
        .document()
        .markdown();
    assert!(
        text.contains("Caution: 25 records of these results cannot be used and are in no table: runs/0.json: it is empty; "),
        "{text}"
    );
    assert!(
        text.contains("runs/19.json: it is empty; and 5 more."),
        "{text}"
    );
}

#[test]
fn limits_accepted_by_older_versions_give_file_names_of_usual_length() {
    let limited = |mut run: RunRecord| {
        run.settings.time_limit = 1e-300;
        rekeyed(run)
    };
    let run = limited(verification(0, None));
    let runs = [
        run.clone(),
        limited(pruned(run, Pruning::magnitude(1e-300), None)),
    ];
    let report = Report::new(&runs, 0, None);
    assert_eq!(report.chapters[0].slug, "verification-1e-300s-dense-labels");
    let folder = tempfile::tempdir().unwrap();
    let files = report.write(folder.path()).unwrap();
    assert!(files.iter().all(|file| file.len() < 100), "{files:?}");
}
