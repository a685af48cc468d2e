//! The notes below a table: the conditions under which its numbers were measured.

use std::collections::{BTreeMap, BTreeSet};

use super::super::remarks;
use super::super::words::{joined, listed};
use crate::experiment::RunRecord;
use crate::experiment::pairs::{Pair, Selection, Series, UNPAIRED};
use crate::numbers::count;

/// Instances, solver, machines and dates of a selection of a series.
pub fn notes(series: &Series, selection: &Selection) -> Vec<String> {
    let mut notes = remarks::of(series.kind, selection);
    notes.extend(unlike(&selection.pairs));
    notes.push(instances(selection));
    if !selection.pairs.is_empty() {
        let runs = selection.runs();
        notes.push(format!("{}.", made_by(&runs)));
        notes.push(format!("Machines: {}.", machines(&runs)));
        notes.push(format!("{}.", dates(&runs)));
    }
    notes
}

/// Versions of solver and program.
pub fn made_by(runs: &[&RunRecord]) -> String {
    let solvers = listed(runs.iter().map(|run| &run.provenance.solver));
    let versions = listed(runs.iter().map(|run| &run.provenance.version));
    format!("Solver: {solvers}; version of this program: {versions}")
}

/// Every machine with its numbers of concurrent runs.
pub fn machines(runs: &[&RunRecord]) -> String {
    let mut machines: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for run in runs {
        let machine = &run.provenance.machine;
        let cores = count(machine.cores, "core");
        let name = format!(
            "{} ({}, {cores}, {} GiB, {})",
            machine.host, machine.processor, machine.memory_gib, machine.system
        );
        machines
            .entry(name)
            .or_default()
            .insert(run.provenance.workers);
    }
    let texts = machines.into_iter();
    let texts = texts.map(|(name, workers)| format!("{name}, runs at a time: {}", listed(workers)));
    joined(texts, "; ")
}

/// Start times of the first and the last run.
pub fn dates(runs: &[&RunRecord]) -> String {
    let started = runs.iter().map(|run| run.provenance.started.as_str());
    let [first, last] = [started.clone().min(), started.max()].map(|time| time.unwrap_or("no run"));
    format!("Runs begun from {first} to {last}")
}

fn instances(selection: &Selection) -> String {
    let left_out = match selection.left_out.len() {
        0 => String::from("no surrogate run is left out"),
        some => format!("left out {UNPAIRED}: {}", count(some, "surrogate run")),
    };
    let pairs = count(selection.pairs.len(), "pair");
    let instances = count(selection.instances().len(), "instance");
    format!("{pairs} of runs on {instances}; {left_out}.")
}

/// A condition that may differ within a pair, so that its runs cannot be compared directly.
type Aspect = (&'static str, fn(&RunRecord) -> String);

const ASPECTS: [Aspect; 4] = [
    ("solver", |run| run.provenance.solver.clone()),
    ("version of this program", |run| {
        run.provenance.version.clone()
    }),
    ("machine", |run| {
        let machine = &run.provenance.machine;
        format!("{:?}", (&machine.host, &machine.processor, machine.cores))
    }),
    ("runs at a time", |run| run.provenance.workers.to_string()),
];

/// Notes the pairs whose runs cannot be compared directly.
fn unlike(pairs: &[Pair]) -> Option<String> {
    let differing = ASPECTS.iter().filter_map(|(name, of)| {
        let differ = |pair: &&Pair| of(pair.dense) != of(pair.surrogate.run);
        let number = pairs.iter().filter(differ).count();
        (number > 0).then(|| format!("{name} ({})", count(number, "pair")))
    });
    let differing = joined(differing, ", ");
    (!differing.is_empty()).then(|| {
        format!(
            "Caution: the two runs of a pair were not always made under the same conditions; these differ: {differing}."
        )
    })
}
