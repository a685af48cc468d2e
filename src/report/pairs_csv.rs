//! `pairs.csv`: one row per pair of runs with the decision and what determines it.

use crate::document::Sheet;
use crate::experiment::pairs::{Decision, Kind, ModelTime, Pair, Series, dataset, found};
use crate::experiment::{ImageFacts, RunRecord};

/// A column: its name, and its cell for a pair of a series.
type Column = (&'static str, fn(&Series, &Pair) -> String);

const COLUMNS: [Column; 23] = [
    ("series", |series, _| series.slug()),
    ("dense_run", |_, pair| pair.dense.key.clone()),
    ("surrogate_run", |_, pair| pair.surrogate.run.key.clone()),
    ("dataset", |_, pair| text(dataset(pair.dense))),
    ("inputs", |_, pair| {
        pair.dense.settings.dense.inputs().to_string()
    }),
    ("hidden", |_, pair| {
        pair.dense.settings.dense.hidden_text(" ")
    }),
    ("pruning", |_, pair| pair.surrogate.variant.to_string()),
    ("rate", |_, pair| pair.surrogate.rate().to_string()),
    ("pruning_seed", |_, pair| {
        pair.surrogate.settings.pruning.seed.to_string()
    }),
    ("dense_status", |_, pair| {
        pair.dense.outcome.status.to_string()
    }),
    ("surrogate_status", |_, pair| {
        pair.surrogate.run.outcome.status.to_string()
    }),
    ("dense_label", |_, pair| {
        class(pair.dense, |image| image.label)
    }),
    ("dense_target", |_, pair| {
        class(pair.dense, |image| image.target)
    }),
    ("surrogate_label", |_, pair| {
        class(pair.surrogate.run, |image| image.label)
    }),
    ("surrogate_target", |_, pair| {
        class(pair.surrogate.run, |image| image.target)
    }),
    ("same_question", |_, pair| pair.same_question().to_string()),
    ("dense_seconds", |series, pair| {
        timed(series, || text(pair.dense_seconds()))
    }),
    ("surrogate_seconds", |series, pair| {
        timed(series, || {
            text(pair.surrogate.seconds(ModelTime::NotCounted))
        })
    }),
    ("making_seconds", |_, pair| {
        pair.surrogate.facts.seconds.to_string()
    }),
    ("dense_value", |_, pair| text(found::value(pair.dense))),
    ("surrogate_value", |_, pair| {
        text(found::value(pair.surrogate.run))
    }),
    ("decision", |series, pair| {
        decision_name(series.kind, pair.decision(ModelTime::NotCounted)).to_owned()
    }),
    ("decision_making_counted", |series, pair| {
        timed(series, || {
            decision_name(series.kind, pair.decision(ModelTime::Counted)).to_owned()
        })
    }),
];

/// One row per pair, series after series.
pub fn sheet(series: &[Series]) -> Sheet {
    let mut sheet = Sheet::new(COLUMNS.map(|(name, _)| name));
    for series in series {
        let row = |pair| COLUMNS.map(|(_, cell)| cell(series, pair)).to_vec();
        sheet.rows.extend(series.all.pairs.iter().map(row));
    }
    sheet
}

fn text(value: Option<impl ToString>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

fn class(run: &RunRecord, of: fn(&ImageFacts) -> usize) -> String {
    text(run.image.as_ref().map(of))
}

/// The cell of a column on times, which decide in verification alone.
fn timed(series: &Series, cell: impl Fn() -> String) -> String {
    match series.kind {
        Kind::Verification { .. } => cell(),
        Kind::Maximization(_) => String::new(),
    }
}

fn decision_name(kind: Kind, decision: Decision) -> &'static str {
    match (kind, decision) {
        (_, Decision::Tie) => "tie",
        (Kind::Verification { .. }, Decision::Surrogate) => "faster",
        (Kind::Verification { .. }, Decision::Dense) => "slower",
        (Kind::Maximization(_), Decision::Surrogate) => "better",
        (Kind::Maximization(_), Decision::Dense) => "worse",
    }
}
