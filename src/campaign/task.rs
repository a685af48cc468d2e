//! Tasks, and what comes of them.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::record::Kind;
use super::store::{Lookup, Store, StoreError};

/// A unit of work of a study, which leaves one record; its text names it in messages.
pub trait Task: Clone + fmt::Debug + fmt::Display + Serialize + DeserializeOwned {
    type Done: Done + Send + 'static;

    /// The stages in order. A stage starts when all before it have ended.
    const STAGES: &'static [Stage];

    /// A hash of everything that determines the task.
    fn key(&self) -> String;

    /// Index of its stage in [`Task::STAGES`].
    fn stage(&self) -> usize;

    /// The kind of its record.
    fn kind(&self) -> &'static Kind;

    /// The tasks, of earlier stages, whose records it needs.
    fn needs(&self) -> Vec<Self>;

    /// Whether what it left can be used, which may be more than that its record counts.
    ///
    /// # Errors
    /// When a file cannot be read for now.
    fn usable(&self, store: &Store) -> Result<Lookup<()>, StoreError> {
        Ok(store.lookup(self.kind(), &self.key())?.without_record())
    }

    /// The longest that it should take, and the threads that it uses.
    fn at_worst(&self) -> Duration;
    fn threads(&self) -> u32 {
        1
    }

    /// Whether it is done on a GPU.
    fn takes_gpu(&self) -> bool {
        false
    }

    /// Whether both tasks can be done together.
    fn goes_with(&self, _other: &Self) -> bool {
        false
    }

    /// Maximum number of such tasks that are done together.
    fn group_size(&self) -> usize {
        1
    }
}

/// A stage of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// Its name, also in the names of files.
    pub name: &'static str,
    /// Its tasks, in the plural.
    pub tasks: &'static str,
    /// Whether its tasks are timed runs; the tasks of other stages make what these need.
    pub is_timed: bool,
}

/// What a worker made of a task.
pub trait Done: Serialize + DeserializeOwned {
    /// The key of the task.
    fn key(&self) -> &str;

    /// Seconds within the work itself; the rest of the time is overhead.
    fn seconds(&self) -> f64;

    /// Stores the record; returns whether it did: an existing record is kept.
    ///
    /// # Errors
    /// When a file cannot be written.
    fn keep(&self, store: &Store) -> Result<bool, StoreError>;
}

/// Does tasks in a worker process.
pub trait Workplace {
    type Task: Task;

    /// Does tasks that go together, and returns their results in order. The caller stores the records. If nothing can
    /// be done here, the last result says so.
    fn work(
        &mut self,
        tasks: Vec<Self::Task>,
    ) -> Vec<Result<<Self::Task as Task>::Done, TaskError>>;

    /// Whether something that ignored its interrupt may still be running in this process, and would slow what follows.
    fn is_spent(&self) -> bool {
        false
    }
}

/// Why a task was not done.
#[derive(Debug)]
pub enum TaskError {
    /// This task cannot be done, others can.
    Failed(anyhow::Error),
    /// Nothing can be done here: the disk is full, or data are missing.
    Unable(anyhow::Error),
}

impl TaskError {
    /// This task cannot be done.
    pub fn failed(error: impl Into<anyhow::Error>) -> Self {
        Self::Failed(error.into())
    }

    /// Nothing can be done here.
    pub fn unable(error: impl Into<anyhow::Error>) -> Self {
        Self::Unable(error.into())
    }
}
