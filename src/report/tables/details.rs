//! Tables of our results alone: one row per data set, variant and rate.

use std::collections::BTreeSet;

use super::super::pair::Pair;
use super::super::series::{Kind, Selection, Series, dataset};
use super::super::words::rate;
use super::conditions;
use super::measures::{self, Column, Value};
use crate::document::{Emphasis, Sheet, Table};
use crate::instance::LabelSource;

/// Verification by data set, variant and rate.
pub fn verification(series: &Series) -> Table {
    // With labels of the surrogate, hardly any other run has the same question: whether some run of
    // the series answered it says little more than that surrogate's own success.
    let own_labels = series.kind == Kind::Verification(LabelSource::Surrogate);
    let solvable = measures::solvable(series);
    let mut rows = Vec::new();
    for name in series.all.datasets() {
        let of_dataset = series.all.only(|s| dataset(s.run) == Some(name));
        for (variant, value, pairs) in by_variant_and_rate(&of_dataset) {
            let mut row = head("data set", name.to_string(), variant, value);
            row.extend(measures::verification(&pairs));
            row.extend(if own_labels {
                measures::questions(&pairs)
            } else {
                vec![measures::faster_of_solvable(&pairs, &solvable)]
            });
            rows.push(row);
        }
    }
    let mut notes = vec![
        "Seconds: geometric means over the pairs in which both runs found an adversarial input.",
        "Surrogate ended, found none: the solver finished the surrogate's MILP, and none of its points was adversarial for the dense network. Other runs that found nothing were stopped by the time limit.",
        "Making counted: the seconds of pruning and finetuning are added to the surrogate's. If the sum exceeds the time limit and the dense run found nothing either, the pair is a tie: what the dense run would have found by then is unknown.",
        "Accuracy: mean of the surrogates on the test images. Collapsed: surrogates that are constant functions.",
    ];
    notes.push(if own_labels {
        "Other question: pairs whose two runs differ in label or target. Faster, same label and target: of the other pairs, those in which the surrogate is faster."
    } else {
        "Faster of solvable: percent of the instances for which some run of the series, dense or surrogate with any pruning, found an adversarial input."
    });
    let caption = "Verification by data set, pruning and rate";
    table(series, caption, &rows, &notes)
}

/// Maximization by input size, variant and rate.
pub fn maximization(series: &Series) -> Table {
    let inputs = |pair: &Pair| pair.dense.settings.dense.inputs();
    let sizes: BTreeSet<usize> = series.all.pairs.iter().map(inputs).collect();
    let mut rows = Vec::new();
    for size in sizes {
        let of_size = series.all.only(|s| s.run.settings.dense.inputs() == size);
        for (variant, value, pairs) in by_variant_and_rate(&of_size) {
            let mut row = head("inputs", size.to_string(), variant, value);
            row.extend(measures::maximization(&pairs));
            rows.push(row);
        }
    }
    let notes = [
        "Value dense, value surrogate: runs that found a point, and so a value of the dense network.",
        "Mean improvement: of the surrogate run's value over the dense run's, relative to the latter, over the pairs that have both and in which the latter is above zero.",
        "Collapsed: surrogates that are constant functions.",
    ];
    let caption = "Function maximization by input size, pruning and rate";
    table(series, caption, &rows, &notes)
}

fn head(name: &'static str, group: String, variant: String, value: f64) -> Vec<Column> {
    vec![
        (name, Value::Word(group)),
        ("pruning", Value::Word(variant)),
        ("rate", Value::Word(rate(value))),
    ]
}

/// Builds the table of rows that all have the same columns.
fn table(series: &Series, caption: &str, rows: &[Vec<Column>], notes: &[&str]) -> Table {
    let titles = || rows.first().into_iter().flatten().map(|(title, _)| *title);
    let mut shown = Sheet::new(titles());
    let mut data = Sheet::new(titles().map(snake_case));
    for row in rows {
        let cells = |text: fn(&Value) -> String| row.iter().map(|(_, v)| text(v)).collect();
        shown.rows.push(cells(Value::shown));
        data.rows.push(cells(Value::raw));
    }
    let mut all: Vec<String> = notes.iter().map(|&note| note.to_owned()).collect();
    all.extend(conditions::notes(series, &series.all));
    Table {
        name: "details",
        number: None,
        caption: format!("{caption} ({})", series.settings()),
        sortable: shown.clone(),
        sortable_caption: "",
        shown,
        words: 2,
        emphasis: Emphasis::Nothing,
        data,
        notes: all,
    }
}

fn snake_case(title: &str) -> String {
    title.replace(',', "").replace(' ', "_")
}

fn by_variant_and_rate<'a>(selection: &Selection<'a>) -> Vec<(String, f64, Vec<Pair<'a>>)> {
    let mut groups = Vec::new();
    for variant in selection.variants() {
        let of_variant = selection.only(|surrogate| surrogate.variant == variant);
        for rate in of_variant.rates() {
            groups.push((variant.to_string(), rate, of_variant.of_rate(rate)));
        }
    }
    groups
}
