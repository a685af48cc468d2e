//! Results that do not count, or compare only in part, and the notes that say so.

use super::records::{finetuning, maximization, pruned, verification};
use super::{cell, table};
use crate::document::Table;
use crate::experiment::QuestionSettings;
use crate::experiment::pairs::found;
use crate::instance::LabelSource;
use crate::pruning::Pruning;
use crate::report::Report;
use crate::search::Candidate;

#[test]
fn an_input_found_after_the_limit_does_not_count() {
    let runs = [
        verification(0, Some(2.0)),
        pruned(verification(0, Some(30.5)), Pruning::magnitude(0.5), None),
        verification(1, Some(31.0)),
        pruned(verification(1, None), Pruning::magnitude(0.5), None),
    ];
    let report = Report::new(&runs, 0, None);
    let details = table(&report, "details");
    let column = |name: &str| details.data.header.iter().position(|n| n == name).unwrap();
    let of = |name: &str| details.data.rows[0][column(name)].as_str();
    assert_eq!((of("found_dense"), of("found_surrogate")), ("1", "0"));
    assert_eq!((of("faster"), of("slower"), of("ties")), ("0", "1", "1"));
    assert_eq!(of("faster_of_solvable"), "0");
    let notes = details.notes.join("\n");
    assert!(
        notes.contains("2 runs found an adversarial input only after"),
        "{notes}"
    );
}

#[test]
fn a_value_found_after_the_limit_is_replaced_by_the_best_one_before() {
    let mut late = pruned(maximization(50, Some(3.0)), Pruning::magnitude(0.5), None);
    late.outcome.seconds_to_best = Some(30.5);
    late.stream = [(1.0, 0.5), (2.0, 1.5), (30.5, 3.0)]
        .map(|(seconds, dense_value)| Candidate {
            seconds,
            surrogate_value: 1.0,
            dense_value,
        })
        .to_vec();
    assert_eq!(found::value(&late), Some(1.5));
    let runs = [maximization(50, Some(2.0)), late];
    let report = Report::new(&runs, 0, None);
    let table3 = table(&report, "table3");
    assert_eq!(cell(table3, "Input Size", "100", "0.5", "better"), "0");
    assert!(
        table3
            .notes
            .join("\n")
            .contains("1 run found a better value only after")
    );
}

#[test]
fn wins_over_no_value_are_counted_and_reported() {
    let mut constant = pruned(maximization(50, Some(1.0)), Pruning::magnitude(0.9), None);
    constant.surrogate.as_mut().unwrap().collapsed = true;
    let runs = [
        maximization(50, None),
        pruned(maximization(50, Some(1.0)), Pruning::magnitude(0.5), None),
        constant,
        maximization(51, Some(1.0)),
        pruned(maximization(51, Some(2.0)), Pruning::magnitude(0.5), None),
    ];
    let report = Report::new(&runs, 0, None);
    let notes = table(&report, "table3").notes.join("\n");
    let expected = "Caution: in 2 of 3 pairs the dense run has no value within the limit, so any value is better. Of 3 pairs in which the surrogate is better, 2 are of this kind, and in 1 of these";
    assert!(notes.contains(expected), "{notes}");
}

#[test]
fn wins_on_other_labels_are_counted_and_reported() {
    let asked = |label, seed: u64| {
        let mut run = verification(seed, Some(1.0));
        if let QuestionSettings::Verification { labels, .. } = &mut run.settings.question {
            *labels = LabelSource::Surrogate;
        }
        let image = run.image.as_mut().unwrap();
        image.label = label;
        image.margin = Some(if label == 3 { 0.5 } else { -1.0 });
        pruned(run, Pruning::magnitude(0.95), None)
    };
    let mut wrong = verification(1, None);
    wrong.image.as_mut().unwrap().correctly_classified = false;
    let runs = [verification(0, Some(2.0)), asked(3, 0), wrong, asked(8, 1)];
    let report = Report::new(&runs, 0, None);
    let details = table(&report, "details");
    let column = |name: &str| details.data.header.iter().position(|n| n == name).unwrap();
    let of = |name: &str| details.data.rows[0][column(name)].as_str();
    assert_eq!((of("faster"), of("other_question")), ("2", "1"));
    assert_eq!(of("faster_same_label_and_target"), "1");
    assert_eq!(of("image_already_adversarial"), "1");
    assert_eq!(of("faster_image_not_adversarial"), "1");
    let solvable = |name: &String| name == "faster_of_solvable";
    assert!(!details.data.header.iter().any(solvable));
    assert!(!details.notes.join("\n").contains("Faster of solvable"));
    let images = "In 1 of 2 pairs the unchanged image is already adversarial";
    let all = "in 1 of 2 pairs the surrogate's label or target differs from the dense network's";
    for table in &report.chapters[0].tables {
        let notes = table.notes.join("\n");
        assert!(
            notes.contains(all) && notes.matches("1 is of this kind").count() == 2,
            "{notes}"
        );
        assert!(notes.contains(images), "{notes}");
        assert!(!notes.contains("the label is then the class"), "{notes}");
    }
    for figure in &report.chapters[0].figures {
        assert!(figure.notes.join("\n").contains(all));
    }
    assert_eq!(
        report.pairs_csv.rows[0].len(),
        report.pairs_csv.header.len()
    );
}

#[test]
fn misclassified_images_whose_target_is_the_true_class_are_counted_and_reported() {
    let mut runs = Vec::new();
    for (seed, class) in [(0, 5), (1, 8), (2, 3)] {
        let mut dense = verification(seed, Some(2.0));
        let image = dense.image.as_mut().unwrap();
        image.class = class;
        image.correctly_classified = class == image.label;
        for rate in [0.5, 0.9] {
            runs.push(pruned(dense.clone(), Pruning::magnitude(rate), None));
        }
        runs.push(dense);
    }
    let report = Report::new(&runs, 0, None);
    let expected = "In 2 instances the dense network misclassifies the image; the label is then the class that it predicts. In 1 of these the target is the image's true class";
    let notes = table(&report, "table1").notes.join("\n");
    assert!(notes.contains(expected), "{notes}");
}

#[test]
fn rows_on_different_instances_are_reported_and_repeated_on_common_ones() {
    let surrogate = |seed, rate, finetuning| {
        let found = verification(seed, Some(1.0));
        pruned(found, Pruning::magnitude(rate), finetuning)
    };
    let runs = [
        verification(0, Some(2.0)),
        surrogate(0, 0.5, None),
        surrogate(0, 0.5, Some(finetuning())),
        verification(1, Some(0.5)),
        surrogate(1, 0.5, None),
        surrogate(1, 0.3, None),
    ];
    let report = Report::new(&runs, 0, None);
    let table1 = table(&report, "table1");
    let share = |row, rate| cell(table1, "Unstructured", row, rate, "share_percent");
    assert_eq!((share("NF", "0.5"), share("F 5x5", "0.5")), ("50", "100"));
    assert_eq!(share("NF, instances of F 5x5", "0.5"), "100");
    let notes = table1.notes.join("\n");
    for part in [
        "the rows are about different instances",
        "cannot be compared across rates: Unstructured NF",
        "within 10 points of the published share at 0 of 2 rates (row Unstructured NF)",
        "inputs 784 (published: 324, 784)",
        "Gurobi 10.0.1",
    ] {
        assert!(notes.contains(part), "{part} is missing in {notes}");
    }
    let names = |table: &Table| {
        table
            .shown
            .rows
            .iter()
            .map(|row| row[2].clone())
            .collect::<Vec<_>>()
    };
    // Without results of ours only the published line is shown.
    assert_eq!(
        names(table1)
            .iter()
            .filter(|name| *name == "published")
            .count(),
        4
    );
    assert_eq!(
        names(table1).iter().filter(|name| *name == "ours").count(),
        3
    );
    let Some(row) = table1.sortable.rows.first() else {
        panic!("the table has rows");
    };
    assert_eq!(row[3], "50.0% (71.3%, −21.3)");
}

#[test]
fn different_conditions_within_a_pair_are_reported() {
    let mut other = pruned(verification(0, Some(1.0)), Pruning::magnitude(0.3), None);
    other.provenance.machine.host = String::from("another");
    other.provenance.solver = String::from("HiGHS 1.14.0");
    other.provenance.workers = 3;
    let runs = [verification(0, Some(2.0)), other];
    let report = Report::new(&runs, 0, None);
    let notes = table(&report, "table1").notes.join("\n");
    let unlike = "these differ: solver (1 pair), machine (1 pair), runs at a time (1 pair).";
    assert!(notes.contains(unlike), "{notes}");
}
