//! Progress and result of a stage.

use std::collections::VecDeque;
use std::time::Instant;

use super::record::Failure;

/// Progress of a stage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StageProgress {
    pub total: usize,
    /// Made, by this process or before.
    pub done: usize,
    /// Of these, made by this process.
    pub done_here: usize,
    pub failed: usize,
    /// Given up for now: what they need is not made, and no process is making it.
    pub unready: usize,
    /// In progress in this process.
    pub running: usize,
    /// Claimed by other processes.
    pub elsewhere: usize,
}

impl StageProgress {
    /// Number of tasks that need no more work here.
    pub fn settled(&self) -> usize {
        self.done + self.failed + self.unready
    }
}

/// The result of a stage.
#[derive(Debug, Clone, Default)]
pub struct StageEnd {
    pub progress: StageProgress,
    /// All failures, now or before.
    pub failures: Vec<Failure>,
    /// The stop flag was raised before all was done.
    pub interrupted: bool,
    /// Wall seconds summed over the workers, from the start to the last answer of each.
    pub worker_seconds: f64,
    /// Of these, seconds within the work itself.
    pub busy_seconds: f64,
}

/// What the observer of a campaign receives.
#[derive(Debug)]
pub enum CampaignEvent<'e> {
    Progress(&'e StageProgress),
    /// A task has just failed.
    Failed(&'e Failure),
    /// A worker died with this status while it was making several tasks, which will be retried.
    TooMany {
        tasks: usize,
        status: &'e str,
    },
}

/// The task queues of one stage.
pub(super) struct TaskQueues<T> {
    pub open: VecDeque<T>,
    /// Claimed by other processes.
    pub held: VecDeque<T>,
    pub last_check: Instant,
    /// Maximum number of tasks that are made together.
    pub group_limit: usize,
    pub end: StageEnd,
}

impl<T> TaskQueues<T> {
    pub fn failed(&mut self, failure: Failure) {
        self.end.progress.failed += 1;
        self.end.failures.push(failure);
    }
}
