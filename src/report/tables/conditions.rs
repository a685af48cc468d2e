//! What stands under a table: under which conditions its numbers were measured.

use std::collections::BTreeSet;

use super::super::series::{Selection, instance};
use crate::experiment::{Machine, RunRecord};

/// Settings, solver, machines, instances and dates of a selection.
pub fn notes(settings: &str, selection: &Selection) -> Vec<String> {
    let mut notes = vec![format!("Settings: {settings}."), instances(selection)];
    if selection.pairs.is_empty() {
        return notes;
    }
    let runs: Vec<_> = selection
        .pairs
        .iter()
        .flat_map(|pair| [pair.dense, pair.surrogate.run])
        .collect();
    notes.push(format!("{}.", made_by(&runs)));
    notes.push(format!("Machines: {}.", machines(&runs)));
    notes.push(format!("{}.", dates(&runs)));
    notes.extend(unlike(selection));
    notes.extend(misclassified(selection));
    notes
}

/// Versions of solver and program.
pub fn made_by(runs: &[&RunRecord]) -> String {
    let solvers = words(runs, |run| run.provenance.solver.clone());
    let versions = words(runs, |run| run.provenance.version.clone());
    format!("Solver: {solvers}; version of this program: {versions}")
}

/// Every machine with the numbers of workers at a time on it.
pub fn machines(runs: &[&RunRecord]) -> String {
    let name = |machine: &Machine| {
        format!(
            "{} ({}, {} cores, {} GiB, {})",
            machine.host, machine.processor, machine.cores, machine.memory_gib, machine.system
        )
    };
    let machines = words(runs, |run| name(&run.provenance.machine));
    let workers: BTreeSet<usize> = runs.iter().map(|run| run.provenance.workers).collect();
    let workers: Vec<_> = workers.iter().map(usize::to_string).collect();
    format!("{machines}; runs at a time: {}", workers.join(", "))
}

/// When the first and the last run began.
pub fn dates(runs: &[&RunRecord]) -> String {
    let started = runs.iter().map(|run| run.provenance.started.as_str());
    let (first, last) = (started.clone().min(), started.max());
    let [first, last] = [first, last].map(|time| time.unwrap_or("no run"));
    format!("Runs begun from {first} to {last}")
}

fn instances(selection: &Selection) -> String {
    let distinct: BTreeSet<_> = selection.pairs.iter().map(|p| instance(p.dense)).collect();
    let left_out = match selection.left_out.len() {
        0 => String::from("no surrogate run is left out"),
        some => format!("{some} surrogate runs are left out, as they have no dense run"),
    };
    format!(
        "{} pairs of runs on {} instances; {left_out}.",
        selection.pairs.len(),
        distinct.len()
    )
}

/// Pairs whose times cannot be compared as they stand.
fn unlike(selection: &Selection) -> Option<String> {
    let differ = selection.pairs.iter().filter(|pair| {
        let [dense, surrogate] = [pair.dense, pair.surrogate.run].map(|run| &run.provenance);
        dense.machine.processor != surrogate.machine.processor || dense.workers != surrogate.workers
    });
    let count = differ.count();
    (count > 0).then(|| {
        format!(
            "Beware: the two runs of {count} pairs had different processors or numbers of runs at a time."
        )
    })
}

fn misclassified(selection: &Selection) -> Option<String> {
    let wrong = |run: &RunRecord| {
        let image = run.image.as_ref();
        image.is_some_and(|image| !image.correctly_classified)
    };
    let runs = selection.pairs.iter().map(|pair| pair.dense);
    let distinct: BTreeSet<_> = runs.filter(|run| wrong(run)).map(instance).collect();
    (!distinct.is_empty()).then(|| {
        format!(
            "In {} instances the dense network misclassifies the image; the label is then the class that it predicts.",
            distinct.len()
        )
    })
}

/// The distinct words of the runs, sorted.
fn words(runs: &[&RunRecord], word: impl Fn(&RunRecord) -> String) -> String {
    let distinct: BTreeSet<String> = runs.iter().map(|run| word(run)).collect();
    distinct.into_iter().collect::<Vec<_>>().join(", ")
}
