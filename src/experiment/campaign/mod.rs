//! A campaign: local workers on what a store still lacks.
//!
//! Stage by stage: dense models, pruned models, runs. A stage ends when all of it is there,
//! whoever made it, so that nothing is trained beside timed runs. One thread decides everything;
//! the work is done by processes of their own (`worker`), a `task` at a time.

mod crew;
mod models;
mod runs;
mod stage;
mod task;
mod worker;
mod workplace;

pub use stage::{CampaignEvent, StageEnd, Standing};
pub use task::Task;
pub use worker::serve;
pub use workplace::Workplace;

use std::collections::VecDeque;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, ensure};

use super::machine::{Machine, Provenance};
use super::record::Failure;
use super::store::{Claims, Contents, Store, StoreError};
use crate::solver::StopFlag;
use crew::{Crew, Word, Work};
use stage::Lists;
use task::Done;
use worker::TaskResult;

/// How often the stop flag is looked at.
const POLL: Duration = Duration::from_millis(50);
/// How often it is looked whether others are done with what they have in hand.
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
    /// Workers that may train on the graphics card at the same time.
    on_card: usize,
}

/// Who works in a campaign.
pub struct Workers<'a> {
    pub count: usize,
    /// Threads of each.
    pub threads: usize,
    /// Those that may train on the graphics card at the same time, at least one.
    pub on_card: usize,
    /// How one is started.
    pub command: &'a dyn Fn() -> Command,
}

impl<'a> Campaign<'a> {
    /// A campaign of workers that are started when they are needed.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn new(
        store: &'a Store,
        workers: &Workers<'a>,
        stop: StopFlag,
    ) -> Result<Self, StoreError> {
        let claims = store.begin_work(workers.count, workers.threads)?;
        Ok(Self {
            store,
            // Nobody packs the archive while others work.
            archived: store.archived()?,
            claims,
            stop,
            machine: Machine::this(),
            crew: Crew::new(workers.count, workers.command),
            on_card: workers.on_card,
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
            let running = self.crew.in_hand().count();
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

    /// Gives work to everybody who has none.
    fn hand_out(&mut self, stage: &mut Lists) -> anyhow::Result<()> {
        let mut waiting = VecDeque::new();
        for worker in 0..self.crew.len() {
            while self.crew.is_idle(worker) {
                let Some(task) = stage.open.pop_front() else {
                    break;
                };
                if task.takes_card() && self.crew.on_card() >= self.on_card {
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

    /// Gives a task to a worker, unless it is made, has failed, or is in other hands,
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

    /// Claims a task, unless it is made, has failed, or is in other hands.
    fn take(&mut self, task: Task, stage: &mut Lists) -> anyhow::Result<Option<Work>> {
        let key = task.key();
        if self.settle(&task, &key, stage)? {
            return Ok(None);
        }
        if let Some(missing) = self.missing_model(&task) {
            self.wait_or_give_up(task, &missing, stage)?;
            return Ok(None);
        }
        self.check_dense_model(&task)?;
        let claim = self.claims.claim(&key).with_context(|| self.at_claims());
        let Some(claim) = claim? else {
            stage.held.push_back(task);
            return Ok(None);
        };
        // Whoever had it before may have been done just now.
        self.store.look_anew();
        if self.settle(&task, &key, stage)? {
            let finished = self.claims.finish(claim);
            finished.with_context(|| self.at_claims())?;
            return Ok(None);
        }
        Ok(Some(Work { task, key, claim }))
    }

    /// What becomes of a task whose model is not there: it waits for whoever makes the model.
    fn wait_or_give_up(&self, task: Task, missing: &str, stage: &mut Lists) -> anyhow::Result<()> {
        if let Some(failure) = self.store.failure(missing)? {
            let error = format!("its model failed: {}", failure.error);
            stage.failed(self.failure(task.key(), task.to_string(), error));
            return Ok(());
        }
        let held = self.claims.is_held(missing);
        if held.with_context(|| self.at_claims())? {
            stage.held.push_back(task);
            return Ok(());
        }
        // It may have been made between the two looks.
        self.store.look_anew();
        if self.store.has_model(missing) {
            stage.open.push_back(task);
        } else {
            stage.end.standing.unready += 1;
        }
        Ok(())
    }

    /// The dense model must be that of the archived runs, or new runs could not be compared with
    /// them: an archive comes without models, and another processor trains other bits.
    fn check_dense_model(&self, task: &Task) -> anyhow::Result<()> {
        let dense = match task {
            Task::Model(model) => &model.dense,
            Task::Run(run) => &run.dense,
        };
        let key = dense.model().key();
        let Some(archived) = self.archived.dense.get(&key) else {
            return Ok(());
        };
        let made = self.store.model(&key)?;
        ensure!(
            made.is_none_or(|made| made.facts.sha256 == *archived),
            "{dense}: the model that was made here is not that of the archived runs, with which new runs could not be compared (another kind of processor rounds otherwise, another version may do other things); make the whole experiment in a new folder of results"
        );
        Ok(())
    }

    /// Counts a task that needs no work any more; whether it is one.
    fn settle(&self, task: &Task, key: &str, stage: &mut Lists) -> anyhow::Result<bool> {
        let made = match task {
            Task::Model(_) => self.store.has_model(key),
            Task::Run(_) => self.archived.runs.contains(key) || self.store.has_run(key),
        };
        if made {
            stage.end.standing.done += 1;
            return Ok(true);
        }
        let failure = self.store.failure(key)?;
        Ok(failure.map(|failure| stage.failed(failure)).is_some())
    }

    /// A model that a task needs and the store does not have.
    fn missing_model(&self, task: &Task) -> Option<String> {
        let needed = match task {
            Task::Model(model) => vec![model.parent()],
            Task::Run(run) => vec![Some(run.dense_model()), run.surrogate_model()],
        };
        let mut keys = needed.into_iter().flatten().map(|model| model.key());
        keys.find(|key| !self.store.has_model(key))
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

    /// What becomes of the tasks that a dead worker had in hand. One alone has failed; of several
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

    /// Keeps what was made, or why not, and gives up the claim.
    fn conclude(
        &self,
        work: Work,
        result: Result<Done, String>,
        stage: &mut Lists,
        observer: &mut dyn FnMut(CampaignEvent),
    ) -> anyhow::Result<()> {
        let holds = self.claims.holds(&work.claim);
        if !holds.with_context(|| self.at_claims())? {
            // Somebody else makes it, and only one record is kept.
            stage.held.push_back(work.task);
            return Ok(());
        }
        match result {
            Ok(done) => {
                self.keep(&done)?;
                stage.end.busy_seconds += done.seconds();
                stage.end.standing.done += 1;
                stage.end.standing.done_here += 1;
            }
            Err(error) => {
                let failure = self.failure(work.key, work.task.to_string(), error);
                self.store.add_failure(&failure)?;
                observer(CampaignEvent::Failed(&failure));
                stage.failed(failure);
            }
        }
        let finished = self.claims.finish(work.claim);
        finished.with_context(|| self.at_claims())
    }

    fn release(&self, work: Work) -> anyhow::Result<()> {
        let released = self.claims.release(work.claim);
        released.with_context(|| self.at_claims())
    }

    fn keep(&self, done: &Done) -> Result<(), StoreError> {
        match done {
            Done::Model(record, file) => self.store.add_model(record, file),
            Done::Run(record) => self.store.add_run(record),
        }
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
