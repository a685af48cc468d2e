//! Tables of ours alone: every data set, variant and rate in a row.

use std::collections::BTreeSet;

use super::super::pair::{Decision, ModelTime, Pair};
use super::super::series::{Selection, Series, dataset, instance};
use super::comparison::{count, percent, share};
use super::table::{DASH, Sheet, Table};
use super::{conditions, rate};
use crate::search::Verdict;

/// Verification by data set, variant and rate.
pub fn verification(series: &Series) -> Table {
    let solvable = solvable(series);
    let mut sheet = Sheet::new([
        "data set",
        "pruning",
        "rate",
        "instances",
        "found dense",
        "found surrogate",
        "dense proved none",
        "faster",
        "slower",
        "ties",
        "faster, making counted",
        "seconds dense",
        "seconds surrogate",
        "faster of solvable",
        "accuracy",
        "collapsed",
    ]);
    for name in series.all.datasets() {
        let of_dataset = series.all.only(|s| dataset(s.run) == Some(name));
        for (group, value, pairs) in by_variant_and_rate(&of_dataset) {
            let mut row = vec![name.to_string(), group, rate(value)];
            row.extend(verification_cells(&pairs, &solvable));
            sheet.rows.push(row);
        }
    }
    let notes = [
        "Seconds: geometric means over the pairs in which both runs found an adversarial input.",
        "Making counted: the seconds of pruning and finetuning are added to the surrogate's.",
        "Faster of solvable: percent of those instances in which some run of the series, of either kind and any pruning, found an adversarial input.",
        "Accuracy: mean of the surrogates on the test images. Collapsed: surrogates that are constant functions.",
    ];
    table(
        series,
        "Verification by data set, pruning and rate",
        sheet,
        &notes,
    )
}

/// Maximization by input size, variant and rate.
pub fn maximization(series: &Series) -> Table {
    let mut sheet = Sheet::new([
        "inputs",
        "pruning",
        "rate",
        "networks",
        "value dense",
        "value surrogate",
        "dense proved optimal",
        "better",
        "worse",
        "ties",
        "mean improvement",
        "collapsed",
    ]);
    let inputs = |pair: &Pair| pair.dense.settings.dense.inputs();
    let sizes: BTreeSet<usize> = series.all.pairs.iter().map(inputs).collect();
    for size in sizes {
        let of_size = series.all.only(|s| s.run.settings.dense.inputs() == size);
        for (group, value, pairs) in by_variant_and_rate(&of_size) {
            let mut row = vec![size.to_string(), group, rate(value)];
            row.extend(maximization_cells(&pairs));
            sheet.rows.push(row);
        }
    }
    let notes = [
        "Value dense, value surrogate: runs that gave a value of the dense network.",
        "Mean improvement: of the surrogate run's value over the dense run's, relative to the latter, over the pairs that have both and in which the latter is above zero.",
        "Collapsed: surrogates that are constant functions.",
    ];
    table(
        series,
        "Function maximization by input size, pruning and rate",
        sheet,
        &notes,
    )
}

fn table(series: &Series, caption: &str, sheet: Sheet, notes: &[&str]) -> Table {
    let mut all: Vec<String> = notes.iter().map(|&note| note.to_owned()).collect();
    all.extend(conditions::notes(&series.settings(), &series.all));
    let data = Sheet {
        header: sheet.header.clone(),
        rows: sheet.rows.iter().map(|row| plain(row)).collect(),
    };
    Table {
        name: "details",
        caption: caption.to_owned(),
        shown: sheet,
        words: 2,
        data,
        notes: all,
    }
}

/// Cells for programs: nothing for a dash, no sign of percent.
fn plain(row: &[String]) -> Vec<String> {
    let cells = row.iter().map(|cell| match cell.as_str() {
        DASH => String::new(),
        other => other.trim_end_matches('%').to_owned(),
    });
    cells.collect()
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

/// Instances in which some run of the series found an adversarial input.
fn solvable(series: &Series) -> BTreeSet<String> {
    let pairs = series.all.pairs.iter();
    let in_pairs = pairs.flat_map(|pair| [pair.dense, pair.surrogate.run]);
    let runs = in_pairs.chain(series.all.left_out.iter().map(|surrogate| surrogate.run));
    let found = runs.filter(|run| run.outcome.status == Verdict::Found);
    found.map(instance).collect()
}

fn verification_cells(pairs: &[Pair], solvable: &BTreeSet<String>) -> Vec<String> {
    let having = |holds: &dyn Fn(&Pair) -> bool| pairs.iter().filter(|pair| holds(pair)).count();
    let surrogate_seconds = |pair: &Pair| pair.surrogate.seconds(ModelTime::NotCounted);
    let proved = |pair: &Pair| pair.dense.outcome.status == Verdict::NoneExists;
    let counted = |pair: &Pair| pair.decision(ModelTime::Counted) == Decision::Surrogate;
    let both = pairs
        .iter()
        .filter_map(|pair| Some((pair.dense_seconds()?, surrogate_seconds(pair)?)));
    let (dense, surrogate): (Vec<f64>, Vec<f64>) = both.unzip();
    let of_solvable: Vec<Pair> = pairs
        .iter()
        .filter(|pair| solvable.contains(&instance(pair.dense)))
        .copied()
        .collect();
    let accuracies: Vec<f64> = pairs
        .iter()
        .filter_map(|pair| pair.surrogate.facts.accuracy)
        .collect();
    vec![
        pairs.len().to_string(),
        having(&|pair| pair.dense_seconds().is_some()).to_string(),
        having(&|pair| surrogate_seconds(pair).is_some()).to_string(),
        having(&proved).to_string(),
        count(pairs, Decision::Surrogate).to_string(),
        count(pairs, Decision::Dense).to_string(),
        count(pairs, Decision::Tie).to_string(),
        having(&counted).to_string(),
        number(geometric_mean(&dense), 3),
        number(geometric_mean(&surrogate), 3),
        percent(share(
            count(&of_solvable, Decision::Surrogate),
            of_solvable.len(),
        )),
        number(mean(&accuracies), 4),
        collapsed(pairs),
    ]
}

fn maximization_cells(pairs: &[Pair]) -> Vec<String> {
    let having = |holds: &dyn Fn(&Pair) -> bool| pairs.iter().filter(|pair| holds(pair)).count();
    let proved = |pair: &Pair| pair.dense.outcome.status == Verdict::Optimal;
    let improvements = pairs.iter().filter_map(|pair| {
        let dense = pair.dense.outcome.dense_objective?;
        let surrogate = pair.surrogate.run.outcome.dense_objective?;
        (dense > 0.0).then(|| 100.0 * (surrogate - dense) / dense)
    });
    vec![
        pairs.len().to_string(),
        having(&|pair| pair.dense.outcome.dense_objective.is_some()).to_string(),
        having(&|pair| pair.surrogate.run.outcome.dense_objective.is_some()).to_string(),
        having(&proved).to_string(),
        count(pairs, Decision::Surrogate).to_string(),
        count(pairs, Decision::Dense).to_string(),
        count(pairs, Decision::Tie).to_string(),
        percent(mean(&improvements.collect::<Vec<_>>())),
        collapsed(pairs),
    ]
}

fn collapsed(pairs: &[Pair]) -> String {
    let collapsed = pairs.iter().filter(|pair| pair.surrogate.facts.collapsed);
    collapsed.count().to_string()
}

fn mean(values: &[f64]) -> Option<f64> {
    let sum: f64 = values.iter().sum();
    (!values.is_empty()).then(|| sum / values.len() as f64)
}

/// Times below a microsecond count as one: zero has no logarithm.
fn geometric_mean(seconds: &[f64]) -> Option<f64> {
    let logarithms: Vec<f64> = seconds.iter().map(|s| s.max(1e-6).ln()).collect();
    mean(&logarithms).map(f64::exp)
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or(DASH.to_owned(), |value| format!("{value:.digits$}"))
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
}
