//! `pipeline status`: the progress of the experiments in a results folder.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::campaign::{Counts, Damage, Holder, Remedy};
use crate::cli::output::{print, print_json};
use crate::experiment::{self, ARCHIVE, RunRecord, experiments, plan, solver_seconds};
use crate::numbers::count;

/// Show the progress of the experiments in a results folder and its damaged records, which count as failed.
///
/// Works on any machine that can read the folder.
///
/// Example: pipeline status --results runs/verification-paper
#[derive(Debug, Args)]
pub struct Arguments {
    /// Results folder
    #[arg(long, value_name = "DIR")]
    results: PathBuf,
    /// Print one JSON object instead of the table
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Record {
    experiments: Vec<ExperimentRecord>,
    workers: Vec<Holder>,
    /// Damaged records, which do not count.
    damaged: Vec<Damage>,
}

#[derive(Serialize)]
struct ExperimentRecord {
    name: String,
    dense: Counts,
    pruned: Counts,
    runs: Counts,
    /// Upper bound on the remaining solver hours.
    solver_hours_left: f64,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let store = experiment::open(&arguments.results)?;
    let workers = store.holders()?;
    let ledger = store.ledger(&workers)?;
    let mut records = Vec::new();
    for (name, experiment) in experiments(&store)? {
        let plan = ledger.of_interest(&plan([&experiment]))?;
        let left = ledger.remaining(&plan)?;
        records.push(ExperimentRecord {
            name,
            dense: ledger.counts(plan.stage(0))?,
            pruned: ledger.counts(plan.stage(1))?,
            runs: ledger.counts(plan.stage(2))?,
            solver_hours_left: solver_seconds(left.tasks()) / 3600.0,
        });
    }
    let record = Record {
        experiments: records,
        workers,
        damaged: store.damage::<RunRecord>()?,
    };
    if arguments.json {
        print_json(&record)
    } else {
        print(&table(&record))
    }
}

fn table(record: &Record) -> String {
    let mut lines = vec![format!(
        "{:44} {:14} {:>7} {:>7} {:>8} {:>7} {:>7}",
        "experiment", "", "all", "done", "running", "failed", "left"
    )];
    for experiment in &record.experiments {
        for (name, what, counts) in [
            (experiment.name.as_str(), "dense models", &experiment.dense),
            ("", "pruned models", &experiment.pruned),
            ("", "runs", &experiment.runs),
        ] {
            lines.push(format!(
                "{name:44} {what:14} {:7} {:7} {:8} {:7} {:7}",
                counts.all, counts.done, counts.running, counts.failed, counts.left
            ));
        }
        lines.push(format!(
            "{:44} at most {:.1} solver-hours left",
            "", experiment.solver_hours_left
        ));
    }
    if record.workers.is_empty() {
        lines.push(String::from("no process is working on this folder"));
    }
    for holder in &record.workers {
        let stopped = if holder.stopped {
            " (suspended: other processes may take over its claims)"
        } else {
            ""
        };
        lines.push(format!(
            "{} in process {} on {} since {}{stopped}",
            count(holder.workers, "worker"),
            holder.process,
            holder.host,
            holder.since
        ));
    }
    lines.extend(damage(record));
    lines.join("\n")
}

/// How to repair damaged records.
pub fn remedies<'a>(damaged: impl Iterator<Item = &'a Damage>) -> Vec<String> {
    let mut needed: Vec<Remedy> = damaged.map(|damage| damage.remedy).collect();
    needed.sort_unstable();
    needed.dedup();
    let in_words = |remedy| match remedy {
        Remedy::Pack => format!(
            "`pipeline pack` keeps the readable records of {ARCHIVE} and sets the damaged file aside"
        ),
        Remedy::Retry => String::from(
            "`pipeline work --retry-failed` sets damaged records aside and repeats their models and runs",
        ),
        Remedy::Delete => {
            format!("a record that differs from the one in {ARCHIVE} is not used: delete its file")
        }
    };
    needed.into_iter().map(in_words).collect()
}

/// The damaged records, and how to repair them.
fn damage(record: &Record) -> Vec<String> {
    let damaged = record.damaged.iter();
    let mut lines: Vec<String> = damaged
        .map(|damage| format!("does not count: {damage}"))
        .collect();
    lines.extend(remedies(record.damaged.iter()));
    lines
}
