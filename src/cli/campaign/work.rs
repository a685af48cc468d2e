//! `pipeline work`: resumes the experiments of a results folder.

use std::path::{Path, PathBuf};

use anyhow::{bail, ensure};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::keys::{only, share_of};
use super::worker;
use crate::cli::arguments::DataArguments;
use crate::cli::interrupt::stop_on_interrupt;
use crate::cli::output::{models_and_runs, print, print_json, tell};
use crate::cli::terminal::{Meter, in_words};
use crate::dataset::SIDE;
use crate::experiment::{
    Campaign, CampaignEvent, DenseSettings, Holder, ModelSettings, Plan, Scope, Stage, StageEnd,
    Standing, Store, Task, Workers, cores,
};
use crate::numbers::count;

/// Failures that are told in full; the others are in the folder.
const TOLD_FAILURES: usize = 5;

/// Resume the experiments of a results folder: train the missing models, do the missing runs.
///
/// Several processes, on one machine or on many that share the folder, may work at the same time:
/// no model or run is made twice. Killed at any moment, it loses only the runs in progress. The claims
/// of a suspended process (Ctrl-Z) expire after half a minute.
///
/// Example: pipeline work --results runs/verification-paper --workers 8
#[derive(Debug, Args)]
pub struct Arguments {
    /// Results folder, as `pipeline reproduce` creates it
    #[arg(long, value_name = "DIR")]
    results: PathBuf,
    #[command(flatten)]
    effort: Effort,
    /// Only models, or only runs
    #[arg(long, value_enum, default_value_t = Stages::All)]
    stage: Stages,
    /// Only the keys in this file, one per line
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Only every M-th key of --keys, beginning with this one, counted from 0 (see --of)
    #[arg(long, value_name = "N", requires = "of", requires = "keys")]
    task: Option<usize>,
    /// Number of tasks among which the keys are divided
    #[arg(long, value_name = "M", requires = "task")]
    of: Option<usize>,
    /// Print one JSON object in place of the summary
    #[arg(long)]
    json: bool,
}

/// How many workers there are, and what they make again.
#[derive(Debug, Clone, Args)]
pub struct Effort {
    /// Concurrent runs; by default as many as there are cores for their threads
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=4096))]
    workers: Option<u32>,
    /// Workers that train on the GPU at the same time. Networks as small as the paper's do not keep
    /// a GPU busy; each worker takes 2 GiB of GPU memory or more
    #[arg(long, value_name = "N", default_value_t = 1, alias = "on-card")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=64))]
    gpu_workers: u32,
    /// Repeat what failed before, and what has a damaged record or model (the damaged file is kept as
    /// NAME.damaged-1)
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
    /// Solve, with the models that exist
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
    /// Runs whose models are not made, by others either.
    unready: usize,
    /// Share of the workers' time within training, pruning and search.
    busy_share: Option<f64>,
    #[serde(skip)]
    failures: Vec<String>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let store = Store::open(&arguments.results)?;
    let plan = Plan::of(store.experiments()?.values());
    let plan = match &arguments.keys {
        None => store.ledger(&[])?.needed(&plan)?,
        Some(file) => {
            let (task, of) = (arguments.task.unwrap_or(0), arguments.of.unwrap_or(1));
            ensure!(
                task < of,
                "--task is {task}, expected less than --of, which is {of}"
            );
            only(&plan, &share_of(file, task, of)?, file)?
        }
    };
    let scope = match arguments.keys {
        None => Scope::Store,
        Some(_) => Scope::Plan,
    };
    let account = work(&store, plan, arguments.stage, &arguments.effort, scope)?;
    if arguments.json {
        print_json(&account)?;
    } else {
        print(&account.summary())?;
    }
    account.check(&arguments.results)
}

/// Makes what a plan still lacks. Interrupted, it fails; failures of single runs are counted.
pub fn work(
    store: &Store,
    plan: Plan,
    stages: Stages,
    effort: &Effort,
    scope: Scope,
) -> anyhow::Result<Account> {
    let unmade = stages.of(store.ledger(&[])?.unmade(&plan)?);
    let workers = effort.workers(&unmade)?;
    check_devices(&unmade)?;
    fetch_images(&unmade, &effort.data)?;
    let stop = stop_on_interrupt()?;
    let command = worker::command(store.folder(), workers, &effort.data)?;
    let workers = Workers {
        count: workers,
        threads: unmade.most_threads() as usize,
        gpu_workers: effort.gpu_workers as usize,
        command: &command,
    };
    let mut campaign = Campaign::new(store, &workers, stop)?;
    if !unmade.is_empty() {
        refuse_crowd(store)?;
    }
    if effort.retry_failed {
        campaign.retry(&stages.of(plan.clone()), scope)?;
    }
    if !unmade.is_empty() {
        tell(&announcement(&unmade, workers.count));
    }
    let mut account = Account::default();
    let (mut busy, mut worked) = (0.0, 0.0);
    for stage in Stage::ALL {
        let tasks = tasks(&plan, stage);
        if tasks.is_empty() || !stages.contain(stage) {
            continue;
        }
        let end = make(&mut campaign, stage, tasks)?;
        if end.interrupted {
            bail!("interrupted; the same command resumes it");
        }
        busy += end.busy_seconds;
        worked += end.worker_seconds;
        account.add(stage, &end);
    }
    account.busy_share = (worked > 0.0).then(|| busy / worked);
    Ok(account)
}

fn tasks(plan: &Plan, stage: Stage) -> Vec<Task> {
    let models = |models: &[ModelSettings]| {
        let boxed = models.iter().cloned().map(Box::new);
        boxed.map(Task::Model).collect()
    };
    match stage {
        Stage::Dense => models(&plan.dense),
        Stage::Pruned => models(&plan.pruned),
        Stage::Solve => plan
            .runs
            .iter()
            .cloned()
            .map(Box::new)
            .map(Task::Run)
            .collect(),
    }
}

fn make(campaign: &mut Campaign, stage: Stage, tasks: Vec<Task>) -> anyhow::Result<StageEnd> {
    let name = match stage {
        Stage::Dense => "dense models",
        Stage::Pruned => "pruned models",
        Stage::Solve => "runs",
    };
    let mut meter: Option<(Meter, usize)> = None;
    let mut told = 0;
    let end = campaign.make(tasks, &mut |event| match (event, &mut meter) {
        (CampaignEvent::Standing(standing), None) => {
            let settled = standing.settled();
            let left = (standing.total - settled) as u64;
            meter = Some((Meter::new(name, left), settled));
        }
        (CampaignEvent::Standing(standing), Some((meter, before))) => {
            let settled = standing.settled() - *before;
            meter.set(settled as u64, &standing_in_words(standing));
        }
        (CampaignEvent::Failed(failure), Some((meter, _))) if told < TOLD_FAILURES => {
            told += 1;
            meter.say(&format!("failed: {}: {}", failure.what, failure.error));
        }
        (CampaignEvent::TooMany { tasks, status }, Some((meter, _))) => meter.say(&format!(
            "a worker that trained {tasks} models at once died ({status}); continuing with half as many at once"
        )),
        (CampaignEvent::Failed(_) | CampaignEvent::TooMany { .. }, _) => {}
    })?;
    Ok(end)
}

fn standing_in_words(standing: &Standing) -> String {
    let elsewhere = match standing.elsewhere {
        0 => String::new(),
        elsewhere => format!(", {elsewhere} claimed by other processes"),
    };
    format!(
        "{} of {} done, {} running, {} failed{elsewhere}",
        standing.done, standing.total, standing.running, standing.failed
    )
}

/// What there is to do, and how long it takes at most.
fn announcement(unmade: &Plan, workers: usize) -> String {
    let models = unmade.dense.len() + unmade.pruned.len();
    let runs = unmade.runs.len();
    let seconds: f64 = unmade.runs.iter().map(|run| run.time_limit).sum();
    let seconds = in_words(seconds / workers as f64);
    let mut parts = Vec::new();
    if models > 0 {
        parts.push(count(models, "model"));
    }
    if runs > 0 {
        parts.push(format!(
            "{}, at most {seconds} of solving with {}",
            count(runs, "run"),
            count(workers, "worker")
        ));
    }
    format!("to do: {}", parts.join("; "))
}

/// Fails before the work where a network that is still to be trained cannot be trained here.
pub fn check_devices(unmade: &Plan) -> anyhow::Result<()> {
    for model in unmade.dense.iter().chain(&unmade.pruned) {
        if let DenseSettings::Trained { device, .. } = &model.dense
            && model.epochs() > 0
        {
            device.check()?;
        }
    }
    Ok(())
}

/// Sees to it that the images are here, once and with its progress shown, before the workers look
/// for them.
fn fetch_images(unmade: &Plan, data: &DataArguments) -> anyhow::Result<()> {
    for dataset in unmade.image_files() {
        data.load(dataset, SIDE)?;
    }
    Ok(())
}

/// Fails where the processes on this store would take more cores than this machine has. A
/// cluster's queue gives every job cores of its own.
fn refuse_crowd(store: &Store) -> anyhow::Result<()> {
    let mut here = store.holders()?;
    here.retain(Holder::is_here);
    let taken: usize = here.iter().map(|holder| holder.cores).sum();
    let stopped = here.iter().filter(|holder| holder.stopped);
    let stopped: String = stopped
        .map(|holder| {
            format!(
                "; process {} is suspended, its workers are not",
                holder.process
            )
        })
        .collect();
    let cores = cores();
    let queued = std::env::var_os("SLURM_JOB_ID").is_some();
    ensure!(
        queued || taken <= cores,
        "the processes on this folder would use {taken} threads in all, but this machine has {cores} cores, which would distort the measured times: give fewer --workers, or wait for the other processes (see `pipeline status`){stopped}"
    );
    Ok(())
}

impl Effort {
    /// How many workers there are to be: no more than keep every thread of a solver on a core of
    /// its own, or times would say nothing.
    pub fn workers(&self, plan: &Plan) -> anyhow::Result<usize> {
        let threads = plan.most_threads() as usize;
        let cores = cores();
        ensure!(
            threads <= cores,
            "a run takes {threads} threads, but this machine has {cores} cores"
        );
        let most = cores / threads;
        let asked = self.workers.map_or(most, |workers| workers as usize);
        ensure!(
            asked <= most,
            "--workers is {asked}, but this machine has {cores} cores for {threads} threads a run: expected at most {most} workers, as more would distort the measured times"
        );
        Ok(asked)
    }
}

impl Stages {
    /// The part of a plan that is made in them.
    fn of(self, mut plan: Plan) -> Plan {
        if !self.contain(Stage::Dense) {
            plan.dense.clear();
            plan.pruned.clear();
        }
        if !self.contain(Stage::Solve) {
            plan.runs.clear();
        }
        plan
    }

    fn contain(self, stage: Stage) -> bool {
        match self {
            Self::All => true,
            Self::Models => stage != Stage::Solve,
            Self::Solve => stage == Stage::Solve,
        }
    }
}

impl Account {
    fn add(&mut self, stage: Stage, end: &StageEnd) {
        let standing = &end.standing;
        if stage != Stage::Solve {
            self.models_made_now += standing.done_here;
        } else {
            self.runs += standing.total;
            self.runs_done += standing.done;
            self.runs_done_now += standing.done_here;
        }
        self.failed += standing.failed;
        self.unready += standing.unready;
        let failures = end.failures.iter();
        let failures = failures.map(|failure| format!("{}: {}", failure.what, failure.error));
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
            "{} made now, {} of {} runs done ({} now), {} failed{share}",
            count(self.models_made_now, "model"),
            self.runs_done,
            self.runs,
            self.runs_done_now,
            self.failed
        )
    }

    /// Fails where something failed, or could not be begun.
    pub fn check(&self, results: &Path) -> anyhow::Result<()> {
        if let Some(first) = self.failures.first() {
            bail!(
                "{} failed (`pipeline status --results {1}` names damaged records, {1}/failures has the rest; --retry-failed repeats what failed), the first: {first}",
                models_and_runs(self.failed),
                results.display()
            );
        }
        ensure!(
            self.unready == 0,
            "not begun: {}, whose models are not made yet; `pipeline work --results {}` makes them",
            models_and_runs(self.unready),
            results.display()
        );
        Ok(())
    }
}
