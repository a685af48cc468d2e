//! Tables of our results alone: one row per data set or input size, variant and rate.

use std::collections::BTreeSet;

use super::super::words::{rate, share};
use super::conditions;
use crate::dataset::DatasetName;
use crate::document::{Sheet, Table};
use crate::experiment::pairs::{
    Decision, Kind, ModelTime, Pair, Series, count, dataset, found, instance,
};
use crate::experiment::{QuestionSettings, RunRecord};
use crate::instance::LabelSource;
use crate::numbers::{DASH, percent};
use crate::search::Verdict;
use Measure::{Count, FasterOfSolvable, Mean, Percent, Seconds};

/// How a cell follows from the pairs of its row.
#[derive(Clone, Copy)]
enum Measure {
    /// The number of pairs of which this holds.
    Count(fn(&Pair) -> bool),
    /// The mean, shown with four decimals.
    Mean(fn(&Pair) -> Option<f64>),
    /// The geometric mean of seconds, shown with three decimals.
    Seconds(fn(&Pair) -> Option<f64>),
    /// The mean of percentages.
    Percent(fn(&Pair) -> Option<f64>),
    /// The share of faster surrogates among the pairs of an instance for which some run of the series found something.
    FasterOfSolvable,
}

type Column = (&'static str, Measure);

/// What the rows of a group have in common.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Data(Option<DatasetName>),
    Inputs(usize),
}

const VERIFICATION: [Column; 13] = [
    ("instances", Count(|_| true)),
    ("found dense", Count(|p| p.dense_seconds().is_some())),
    ("found surrogate", Count(|p| surrogate_seconds(p).is_some())),
    (
        "dense proved none",
        Count(|p| proves(p, Verdict::NoneExists)),
    ),
    ("surrogate ended, found none", Count(ended_without)),
    ("faster", Count(|p| is(p, Decision::Surrogate))),
    ("slower", Count(|p| is(p, Decision::Dense))),
    ("ties", Count(|p| is(p, Decision::Tie))),
    ("faster, making counted", Count(is_faster_making_counted)),
    ("seconds dense", Seconds(|p| Some(both_seconds(p)?.0))),
    ("seconds surrogate", Seconds(|p| Some(both_seconds(p)?.1))),
    ("accuracy", Mean(|p| p.surrogate.facts.accuracy)),
    ("collapsed", Count(|p| p.surrogate.facts.collapsed)),
];

/// With labels of the dense network; surrogates with labels of their own have other questions.
const SOLVABLE: [Column; 1] = [("faster of solvable", FasterOfSolvable)];

/// With labels of the surrogate, in records that say it.
const IMAGES: [Column; 2] = [
    (
        "image already adversarial",
        Count(|p| p.starts_adversarial() == Some(true)),
    ),
    (
        "faster, image not adversarial",
        Count(|p| is(p, Decision::Surrogate) && p.starts_adversarial() == Some(false)),
    ),
];

const QUESTIONS: [Column; 2] = [
    ("other question", Count(|p| !p.same_question())),
    (
        "faster, same label and target",
        Count(is_faster_on_the_same),
    ),
];

const MAXIMIZATION: [Column; 9] = [
    ("networks", Count(|_| true)),
    ("value dense", Count(|p| found::value(p.dense).is_some())),
    ("value surrogate", Count(has_surrogate_value)),
    (
        "dense proved optimal",
        Count(|p| proves(p, Verdict::Optimal)),
    ),
    ("better", Count(|p| is(p, Decision::Surrogate))),
    ("worse", Count(|p| is(p, Decision::Dense))),
    ("ties", Count(|p| is(p, Decision::Tie))),
    ("mean improvement", Percent(improvement)),
    ("collapsed", Count(|p| p.surrogate.facts.collapsed)),
];

const VERIFICATION_NOTES: [&str; 4] = [
    "Seconds: geometric means over the pairs in which both runs found an adversarial input.",
    "Surrogate ended, found none: the solver finished the surrogate's MILP, and none of its points was adversarial for the dense network. Other runs that found nothing were stopped by the time limit.",
    "Making counted: the seconds of pruning and finetuning are added to the surrogate's. If the sum exceeds the time limit and the dense run found nothing either, the pair is a tie: what the dense run would have found by then is unknown.",
    "Accuracy: mean of the surrogates on the test images. Collapsed: surrogates that are constant functions.",
];
const SOLVABLE_NOTE: [&str; 1] = [
    "Faster of solvable: percent of the instances for which some run of the series, dense or surrogate with any pruning, found an adversarial input.",
];
const QUESTIONS_NOTE: [&str; 1] = [
    "Other question: pairs whose two runs differ in label or target. Faster, same label and target: of the other pairs, those in which the surrogate is faster.",
];
const IMAGES_NOTE: [&str; 1] = [
    "Image already adversarial: pairs in which the dense network's output for the surrogate's target exceeds that for the surrogate's label on the image as it is.",
];
const MAXIMIZATION_NOTES: [&str; 3] = [
    "Value dense, value surrogate: runs that found a point, and so a value of the dense network.",
    "Mean improvement: of the surrogate run's value over the dense run's, relative to the latter, over the pairs that have both and in which the latter is above zero.",
    "Collapsed: surrogates that are constant functions.",
];

/// The table of a series.
pub fn table(series: &Series) -> Table {
    let mut pairs = series.all.pairs.iter();
    let knows_images = pairs.any(|pair| pair.starts_adversarial().is_some());
    let (caption, head, columns, notes) = match series.kind {
        // Hardly any other run has the same question as a surrogate with its own labels: whether some run of the series
        // answered it says little more than that surrogate's own success.
        Kind::Verification {
            labels: LabelSource::Surrogate,
            ..
        } => (
            "Verification by data set, pruning and rate",
            "data set",
            match knows_images {
                true => [&VERIFICATION[..], &QUESTIONS, &IMAGES].concat(),
                false => [&VERIFICATION[..], &QUESTIONS].concat(),
            },
            match knows_images {
                true => [&VERIFICATION_NOTES[..], &QUESTIONS_NOTE, &IMAGES_NOTE].concat(),
                false => [&VERIFICATION_NOTES[..], &QUESTIONS_NOTE].concat(),
            },
        ),
        Kind::Verification { .. } => (
            "Verification by data set, pruning and rate",
            "data set",
            [&VERIFICATION[..], &SOLVABLE].concat(),
            [&VERIFICATION_NOTES[..], &SOLVABLE_NOTE].concat(),
        ),
        Kind::Maximization(_) => (
            "Function maximization by input size, pruning and rate",
            "inputs",
            MAXIMIZATION.to_vec(),
            MAXIMIZATION_NOTES.to_vec(),
        ),
    };
    let titles = || {
        [head, "pruning", "rate"]
            .into_iter()
            .chain(columns.iter().map(|(title, _)| *title))
    };
    let mut shown = Sheet::new(titles());
    let mut data = Sheet::new(titles().map(|title| title.replace(',', "").replace(' ', "_")));
    let solvable = solvable(series);
    let groups: BTreeSet<_> = series
        .all
        .pairs
        .iter()
        .map(|pair| group_of(pair.dense))
        .collect();
    for group in groups {
        let of_group = series
            .all
            .only(|surrogate| group_of(surrogate.run) == group);
        for variant in of_group.variants() {
            let of_variant = of_group.of_variant(&variant);
            for value in of_variant.rates() {
                let name = match group {
                    Group::Data(name) => name.map_or(DASH.to_owned(), |name| name.to_string()),
                    Group::Inputs(inputs) => inputs.to_string(),
                };
                let words = [name, variant.to_string(), rate(value)];
                let pairs = of_variant.of_rate(value);
                let cells = columns
                    .iter()
                    .map(|(_, measure)| measure.of(&pairs, &solvable));
                let (texts, numbers): (Vec<_>, Vec<_>) = cells.unzip();
                shown
                    .rows
                    .push(words.iter().cloned().chain(texts).collect());
                data.rows.push(words.into_iter().chain(numbers).collect());
            }
        }
    }
    let mut notes: Vec<String> = notes.into_iter().map(str::to_owned).collect();
    notes.extend(conditions::notes(series, &series.all));
    Table {
        name: "details",
        caption: format!("{caption} ({})", series.settings()),
        sortable: shown.clone(),
        shown,
        words: 2,
        data,
        notes,
        ..Table::default()
    }
}

/// The data set in verification, the number of inputs in maximization.
fn group_of(run: &RunRecord) -> Group {
    match run.settings.question {
        QuestionSettings::Verification { .. } => Group::Data(dataset(run)),
        QuestionSettings::Maximization | QuestionSettings::Minimization => {
            Group::Inputs(run.settings.dense.inputs())
        }
    }
}

fn solvable(series: &Series) -> BTreeSet<String> {
    let runs = series.all.runs().into_iter();
    let found = runs.filter(|run| found::seconds(run).is_some());
    found.map(instance).collect()
}

impl Measure {
    /// The cell for readers, and that for programs: every digit, and empty if there is no value.
    fn of(self, pairs: &[Pair], solvable: &BTreeSet<String>) -> (String, String) {
        let written = |value: Option<f64>, show: &dyn Fn(f64) -> String| {
            let shown = value.map_or(DASH.to_owned(), show);
            (
                shown,
                value.map_or(String::new(), |value| value.to_string()),
            )
        };
        let of_pairs = |value: fn(&Pair) -> Option<f64>| pairs.iter().filter_map(value);
        match self {
            Count(holds) => {
                let count = pairs.iter().filter(|pair| holds(pair)).count();
                (count.to_string(), count.to_string())
            }
            Mean(value) => written(mean(of_pairs(value)), &|value| format!("{value:.4}")),
            Seconds(value) => written(geometric_mean(of_pairs(value)), &|value| {
                format!("{value:.3}")
            }),
            Percent(value) => written(mean(of_pairs(value)), &percent),
            FasterOfSolvable => {
                let known = pairs
                    .iter()
                    .filter(|pair| solvable.contains(&instance(pair.dense)));
                let known: Vec<Pair> = known.copied().collect();
                written(
                    share(count(&known, Decision::Surrogate), known.len()),
                    &percent,
                )
            }
        }
    }
}

fn is(pair: &Pair, decision: Decision) -> bool {
    pair.decision(ModelTime::NotCounted) == decision
}

fn is_faster_making_counted(pair: &Pair) -> bool {
    pair.decision(ModelTime::Counted) == Decision::Surrogate
}

fn is_faster_on_the_same(pair: &Pair) -> bool {
    pair.same_question() && is(pair, Decision::Surrogate)
}

fn proves(pair: &Pair, verdict: Verdict) -> bool {
    pair.dense.outcome.status == verdict
}

fn ended_without(pair: &Pair) -> bool {
    found::ended_without(pair.surrogate.run)
}

fn has_surrogate_value(pair: &Pair) -> bool {
    found::value(pair.surrogate.run).is_some()
}

fn surrogate_seconds(pair: &Pair) -> Option<f64> {
    pair.surrogate.seconds(ModelTime::NotCounted)
}

/// Of the dense and the surrogate run, if both found something.
fn both_seconds(pair: &Pair) -> Option<(f64, f64)> {
    pair.dense_seconds().zip(surrogate_seconds(pair))
}

/// Percent by which the surrogate run's value is above that of the dense run, if that is positive.
fn improvement(pair: &Pair) -> Option<f64> {
    let dense = found::value(pair.dense).filter(|value| *value > 0.0)?;
    Some(100.0 * (found::value(pair.surrogate.run)? - dense) / dense)
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    let sum: f64 = values.iter().sum();
    (!values.is_empty()).then(|| sum / values.len() as f64)
}

/// Times below a microsecond count as one, since zero has no logarithm.
fn geometric_mean(seconds: impl Iterator<Item = f64>) -> Option<f64> {
    mean(seconds.map(|s| s.max(1e-6).ln())).map(f64::exp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_of_nothing_are_none() {
        assert_eq!(mean([].into_iter()), None);
        assert_eq!(mean([1.0, 2.0].into_iter()), Some(1.5));
        assert!((geometric_mean([1.0, 4.0].into_iter()).unwrap() - 2.0).abs() < 1e-12);
    }
}
