//! The columns of detail tables, for the pairs of one kind of pruning at one rate.

use std::collections::BTreeSet;

use super::super::found;
use super::super::pair::{Decision, ModelTime, Pair, count, count_timed};
use super::super::series::{Series, instance};
use super::super::words::share;
use crate::numbers::{DASH, percent};
use crate::search::Verdict;

/// The title of a column with a cell.
pub type Column = (&'static str, Value);

/// The content of a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Word(String),
    Count(usize),
    /// `None` if there is no value.
    Percent(Option<f64>),
    /// `None` if there is no value; shown with this many decimals.
    Number(Option<f64>, usize),
}

impl Value {
    /// The text for readers.
    pub fn shown(&self) -> String {
        match self {
            Self::Percent(value) => value.map_or(DASH.to_owned(), percent),
            Self::Number(Some(value), digits) => format!("{value:.0$}", *digits),
            Self::Number(None, _) => DASH.to_owned(),
            Self::Word(_) | Self::Count(_) => self.raw(),
        }
    }

    /// The text for programs: every digit, and empty if there is no value.
    pub fn raw(&self) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::Count(count) => count.to_string(),
            Self::Percent(value) | Self::Number(value, _) => {
                value.map_or(String::new(), |value| value.to_string())
            }
        }
    }
}

/// The instances for which some run of the series found an adversarial input.
pub fn solvable(series: &Series) -> BTreeSet<String> {
    let runs = series.all.runs().into_iter();
    let found = runs.filter(|run| found::seconds(run).is_some());
    found.map(instance).collect()
}

/// Columns for pairs of verification.
pub fn verification(pairs: &[Pair]) -> Vec<Column> {
    let having = |holds: &dyn Fn(&Pair) -> bool| {
        let pairs = pairs.iter().filter(|pair| holds(pair));
        Value::Count(pairs.count())
    };
    let surrogate_seconds = |pair: &Pair| pair.surrogate.seconds(ModelTime::NotCounted);
    let both = pairs
        .iter()
        .filter_map(|pair| pair.dense_seconds().zip(surrogate_seconds(pair)));
    let (dense, surrogate): (Vec<f64>, Vec<f64>) = both.unzip();
    let accuracies = pairs
        .iter()
        .filter_map(|pair| pair.surrogate.facts.accuracy);
    let counted = count_timed(pairs, Decision::Surrogate, ModelTime::Counted);
    vec![
        ("instances", Value::Count(pairs.len())),
        (
            "found dense",
            having(&|pair| pair.dense_seconds().is_some()),
        ),
        (
            "found surrogate",
            having(&|pair| surrogate_seconds(pair).is_some()),
        ),
        (
            "dense proved none",
            having(&|pair| pair.dense.outcome.status == Verdict::NoneExists),
        ),
        (
            "surrogate ended, found none",
            having(&|pair| found::ended_without(pair.surrogate.run)),
        ),
        ("faster", Value::Count(count(pairs, Decision::Surrogate))),
        ("slower", Value::Count(count(pairs, Decision::Dense))),
        ("ties", Value::Count(count(pairs, Decision::Tie))),
        ("faster, making counted", Value::Count(counted)),
        ("seconds dense", Value::Number(geometric_mean(&dense), 3)),
        (
            "seconds surrogate",
            Value::Number(geometric_mean(&surrogate), 3),
        ),
        (
            "accuracy",
            Value::Number(mean(&accuracies.collect::<Vec<_>>()), 4),
        ),
        ("collapsed", collapsed(pairs)),
    ]
}

/// The share of pairs with a faster surrogate among those of a `solvable` instance.
pub fn faster_of_solvable(pairs: &[Pair], solvable: &BTreeSet<String>) -> Column {
    let known: Vec<Pair> = pairs
        .iter()
        .filter(|pair| solvable.contains(&instance(pair.dense)))
        .copied()
        .collect();
    let faster = count(&known, Decision::Surrogate);
    (
        "faster of solvable",
        Value::Percent(share(faster, known.len())),
    )
}

/// Columns on whether the two runs of a pair have the same question.
pub fn questions(pairs: &[Pair]) -> Vec<Column> {
    let (same, other): (Vec<Pair>, Vec<Pair>) = pairs.iter().partition(|pair| pair.same_question());
    vec![
        ("other question", Value::Count(other.len())),
        (
            "faster, same label and target",
            Value::Count(count(&same, Decision::Surrogate)),
        ),
    ]
}

/// Columns for pairs of maximization.
pub fn maximization(pairs: &[Pair]) -> Vec<Column> {
    let having = |holds: &dyn Fn(&Pair) -> bool| {
        let pairs = pairs.iter().filter(|pair| holds(pair));
        Value::Count(pairs.count())
    };
    let improvements = pairs.iter().filter_map(|pair| {
        let dense = found::value(pair.dense)?;
        let surrogate = found::value(pair.surrogate.run)?;
        (dense > 0.0).then(|| 100.0 * (surrogate - dense) / dense)
    });
    vec![
        ("networks", Value::Count(pairs.len())),
        (
            "value dense",
            having(&|pair| found::value(pair.dense).is_some()),
        ),
        (
            "value surrogate",
            having(&|pair| found::value(pair.surrogate.run).is_some()),
        ),
        (
            "dense proved optimal",
            having(&|pair| pair.dense.outcome.status == Verdict::Optimal),
        ),
        ("better", Value::Count(count(pairs, Decision::Surrogate))),
        ("worse", Value::Count(count(pairs, Decision::Dense))),
        ("ties", Value::Count(count(pairs, Decision::Tie))),
        (
            "mean improvement",
            Value::Percent(mean(&improvements.collect::<Vec<_>>())),
        ),
        ("collapsed", collapsed(pairs)),
    ]
}

fn collapsed(pairs: &[Pair]) -> Value {
    let collapsed = pairs.iter().filter(|pair| pair.surrogate.facts.collapsed);
    Value::Count(collapsed.count())
}

fn mean(values: &[f64]) -> Option<f64> {
    let sum: f64 = values.iter().sum();
    (!values.is_empty()).then(|| sum / values.len() as f64)
}

/// Times below a microsecond count as one, since zero has no logarithm.
fn geometric_mean(seconds: &[f64]) -> Option<f64> {
    let logarithms: Vec<f64> = seconds.iter().map(|s| s.max(1e-6).ln()).collect();
    mean(&logarithms).map(f64::exp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_of_nothing_are_none() {
        assert_eq!(mean(&[]), None);
        assert_eq!(mean(&[1.0, 2.0]), Some(1.5));
        assert_eq!(geometric_mean(&[]), None);
        assert!((geometric_mean(&[1.0, 4.0]).unwrap() - 2.0).abs() < 1e-12);
    }

    #[test]
    fn raw_values_have_every_digit_and_shown_ones_those_that_matter() {
        let third = Value::Percent(Some(100.0 / 3.0));
        assert_eq!(
            (third.shown(), third.raw()),
            ("33.3%".into(), (100.0 / 3.0).to_string())
        );
        let none = Value::Number(None, 3);
        assert_eq!((none.shown(), none.raw()), (DASH.into(), String::new()));
    }
}
