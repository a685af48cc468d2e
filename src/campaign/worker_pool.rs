//! The workers of a campaign: the tasks that each is making, and their answers.

use std::collections::VecDeque;
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::store::Claim;
use super::task::Task;
use super::worker::{Answer, TaskResult, Worker};

/// A task that a worker is making.
pub(super) struct Work<T> {
    pub task: T,
    pub key: String,
    pub claim: Claim,
}

/// An event from a worker.
pub(super) enum WorkerEvent<T: Task> {
    /// The result of one task, with the worker's index.
    Answer(usize, Work<T>, TaskResult<T::Done>),
    /// The worker died with this status while it was making these tasks.
    Died(VecDeque<Work<T>>, String),
}

/// Slots for workers, which are started when they are needed.
pub(super) struct WorkerPool<'a, T: Task> {
    /// Returns the command that starts a worker.
    command: &'a dyn Fn() -> Command,
    slots: Vec<Slot<T>>,
    messages: Receiver<Message<T::Done>>,
    sender: Sender<Message<T::Done>>,
}

/// A slot for one worker.
struct Slot<T> {
    worker: Option<Worker>,
    /// Counts the workers of this slot, to ignore late messages of an earlier one.
    generation: u32,
    /// The tasks that the worker has not answered yet, in order.
    work: VecDeque<Work<T>>,
    last_answer: Option<Instant>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self {
            worker: None,
            generation: 0,
            work: VecDeque::new(),
            last_answer: None,
        }
    }
}

/// An answer of a worker; `None` if it has ended.
struct Message<D> {
    slot: usize,
    generation: u32,
    answer: Option<Answer<D>>,
}

impl<'a, T: Task> WorkerPool<'a, T>
where
    T::Done: Send + 'static,
{
    pub fn new(workers: usize, command: &'a dyn Fn() -> Command) -> Self {
        let (sender, messages) = channel();
        Self {
            command,
            slots: (0..workers).map(|_| Slot::default()).collect(),
            messages,
            sender,
        }
    }

    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn is_idle(&self, worker: usize) -> bool {
        self.slots[worker].work.is_empty()
    }

    /// All tasks that workers are making.
    pub fn in_progress(&self) -> impl Iterator<Item = &T> {
        let work = self.slots.iter().flat_map(|slot| &slot.work);
        work.map(|work| &work.task)
    }

    /// Number of workers that use the GPU.
    pub fn on_gpu(&self) -> usize {
        let first = self.slots.iter().filter_map(|slot| slot.work.front());
        first.filter(|work| work.task.takes_gpu()).count()
    }

    /// Assigns tasks to `worker`, which makes them together.
    ///
    /// # Errors
    /// When no process can be started.
    pub fn assign(&mut self, worker: usize, work: VecDeque<Work<T>>) -> anyhow::Result<()> {
        let place = &mut self.slots[worker];
        if place.worker.is_none() {
            place.generation += 1;
            let (slot, generation, sender) = (worker, place.generation, self.sender.clone());
            place.worker = Some(Worker::start((self.command)(), move |answer| {
                // The campaign may have ended.
                let _ = sender.send(Message {
                    slot,
                    generation,
                    answer,
                });
            })?);
        }
        if let Some(worker) = &mut place.worker {
            let tasks: Vec<&T> = work.iter().map(|work| &work.task).collect();
            worker.send(&tasks);
        }
        place.work = work;
        Ok(())
    }

    /// Waits up to `timeout` for the next event of a worker.
    pub fn next_event(&mut self, timeout: Duration) -> Option<WorkerEvent<T>> {
        let message = self.messages.recv_timeout(timeout).ok()?;
        let place = &mut self.slots[message.slot];
        if place.generation != message.generation {
            return None;
        }
        let ends = message.answer.as_ref().is_none_or(|answer| answer.is_last);
        let ended = ends.then(|| place.worker.take().map(Worker::end)).flatten();
        if !place.work.is_empty() {
            place.last_answer = Some(Instant::now());
        }
        match message.answer {
            Some(answer) => {
                let work = place.work.pop_front()?;
                Some(WorkerEvent::Answer(message.slot, work, answer.result))
            }
            None => {
                let left = std::mem::take(&mut place.work);
                Some(WorkerEvent::Died(left, ended.unwrap_or_default()))
            }
        }
    }

    /// Takes the tasks that `worker` will not answer any more.
    pub fn take_unanswered(&mut self, worker: usize) -> VecDeque<Work<T>> {
        std::mem::take(&mut self.slots[worker].work)
    }

    /// Kills all workers at once and returns the tasks that they were making.
    pub fn kill_all(&mut self) -> Vec<Work<T>> {
        let slots = self.slots.iter_mut();
        slots
            .flat_map(|slot| {
                slot.worker = None;
                std::mem::take(&mut slot.work)
            })
            .collect()
    }

    /// Resets [`WorkerPool::worked_seconds`].
    pub fn reset_worked(&mut self) {
        for slot in &mut self.slots {
            slot.last_answer = None;
        }
    }

    /// Wall seconds summed over the workers, from `started` to the last answer of each.
    pub fn worked_seconds(&self, started: Instant) -> f64 {
        let answered = self.slots.iter().filter_map(|slot| slot.last_answer);
        answered
            .map(|last| last.duration_since(started).as_secs_f64())
            .sum()
    }
}
