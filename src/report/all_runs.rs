//! Every run with its settings, for the page.

use std::fmt::Write;

use super::found;
use super::series::{dataset, instance_seed};
use super::variant::Variant;
use super::words::rate;
use crate::document::{Block, Emphasis, Section, Sheet, Table};
use crate::experiment::{QuestionSettings, RunRecord};
use crate::numbers::{Shortest, count};
use crate::search::Strategy;

/// The section of all runs.
pub fn all_runs(runs: &[RunRecord]) -> Section {
    let sheet = Sheet::new([
        "run",
        "network",
        "seed",
        "labels",
        "solved",
        "rate",
        "limit",
        "status",
        "seconds to first",
        "seconds",
        "value",
    ]);
    let table = Table {
        name: "runs",
        number: None,
        caption: format!("All runs: {}", count(runs.len(), "run")),
        shown: Sheet::default(),
        words: 0,
        emphasis: Emphasis::Nothing,
        sortable: Sheet {
            rows: runs.iter().map(cells).collect(),
            hovers: runs.iter().map(hover).collect(),
            ..sheet
        },
        sortable_caption: "",
        data: Sheet::default(),
        notes: vec![String::from(
            "Value: the best objective of the dense network. Hover over a row to see the run's complete settings, machine and times; runs.csv has all of them.",
        )],
    };
    Section {
        heading: String::from("All runs"),
        blocks: vec![Block::Table(table)],
        is_on_page_only: true,
        ..Section::default()
    }
}

fn cells(run: &RunRecord) -> Vec<String> {
    let surrogate = run.settings.surrogate.as_ref();
    let seconds = |seconds: Option<f64>| seconds.map_or(String::new(), |s| format!("{s:.3}"));
    let status = run.outcome.status;
    let late = if found::is_late(run) { ", late" } else { "" };
    vec![
        run.key.clone(),
        network(run),
        instance_seed(run).to_string(),
        labels(run),
        solved(run),
        surrogate.map_or(String::new(), |s| rate(s.pruning.rate)),
        format!("{} s", Shortest(run.settings.time_limit)),
        format!("{status}{late}"),
        seconds(run.outcome.seconds_to_first),
        seconds(Some(run.outcome.seconds_total)),
        run.outcome
            .dense_objective
            .map_or(String::new(), six_digits),
    ]
}

/// The network that was solved, and the strategy if it was not the MILP alone.
fn solved(run: &RunRecord) -> String {
    let surrogate = run.settings.surrogate.as_ref();
    let network = surrogate.map_or("dense".to_owned(), |s| Variant::of(s).to_string());
    match run.settings.strategy {
        Strategy::Exact | Strategy::Surrogate => network,
        other => format!("{network}, {other}"),
    }
}

fn network(run: &RunRecord) -> String {
    let dense = &run.settings.dense;
    let name = dataset(run).map_or("random".to_owned(), |name| name.to_string());
    format!("{name} {}-{}", dense.inputs(), dense.hidden_text("-"))
}

fn labels(run: &RunRecord) -> String {
    match run.settings.question {
        QuestionSettings::Verification { labels, .. } => labels.to_string(),
        QuestionSettings::Maximization => String::new(),
    }
}

/// Six significant digits, without trailing zeros.
fn six_digits(value: f64) -> String {
    let scientific = format!("{value:.5e}");
    let rounded: f64 = scientific.parse().expect("a number written by us");
    rounded.to_string()
}

/// Everything that determined the run: settings, solver status, times, machine and versions.
fn hover(run: &RunRecord) -> String {
    const WRITES: &str = "a string takes any text";
    let outcome = &run.outcome;
    let provenance = &run.provenance;
    let machine = &provenance.machine;
    let mut text =
        serde_json::to_string_pretty(&run.settings).expect("settings have string keys only");
    write!(
        text,
        "\nsolver status: {}\nseconds to first {}, to best {}, in all {}",
        outcome.solver_in_words(),
        written(outcome.seconds_to_first),
        written(outcome.seconds_to_best),
        outcome.seconds_total
    )
    .expect(WRITES);
    write!(
        text,
        "\n{}, {}, {}\nruns at a time {}, begun {}, {}, program {}",
        machine.host,
        machine.processor,
        count(machine.cores, "core"),
        provenance.workers,
        provenance.started,
        provenance.solver,
        provenance.version
    )
    .expect(WRITES);
    text
}

fn written(seconds: Option<f64>) -> String {
    seconds.map_or("none".to_owned(), |seconds| seconds.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_six_digits() {
        let written = [0.233_138_703_591, -12345.678, 1e-9, 0.0].map(six_digits);
        assert_eq!(written, ["0.233139", "-12345.7", "0.000000001", "0"]);
    }
}
