//! How far a stage has come, and how it ended.

use std::collections::VecDeque;
use std::time::Instant;

use super::task::Task;
use crate::experiment::record::Failure;

/// How far a stage has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    pub total: usize,
    /// Made, now or before.
    pub done: usize,
    /// Of these, made by this process.
    pub done_here: usize,
    pub failed: usize,
    /// Given up for now: no process has made the models or is making them.
    pub unready: usize,
    /// Under way in this process.
    pub running: usize,
    /// Claimed by other processes.
    pub elsewhere: usize,
}

impl Standing {
    /// How many need nothing more here.
    pub fn settled(&self) -> usize {
        self.done + self.failed + self.unready
    }
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

/// What an observer of a campaign is told.
#[derive(Debug)]
pub enum CampaignEvent<'e> {
    Standing(&'e Standing),
    /// A piece of work has just failed.
    Failed(&'e Failure),
    /// A worker died, by this status, while it was making several tasks, which are tried again.
    TooMany {
        tasks: usize,
        status: &'e str,
    },
}

/// The lists of one stage.
pub(super) struct Lists {
    pub open: VecDeque<Task>,
    /// Claimed by other processes.
    pub held: VecDeque<Task>,
    pub looked: Instant,
    /// How many tasks are made as one at the most.
    pub together: usize,
    pub end: StageEnd,
}

impl Lists {
    pub fn failed(&mut self, failure: Failure) {
        self.end.standing.failed += 1;
        self.end.failures.push(failure);
    }
}
