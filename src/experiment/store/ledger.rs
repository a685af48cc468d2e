//! What of a plan is made, failed, in progress and left.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::{Holder, Lookup, Store, StoreError};
use crate::experiment::grid::Plan;
use crate::experiment::settings::RunSettings;
use crate::recipe::Recipe;

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

/// Numbers of models or runs in each state; the last four add up to the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub all: usize,
    pub done: usize,
    pub running: usize,
    /// Including those with damaged records.
    pub failed: usize,
    pub left: usize,
}

/// The state of one model or run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Done,
    Running,
    /// It failed itself, or needs a model that failed.
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
            archived: self.archived()?.runs,
            failed: self.failed()?,
            claimed: self.claimed(holders)?,
            retrying: false,
            cache: RefCell::default(),
            unread: RefCell::default(),
        })
    }
}

impl Ledger<'_> {
    /// Counts the models in each state.
    ///
    /// # Errors
    /// When a file cannot be read for now.
    pub fn models(&self, models: &[Recipe]) -> Result<Counts, StoreError> {
        self.checked(Counts::of(models.iter().map(|model| self.model(model))))
    }

    /// Counts the runs in each state.
    ///
    /// # Errors
    /// When a file cannot be read for now.
    pub fn runs(&self, runs: &[RunSettings]) -> Result<Counts, StoreError> {
        self.checked(Counts::of(runs.iter().map(|run| self.run(run))))
    }

    /// `plan` without the models that no run needs any more.
    ///
    /// # Errors
    /// When a file cannot be read for now.
    pub fn needed(&self, plan: &Plan) -> Result<Plan, StoreError> {
        let needed = plan.only(|run| self.run(run) != State::Done);
        self.checked(Plan {
            runs: plan.runs.clone(),
            ..needed
        })
    }

    /// `plan` without the models that are neither made nor needed by a run that is not made.
    ///
    /// # Errors
    /// When a file cannot be read for now.
    pub fn of_interest(&self, plan: &Plan) -> Result<Plan, StoreError> {
        let needed = self.needed(plan)?;
        let needed = needed.dense.iter().chain(&needed.pruned);
        let needed: HashSet<String> = needed.map(Recipe::key).collect();
        let of_interest =
            |model: &Recipe| needed.contains(&model.key()) || self.model(model) == State::Done;
        self.checked(plan.part(of_interest, |_| true))
    }

    /// The runs of `plan` that are neither made nor failed, and the models that they still need.
    ///
    /// # Errors
    /// When a file cannot be read for now.
    pub fn remaining(&self, plan: &Plan) -> Result<Plan, StoreError> {
        let open = |state| matches!(state, State::Left | State::Running);
        let plan = plan.only(|run| open(self.run(run)));
        self.checked(plan.part(|model| open(self.model(model)), |_| true))
    }

    /// The part of `plan` that is not made, whatever the reason.
    ///
    /// # Errors
    /// When a file cannot be read for now.
    pub fn unmade(&self, plan: &Plan) -> Result<Plan, StoreError> {
        self.checked(plan.part(
            |model| self.model(model) != State::Done,
            |run| self.run(run) != State::Done,
        ))
    }

    /// The state as if nothing had failed or were damaged, including models whose files do not
    /// match their records.
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
    pub fn failed(&self, plan: &Plan) -> Result<Vec<String>, StoreError> {
        let mut failed = Vec::new();
        for model in plan.dense.iter().chain(&plan.pruned) {
            let key = model.key();
            if self.failed.contains(&key) || self.model_made(model, &key) == Made::Damaged {
                failed.push(key);
            }
        }
        for run in &plan.runs {
            let key = run.key();
            if self.failed.contains(&key) || self.run_made(&key) == Made::Damaged {
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

    fn model(&self, model: &Recipe) -> State {
        let key = model.key();
        let made = self.model_made(model, &key);
        self.state(&key, made, model.parent().iter())
    }

    fn run(&self, run: &RunSettings) -> State {
        let key = run.key();
        let made = self.run_made(&key);
        let needed = [Some(run.dense_model()), run.surrogate_model()];
        self.state(&key, made, needed.iter().flatten())
    }

    fn model_made(&self, model: &Recipe, key: &str) -> Made {
        self.cached(key, || {
            if self.retrying {
                self.store.usable_model(model)
            } else {
                Ok(self.store.model(key)?.without_record())
            }
        })
    }

    fn run_made(&self, key: &str) -> Made {
        if self.archived.contains(key) {
            return Made::Yes;
        }
        self.cached(key, || Ok(self.store.run(key)?.without_record()))
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

    fn state<'m>(
        &self,
        key: &str,
        made: Made,
        mut needed: impl Iterator<Item = &'m Recipe>,
    ) -> State {
        let failed = |model: &Recipe| self.model(model) == State::Failed;
        let unusable = made == Made::Damaged || self.failed.contains(key);
        if made == Made::Yes {
            State::Done
        } else if unusable && !self.retrying {
            State::Failed
        } else if self.claimed.contains(key) {
            State::Running
        } else if !self.retrying && needed.any(failed) {
            State::Failed
        } else {
            State::Left
        }
    }
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
