//! A campaign: local workers on what a store still lacks.
//!
//! Stage by stage: dense models, pruned models, runs. A stage ends when all of it is there,
//! whoever made it, so that nothing is trained beside timed runs. One thread decides everything;
//! the work is done by the processes of [`super::worker`].

use std::collections::VecDeque;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};

use super::claim::{Claim, Claims};
use super::machine::{Machine, Provenance};
use super::record::Failure;
use super::store::{Store, StoreError};
use super::task::{Done, Task};
use super::worker::{Answer, TaskResult, Worker};
use crate::solver::StopFlag;

/// How often the stop flag is looked at.
const POLL: Duration = Duration::from_millis(50);
/// How often it is looked whether others are done with what they have in hand.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Workers on a store.
pub struct Campaign<'a> {
    store: &'a Store,
    claims: Claims,
    /// How a worker is started.
    command: &'a dyn Fn() -> Command,
    stop: StopFlag,
    machine: Machine,
    slots: Vec<Slot>,
    heard: Receiver<Heard>,
    speak: Sender<Heard>,
}

/// How far a stage has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    pub total: usize,
    /// Made, now or before.
    pub done: usize,
    /// Of these, made by this process.
    pub done_here: usize,
    pub failed: usize,
    /// In the hands of this process.
    pub running: usize,
    /// In the hands of others.
    pub elsewhere: usize,
}

/// How a stage ended.
#[derive(Debug, Clone, Default)]
pub struct StageEnd {
    pub standing: Standing,
    /// What failed, now or before.
    pub failures: Vec<Failure>,
    /// The stop flag was raised before all was done.
    pub interrupted: bool,
    /// Seconds of all workers from the start to their last answer.
    pub worker_seconds: f64,
    /// Of these, within training, pruning and search.
    pub busy_seconds: f64,
}

/// A place for one worker.
#[derive(Default)]
struct Slot {
    worker: Option<Worker>,
    /// Counts the workers of this place: what an earlier one says late is not the present one's.
    shift: u32,
    work: Option<Work>,
    last_answer: Option<Instant>,
}

struct Work {
    key: String,
    claim: Claim,
}

/// What a worker said, or that it ended.
struct Heard {
    slot: usize,
    shift: u32,
    answer: Option<Answer>,
}

/// The lists of one stage.
struct Stage {
    open: VecDeque<Task>,
    /// In the hands of others.
    held: VecDeque<Task>,
    looked: Instant,
    end: StageEnd,
}

impl<'a> Campaign<'a> {
    /// A campaign of `workers` workers, which are started when they are needed.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn new(
        store: &'a Store,
        workers: usize,
        command: &'a dyn Fn() -> Command,
        stop: StopFlag,
    ) -> Result<Self, StoreError> {
        let (speak, heard) = channel();
        Ok(Self {
            store,
            claims: store.begin_work(workers)?,
            command,
            stop,
            machine: Machine::this(),
            slots: (0..workers).map(|_| Slot::default()).collect(),
            heard,
            speak,
        })
    }

    /// Makes all of `tasks` that are not made. Failures are kept and do not stop it.
    ///
    /// # Errors
    /// When the store cannot be written, or a worker says that nothing can be done here.
    pub fn make(
        &mut self,
        tasks: Vec<Task>,
        observer: &mut dyn FnMut(&Standing),
    ) -> anyhow::Result<StageEnd> {
        let started = Instant::now();
        let mut stage = Stage {
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
        };
        for task in tasks {
            if !self.is_settled(&task, &task.key(), &mut stage)? {
                stage.open.push_back(task);
            }
        }
        for slot in &mut self.slots {
            slot.last_answer = None;
        }
        loop {
            if self.stop.is_raised() {
                self.lay_down()?;
                stage.end.interrupted = true;
                break;
            }
            self.hand_out(&mut stage)?;
            let running = self.slots.iter().filter(|slot| slot.work.is_some()).count();
            stage.end.standing.running = running;
            stage.end.standing.elsewhere = stage.held.len();
            observer(&stage.end.standing);
            if running == 0 && stage.open.is_empty() && stage.held.is_empty() {
                break;
            }
            match self.heard.recv_timeout(POLL) {
                Ok(heard) => self.hear(heard, &mut stage)?,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            if stage.looked.elapsed() >= LOOK_AGAIN {
                stage.looked = Instant::now();
                stage.open.append(&mut stage.held);
            }
        }
        let answered = self.slots.iter().filter_map(|slot| slot.last_answer);
        let worked = answered.map(|last| last.duration_since(started).as_secs_f64());
        stage.end.worker_seconds = worked.sum();
        Ok(stage.end)
    }

    /// Gives work to everybody who has none.
    fn hand_out(&mut self, stage: &mut Stage) -> anyhow::Result<()> {
        for index in 0..self.slots.len() {
            while self.slots[index].work.is_none() {
                let Some(task) = stage.open.pop_front() else {
                    return Ok(());
                };
                self.hand(task, index, stage)?;
            }
        }
        Ok(())
    }

    /// Gives a task to the worker of a slot, unless it is made, has failed, or is in other hands.
    fn hand(&mut self, task: Task, slot: usize, stage: &mut Stage) -> anyhow::Result<()> {
        let key = task.key();
        if self.is_settled(&task, &key, stage)? {
            return Ok(());
        }
        if let Some(missing) = self.missing_model(&task) {
            let error = format!("it needs model {missing}, which could not be made");
            stage.failed(self.failure(&key, error));
            return Ok(());
        }
        let claim = self.claims.claim(&key).with_context(|| self.at_claims());
        let Some(claim) = claim? else {
            stage.held.push_back(task);
            return Ok(());
        };
        // Whoever had it before may have been done just now.
        if self.is_settled(&task, &key, stage)? {
            return self.claims.finish(claim).with_context(|| self.at_claims());
        }
        self.start_worker(slot)?;
        let place = &mut self.slots[slot];
        if let Some(worker) = &mut place.worker {
            worker.ask(&task);
        }
        place.work = Some(Work { key, claim });
        Ok(())
    }

    /// Whether a task needs no work any more, and counts it if so.
    fn is_settled(&self, task: &Task, key: &str, stage: &mut Stage) -> anyhow::Result<bool> {
        let made = match task {
            Task::Model(_) => self.store.has_model(key),
            Task::Run(_) => self.store.has_run(key),
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

    fn start_worker(&mut self, slot: usize) -> anyhow::Result<()> {
        let place = &mut self.slots[slot];
        if place.worker.is_none() {
            place.shift += 1;
            let (shift, speak) = (place.shift, self.speak.clone());
            place.worker = Some(Worker::start((self.command)(), move |answer| {
                // Nobody hears any more when the campaign has ended.
                let _ = speak.send(Heard {
                    slot,
                    shift,
                    answer,
                });
            })?);
        }
        Ok(())
    }

    /// Keeps what a worker made, or that it failed.
    fn hear(&mut self, heard: Heard, stage: &mut Stage) -> anyhow::Result<()> {
        let place = &mut self.slots[heard.slot];
        if place.shift != heard.shift {
            return Ok(());
        }
        let ends = heard.answer.as_ref().is_none_or(|answer| answer.is_last);
        let ended = if ends {
            place.worker.take().map(Worker::end)
        } else {
            None
        };
        let Some(work) = place.work.take() else {
            return Ok(());
        };
        place.last_answer = Some(Instant::now());
        match heard.answer.map(|answer| answer.result) {
            Some(TaskResult::Done(done)) => {
                match &done {
                    Done::Model(record) => self.store.add_model(record)?,
                    Done::Run(record) => self.store.add_run(record)?,
                }
                stage.end.busy_seconds += done.seconds();
                stage.end.standing.done += 1;
                stage.end.standing.done_here += 1;
            }
            Some(TaskResult::Unable(error)) => {
                // The error that follows is the one to tell.
                let _ = self.claims.release(work.claim);
                return Err(anyhow!(error));
            }
            Some(TaskResult::Failed(error)) => {
                let failure = self.failure(&work.key, error);
                self.store.add_failure(&failure)?;
                stage.failed(failure);
            }
            None => {
                let how = ended.unwrap_or_default();
                let failure = self.failure(&work.key, format!("the worker died: {how}"));
                self.store.add_failure(&failure)?;
                stage.failed(failure);
            }
        }
        self.claims
            .finish(work.claim)
            .with_context(|| self.at_claims())
    }

    fn at_claims(&self) -> String {
        format!(
            "cannot change the claims in {}",
            self.store.folder().display()
        )
    }

    fn failure(&self, key: &str, error: String) -> Failure {
        Failure {
            key: key.to_owned(),
            error,
            provenance: Provenance::now(&self.machine, self.slots.len()),
        }
    }

    /// Ends all work at once; it is done when the campaign goes on.
    fn lay_down(&mut self) -> anyhow::Result<()> {
        for slot in &mut self.slots {
            slot.worker = None;
            if let Some(work) = slot.work.take() {
                let released = self.claims.release(work.claim);
                released.with_context(|| "cannot give up what was in hand")?;
            }
        }
        Ok(())
    }
}

impl Stage {
    fn failed(&mut self, failure: Failure) {
        self.end.standing.failed += 1;
        self.end.failures.push(failure);
    }
}

impl StageEnd {
    /// Share of the workers' time within training, pruning and search.
    pub fn busy_share(&self) -> Option<f64> {
        (self.worker_seconds > 0.0).then(|| self.busy_seconds / self.worker_seconds)
    }
}
