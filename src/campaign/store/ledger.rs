//! What of a plan is made, failed, in progress and left.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::{Holder, Lookup, Store, StoreError};
use crate::campaign::plan::Plan;
use crate::campaign::task::Task;

/// The state of a store at one moment.
#[derive(Debug)]
pub struct Ledger<'a> {
    store: &'a Store,
    archived: HashSet<String>,
    failed: HashSet<String>,
    claimed: HashSet<String>,
    /// Whether failures and damaged records are to be made again.
    retrying: bool,
    /// Cached lookups: each reads a file.
    cache: RefCell<HashMap<String, Made>>,
    /// The first file that could not be read for now.
    unread: RefCell<Option<StoreError>>,
}

/// Numbers of tasks in each state; the last four add up to the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub all: usize,
    pub done: usize,
    pub running: usize,
    /// Including those with damaged records.
    pub failed: usize,
    pub left: usize,
}

/// The state of one task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Done,
    Running,
    /// It failed itself, or needs what failed.
    Failed,
    Left,
}

/// Whether there is a record that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    No,
    Yes,
    Damaged,
}

impl Store {
    /// Reads the current state, in which `holders` are at work.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn ledger(&self, holders: &[Holder]) -> Result<Ledger<'_>, StoreError> {
        Ok(Ledger {
            store: self,
            archived: self.archived()?.keys,
            failed: self.failed()?,
            claimed: self.claimed(holders)?,
            retrying: false,
            cache: RefCell::default(),
            unread: RefCell::default(),
        })
    }
}

impl Ledger<'_> {
    /// Counts the tasks in each state.
    ///
    /// # Errors
    /// When a file cannot be read for now.
    pub fn counts<'t, T: Task + 't>(
        &self,
        tasks: impl Iterator<Item = &'t T>,
    ) -> Result<Counts, StoreError> {
        self.checked(Counts::of(tasks.map(|task| self.of(task))))
    }

    /// `plan` without what no timed run needs any more.
    ///
    /// # Errors
    /// When a file cannot be read for now.
    pub fn needed<T: Task>(&self, plan: &Plan<T>) -> Result<Plan<T>, StoreError> {
        let needed = keys(&plan.only(|run| self.of(run) != State::Done));
        self.checked(plan.part(|task| is_run(task) || needed.contains(&task.key())))
    }

    /// `plan` without what is neither made nor needed by a timed run that is not made.
    ///
    /// # Errors
    /// When a file cannot be read for now.
    pub fn of_interest<T: Task>(&self, plan: &Plan<T>) -> Result<Plan<T>, StoreError> {
        let needed = keys(&self.needed(plan)?);
        let of_interest = |task: &T| needed.contains(&task.key()) || self.of(task) == State::Done;
        self.checked(plan.part(of_interest))
    }

    /// The timed runs of `plan` that are neither made nor failed, and what they still need.
    ///
    /// # Errors
    /// When a file cannot be read for now.
    pub fn remaining<T: Task>(&self, plan: &Plan<T>) -> Result<Plan<T>, StoreError> {
        let open = |task: &T| matches!(self.of(task), State::Left | State::Running);
        self.checked(plan.only(open).part(open))
    }

    /// The part of `plan` that is not made, whatever the reason.
    ///
    /// # Errors
    /// When a file cannot be read for now.
    pub fn unmade<T: Task>(&self, plan: &Plan<T>) -> Result<Plan<T>, StoreError> {
        self.checked(plan.part(|task| self.of(task) != State::Done))
    }

    /// The state as if nothing had failed or were damaged, including what cannot be used although its
    /// record counts.
    pub fn without_failures(self) -> Self {
        Self {
            failed: HashSet::new(),
            retrying: true,
            cache: RefCell::default(),
            ..self
        }
    }

    /// The keys of `plan` that failed themselves, or have a damaged record.
    ///
    /// # Errors
    /// When a file cannot be read for now.
    pub fn failed<T: Task>(&self, plan: &Plan<T>) -> Result<Vec<String>, StoreError> {
        let mut failed = Vec::new();
        for task in plan.tasks() {
            let key = task.key();
            if self.failed.contains(&key) || self.made(task, &key) == Made::Damaged {
                failed.push(key);
            }
        }
        self.checked(failed)
    }

    /// Returns `computed`, unless a file could not be read.
    fn checked<T>(&self, computed: T) -> Result<T, StoreError> {
        match self.unread.take() {
            None => Ok(computed),
            Some(error) => Err(error),
        }
    }

    fn made<T: Task>(&self, task: &T, key: &str) -> Made {
        if task.kind().archive.is_some() && self.archived.contains(key) {
            return Made::Yes;
        }
        self.cached(key, || {
            if self.retrying {
                task.usable(self.store)
            } else {
                Ok(self.store.lookup(task.kind(), key)?.without_record())
            }
        })
    }

    fn cached(&self, key: &str, lookup: impl Fn() -> Result<Lookup<()>, StoreError>) -> Made {
        if let Some(made) = self.cache.borrow().get(key) {
            return *made;
        }
        let made = match lookup() {
            Ok(Lookup::Absent) => Made::No,
            Ok(Lookup::Sound(())) => Made::Yes,
            Ok(Lookup::Damaged(_)) => Made::Damaged,
            Err(error) => {
                self.unread.borrow_mut().get_or_insert(error);
                return Made::No;
            }
        };
        self.cache.borrow_mut().insert(key.to_owned(), made);
        made
    }

    /// The state of a task.
    fn of<T: Task>(&self, task: &T) -> State {
        let key = task.key();
        let made = self.made(task, &key);
        let unusable = made == Made::Damaged || self.failed.contains(&key);
        let has_failed = |needed: &T| self.of(needed) == State::Failed;
        if made == Made::Yes {
            State::Done
        } else if unusable && !self.retrying {
            State::Failed
        } else if self.claimed.contains(&key) {
            State::Running
        } else if !self.retrying && task.needs().iter().any(has_failed) {
            State::Failed
        } else {
            State::Left
        }
    }
}

fn keys<T: Task>(plan: &Plan<T>) -> HashSet<String> {
    plan.tasks().iter().map(Task::key).collect()
}

fn is_run<T: Task>(task: &T) -> bool {
    T::STAGES[task.stage()].is_timed
}

impl Counts {
    fn of(states: impl Iterator<Item = State>) -> Self {
        let mut counts = Self::default();
        for state in states {
            counts.all += 1;
            match state {
                State::Done => counts.done += 1,
                State::Running => counts.running += 1,
                State::Failed => counts.failed += 1,
                State::Left => counts.left += 1,
            }
        }
        counts
    }
}
