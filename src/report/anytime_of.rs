//! Anytime figures: how many runs of a variant found an adversarial input within a given time.

use std::collections::BTreeMap;

use super::pair::ModelTime;
use super::remarks;
use super::series::{Selection, Series, instance};
use super::variant::Variant;
use super::words::rate;
use crate::document::{AnytimeLine, AnytimePlot, Drawing, Figure};

/// Maximum number of rates in one figure: with the dense network, as many lines as can be told
/// apart.
const MOST_RATES: usize = 6;

/// The dense network, and one variant at each rate, in as many figures as needed.
pub fn anytime(series: &Series, pool: &Selection, variant: &Variant) -> Vec<Figure> {
    let of_variant = pool.only(|surrogate| surrogate.variant == *variant);
    let rates = of_variant.rates();
    let chunks = rates.chunks(MOST_RATES).enumerate();
    let figure = |(part, rates): (usize, &[f64])| {
        let part = match part {
            0 => String::new(),
            later => format!("-{}", later + 1),
        };
        let shown = of_variant.only(|surrogate| rates.contains(&surrogate.rate()));
        let mut lines = vec![dense_line(&shown)];
        lines.extend(rates.iter().map(|&rate| rate_line(&shown, rate)));
        Figure {
            name: format!("anytime-{}{part}", variant.slug()),
            caption: caption(series, variant, &shown),
            notes: notes(series, variant, &shown),
            drawing: Drawing::Anytime(AnytimePlot {
                title: format!("{} solved within a time: {variant}", what(&shown)),
                x_label: String::from("seconds"),
                y_label: format!("share of the {} solved", what(&shown).to_lowercase()),
                lines,
                limit: series.limits.time_limit,
            }),
        }
    };
    chunks.map(figure).collect()
}

fn caption(series: &Series, variant: &Variant, shown: &Selection) -> String {
    let making = match variant.finetuning {
        None => "",
        Some(_) => " The time of finetuning is not counted.",
    };
    format!(
        "{} solved within a time: {variant} ({}). Solved: an adversarial input was found.{making}",
        what(shown),
        series.settings()
    )
}

fn notes(series: &Series, variant: &Variant, shown: &Selection) -> Vec<String> {
    let mut notes = remarks::of(series.kind, shown);
    notes.extend(remarks::rates_differ(&[(variant.to_string(), shown)]));
    notes
}

/// What the lines count: runs if an instance has several of a kind, instances otherwise.
fn what(shown: &Selection) -> &'static str {
    let several = |value: f64| {
        let at = shown.only(|surrogate| surrogate.rate() == value);
        at.pairs.len() > at.instances().len()
    };
    if shown.rates().into_iter().any(several) {
        "Runs"
    } else {
        "Instances"
    }
}

/// The line of the dense runs. Each instance counts once, however many surrogates it is compared
/// with.
fn dense_line(selection: &Selection) -> AnytimeLine {
    let pairs = selection.pairs.iter();
    let dense: BTreeMap<String, Option<f64>> = pairs
        .map(|pair| (instance(pair.dense), pair.dense_seconds()))
        .collect();
    AnytimeLine {
        name: String::from("dense"),
        seconds: dense.values().copied().flatten().collect(),
        runs: dense.len(),
    }
}

fn rate_line(selection: &Selection, value: f64) -> AnytimeLine {
    let pairs = selection.of_rate(value);
    let seconds = pairs
        .iter()
        .filter_map(|pair| pair.surrogate.seconds(ModelTime::NotCounted));
    AnytimeLine {
        name: format!("rate {}", rate(value)),
        seconds: seconds.collect(),
        runs: pairs.len(),
    }
}
