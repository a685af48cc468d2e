//! Reports on records made up here.

use super::Report;
use super::figures_of::Drawing;
use super::pair::{Decision, ModelTime};
use super::series::{Kind, series};
use super::tables::Table;
use crate::dataset::DatasetName;
use crate::experiment::{
    DenseSettings, ImageFacts, Machine, ModelFacts, Provenance, QuestionSettings, RunRecord,
    RunSettings, SurrogateSettings,
};
use crate::instance::LabelSource;
use crate::pruning::{Granularity, Method, OutputRows, Pruning, Scope};
use crate::search::{Outcome, Strategy, Verdict};
use crate::training::{Device, Finetuning, TrainingSettings};

/// A run of the dense network of a seed that found an adversarial input, or nothing.
fn verification(seed: u64, seconds: Option<f64>) -> RunRecord {
    let dataset = DatasetName::Mnist;
    let dense = DenseSettings::Trained {
        dataset,
        side: 28,
        hidden: vec![32, 32],
        seed,
        device: Device::Cpu,
        training: TrainingSettings::for_dataset(dataset),
    };
    let question = QuestionSettings::Verification {
        data_seed: 10,
        image: 17673,
        epsilon: 4.798761,
        labels: LabelSource::Dense,
    };
    let status = match seconds {
        Some(_) => Verdict::Found,
        None => Verdict::NotFound,
    };
    let image = ImageFacts {
        class: 3,
        correctly_classified: true,
        label: 3,
        target: 5,
    };
    RunRecord {
        image: Some(image),
        ..record(dense, question, outcome(status, seconds, None))
    }
}

/// A run of the dense random network of a seed that gave a value, or none.
fn maximization(seed: u32, value: Option<f64>) -> RunRecord {
    let dense = DenseSettings::Random {
        inputs: 100,
        hidden: vec![50, 50],
        seed,
    };
    let status = match value {
        Some(_) => Verdict::Found,
        None => Verdict::NotFound,
    };
    let question = QuestionSettings::Maximization;
    record(dense, question, outcome(status, value.map(|_| 1.0), value))
}

fn record(dense: DenseSettings, question: QuestionSettings, outcome: Outcome) -> RunRecord {
    let settings = RunSettings {
        question,
        strategy: Strategy::Exact,
        time_limit: 30.0,
        threads: 1,
        solver_seed: 0,
        dense,
        surrogate: None,
    };
    RunRecord {
        key: settings.key(),
        settings,
        image: None,
        dense: facts(12.0),
        surrogate: None,
        outcome,
        stream: Vec::new(),
        provenance: provenance(),
    }
}

/// The same question to a surrogate, which took two seconds to make.
fn pruned(dense: RunRecord, pruning: Pruning, finetuning: Option<Finetuning>) -> RunRecord {
    let mut run = RunRecord {
        surrogate: Some(facts(2.0)),
        ..dense
    };
    run.settings.strategy = Strategy::Surrogate;
    run.settings.surrogate = Some(SurrogateSettings {
        pruning,
        finetuning,
    });
    rekeyed(run)
}

fn rekeyed(mut run: RunRecord) -> RunRecord {
    run.key = run.settings.key();
    run
}

fn finetuning() -> Finetuning {
    Finetuning {
        rounds: 5,
        settings: TrainingSettings::for_dataset(DatasetName::Mnist),
        seed: 1,
    }
}

fn outcome(status: Verdict, seconds: Option<f64>, value: Option<f64>) -> Outcome {
    Outcome {
        status,
        dense_objective: value,
        surrogate_objective: None,
        dual_bound: None,
        solver_status: String::from("Time limit reached"),
        seconds_to_first: seconds,
        seconds_to_best: seconds,
        seconds_total: seconds.unwrap_or(30.0),
        solutions: 1,
        binaries: 0,
        columns: 0,
        rows: 0,
        nonzeros: 0,
        stable_active: 0,
        stable_inactive: 0,
    }
}

fn facts(seconds: f64) -> ModelFacts {
    ModelFacts {
        sha256: "0".repeat(64),
        seconds,
        accuracy: Some(0.9),
        kept: vec![1, 2],
        alive_outputs: 10,
        collapsed: false,
    }
}

fn provenance() -> Provenance {
    let machine = Machine {
        host: String::from("host"),
        processor: String::from("processor"),
        cores: 2,
        memory_gib: 4.0,
        system: String::from("system"),
    };
    Provenance {
        version: String::from("0.1.0"),
        solver: String::from("HiGHS 1.15.0"),
        machine,
        workers: 2,
        started: String::from("2026-01-01T00:00:00Z"),
    }
}

/// The cell of a table's data with these first three columns.
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
    let report = Report::new(&runs, None);
    for name in ["table1", "table2", "table2a"] {
        let (group, row) = match name {
            "table1" => ("Unstructured", "NF"),
            _ => ("Input Size", "28 x 28"),
        };
        let of = |column| cell(table(&report, name), group, row, "0.9", column);
        assert_eq!(of("share_percent"), "40");
        assert_eq!(of("better"), "2");
        assert_eq!(of("instances"), "5");
    }
    let table1 = table(&report, "table1");
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
    let Drawing::Scatter(grid) = &report.chapters[0].figures[0].drawing else {
        panic!("the first figure is Figure 1");
    };
    let panel = &grid.panels[0][0];
    assert_eq!((panel.above, panel.below), (20.0, 40.0));
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
        [
            (Some(3.0), Decision::Dense),
            (Some(31.5), Decision::Surrogate)
        ]
    );
    let report = Report::new(&runs, None);
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
    assert_eq!(of("dense proved none"), "1");
    assert_eq!(of("faster, making counted"), "1");
    assert_eq!(of("faster of solvable"), "100.0");
    assert_eq!(of("seconds dense"), "2.000");
}

#[test]
fn what_cannot_be_compared_is_left_out_and_said() {
    let alone = pruned(verification(1, Some(1.0)), Pruning::magnitude(0.3), None);
    let mut other_limit = verification(0, Some(1.0));
    other_limit.settings.time_limit = 60.0;
    let other_limit = pruned(other_limit, Pruning::magnitude(0.3), None);
    let runs = [
        verification(0, Some(2.0)),
        pruned(verification(0, Some(1.0)), Pruning::magnitude(0.3), None),
        alone,
        other_limit,
    ];
    let report = Report::new(&runs, None);
    let facts: Vec<_> = report
        .chapters
        .iter()
        .map(|chapter| (chapter.slug.as_str(), chapter.pairs, chapter.left_out))
        .collect();
    assert_eq!(
        facts,
        [
            ("verification-30s-dense-labels", 1, 1),
            ("verification-60s-dense-labels", 0, 1)
        ]
    );
    let notes = table(&report, "table1").notes.join("\n");
    assert!(
        notes.contains("1 pairs of runs on 1 instances; 1 surrogate runs are left out"),
        "{notes}"
    );
    assert!(report.chapters[1].figures.is_empty());
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
    assert_eq!(
        kinds,
        [
            Kind::Verification(LabelSource::Dense),
            Kind::Verification(LabelSource::Surrogate),
            Kind::Maximization(Scope::Layer),
            Kind::Maximization(Scope::Global),
        ]
    );
    let pairs: Vec<_> = all.iter().map(|series| series.all.pairs.len()).collect();
    assert_eq!(pairs, [1, 1, 1, 1]);
    let report = Report::new(&runs, None);
    let shares = report.chapters[2..].iter().map(|chapter| {
        let table = &chapter.tables[0];
        cell(table, "Input Size", "100", "0.3", "share_percent")
    });
    assert_eq!(shares.collect::<Vec<_>>(), ["100", "0"]);
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
        pruned(fast(), structured(OutputRows::Keep), None),
        pruned(fast(), structured(OutputRows::Prune), None),
    ];
    let report = Report::new(&runs, None);
    let table1 = table(&report, "table1");
    let instances = |group| cell(table1, group, "NF", "0.3", "instances");
    assert_eq!(instances("Unstructured, random"), "2");
    assert_eq!(instances("Structured"), "1");
    assert_eq!(instances("Structured, output rows pruned"), "1");
    assert_eq!(instances("Unstructured"), "0");
    let pooled = cell(
        table(&report, "table2"),
        "Layer Width",
        "32",
        "0.3",
        "instances",
    );
    assert_eq!(pooled, "1");
}

#[test]
fn a_report_on_dense_runs_alone_says_so() {
    let runs = [verification(0, None), maximization(50, None)];
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("a").join("b");
    let report = Report::new(&runs, Some("Our *notes*.".into()));
    let files = report.write(&output).unwrap();
    assert_eq!(
        files,
        ["REPRODUCTION.md", "index.html", "pairs.csv", "runs.csv"]
    );
    let text = std::fs::read_to_string(output.join("REPRODUCTION.md")).unwrap();
    assert!(text.contains("nothing to compare") && text.contains("\nOur *notes*.\n"));
}
