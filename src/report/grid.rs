//! What was run, in facts from the records: the grid, the machines, the versions.

use std::collections::BTreeSet;

use super::dimension::Dimension;
use super::series::{is_dense, limits};
use super::tables::{dates, machines, made_by, rate};
use super::variant::Variant;
use crate::experiment::{DenseSettings, QuestionSettings, RunRecord};

/// One statement per fact, for every application that was run.
pub fn facts(runs: &[RunRecord]) -> Vec<String> {
    let all: Vec<&RunRecord> = runs.iter().collect();
    let (verification, maximization): (Vec<&RunRecord>, Vec<&RunRecord>) = all
        .iter()
        .partition(|run| matches!(run.settings.question, QuestionSettings::Verification { .. }));
    let mut facts = Vec::new();
    for (name, runs) in [
        ("Verification", verification),
        ("Function maximization", maximization),
    ] {
        if !runs.is_empty() {
            facts.push(application(name, &runs));
        }
    }
    facts.push(format!("{}.", made_by(&all)));
    facts.push(format!("Machines: {}.", machines(&all)));
    facts.push(format!("{}.", dates(&all)));
    facts
}

fn application(name: &str, runs: &[&RunRecord]) -> String {
    let dense = runs.iter().filter(|run| is_dense(run)).count();
    let networks: BTreeSet<String> = runs
        .iter()
        .map(|run| run.settings.dense_model().key())
        .collect();
    let mut parts = vec![format!(
        "{name}: {} runs, {dense} of them of the dense network, on {} dense networks",
        runs.len(),
        networks.len()
    )];
    parts.extend(networks_of(runs));
    parts.extend(surrogates_of(runs));
    let limits = runs.iter().map(|run| {
        let limits = limits(run);
        format!(
            "{} s with threads {} and solver seed {}",
            limits.time_limit, limits.threads, limits.solver_seed
        )
    });
    parts.push(format!("time limits {}", words(limits)));
    parts.join("; ") + "."
}

/// Data sets, sizes and seeds.
fn networks_of(runs: &[&RunRecord]) -> Vec<String> {
    let dense = || runs.iter().map(|run| &run.settings.dense);
    let datasets = dense().filter_map(|dense| match dense {
        DenseSettings::Trained { dataset, .. } => Some(dataset.to_string()),
        DenseSettings::Random { .. } => None,
    });
    let seeds = dense().map(|dense| match dense {
        DenseSettings::Trained { seed, .. } => *seed,
        DenseSettings::Random { seed, .. } => u64::from(*seed),
    });
    let sizes =
        |dimension: Dimension| numbers(dense().filter_map(move |dense| dimension.of(dense)));
    let mut parts = Vec::new();
    let datasets = words(datasets);
    if !datasets.is_empty() {
        parts.push(format!("data sets {datasets}"));
    }
    parts.push(format!("inputs {}", sizes(Dimension::Inputs)));
    parts.push(format!("hidden layers {}", sizes(Dimension::Depth)));
    parts.push(format!("neurons per layer {}", sizes(Dimension::Width)));
    parts.push(format!("seeds {}", numbers(seeds)));
    parts
}

fn surrogates_of(runs: &[&RunRecord]) -> Vec<String> {
    let settings = || {
        let surrogates = runs.iter();
        surrogates.filter_map(|run| run.settings.surrogate.as_ref())
    };
    let variants: BTreeSet<Variant> = settings().map(Variant::of).collect();
    let variants: Vec<_> = variants
        .iter()
        .map(|variant| format!("({variant})"))
        .collect();
    let mut rates: Vec<f64> = settings().map(|settings| settings.pruning.rate).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    if variants.is_empty() {
        return Vec::new();
    }
    let rates: Vec<_> = rates.into_iter().map(rate).collect();
    vec![
        format!("pruning {}", variants.join(", ")),
        format!("pruning rates {}", rates.join(", ")),
    ]
}

fn words(all: impl Iterator<Item = String>) -> String {
    let distinct: BTreeSet<String> = all.collect();
    distinct.into_iter().collect::<Vec<_>>().join(", ")
}

fn numbers<T: Ord + ToString>(all: impl Iterator<Item = T>) -> String {
    let distinct: BTreeSet<T> = all.collect();
    let distinct: Vec<_> = distinct.iter().map(ToString::to_string).collect();
    distinct.join(", ")
}
