//! `pipeline work`: resumes the experiments of a results folder.

use std::path::{Path, PathBuf};

use anyhow::{bail, ensure};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::keys::{only, share_of};
use super::worker;
use crate::campaign::{
    Campaign, CampaignEvent, Holder, Plan, Scope, Stage, StageEnd, StageProgress, Store, Task as _,
    Workers, cores,
};
use crate::cli::arguments::DataArguments;
use crate::cli::interrupt::stop_on_interrupt;
use crate::cli::output::{models_and_runs, print, print_json, tell};
use crate::cli::terminal::{Meter, in_words};
use crate::dataset::SIDE;
use crate::experiment::{self, Task, experiments, image_files, plan};
use crate::numbers::count;

/// Number of failures printed in full; all of them are in the folder.
const SHOWN_FAILURES: usize = 5;

/// Resume the experiments of a results folder: make the missing models and runs.
///
/// Several processes, on one machine or on many that share the folder, may work at the same time:
/// no model or run is made twice. A killed process loses only the runs in progress. The claims of a
/// suspended process (Ctrl-Z) expire after half a minute.
///
/// Example: pipeline work --results runs/verification-paper --workers 8
#[derive(Debug, Args)]
pub struct Arguments {
    /// Results folder, as created by `pipeline reproduce`
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
    /// Only every M-th key of --keys, starting from key N, counted from 0 (see --of)
    #[arg(long, value_name = "N", requires = "of", requires = "keys")]
    task: Option<usize>,
    /// Number of tasks that share the keys
    #[arg(long, value_name = "M", requires = "task")]
    of: Option<usize>,
    /// Print one JSON object instead of the summary
    #[arg(long)]
    json: bool,
}

/// The number of workers, and what they repeat.
#[derive(Debug, Clone, Args)]
pub struct Effort {
    /// Number of concurrent runs [default: as many as there are cores for their threads]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=4096))]
    workers: Option<u32>,
    /// Number of workers that train on the GPU concurrently; networks as small as the paper's do not
    /// saturate a GPU, and each worker takes 2 GiB of GPU memory or more
    #[arg(long, value_name = "N", default_value_t = 1, alias = "on-card")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=64))]
    gpu_workers: u32,
    /// Repeat models and runs that failed or have a damaged record or model (the damaged file is kept as
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

/// The work done.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Account {
    models_made_now: usize,
    runs: usize,
    runs_done: usize,
    runs_done_now: usize,
    failed: usize,
    /// Models and runs that could not start because a model they need does not exist.
    unready: usize,
    /// Share of the workers' time spent in training, pruning and search.
    busy_share: Option<f64>,
    #[serde(skip)]
    failures: Vec<String>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let store = experiment::open(&arguments.results)?;
    let plan = plan(experiments(&store)?.values());
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

/// Makes the missing models and runs of a plan. Fails when interrupted; failures of single runs are only counted.
pub fn work(
    store: &Store,
    plan: Plan<Task>,
    stages: Stages,
    effort: &Effort,
    scope: Scope,
) -> anyhow::Result<Account> {
    let unmade = stages.of(&store.ledger(&[])?.unmade(&plan)?);
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
        check_cores(store)?;
    }
    if effort.retry_failed {
        campaign.retry(&stages.of(&plan), scope)?;
    }
    if !unmade.is_empty() {
        tell(&announcement(&unmade, workers.count));
    }
    let mut account = Account::default();
    let (mut busy, mut worked) = (0.0, 0.0);
    for (index, &stage) in Task::STAGES.iter().enumerate() {
        let tasks: Vec<Task> = plan.stage(index).cloned().collect();
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

fn make(campaign: &mut Campaign<Task>, stage: Stage, tasks: Vec<Task>) -> anyhow::Result<StageEnd> {
    let mut meter: Option<(Meter, usize)> = None;
    let mut shown = 0;
    let end = campaign.make(tasks, &mut |event| match (event, &mut meter) {
        (CampaignEvent::Progress(progress), None) => {
            let settled = progress.settled();
            let left = (progress.total - settled) as u64;
            meter = Some((Meter::new(stage.tasks, left), settled));
        }
        (CampaignEvent::Progress(progress), Some((meter, before))) => {
            let settled = progress.settled() - *before;
            meter.set(settled as u64, &progress_in_words(progress));
        }
        (CampaignEvent::Failed(failure), Some((meter, _))) if shown < SHOWN_FAILURES => {
            shown += 1;
            meter.print_line(&format!("failed: {}: {}", failure.what, failure.error));
        }
        (CampaignEvent::TooMany { tasks, status }, Some((meter, _))) => meter.print_line(&format!(
            "a worker that trained {tasks} models at once died ({status}); continuing with half as many at once"
        )),
        (CampaignEvent::Failed(_) | CampaignEvent::TooMany { .. }, _) => {}
    })?;
    Ok(end)
}

fn progress_in_words(progress: &StageProgress) -> String {
    let elsewhere = match progress.elsewhere {
        0 => String::new(),
        elsewhere => format!(", {elsewhere} claimed by other processes"),
    };
    format!(
        "{} of {} done, {} running, {} failed{elsewhere}",
        progress.done, progress.total, progress.running, progress.failed
    )
}

/// The work to do, and how long it takes at most.
fn announcement(unmade: &Plan<Task>, workers: usize) -> String {
    let runs = unmade.runs().count();
    let models = unmade.len() - runs;
    let limits = unmade.runs().filter_map(|task| match task {
        Task::Run(run) => Some(run.time_limit),
        Task::Model(_) => None,
    });
    let seconds: f64 = limits.sum();
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

/// Fails early if a missing network cannot be trained here.
pub fn check_devices(unmade: &Plan<Task>) -> anyhow::Result<()> {
    for task in unmade.tasks() {
        if let Task::Model(recipe) = task
            && let Some(device) = recipe.device()
        {
            device.check()?;
        }
    }
    Ok(())
}

/// Loads the images once, downloading missing files with progress shown, before the workers need them.
fn fetch_images(unmade: &Plan<Task>, data: &DataArguments) -> anyhow::Result<()> {
    for dataset in image_files(unmade.tasks()) {
        data.load(dataset, SIDE)?;
    }
    Ok(())
}

/// Fails if the processes on this store would use more threads than this machine has cores. A Slurm job has its
/// own cores.
fn check_cores(store: &Store) -> anyhow::Result<()> {
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
    /// The number of workers: at most one solver thread per core, since measured times would otherwise be
    /// meaningless.
    pub fn workers(&self, plan: &Plan<Task>) -> anyhow::Result<usize> {
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
            "--workers is {asked}, but this machine has {cores} cores for {threads} threads per run: expected at most {most} workers, as more would distort the measured times"
        );
        Ok(asked)
    }
}

impl Stages {
    /// The part of a plan made in these stages.
    fn of(self, plan: &Plan<Task>) -> Plan<Task> {
        plan.part(|task| self.contain(Task::STAGES[task.stage()]))
    }

    fn contain(self, stage: Stage) -> bool {
        match self {
            Self::All => true,
            Self::Models => !stage.is_timed,
            Self::Solve => stage.is_timed,
        }
    }
}

impl Account {
    fn add(&mut self, stage: Stage, end: &StageEnd) {
        let progress = &end.progress;
        if !stage.is_timed {
            self.models_made_now += progress.done_here;
        } else {
            self.runs += progress.total;
            self.runs_done += progress.done;
            self.runs_done_now += progress.done_here;
        }
        self.failed += progress.failed;
        self.unready += progress.unready;
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

    /// Fails if a model or run failed or could not start.
    pub fn check(&self, results: &Path) -> anyhow::Result<()> {
        if let Some(first) = self.failures.first() {
            bail!(
                "{} failed (`pipeline status --results {1}` lists damaged records, {1}/failures has the rest; --retry-failed repeats them); the first: {first}",
                models_and_runs(self.failed),
                results.display()
            );
        }
        ensure!(
            self.unready == 0,
            "not started: {}, whose models do not exist yet; `pipeline work --results {}` makes them",
            models_and_runs(self.unready),
            results.display()
        );
        Ok(())
    }
}
