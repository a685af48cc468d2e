//! Tables of our results alone: one row per data set or input size, variant and rate.

use std::collections::BTreeSet;

use super::super::found;
use super::super::pair::{Decision, ModelTime, Pair, count, count_timed};
use super::super::series::{Kind, Series, dataset, instance};
use super::super::words::{rate, share};
use super::conditions;
use crate::dataset::DatasetName;
use crate::document::{Sheet, Table};
use crate::experiment::RunRecord;
use crate::instance::LabelSource;
use crate::numbers::{DASH, percent};
use crate::search::Verdict;
use Value::{Count, Number, Percent};

/// The pairs of one row.
struct Group<'a> {
    pairs: Vec<Pair<'a>>,
    /// The instances for which some run of the series found an adversarial input.
    solvable: &'a BTreeSet<String>,
}

/// The content of a cell.
enum Value {
    Count(usize),
    /// `None` if there is no value.
    Percent(Option<f64>),
    /// `None` if there is no value; shown with this many decimals.
    Number(Option<f64>, usize),
}

/// A column: its title, and its cell for a row.
type Column = (&'static str, fn(&Group) -> Value);

const VERIFICATION: [Column; 13] = [
    ("instances", |group| Count(group.pairs.len())),
    ("found dense", |group| {
        group.with(|pair| pair.dense_seconds().is_some())
    }),
    ("found surrogate", |group| {
        group.with(|pair| surrogate_seconds(pair).is_some())
    }),
    ("dense proved none", |group| {
        group.with(|pair| pair.dense.outcome.status == Verdict::NoneExists)
    }),
    ("surrogate ended, found none", |group| {
        group.with(|pair| found::ended_without(pair.surrogate.run))
    }),
    ("faster", |group| {
        Count(count(&group.pairs, Decision::Surrogate))
    }),
    ("slower", |group| {
        Count(count(&group.pairs, Decision::Dense))
    }),
    ("ties", |group| Count(count(&group.pairs, Decision::Tie))),
    ("faster, making counted", |group| {
        Count(count_timed(
            &group.pairs,
            Decision::Surrogate,
            ModelTime::Counted,
        ))
    }),
    ("seconds dense", |group| {
        Number(geometric_mean(group.seconds().map(|(dense, _)| dense)), 3)
    }),
    ("seconds surrogate", |group| {
        Number(
            geometric_mean(group.seconds().map(|(_, surrogate)| surrogate)),
            3,
        )
    }),
    ("accuracy", |group| {
        Number(
            mean(
                group
                    .pairs
                    .iter()
                    .filter_map(|pair| pair.surrogate.facts.accuracy),
            ),
            4,
        )
    }),
    ("collapsed", |group| {
        group.with(|pair| pair.surrogate.facts.collapsed)
    }),
];

/// With labels of the dense network; the others have labels of their own.
const SOLVABLE: [Column; 1] = [("faster of solvable", |group| {
    let known = group.only(|pair| group.solvable.contains(&instance(pair.dense)));
    Percent(share(count(&known, Decision::Surrogate), known.len()))
})];

const QUESTIONS: [Column; 2] = [
    ("other question", |group| {
        group.with(|pair| !pair.same_question())
    }),
    ("faster, same label and target", |group| {
        Count(count(
            &group.only(|pair| pair.same_question()),
            Decision::Surrogate,
        ))
    }),
];

const MAXIMIZATION: [Column; 9] = [
    ("networks", |group| Count(group.pairs.len())),
    ("value dense", |group| {
        group.with(|pair| found::value(pair.dense).is_some())
    }),
    ("value surrogate", |group| {
        group.with(|pair| found::value(pair.surrogate.run).is_some())
    }),
    ("dense proved optimal", |group| {
        group.with(|pair| pair.dense.outcome.status == Verdict::Optimal)
    }),
    ("better", |group| {
        Count(count(&group.pairs, Decision::Surrogate))
    }),
    ("worse", |group| Count(count(&group.pairs, Decision::Dense))),
    ("ties", |group| Count(count(&group.pairs, Decision::Tie))),
    ("mean improvement", |group| {
        Percent(mean(group.pairs.iter().filter_map(improvement)))
    }),
    ("collapsed", |group| {
        group.with(|pair| pair.surrogate.facts.collapsed)
    }),
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
const MAXIMIZATION_NOTES: [&str; 3] = [
    "Value dense, value surrogate: runs that found a point, and so a value of the dense network.",
    "Mean improvement: of the surrogate run's value over the dense run's, relative to the latter, over the pairs that have both and in which the latter is above zero.",
    "Collapsed: surrogates that are constant functions.",
];

/// The table of a series.
pub fn table(series: &Series) -> Table {
    let (caption, head, columns, notes) = match series.kind {
        // Hardly any other run has the same question as a surrogate with its own labels: whether some run of the series
        // answered it says little more than that surrogate's own success.
        Kind::Verification(LabelSource::Surrogate) => (
            "Verification by data set, pruning and rate",
            "data set",
            [&VERIFICATION[..], &QUESTIONS].concat(),
            [&VERIFICATION_NOTES[..], &QUESTIONS_NOTE].concat(),
        ),
        Kind::Verification(_) => (
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
                let name = group.0.map_or(group.1.to_string(), |name| name.to_string());
                let words = [name, variant.to_string(), rate(value)];
                let pairs = of_variant.of_rate(value);
                let row = Group {
                    pairs,
                    solvable: &solvable,
                };
                let values: Vec<Value> = columns.iter().map(|(_, of)| of(&row)).collect();
                let cells = |text: fn(&Value) -> String| {
                    words
                        .iter()
                        .cloned()
                        .chain(values.iter().map(text))
                        .collect()
                };
                shown.rows.push(cells(Value::shown));
                data.rows.push(cells(Value::raw));
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

/// The data set, or the number of inputs.
fn group_of(run: &RunRecord) -> (Option<DatasetName>, usize) {
    match dataset(run) {
        Some(name) => (Some(name), 0),
        None => (None, run.settings.dense.inputs()),
    }
}

fn solvable(series: &Series) -> BTreeSet<String> {
    let runs = series.all.runs().into_iter();
    let found = runs.filter(|run| found::seconds(run).is_some());
    found.map(instance).collect()
}

impl<'a> Group<'a> {
    fn only(&self, holds: impl Fn(&Pair) -> bool) -> Vec<Pair<'a>> {
        self.pairs
            .iter()
            .filter(|pair| holds(pair))
            .copied()
            .collect()
    }

    fn with(&self, holds: impl Fn(&Pair) -> bool) -> Value {
        Count(self.only(holds).len())
    }

    /// The seconds of both runs of the pairs in which both found something.
    fn seconds(&self) -> impl Iterator<Item = (f64, f64)> {
        let pairs = self.pairs.iter();
        pairs.filter_map(|pair| pair.dense_seconds().zip(surrogate_seconds(pair)))
    }
}

fn surrogate_seconds(pair: &Pair) -> Option<f64> {
    pair.surrogate.seconds(ModelTime::NotCounted)
}

/// Percent by which the surrogate run's value is above that of the dense run, if that is positive.
fn improvement(pair: &Pair) -> Option<f64> {
    let dense = found::value(pair.dense).filter(|value| *value > 0.0)?;
    Some(100.0 * (found::value(pair.surrogate.run)? - dense) / dense)
}

impl Value {
    /// The text for readers.
    fn shown(&self) -> String {
        match self {
            Percent(value) => value.map_or(DASH.to_owned(), percent),
            Number(Some(value), digits) => format!("{value:.0$}", *digits),
            Number(None, _) => DASH.to_owned(),
            Count(_) => self.raw(),
        }
    }

    /// The text for programs: every digit, and empty if there is no value.
    fn raw(&self) -> String {
        match self {
            Count(count) => count.to_string(),
            Percent(value) | Number(value, _) => value.map_or(String::new(), |v| v.to_string()),
        }
    }
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

    #[test]
    fn raw_values_have_every_digit_and_shown_ones_those_that_matter() {
        let third = Percent(Some(100.0 / 3.0));
        let texts = (third.shown(), third.raw());
        assert_eq!(texts, ("33.3%".into(), (100.0 / 3.0).to_string()));
        let none = Number(None, 3);
        assert_eq!((none.shown(), none.raw()), (DASH.into(), String::new()));
    }
}
