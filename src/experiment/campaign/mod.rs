//! A campaign: local workers on what a store still lacks.
//!
//! Stage by stage: dense models, pruned models, runs. A stage ends when all of it is there,
//! whichever process made it, so that nothing is trained beside timed runs. One thread decides everything;
//! the work is done by processes of their own (`worker`), a `task` at a time.

mod crew;
mod models;
mod retry;
mod runs;
mod settle;
mod stage;
mod task;
mod worker;
mod workplace;

pub use retry::Scope;
pub use stage::{CampaignEvent, StageEnd, Standing};
pub use task::Task;
pub use worker::serve;
pub use workplace::Workplace;

use std::collections::VecDeque;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};

use super::machine::{Machine, Provenance};
use super::record::Failure;
use super::store::{Claims, Contents, Store, StoreError};
use crate::solver::StopFlag;
use crew::{Crew, Word, Work};
use stage::Lists;
use worker::TaskResult;

/// How often the stop flag is looked at.
const POLL: Duration = Duration::from_millis(50);
/// Interval between checks whether other processes have finished the tasks they hold.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Workers on a store.
pub struct Campaign<'a> {
    store: &'a Store,
    claims: Claims,
    /// What was in the archive when the campaign began.
    archived: Contents,
    stop: StopFlag,
    machine: Machine,
    crew: Crew<'a>,
    /// Workers that may train on the GPU at the same time.
    gpu_workers: usize,
}

/// Who works in a campaign.
pub struct Workers<'a> {
    pub count: usize,
    /// Threads of each.
    pub threads: usize,
    /// Those that may train on the GPU at the same time, at least one.
    pub gpu_workers: usize,
    /// How one is started.
    pub command: &'a dyn Fn() -> Command,
}

impl<'a> Campaign<'a> {
    /// A campaign of workers that are started when they are needed.
    ///
    /// # Errors
    /// When the store cannot be written, or its archive is damaged.
    pub fn new(
        store: &'a Store,
        workers: &Workers<'a>,
        stop: StopFlag,
    ) -> Result<Self, StoreError> {
        // Before anything is written.
        store.archived()?.check(store.folder())?;
        let claims = store.begin_work(workers.count, workers.threads)?;
        // The archive is not packed while a process works.
        let archived = store.archived()?;
        Ok(Self {
            store,
            archived,
            claims,
            stop,
            machine: Machine::this(),
            crew: Crew::new(workers.count, workers.command),
            gpu_workers: workers.gpu_workers,
        })
    }

    /// Makes all of `tasks` that are not made. Failures are kept and do not stop it.
    ///
    /// # Errors
    /// When the store cannot be written, or a worker says that nothing can be done here.
    pub fn make(
        &mut self,
        tasks: Vec<Task>,
        observer: &mut dyn FnMut(CampaignEvent),
    ) -> anyhow::Result<StageEnd> {
        let started = Instant::now();
        let mut stage = Lists {
            end: StageEnd {
                standing: Standing {
                    total: tasks.len(),
                    ..Standing::default()
                },
                ..StageEnd::default()
            },
            open: VecDeque::new(),
            held: VecDeque::new(),
            looked: started,
            together: usize::MAX,
        };
        for task in tasks {
            if self.stop.is_raised() {
                break;
            }
            if !self.settle(&task, &task.key(), &mut stage)? {
                stage.open.push_back(task);
            }
        }
        self.crew.begin();
        loop {
            if self.stop.is_raised() {
                self.lay_down()?;
                stage.end.interrupted = true;
                break;
            }
            self.hand_out(&mut stage)?;
            let running = self.crew.in_progress().count();
            stage.end.standing.running = running;
            stage.end.standing.elsewhere = stage.held.len();
            observer(CampaignEvent::Standing(&stage.end.standing));
            if running == 0 && stage.open.is_empty() && stage.held.is_empty() {
                break;
            }
            if let Some(word) = self.crew.listen(POLL) {
                self.hear(word, &mut stage, observer)?;
            }
            if stage.looked.elapsed() >= LOOK_AGAIN {
                stage.looked = Instant::now();
                stage.open.append(&mut stage.held);
            }
        }
        stage.end.worker_seconds = self.crew.worked(started);
        Ok(stage.end)
    }

    /// Gives work to every worker that has none.
    fn hand_out(&mut self, stage: &mut Lists) -> anyhow::Result<()> {
        let mut waiting = VecDeque::new();
        for worker in 0..self.crew.len() {
            while self.crew.is_idle(worker) {
                let Some(task) = stage.open.pop_front() else {
                    break;
                };
                if task.takes_gpu() && self.crew.on_gpu() >= self.gpu_workers {
                    waiting.push_back(task);
                } else {
                    self.hand(task, worker, stage)?;
                }
            }
        }
        waiting.append(&mut stage.open);
        stage.open = waiting;
        Ok(())
    }

    /// Gives a task to a worker, unless it is made, has failed, or is claimed by another process,
    /// and those that are made as one with it.
    fn hand(&mut self, task: Task, worker: usize, stage: &mut Lists) -> anyhow::Result<()> {
        let Some(first) = self.take(task, stage)? else {
            return Ok(());
        };
        let most = first.task.together().min(stage.together);
        let mut together = VecDeque::from([first]);
        let mut others = VecDeque::new();
        while together.len() < most
            && let Some(task) = stage.open.pop_front()
        {
            if task.goes_with(&together[0].task) {
                together.extend(self.take(task, stage)?);
            } else {
                others.push_back(task);
            }
        }
        others.append(&mut stage.open);
        stage.open = others;
        self.crew.ask(worker, together)
    }

    /// Claims a task, unless it is made, has failed, or is claimed by another process.
    fn take(&mut self, task: Task, stage: &mut Lists) -> anyhow::Result<Option<Work>> {
        let key = task.key();
        if self.settle(&task, &key, stage)? {
            return Ok(None);
        }
        if let Some(model) = self.missing_model(&task)? {
            self.wait_or_give_up(task, &model, stage)?;
            return Ok(None);
        }
        self.check_dense_model(&task)?;
        let claim = self.claims.claim(&key).with_context(|| self.at_claims());
        let Some(claim) = claim? else {
            stage.held.push_back(task);
            return Ok(None);
        };
        // The process that had it before may have been done just now, and may have packed it.
        self.store.look_anew();
        self.archived.refresh(self.store.folder())?;
        if self.settle(&task, &key, stage)? {
            let finished = self.claims.finish(claim);
            finished.with_context(|| self.at_claims())?;
            return Ok(None);
        }
        Ok(Some(Work { task, key, claim }))
    }

    /// Keeps what a worker made, or that it failed.
    fn hear(
        &mut self,
        word: Word,
        stage: &mut Lists,
        observer: &mut dyn FnMut(CampaignEvent),
    ) -> anyhow::Result<()> {
        match word {
            Word::Answer(_, work, TaskResult::Done(done)) => {
                self.conclude(work, Ok(done), stage, observer)
            }
            Word::Answer(_, work, TaskResult::Failed(error)) => {
                self.conclude(work, Err(error), stage, observer)
            }
            Word::Answer(worker, work, TaskResult::Unable(error)) => {
                for work in self.crew.give_up(worker).into_iter().chain([work]) {
                    // The error that follows is the one to tell.
                    let _ = self.release(work);
                }
                Err(anyhow!(error))
            }
            Word::Death(left, status) => self.mourn(left, &status, stage, observer),
        }
    }

    /// What becomes of the tasks of a worker that died. One alone has failed; of several
    /// half as many at a time are tried again, because the system may have killed the worker for
    /// the memory that they took.
    fn mourn(
        &self,
        left: VecDeque<Work>,
        status: &str,
        stage: &mut Lists,
        observer: &mut dyn FnMut(CampaignEvent),
    ) -> anyhow::Result<()> {
        let tasks = left.len();
        // What ends the campaign may have ended the worker first.
        let stopped = self.stop.is_raised();
        if tasks > 1 && !stopped {
            stage.together = stage.together.min(tasks / 2);
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

    fn release(&self, work: Work) -> anyhow::Result<()> {
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
            provenance: Provenance::now(&self.machine, self.crew.len()),
        }
    }

    /// Ends all work at once; it is done when the campaign goes on.
    fn lay_down(&mut self) -> anyhow::Result<()> {
        let mut left = self.crew.dismiss().into_iter();
        left.try_for_each(|work| self.release(work))
    }
}
