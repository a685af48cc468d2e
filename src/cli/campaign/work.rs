//! `pipeline work`: goes on with the experiments of a folder of results.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::worker;
use crate::cli::arguments::DataArguments;
use crate::cli::output::{print, print_json, tell};
use crate::cli::solve::stop_on_interrupt;
use crate::cli::terminal::Meter;
use crate::experiment::{Campaign, Machine, Plan, StageEnd, Standing, Store, Task, cores};

/// Failures that are told in full; the others are in the folder.
const TOLD_FAILURES: usize = 5;

/// Go on with the experiments of a folder of results: make the models and runs that are missing.
///
/// Several processes, on one machine or on many that share the folder, may work at the same time:
/// none makes what another has in hand. Killed at any moment, it loses the runs in flight only.
///
/// Example: pipeline work --results runs/verification-paper --workers 8
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder of results, as `pipeline reproduce` made it
    #[arg(long, value_name = "DIR")]
    results: PathBuf,
    #[command(flatten)]
    effort: Effort,
    /// Only models, or only runs
    #[arg(long, value_enum, default_value_t = Stages::All)]
    stage: Stages,
    /// Only the keys in this file, one a line
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Only every M-th key of --keys, beginning with this one, counted from 0 (see --of)
    #[arg(long, value_name = "N", requires = "of", requires = "keys")]
    task: Option<usize>,
    /// Among how many tasks the keys are shared out
    #[arg(long, value_name = "M", requires = "task")]
    of: Option<usize>,
    /// Print one JSON object in place of the summary
    #[arg(long)]
    json: bool,
}

/// Who works, and what again.
#[derive(Debug, Clone, Args)]
pub struct Effort {
    /// Runs at the same time; by default one a core
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=4096))]
    workers: Option<u32>,
    /// Try again what failed before
    #[arg(long)]
    retry_failed: bool,
    #[command(flatten)]
    data: DataArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Stages {
    /// Models, then runs
    All,
    /// Train and prune
    Models,
    /// Solve, with the models that are there
    Solve,
}

/// What was done.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Account {
    models_made_now: usize,
    runs: usize,
    runs_done: usize,
    runs_done_now: usize,
    failed: usize,
    /// Share of the workers' time within training, pruning and search.
    busy_share: Option<f64>,
    #[serde(skip)]
    failures: Vec<String>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let store = Store::open(&arguments.results)?;
    let mut plan = Plan::of(store.experiments()?.values());
    if let Some(file) = &arguments.keys {
        let (task, of) = (arguments.task.unwrap_or(0), arguments.of.unwrap_or(1));
        ensure!(
            task < of,
            "--task is {task}, expected less than --of, which is {of}"
        );
        plan = only(plan, &share_of(file, task, of)?, file)?;
    } else {
        plan = lacking(plan, &store);
    }
    let account = work(&store, plan, arguments.stage, &arguments.effort)?;
    if arguments.json {
        print_json(&account)?;
    } else {
        print(&account.summary())?;
    }
    account.check(&arguments.results)
}

/// Makes what a plan still lacks. Interrupted, it fails; failures of single runs are accounted for.
pub fn work(store: &Store, plan: Plan, stages: Stages, effort: &Effort) -> anyhow::Result<Account> {
    let workers = effort.workers(&plan)?;
    warn_of_others(store, workers)?;
    if effort.retry_failed {
        for key in store.failed()? {
            store.forget_failure(&key)?;
        }
    }
    let stop = stop_on_interrupt()?;
    let command = worker::command(store.folder(), workers, &effort.data)?;
    let mut campaign = Campaign::new(store, workers, &command, stop)?;
    let mut account = Account::default();
    let (mut busy, mut worked) = (0.0, 0.0);
    let models =
        |models: Vec<_>| -> Vec<_> { models.into_iter().map(Box::new).map(Task::Model).collect() };
    let runs = plan.runs.into_iter().map(Box::new).map(Task::Run).collect();
    for (stage, name, tasks) in [
        (Stages::Models, "dense models", models(plan.dense)),
        (Stages::Models, "pruned models", models(plan.pruned)),
        (Stages::Solve, "runs", runs),
    ] {
        if tasks.is_empty() || (stages != Stages::All && stages != stage) {
            continue;
        }
        let end = make(&mut campaign, name, tasks)?;
        if end.interrupted {
            bail!("interrupted; the same command goes on where it stopped");
        }
        busy += end.busy_seconds;
        worked += end.worker_seconds;
        account.add(stage, &end);
    }
    account.busy_share = (worked > 0.0).then(|| busy / worked);
    Ok(account)
}

fn make(campaign: &mut Campaign, name: &str, tasks: Vec<Task>) -> anyhow::Result<StageEnd> {
    let mut meter: Option<(Meter, usize)> = None;
    let end = campaign.make(tasks, &mut |standing| {
        let settled = standing.done + standing.failed;
        let (meter, before) = meter.get_or_insert_with(|| {
            let left = standing.total - settled;
            (Meter::new(name, left as u64), settled)
        });
        meter.set((settled - *before) as u64, &standing_in_words(standing));
    })?;
    drop(meter);
    for failure in end.failures.iter().take(TOLD_FAILURES) {
        tell(&format!("failed: {}: {}", failure.key, failure.error));
    }
    Ok(end)
}

fn standing_in_words(standing: &Standing) -> String {
    let elsewhere = match standing.elsewhere {
        0 => String::new(),
        elsewhere => format!(", {elsewhere} in other hands"),
    };
    format!(
        "{} of {} done, {} running, {} failed{elsewhere}",
        standing.done, standing.total, standing.running, standing.failed
    )
}

impl Effort {
    /// How many workers there are to be: no more than keep every thread of a solver on a core of
    /// its own, or times would say nothing.
    pub fn workers(&self, plan: &Plan) -> anyhow::Result<usize> {
        let threads = plan.runs.iter().map(|run| run.threads as usize);
        let threads = threads.max().unwrap_or(1);
        let cores = cores();
        let most = (cores / threads).max(1);
        let asked = self.workers.map_or(most, |workers| workers as usize);
        ensure!(
            asked <= most,
            "--workers is {asked}, but this machine has {cores} cores for {threads} threads a run: at most {most} workers, or times would say nothing"
        );
        Ok(asked)
    }
}

/// Outside a cluster's queue, which gives every job cores of its own, other processes on the same
/// store share the machine.
fn warn_of_others(store: &Store, workers: usize) -> anyhow::Result<()> {
    let (host, cores) = (Machine::this().host, cores());
    let here = store
        .holders()?
        .into_iter()
        .filter(|holder| holder.host == host);
    let others: usize = here.map(|holder| holder.workers).sum();
    if others + workers > cores && std::env::var_os("SLURM_JOB_ID").is_none() {
        tell(&format!(
            "warning: {others} other workers are busy on this machine, which has {cores} cores: times will say little"
        ));
    }
    Ok(())
}

/// The keys of a file that fall to one of several tasks.
fn share_of(file: &Path, task: usize, of: usize) -> anyhow::Result<HashSet<String>> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let lines = text
        .lines()
        .enumerate()
        .filter(|(index, _)| index % of == task);
    Ok(lines.map(|(_, key)| key.trim().to_owned()).collect())
}

/// A plan without the models that no run needs any more, where the runs are there.
pub fn lacking(plan: Plan, store: &Store) -> Plan {
    let needed = plan.only(|run| !store.has_run(&run.key()));
    Plan {
        runs: plan.runs,
        ..needed
    }
}

/// The part of a plan that has these keys.
fn only(plan: Plan, keys: &HashSet<String>, file: &Path) -> anyhow::Result<Plan> {
    let part = Plan {
        dense: plan
            .dense
            .into_iter()
            .filter(|m| keys.contains(&m.key()))
            .collect(),
        pruned: plan
            .pruned
            .into_iter()
            .filter(|m| keys.contains(&m.key()))
            .collect(),
        runs: plan
            .runs
            .into_iter()
            .filter(|r| keys.contains(&r.key()))
            .collect(),
    };
    let found = part.dense.len() + part.pruned.len() + part.runs.len();
    ensure!(
        found == keys.len(),
        "{}: {} of {} keys belong to no experiment of this folder",
        file.display(),
        keys.len() - found,
        keys.len()
    );
    Ok(part)
}

impl Account {
    fn add(&mut self, stage: Stages, end: &StageEnd) {
        let standing = &end.standing;
        if stage == Stages::Models {
            self.models_made_now += standing.done_here;
        } else {
            self.runs += standing.total;
            self.runs_done += standing.done;
            self.runs_done_now += standing.done_here;
        }
        self.failed += standing.failed;
        let failures = end.failures.iter().map(|failure| failure.error.clone());
        self.failures.extend(failures);
    }

    pub fn runs_done(&self) -> usize {
        self.runs_done
    }

    pub fn summary(&self) -> String {
        let share = self.busy_share.map_or(String::new(), |share| {
            format!(
                "; {:.1}% of the workers' time in training and search",
                100.0 * share
            )
        });
        format!(
            "{} models made now, {} of {} runs done ({} now), {} failed{share}",
            self.models_made_now, self.runs_done, self.runs, self.runs_done_now, self.failed
        )
    }

    /// Fails where something failed.
    pub fn check(&self, results: &Path) -> anyhow::Result<()> {
        let Some(first) = self.failures.first() else {
            return Ok(());
        };
        bail!(
            "{} models and runs failed (see {}; --retry-failed tries them again), the first: {first}",
            self.failed,
            results.join("failures").display()
        );
    }
}
