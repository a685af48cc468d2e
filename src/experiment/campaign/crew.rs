//! The workers of a campaign: which task each is making, and what they answer.

use std::collections::VecDeque;
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::task::Task;
use super::worker::{Answer, TaskResult, Worker};
use crate::experiment::store::Claim;

/// A task that a worker is making.
pub(super) struct Work {
    pub task: Task,
    pub key: String,
    pub claim: Claim,
}

/// The result of work.
pub(super) enum Word {
    /// Of one task, and from which worker.
    Answer(usize, Work, TaskResult),
    /// The worker died, by which status, while it was making these.
    Death(VecDeque<Work>, String),
}

/// Places for workers, which are started when they are needed.
pub(super) struct Crew<'a> {
    /// How a worker is started.
    command: &'a dyn Fn() -> Command,
    slots: Vec<Slot>,
    heard: Receiver<Heard>,
    speak: Sender<Heard>,
}

/// A place for one worker.
#[derive(Default)]
struct Slot {
    worker: Option<Worker>,
    /// Counts the workers of this place: what an earlier one says late is not the present one's.
    shift: u32,
    /// What it was asked for and has not answered, in this order.
    work: VecDeque<Work>,
    last_answer: Option<Instant>,
}

/// What a worker said, or that it ended.
struct Heard {
    slot: usize,
    shift: u32,
    answer: Option<Answer>,
}

impl<'a> Crew<'a> {
    pub fn new(workers: usize, command: &'a dyn Fn() -> Command) -> Self {
        let (speak, heard) = channel();
        Self {
            command,
            slots: (0..workers).map(|_| Slot::default()).collect(),
            heard,
            speak,
        }
    }

    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn is_idle(&self, worker: usize) -> bool {
        self.slots[worker].work.is_empty()
    }

    /// All tasks that workers are making.
    pub fn in_progress(&self) -> impl Iterator<Item = &Task> {
        let work = self.slots.iter().flat_map(|slot| &slot.work);
        work.map(|work| &work.task)
    }

    /// How many workers work on the GPU.
    pub fn on_gpu(&self) -> usize {
        let first = self.slots.iter().filter_map(|slot| slot.work.front());
        first.filter(|work| work.task.takes_gpu()).count()
    }

    /// Lets a worker make tasks as one.
    ///
    /// # Errors
    /// When no process can be started.
    pub fn ask(&mut self, worker: usize, work: VecDeque<Work>) -> anyhow::Result<()> {
        let place = &mut self.slots[worker];
        if place.worker.is_none() {
            place.shift += 1;
            let (slot, shift, speak) = (worker, place.shift, self.speak.clone());
            place.worker = Some(Worker::start((self.command)(), move |answer| {
                // The campaign may have ended.
                let _ = speak.send(Heard {
                    slot,
                    shift,
                    answer,
                });
            })?);
        }
        if let Some(worker) = &mut place.worker {
            let tasks: Vec<&Task> = work.iter().map(|work| &work.task).collect();
            worker.ask(&tasks);
        }
        place.work = work;
        Ok(())
    }

    /// What the next worker says about its work, if one does in this time.
    pub fn listen(&mut self, patience: Duration) -> Option<Word> {
        let heard = self.heard.recv_timeout(patience).ok()?;
        let place = &mut self.slots[heard.slot];
        if place.shift != heard.shift {
            return None;
        }
        let ends = heard.answer.as_ref().is_none_or(|answer| answer.is_last);
        let ended = ends.then(|| place.worker.take().map(Worker::end)).flatten();
        if !place.work.is_empty() {
            place.last_answer = Some(Instant::now());
        }
        match heard.answer {
            Some(answer) => {
                let work = place.work.pop_front()?;
                Some(Word::Answer(heard.slot, work, answer.result))
            }
            None => {
                let left = std::mem::take(&mut place.work);
                Some(Word::Death(left, ended.unwrap_or_default()))
            }
        }
    }

    /// What a worker was asked for and will not answer any more.
    pub fn give_up(&mut self, worker: usize) -> VecDeque<Work> {
        std::mem::take(&mut self.slots[worker].work)
    }

    /// Ends all workers at once; what they were making.
    pub fn dismiss(&mut self) -> Vec<Work> {
        let slots = self.slots.iter_mut();
        slots
            .flat_map(|slot| {
                slot.worker = None;
                std::mem::take(&mut slot.work)
            })
            .collect()
    }

    /// Begins to count [`Crew::worked`] anew.
    pub fn begin(&mut self) {
        for slot in &mut self.slots {
            slot.last_answer = None;
        }
    }

    /// Seconds of all workers from `started` to their last answer.
    pub fn worked(&self, started: Instant) -> f64 {
        let answered = self.slots.iter().filter_map(|slot| slot.last_answer);
        answered
            .map(|last| last.duration_since(started).as_secs_f64())
            .sum()
    }
}
