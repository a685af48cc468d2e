//! Anytime figures: how many runs of a variant found an adversarial input within a given time.

use std::collections::BTreeMap;

use super::super::remarks;
use super::super::words::rate;
use super::seconds;
use crate::document::{Axis, Chart, Curve, Figure, Form, Panel, Scale};
use crate::experiment::pairs::{ModelTime, Pair, Selection, Series, Variant, instance};
use crate::numbers::percent;

/// Maximum number of rates in one figure: with the dense network, as many lines as can be told
/// apart.
const MOST_RATES: usize = 6;

/// The runs that one line is about.
struct Runs {
    name: String,
    /// Seconds of those that found something.
    seconds: Vec<f64>,
    /// Number of all, at least one.
    all: usize,
}

/// The dense network, and one variant at each rate, in as many figures as needed.
pub fn figures(series: &Series, pool: &Selection, variant: &Variant) -> Vec<Figure> {
    let of_variant = pool.only(|surrogate| surrogate.variant == *variant);
    let rates = of_variant.rates();
    let parts = rates.chunks(MOST_RATES).enumerate();
    let figure = |(part, rates): (usize, &[f64])| {
        let shown = of_variant.only(|surrogate| rates.contains(&surrogate.rate()));
        let mut runs = vec![dense(&shown)];
        runs.extend(rates.iter().map(|&rate| of_rate(&shown, rate)));
        let what = what(&shown);
        let title = format!("{what} solved within a time: {variant}");
        let making = match variant.finetuning {
            None => "",
            Some(_) => " The time of finetuning is not counted.",
        };
        let mut notes = remarks::of(series.kind, &shown);
        notes.extend(remarks::rates_differ(&[(variant.to_string(), &shown)]));
        Figure {
            name: match part {
                0 => format!("anytime-{}", variant.slug()),
                later => format!("anytime-{}-{}", variant.slug(), later + 1),
            },
            caption: format!(
                "{title} ({}). Solved: an adversarial input was found.{making}",
                series.settings()
            ),
            notes,
            chart: Chart {
                title,
                x: seconds("seconds", series),
                y: Axis::new(
                    format!("share of the {} solved", what.to_lowercase()),
                    Scale::Percent,
                ),
                kinds: runs.iter().map(Runs::title).collect(),
                panels: vec![vec![Panel {
                    curves: runs.into_iter().enumerate().map(curve).collect(),
                    ..Panel::default()
                }]],
                ..Chart::default()
            },
        }
    };
    parts.map(figure).collect()
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

/// The dense runs. Each instance counts once, however many surrogates it is compared with.
fn dense(selection: &Selection) -> Runs {
    let pairs = selection.pairs.iter();
    let dense: BTreeMap<String, Option<f64>> = pairs
        .map(|pair| (instance(pair.dense), pair.dense_seconds()))
        .collect();
    Runs {
        name: String::from("dense"),
        seconds: dense.values().copied().flatten().collect(),
        all: dense.len(),
    }
}

fn of_rate(selection: &Selection, value: f64) -> Runs {
    let pairs = selection.of_rate(value);
    let seconds = |pair: &Pair| pair.surrogate.seconds(ModelTime::NotCounted);
    Runs {
        name: format!("rate {}", rate(value)),
        seconds: pairs.iter().filter_map(seconds).collect(),
        all: pairs.len(),
    }
}

impl Runs {
    /// Percent of all runs.
    fn share(&self, found: usize) -> f64 {
        100.0 * found as f64 / self.all as f64
    }

    fn title(&self) -> String {
        format!("{}: {}", self.name, percent(self.share(self.seconds.len())))
    }
}

/// Steps of the share found.
fn curve((kind, mut runs): (usize, Runs)) -> Curve {
    runs.seconds.sort_by(f64::total_cmp);
    let seconds = runs.seconds.iter().enumerate();
    Curve {
        kind,
        form: Form::Steps,
        values: seconds
            .map(|(before, &seconds)| (seconds, runs.share(before + 1)))
            .collect(),
    }
}
