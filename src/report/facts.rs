//! Facts about the runs, from their records: the grid, the machines, the versions.

use std::collections::BTreeSet;

use super::tables::{dates, machines, made_by};
use super::words::{joined, listed, rate};
use crate::experiment::pairs::{Dimension, Variant, instance_seed, is_dense, limits};
use crate::experiment::{QuestionSettings, RunRecord};
use crate::named::Named;
use crate::numbers::{Shortest, count, distinct};
use crate::search::Strategy;

/// One sentence per fact, for every application that was run.
pub fn facts(runs: &[RunRecord]) -> Vec<String> {
    let all: Vec<&RunRecord> = runs.iter().collect();
    let of = |is_of: fn(&QuestionSettings) -> bool| -> Vec<&RunRecord> {
        let runs = all.iter().filter(|run| is_of(&run.settings.question));
        runs.copied().collect()
    };
    let mut facts = Vec::new();
    for (name, runs) in [
        (
            "Verification",
            of(|question| matches!(question, QuestionSettings::Verification { .. })),
        ),
        (
            "Function maximization",
            of(|question| matches!(question, QuestionSettings::Maximization)),
        ),
        (
            "Function minimization",
            of(|question| matches!(question, QuestionSettings::Minimization)),
        ),
    ] {
        if !runs.is_empty() {
            facts.push(application(name, &runs));
        }
    }
    let in_part = all.iter().filter(|run| !run.outcome.failures.is_empty());
    let failed = in_part.count();
    if failed > 0 {
        facts.push(format!(
            "In {} a part of the search failed, as their records say; what the other parts found counts.",
            count(failed, "run")
        ));
    }
    facts.push(format!("{}.", made_by(&all)));
    facts.push(format!("Machines: {}.", machines(&all)));
    facts.push(format!("{}.", dates(&all)));
    facts
}

fn application(name: &str, runs: &[&RunRecord]) -> String {
    let networks = runs.iter().map(|run| run.settings.dense_model().key());
    let networks: BTreeSet<String> = networks.collect();
    let mut parts = vec![format!(
        "{name}: {}, on {}",
        kinds(runs),
        count(networks.len(), "dense network")
    )];
    parts.extend(networks_of(runs));
    parts.extend(surrogates_of(runs));
    parts.extend(regions_of(runs));
    let limits = runs.iter().map(|run| {
        let limits = limits(run);
        format!(
            "{} s with {}, solver seed {} and {} bounds",
            Shortest(limits.time_limit()),
            count(limits.threads as usize, "thread"),
            limits.solver_seed,
            limits.bounds
        )
    });
    parts.push(format!("time limit {}", listed(limits)));
    parts.join("; ") + "."
}

/// The number of runs of each kind; those of strategies other than exact and surrogate are in no
/// table.
pub fn kinds(runs: &[&RunRecord]) -> String {
    let of = |strategy| {
        runs.iter()
            .filter(|run| run.settings.strategy == strategy)
            .count()
    };
    let all = count(runs.len(), "run");
    let dense = runs.iter().filter(|run| is_dense(run)).count();
    let surrogates = of(Strategy::Surrogate);
    let others = runs.len() - dense - surrogates;
    if others == 0 {
        return format!("{all}, {dense} of them of the dense network");
    }
    let names = Strategy::NAMES.iter().map(|&(strategy, _)| strategy);
    let in_no_table =
        names.filter(|strategy| !matches!(strategy, Strategy::Exact | Strategy::Surrogate));
    let counts = in_no_table.map(|strategy| (strategy, of(strategy)));
    let some = counts.filter(|(_, count)| *count > 0);
    format!(
        "{all}: {dense} of the MILP of the dense network, {surrogates} of that of a surrogate, and {others} of strategies that are in no table ({})",
        joined(some.map(|(name, count)| format!("{count} {name}")), ", ")
    )
}

/// Data sets, sizes and seeds of the dense networks.
fn networks_of(runs: &[&RunRecord]) -> Vec<String> {
    let dense = || runs.iter().map(|run| &run.settings.dense);
    let datasets = listed(dense().filter_map(|dense| Some(dense.dataset()?.to_string())));
    let sizes = |dimension: Dimension| {
        let sizes = dense().filter_map(move |dense| dimension.of(dense));
        format!("{} {}", dimension.plural(), listed(sizes))
    };
    let mut parts = Vec::new();
    if !datasets.is_empty() {
        parts.push(format!("data sets {datasets}"));
    }
    parts.extend(Dimension::ALL.map(sizes));
    let seeds = listed(runs.iter().map(|run| instance_seed(run)));
    // For images, the seed is that of the draw of image and epsilon.
    let data = if datasets.is_empty() { "" } else { "data " };
    parts.push(format!("{data}seeds {seeds}"));
    parts
}

/// How the distance from images is measured; none in maximization.
fn regions_of(runs: &[&RunRecord]) -> Option<String> {
    let regions = runs.iter().filter_map(|run| run.settings.question.region());
    let regions = listed(regions);
    (!regions.is_empty()).then(|| format!("region {regions}"))
}

fn surrogates_of(runs: &[&RunRecord]) -> Vec<String> {
    let settings = || {
        runs.iter()
            .filter_map(|run| run.settings.surrogate.as_ref())
    };
    let variants: BTreeSet<Variant> = settings().map(Variant::of).collect();
    let rates = distinct(settings().map(|settings| settings.pruning.rate));
    if variants.is_empty() {
        return Vec::new();
    }
    let variants = variants.iter().map(|variant| format!("({variant})"));
    vec![
        format!("pruning {}", joined(variants, ", ")),
        format!(
            "pruning rates {}",
            joined(rates.into_iter().map(rate), ", ")
        ),
    ]
}
