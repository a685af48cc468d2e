//! `pairs.csv`: one row per pair of runs with the decision and what determines it.

use super::found;
use super::pair::{Decision, ModelTime, Pair};
use super::series::{Kind, Series, dataset};
use crate::document::Sheet;
use crate::experiment::{ImageFacts, RunRecord};

/// One row per pair, series after series.
pub fn sheet(series: &[Series]) -> Sheet {
    let mut sheet = Sheet::new([
        "series",
        "dense_run",
        "surrogate_run",
        "dataset",
        "inputs",
        "hidden",
        "pruning",
        "rate",
        "pruning_seed",
        "dense_status",
        "surrogate_status",
        "dense_label",
        "dense_target",
        "surrogate_label",
        "surrogate_target",
        "same_question",
        "dense_seconds",
        "surrogate_seconds",
        "making_seconds",
        "dense_value",
        "surrogate_value",
        "decision",
        "decision_making_counted",
    ]);
    for series in series {
        let pairs = series.all.pairs.iter();
        sheet.rows.extend(pairs.map(|pair| row(series, pair)));
    }
    sheet
}

fn row(series: &Series, pair: &Pair) -> Vec<String> {
    let (dense, surrogate) = (pair.dense, pair.surrogate.run);
    let number = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    let value = |run: &RunRecord| number(found::value(run));
    let (dense_seconds, surrogate_seconds, counted) = match series.kind {
        Kind::Verification(_) => (
            number(pair.dense_seconds()),
            number(pair.surrogate.seconds(ModelTime::NotCounted)),
            decision_name(series.kind, pair.decision(ModelTime::Counted)),
        ),
        Kind::Maximization(_) => Default::default(),
    };
    vec![
        series.slug(),
        dense.key.clone(),
        surrogate.key.clone(),
        dataset(dense).map_or(String::new(), |name| name.to_string()),
        dense.settings.dense.inputs().to_string(),
        dense.settings.dense.hidden_text(" "),
        pair.surrogate.variant.to_string(),
        pair.surrogate.rate().to_string(),
        pair.surrogate.settings.pruning.seed.to_string(),
        dense.outcome.status.to_string(),
        surrogate.outcome.status.to_string(),
        class(dense, |image| image.label),
        class(dense, |image| image.target),
        class(surrogate, |image| image.label),
        class(surrogate, |image| image.target),
        pair.same_question().to_string(),
        dense_seconds,
        surrogate_seconds,
        pair.surrogate.facts.seconds.to_string(),
        value(dense),
        value(surrogate),
        decision_name(series.kind, pair.decision(ModelTime::NotCounted)),
        counted,
    ]
}

fn class(run: &RunRecord, of: fn(&ImageFacts) -> usize) -> String {
    let image = run.image.as_ref();
    image.map_or(String::new(), |image| of(image).to_string())
}

fn decision_name(kind: Kind, decision: Decision) -> String {
    let name = match (kind, decision) {
        (_, Decision::Tie) => "tie",
        (Kind::Verification(_), Decision::Surrogate) => "faster",
        (Kind::Verification(_), Decision::Dense) => "slower",
        (Kind::Maximization(_), Decision::Surrogate) => "better",
        (Kind::Maximization(_), Decision::Dense) => "worse",
    };
    name.to_owned()
}
