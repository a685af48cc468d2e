//! Reports on synthetic records.

mod left_out;
mod records;
mod remarks;

use self::records::{finetuning, maximization, pruned, rekeyed, verification};
use super::Report;
use crate::document::{Block, Table};
use crate::experiment::QuestionSettings;
use crate::experiment::pairs::{Decision, Kind, ModelTime, series};
use crate::instance::{Distance, LabelSource};
use crate::pruning::{Granularity, Method, OutputRows, Pruning, Scope};
use crate::search::Verdict;

/// The cell in `column` of a table's data, in the row that starts with these three cells.
fn cell<'a>(table: &'a Table, group: &str, row: &str, rate: &str, column: &str) -> &'a str {
    let mut rows = table.data.rows.iter();
    let found = rows
        .find(|cells| cells[..3] == [group, row, rate])
        .unwrap_or_else(|| panic!("no row {group} {row} {rate}"));
    let column = table.data.header.iter().position(|name| name == column);
    &found[column.expect("a column")]
}

fn table<'a>(report: &'a Report, name: &str) -> &'a Table {
    let mut tables = report.chapters.iter().flat_map(|chapter| &chapter.tables);
    tables.find(|table| table.name == name).expect("a table")
}

#[test]
fn shares_are_of_all_instances_and_ties_are_on_neither_side() {
    let mut runs = Vec::new();
    let times = [
        (Some(2.0), Some(1.0)),
        (None, Some(1.0)),
        (Some(1.0), None),
        (None, None),
        (Some(1.0), Some(1.0)),
    ];
    for (seed, (dense, surrogate)) in times.into_iter().enumerate() {
        runs.push(verification(seed as u64, dense));
        let found = verification(seed as u64, surrogate);
        runs.push(pruned(found, Pruning::magnitude(0.9), None));
    }
    let report = Report::new(&runs, 0, None);
    for name in ["table1", "table2a"] {
        let (group, row) = match name {
            "table1" => ("Unstructured", "NF"),
            _ => ("Input Size", "28 x 28"),
        };
        let of = |column| cell(table(&report, name), group, row, "0.9", column);
        assert_eq!(of("share_percent"), "40");
        assert_eq!(of("better"), "2");
        assert_eq!(of("instances"), "5");
    }
    let names = report.chapters[0].tables.iter().map(|table| table.name);
    // No instance has a structured surrogate too.
    assert_eq!(names.collect::<Vec<_>>(), ["table1", "table2a", "details"]);
    let unlike = table(&report, "table2a");
    let of = |column| cell(unlike, "Input Size", "28 x 28", "0.9", column);
    assert_eq!(
        (of("published_percent"), of("difference_points")),
        ("80.6", "")
    );
    assert!(!unlike.notes.join("\n").contains("within 10 points"));
    let table1 = table(&report, "table1");
    assert_eq!(
        table1.caption,
        "Percentage of instances for which an adversarial input is found faster with the surrogate, by pruning rate (time limit 30 s, threads 1, solver seed 0, interval bounds, region l1, labels of the dense network)"
    );
    let of = |column| cell(table1, "Unstructured", "NF", "0.9", column);
    assert_eq!(of("published_percent"), "92.5");
    assert_eq!(of("difference_points"), "-52.5");
    let missing = cell(table1, "Structured", "NF", "0.9", "share_percent");
    assert_eq!(missing, "");
    let shown = &table1.shown.rows[0];
    assert_eq!(
        shown[..],
        ["Unstructured", "NF", "ours", "–", "–", "–", "40.0%", "–"]
    );
    let panel = &report.chapters[0].figures[0].chart.panels[0][0];
    let notes: Vec<&str> = panel.notes.iter().map(|(_, note)| note.as_str()).collect();
    assert_eq!(notes, ["20.0%", "40.0%", "n = 5", "×1"]);
    assert_eq!(panel.points.len(), 5);
    let names = report.chapters[0].figures.iter().map(|f| f.name.as_str());
    let expected = ["figure1", "figure3", "anytime-unstructured-magnitude"];
    assert_eq!(names.collect::<Vec<_>>(), expected);
}

#[test]
fn finetuning_can_be_counted_and_a_proof_of_none_is_nothing_found() {
    let mut proved = verification(1, None);
    proved.outcome.status = Verdict::NoneExists;
    let slow = |seed, seconds| {
        let found = verification(seed, Some(seconds));
        pruned(found, Pruning::magnitude(0.5), Some(finetuning()))
    };
    let runs = [
        verification(0, Some(2.0)),
        slow(0, 1.0),
        proved,
        slow(1, 29.5),
    ];
    let all = series(&runs);
    let decisions = |time| {
        let pairs = all[0].all.pairs.iter();
        let mut seconds: Vec<_> = pairs
            .map(|pair| (pair.surrogate.seconds(time), pair.decision(time)))
            .collect();
        seconds.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap());
        seconds
    };
    assert_eq!(
        decisions(ModelTime::NotCounted),
        [
            (Some(1.0), Decision::Surrogate),
            (Some(29.5), Decision::Surrogate)
        ]
    );
    assert_eq!(
        decisions(ModelTime::Counted),
        [(Some(3.0), Decision::Dense), (Some(31.5), Decision::Tie)]
    );
    let report = Report::new(&runs, 0, None);
    let share = |row| {
        let table = table(&report, "table1");
        cell(table, "Unstructured", row, "0.5", "share_percent")
    };
    assert_eq!((share("F 5x5"), share("NF")), ("100", ""));
    let details = table(&report, "details");
    let row = &details.data.rows[0];
    let of = |name: &str| {
        let column = details.data.header.iter().position(|n| n == name);
        row[column.unwrap()].as_str()
    };
    assert_eq!(of("dense_proved_none"), "1");
    assert_eq!(of("faster_making_counted"), "0");
    assert_eq!(of("faster_of_solvable"), "100");
    assert!((of("seconds_dense").parse::<f64>().unwrap() - 2.0).abs() < 1e-9);
}

#[test]
fn runs_that_cannot_be_compared_are_left_out_and_reported() {
    let alone = pruned(verification(1, Some(1.0)), Pruning::magnitude(0.3), None);
    let mut other_limit = verification(0, Some(1.0));
    other_limit.settings.time_limit = 60.0;
    let other_limit = pruned(other_limit, Pruning::magnitude(0.3), None);
    let mut other_weights = pruned(verification(0, Some(1.0)), Pruning::magnitude(0.5), None);
    other_weights.dense.sha256 = "1".repeat(64);
    let runs = [
        verification(0, Some(2.0)),
        pruned(verification(0, Some(1.0)), Pruning::magnitude(0.3), None),
        alone,
        other_limit,
        other_weights,
    ];
    let report = Report::new(&runs, 0, None);
    let facts: Vec<_> = report
        .chapters
        .iter()
        .map(|chapter| (chapter.slug.as_str(), chapter.pairs, chapter.left_out))
        .collect();
    assert_eq!(
        facts,
        [
            ("verification-30s-dense-labels", 1, 2),
            ("verification-60s-dense-labels", 0, 1)
        ]
    );
    let why = "without a dense run of the same instance, limits and weights";
    let left_out = format!("1 pair of runs on 1 instance; left out {why}: 2 surrogate runs.");
    for table in &report.chapters[0].tables {
        let notes = table.notes.join("\n");
        assert!(notes.contains(&left_out), "{notes}");
    }
    assert!(report.chapters[1].figures.is_empty() && report.chapters[1].tables.is_empty());
    let remark = report.chapters[1].remarks.join(" ");
    assert_eq!(
        remark,
        format!("No pairs, so no tables: 1 surrogate run {why}.")
    );
}

#[test]
fn a_dense_run_serves_every_source_of_labels_and_every_scope() {
    let mut surrogate_labels = pruned(verification(0, None), Pruning::magnitude(0.3), None);
    if let QuestionSettings::Verification { labels, .. } = &mut surrogate_labels.settings.question {
        *labels = LabelSource::Surrogate;
    }
    let global = Pruning {
        scope: Scope::Global,
        ..Pruning::magnitude(0.3)
    };
    let runs = [
        verification(0, Some(2.0)),
        pruned(verification(0, Some(1.0)), Pruning::magnitude(0.3), None),
        rekeyed(surrogate_labels),
        maximization(50, Some(1.0)),
        pruned(maximization(50, Some(2.0)), Pruning::magnitude(0.3), None),
        pruned(maximization(50, Some(0.5)), global, None),
    ];
    let all = series(&runs);
    let kinds: Vec<_> = all.iter().map(|series| series.kind).collect();
    let of_labels = |labels| Kind::Verification {
        region: Distance::L1,
        labels,
    };
    assert_eq!(
        kinds,
        [
            of_labels(LabelSource::Dense),
            of_labels(LabelSource::Surrogate),
            Kind::Maximization(Scope::Layer),
            Kind::Maximization(Scope::Global),
        ]
    );
    let pairs: Vec<_> = all.iter().map(|series| series.all.pairs.len()).collect();
    assert_eq!(pairs, [1, 1, 1, 1]);
    let report = Report::new(&runs, 0, None);
    let shares = report.chapters[2..].iter().map(|chapter| {
        let table = &chapter.tables[0];
        cell(table, "Input Size", "100", "0.3", "share_percent")
    });
    assert_eq!(shares.collect::<Vec<_>>(), ["100", "0"]);
}

#[test]
fn verification_questions_are_shown_side_by_side() {
    let mut published = pruned(verification(0, Some(1.0)), Pruning::magnitude(0.3), None);
    let mut dense = verification(0, None);
    if let QuestionSettings::Verification { region, labels, .. } = &mut published.settings.question
    {
        (*region, *labels) = (Distance::Rows, LabelSource::Surrogate);
    }
    published.image.as_mut().unwrap().margin = Some(0.5);
    if let QuestionSettings::Verification { region, .. } = &mut dense.settings.question {
        *region = Distance::Rows;
    }
    let runs = [
        verification(0, Some(2.0)),
        pruned(verification(0, Some(3.0)), Pruning::magnitude(0.3), None),
        rekeyed(dense),
        rekeyed(published),
    ];
    let report = Report::new(&runs, 0, None);
    assert_eq!(report.chapters.len(), 2);
    let section = report.questions.as_ref().unwrap();
    let [Block::List(sentences), Block::Table(table)] = &section.blocks[..] else {
        panic!("sentences and a table");
    };
    assert_eq!(
        sentences[0],
        "region rows, labels of the surrogate network (published), interval bounds, 30 s. The surrogate is faster in these instances (points from the published share): rate 0.3: 1 of 1 (+32.5 points; image adversarial before any change: 1)."
    );
    assert!(sentences[1].starts_with("region l1, labels of the dense network (the paper)"));
    let shown = |measure: &str| {
        let rows = table.shown.rows.iter().filter(|row| row[2] == measure);
        rows.map(|row| row[3].clone()).collect::<Vec<_>>()
    };
    assert_eq!(shown("faster"), ["100.0%", "0.0%"]);
    assert_eq!(shown("published"), ["67.5%", "67.5%"]);
    assert_eq!(shown("faster, image not adversarial"), ["0.0%"]);
    assert_eq!(shown("dense run finds none"), ["100.0%", "0.0%"]);
    let folder = tempfile::tempdir().unwrap();
    let files = report.write(folder.path()).unwrap();
    assert!(files.contains(&String::from("questions-table1.csv")));
    // One question is not compared.
    assert!(Report::new(&runs[..2], 0, None).questions.is_none());
}

#[test]
fn variants_have_rows_of_their_own_and_seeds_of_pruning_do_not() {
    let random = |seed| Pruning {
        method: Method::Random,
        seed,
        ..Pruning::magnitude(0.3)
    };
    let structured = |output_rows| Pruning {
        granularity: Granularity::Structured,
        output_rows,
        ..Pruning::magnitude(0.3)
    };
    let fast = || verification(0, Some(1.0));
    let runs = [
        verification(0, Some(2.0)),
        pruned(fast(), random(1), None),
        pruned(fast(), random(2), None),
        pruned(fast(), Pruning::magnitude(0.3), None),
        pruned(fast(), structured(OutputRows::Keep), None),
        pruned(fast(), structured(OutputRows::Prune), None),
    ];
    let report = Report::new(&runs, 0, None);
    let table1 = table(&report, "table1");
    let instances = |group| cell(table1, group, "NF", "0.3", "instances");
    assert_eq!(instances("Unstructured, random"), "2");
    assert_eq!(instances("Structured"), "1");
    assert_eq!(instances("Structured, output rows pruned"), "1");
    assert_eq!(instances("Unstructured"), "1");
    let pooled = cell(
        table(&report, "table2"),
        "Layer Width",
        "32",
        "0.3",
        "instances",
    );
    assert_eq!(pooled, "2");
    let notes = table1.notes.join("\n");
    assert!(notes.contains("up to 2 surrogates of one kind"), "{notes}");
}

#[test]
fn a_report_on_dense_runs_alone_says_so() {
    let runs = [verification(0, None), maximization(50, None)];
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("a").join("b");
    let report = Report::new(&runs, 2, Some("Our *notes*.".into()));
    let files = report.write(&output).unwrap();
    assert_eq!(
        files,
        ["REPRODUCTION.md", "index.html", "pairs.csv", "runs.csv"]
    );
    let text = std::fs::read_to_string(output.join("REPRODUCTION.md")).unwrap();
    assert!(text.contains("Nothing to compare") && text.contains("\nOur *notes*.\n"));
    assert!(text.contains("failed and are in no table: 2."));
    let page = std::fs::read_to_string(output.join("index.html")).unwrap();
    assert!(page.contains("<p>Our <em>notes</em>.</p>"));
}
