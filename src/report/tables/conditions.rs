//! The notes below a table: the conditions under which its numbers were measured.

use std::collections::{BTreeMap, BTreeSet};

use super::super::pair::Pair;
use super::super::remarks;
use super::super::series::{Selection, Series, UNPAIRED};
use super::super::words::listed;
use crate::experiment::RunRecord;
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
        let name = format!(
            "{} ({}, {}, {} GiB, {})",
            machine.host,
            machine.processor,
            count(machine.cores, "core"),
            machine.memory_gib,
            machine.system
        );
        let workers = machines.entry(name).or_default();
        workers.insert(run.provenance.workers);
    }
    let texts = machines
        .into_iter()
        .map(|(name, workers)| format!("{name}, runs at a time: {}", listed(workers)));
    texts.collect::<Vec<_>>().join("; ")
}

/// Start times of the first and the last run.
pub fn dates(runs: &[&RunRecord]) -> String {
    let started = runs.iter().map(|run| run.provenance.started.as_str());
    let (first, last) = (started.clone().min(), started.max());
    let [first, last] = [first, last].map(|time| time.unwrap_or("no run"));
    format!("Runs begun from {first} to {last}")
}

fn instances(selection: &Selection) -> String {
    let left_out = match selection.left_out.len() {
        0 => String::from("no surrogate run is left out"),
        some => format!("left out {UNPAIRED}: {}", count(some, "surrogate run")),
    };
    format!(
        "{} of runs on {}; {left_out}.",
        count(selection.pairs.len(), "pair"),
        count(selection.instances().len(), "instance")
    )
}

/// A condition that may differ within a pair, so that its runs cannot be compared directly.
type Aspect = (&'static str, fn(&RunRecord, &RunRecord) -> bool);

const ASPECTS: [Aspect; 4] = [
    ("solver", |a, b| a.provenance.solver != b.provenance.solver),
    ("version of this program", |a, b| {
        a.provenance.version != b.provenance.version
    }),
    ("machine", |a, b| {
        let of = |run: &RunRecord| {
            let machine = run.provenance.machine.clone();
            (machine.host, machine.processor, machine.cores)
        };
        of(a) != of(b)
    }),
    ("runs at a time", |a, b| {
        a.provenance.workers != b.provenance.workers
    }),
];

/// Notes the pairs whose runs cannot be compared directly.
fn unlike(pairs: &[Pair]) -> Option<String> {
    let differing = ASPECTS.iter().filter_map(|(name, differ)| {
        let pairs = pairs
            .iter()
            .filter(|pair| differ(pair.dense, pair.surrogate.run));
        let number = pairs.count();
        (number > 0).then(|| format!("{name} ({})", count(number, "pair")))
    });
    let differing: Vec<_> = differing.collect();
    (!differing.is_empty()).then(|| {
        format!(
            "Caution: the two runs of a pair were not always made under the same conditions; these differ: {}.",
            differing.join(", ")
        )
    })
}
