//! What is made, failed, in hand and left of a plan.

use std::collections::HashSet;

use serde::Serialize;

use super::{Holder, Store, StoreError};
use crate::experiment::grid::Plan;
use crate::experiment::settings::{ModelSettings, RunSettings};

/// The state of a store at one moment.
#[derive(Debug)]
pub struct Ledger<'a> {
    store: &'a Store,
    archived: HashSet<String>,
    failed: HashSet<String>,
    in_hand: HashSet<String>,
}

/// How many of them are in which state; the last four add up to the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub all: usize,
    pub done: usize,
    pub running: usize,
    pub failed: usize,
    pub left: usize,
}

/// The state of one model or run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Done,
    Running,
    /// Itself, or a model that it needs.
    Failed,
    Left,
}

impl Store {
    /// The state now, with what `holders` have in hand.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn ledger(&self, holders: &[Holder]) -> Result<Ledger<'_>, StoreError> {
        Ok(Ledger {
            store: self,
            archived: self.archived()?.runs,
            failed: self.failed()?,
            in_hand: self.in_hand(holders)?,
        })
    }
}

impl Ledger<'_> {
    /// How many models are in which state.
    pub fn models(&self, models: &[ModelSettings]) -> Counts {
        Counts::of(models.iter().map(|model| self.model(model)))
    }

    /// How many runs are in which state.
    pub fn runs(&self, runs: &[RunSettings]) -> Counts {
        Counts::of(runs.iter().map(|run| self.run(run)))
    }

    /// A plan without the models that no run needs any more.
    pub fn needed(&self, plan: &Plan) -> Plan {
        let needed = plan.only(|run| self.run(run) != State::Done);
        Plan {
            runs: plan.runs.clone(),
            ..needed
        }
    }

    /// A plan without the models that are neither made nor needed by a run that is not made.
    pub fn of_interest(&self, plan: &Plan) -> Plan {
        let needed = self.needed(plan);
        let needed = needed.dense.iter().chain(&needed.pruned);
        let needed: HashSet<String> = needed.map(ModelSettings::key).collect();
        let of_interest = |model: &ModelSettings| {
            needed.contains(&model.key()) || self.model(model) == State::Done
        };
        plan.part(of_interest, |_| true)
    }

    /// The runs of a plan that are neither made nor failed, and the models that they still need.
    pub fn remaining(&self, plan: &Plan) -> Plan {
        let open = |state| matches!(state, State::Left | State::Running);
        let plan = plan.only(|run| open(self.run(run)));
        plan.part(|model| open(self.model(model)), |_| true)
    }

    /// What of a plan is not made, whatever became of it.
    pub fn unmade(&self, plan: &Plan) -> Plan {
        plan.part(
            |model| self.model(model) != State::Done,
            |run| self.run(run) != State::Done,
        )
    }

    /// As if nothing had failed.
    pub fn without_failures(self) -> Self {
        Self {
            failed: HashSet::new(),
            ..self
        }
    }

    /// What of a plan failed by itself.
    pub fn failed(&self, plan: &Plan) -> Vec<String> {
        let models = plan
            .dense
            .iter()
            .chain(&plan.pruned)
            .map(ModelSettings::key);
        let keys = models.chain(plan.runs.iter().map(RunSettings::key));
        keys.filter(|key| self.failed.contains(key)).collect()
    }

    fn model(&self, model: &ModelSettings) -> State {
        let key = model.key();
        let made = self.store.has_model(&key);
        self.state(&key, made, model.parent().iter())
    }

    fn run(&self, run: &RunSettings) -> State {
        let key = run.key();
        let made = self.archived.contains(&key) || self.store.has_run(&key);
        let needed = [Some(run.dense_model()), run.surrogate_model()];
        self.state(&key, made, needed.iter().flatten())
    }

    fn state<'m>(
        &self,
        key: &str,
        made: bool,
        mut needed: impl Iterator<Item = &'m ModelSettings>,
    ) -> State {
        if made {
            State::Done
        } else if self.failed.contains(key) {
            State::Failed
        } else if self.in_hand.contains(key) {
            State::Running
        } else if !self.failed.is_empty() && needed.any(|model| self.model(model) == State::Failed)
        {
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
