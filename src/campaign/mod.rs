//! Campaigns: local workers that do what a store still lacks of the tasks of a study, whatever the study is.
//!
//! A study implements [`Task`] (a key, what it needs, its kind of record), [`Record`] and [`Workplace`] (how its tasks
//! are done in a worker process). A stage of tasks ends when everything in it is made, by whichever process, so that
//! nothing is trained beside timed runs. One thread makes all decisions; the work is done by separate processes
//! (`worker`), a task at a time.
//!
//! Reading order: `task`, `record` and `plan` (what a study tells), `machine` (provenance), `store` (the folder of
//! results), this file with `stage`, `settle` and `retry` (the campaign), `worker` and `worker_pool`, `slurm` (the same
//! as array jobs).

mod machine;
mod plan;
mod record;
mod retry;
mod settle;
pub mod slurm;
mod stage;
mod store;
mod task;
mod worker;
mod worker_pool;

pub use machine::{Machine, Provenance, cores};
pub use plan::Plan;
pub use record::{Checked, Failure, Kind, Record, check, parse};
pub use retry::Scope;
pub use stage::{CampaignEvent, StageEnd, StageProgress};
pub use store::{
    Contents, Counts, Damage, Holder, Ledger, Lookup, Packed, Records, Remedy, Store, StoreError,
    count_failures, damaged, read_records, write_archive,
};
pub use task::{Done, Stage, Task, TaskError, Workplace};
pub use worker::serve;

use std::collections::VecDeque;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};

use crate::limits::StopFlag;
use stage::TaskQueues;
use store::Claims;
use worker::TaskResult;
use worker_pool::{Work, WorkerEvent, WorkerPool};

/// Interval between checks of the stop flag.
const POLL: Duration = Duration::from_millis(50);
/// Interval between checks whether other processes have finished the tasks they hold.
const RECHECK: Duration = Duration::from_secs(1);

/// Runs workers on a store.
pub struct Campaign<'a, T: Task> {
    store: &'a Store,
    claims: Claims,
    /// Contents of the archive when the campaign started.
    archived: Contents,
    stop: StopFlag,
    machine: Machine,
    pool: WorkerPool<'a, T>,
    /// Workers that may use the GPU at the same time.
    gpu_workers: usize,
}

/// The workers of a campaign.
pub struct Workers<'a> {
    pub count: usize,
    /// Threads of each worker.
    pub threads: usize,
    /// Workers that may use the GPU at the same time, at least one.
    pub gpu_workers: usize,
    /// Returns the command that starts a worker.
    pub command: &'a dyn Fn() -> Command,
}

impl<'a, T: Task> Campaign<'a, T> {
    /// Creates a campaign; workers are started when they are needed.
    ///
    /// # Errors
    /// When the store cannot be written, or its archive is damaged.
    pub fn new(
        store: &'a Store,
        workers: &Workers<'a>,
        stop: StopFlag,
    ) -> Result<Self, StoreError> {
        // Checked before anything is written.
        store.check_archive()?;
        let claims = store.begin_work(workers.count, workers.threads)?;
        // The archive is not packed while a process is at work.
        let archived = store.archived()?;
        Ok(Self {
            store,
            archived,
            claims,
            stop,
            machine: Machine::this(),
            pool: WorkerPool::new(workers.count, workers.command),
            gpu_workers: workers.gpu_workers,
        })
    }

    /// Makes those of `tasks` that are not made yet. Failures are recorded and do not stop it.
    ///
    /// # Errors
    /// When the store cannot be written, or a worker reports that nothing can be made here.
    pub fn make(
        &mut self,
        tasks: Vec<T>,
        observer: &mut dyn FnMut(CampaignEvent),
    ) -> anyhow::Result<StageEnd> {
        let started = Instant::now();
        let mut stage = TaskQueues {
            end: StageEnd {
                progress: StageProgress {
                    total: tasks.len(),
                    ..StageProgress::default()
                },
                ..StageEnd::default()
            },
            open: VecDeque::new(),
            held: VecDeque::new(),
            last_check: started,
            group_limit: usize::MAX,
        };
        for task in tasks {
            if self.stop.is_raised() {
                break;
            }
            if !self.settle(&task, &task.key(), &mut stage)? {
                stage.open.push_back(task);
            }
        }
        self.pool.reset_worked();
        loop {
            if self.stop.is_raised() {
                self.abort()?;
                stage.end.interrupted = true;
                break;
            }
            self.assign_idle(&mut stage)?;
            let running = self.pool.in_progress().count();
            stage.end.progress.running = running;
            stage.end.progress.elsewhere = stage.held.len();
            observer(CampaignEvent::Progress(&stage.end.progress));
            if running == 0 && stage.open.is_empty() && stage.held.is_empty() {
                break;
            }
            if let Some(event) = self.pool.next_event(POLL) {
                self.handle(event, &mut stage, observer)?;
            }
            if stage.last_check.elapsed() >= RECHECK {
                stage.last_check = Instant::now();
                stage.open.append(&mut stage.held);
            }
        }
        stage.end.worker_seconds = self.pool.worked_seconds(started);
        Ok(stage.end)
    }

    /// Assigns tasks to every idle worker.
    fn assign_idle(&mut self, stage: &mut TaskQueues<T>) -> anyhow::Result<()> {
        let mut waiting = VecDeque::new();
        for worker in 0..self.pool.len() {
            while self.pool.is_idle(worker) {
                let Some(task) = stage.open.pop_front() else {
                    break;
                };
                if task.takes_gpu() && self.pool.on_gpu() >= self.gpu_workers {
                    waiting.push_back(task);
                } else {
                    self.assign(task, worker, stage)?;
                }
            }
        }
        waiting.append(&mut stage.open);
        stage.open = waiting;
        Ok(())
    }

    /// Assigns `task` to `worker`, with the open tasks that can be made together with it; does
    /// nothing if the task is made, has failed, or is claimed by another process.
    fn assign(&mut self, task: T, worker: usize, stage: &mut TaskQueues<T>) -> anyhow::Result<()> {
        let Some(first) = self.claim(task, stage)? else {
            return Ok(());
        };
        let most = first.task.group_size().min(stage.group_limit);
        let mut group = VecDeque::from([first]);
        let mut others = VecDeque::new();
        while group.len() < most
            && let Some(task) = stage.open.pop_front()
        {
            if task.goes_with(&group[0].task) {
                group.extend(self.claim(task, stage)?);
            } else {
                others.push_back(task);
            }
        }
        others.append(&mut stage.open);
        stage.open = others;
        self.pool.assign(worker, group)
    }

    /// Claims `task`; `None` if it is made, has failed, or is claimed by another process.
    fn claim(&mut self, task: T, stage: &mut TaskQueues<T>) -> anyhow::Result<Option<Work<T>>> {
        let key = task.key();
        if self.settle(&task, &key, stage)? {
            return Ok(None);
        }
        if let Some(missing) = self.missing(&task)? {
            self.wait_or_give_up(task, &missing, stage)?;
            return Ok(None);
        }
        self.check_needed(&task)?;
        let claim = self.claims.claim(&key).with_context(|| self.at_claims());
        let Some(claim) = claim? else {
            stage.held.push_back(task);
            return Ok(None);
        };
        // The previous holder may have finished just now, and its record may have been packed.
        self.store.refresh_lookups();
        self.store.refresh(&mut self.archived)?;
        if self.settle(&task, &key, stage)? {
            let finished = self.claims.finish(claim);
            finished.with_context(|| self.at_claims())?;
            return Ok(None);
        }
        Ok(Some(Work { task, key, claim }))
    }

    /// Stores what a worker made, or its failure.
    fn handle(
        &mut self,
        event: WorkerEvent<T>,
        stage: &mut TaskQueues<T>,
        observer: &mut dyn FnMut(CampaignEvent),
    ) -> anyhow::Result<()> {
        match event {
            WorkerEvent::Answer(_, work, TaskResult::Done(done)) => {
                self.conclude(work, Ok(done), stage, observer)
            }
            WorkerEvent::Answer(_, work, TaskResult::Failed(error)) => {
                self.conclude(work, Err(error), stage, observer)
            }
            WorkerEvent::Answer(worker, work, TaskResult::Unable(error)) => {
                for work in self.pool.take_unanswered(worker).into_iter().chain([work]) {
                    // The error below is the one to report.
                    let _ = self.release(work);
                }
                Err(anyhow!(error))
            }
            WorkerEvent::Died(left, status) => {
                self.requeue_tasks_of_dead_worker(left, &status, stage, observer)
            }
        }
    }

    /// Handles the tasks of a worker that died. A single task has failed; several are retried, half
    /// as many at a time, because the system may have killed the worker for the memory that they
    /// took.
    fn requeue_tasks_of_dead_worker(
        &self,
        left: VecDeque<Work<T>>,
        status: &str,
        stage: &mut TaskQueues<T>,
        observer: &mut dyn FnMut(CampaignEvent),
    ) -> anyhow::Result<()> {
        let tasks = left.len();
        // The signal that ends the campaign may have ended the worker first.
        let stopped = self.stop.is_raised();
        if tasks > 1 && !stopped {
            stage.group_limit = stage.group_limit.min(tasks / 2);
            observer(CampaignEvent::TooMany { tasks, status });
        }
        for work in left {
            if tasks > 1 || stopped {
                stage.open.push_back(work.task.clone());
                self.release(work)?;
            } else {
                let error = format!("the worker died: {status}");
                self.conclude(work, Err(error), stage, observer)?;
            }
        }
        Ok(())
    }

    fn release(&self, work: Work<T>) -> anyhow::Result<()> {
        let released = self.claims.release(work.claim);
        released.with_context(|| self.at_claims())
    }

    fn at_claims(&self) -> String {
        format!(
            "cannot change the claims in {}",
            self.store.folder().display()
        )
    }

    fn failure(&self, key: String, what: String, error: String) -> Failure {
        Failure {
            key,
            what,
            error,
            provenance: Provenance::now(&self.machine, self.pool.len()),
        }
    }

    /// Kills all workers at once and releases their claims; the tasks are open again when the
    /// campaign resumes.
    fn abort(&mut self) -> anyhow::Result<()> {
        let mut left = self.pool.kill_all().into_iter();
        left.try_for_each(|work| self.release(work))
    }
}
