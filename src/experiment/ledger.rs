//! What is made, failed, in hand and left of a plan.

use std::collections::HashSet;

use serde::Serialize;

use super::lease::Holder;
use super::plan::Plan;
use super::settings::{ModelSettings, RunSettings};
use super::store::{Store, StoreError};

/// The state of a store at one moment.
#[derive(Debug)]
pub struct Ledger<'a> {
    store: &'a Store,
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

impl Store {
    /// The state now, with what `holders` have in hand.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn ledger(&self, holders: &[Holder]) -> Result<Ledger<'_>, StoreError> {
        Ok(Ledger {
            store: self,
            failed: self.failed()?,
            in_hand: self.in_hand(holders)?,
        })
    }
}

impl Ledger<'_> {
    pub fn models(&self, models: &[ModelSettings]) -> Counts {
        let keys = models.iter().map(ModelSettings::key);
        self.count(keys, |key| self.store.has_model(key))
    }

    pub fn runs(&self, runs: &[RunSettings]) -> Counts {
        let keys = runs.iter().map(RunSettings::key);
        self.count(keys, |key| self.store.has_run(key))
    }

    /// The runs of a plan that are neither made nor failed, and the models that they still need.
    pub fn remaining(&self, plan: &Plan) -> Plan {
        let open = plan.only(|run| {
            let key = run.key();
            !self.store.has_run(&key) && !self.failed.contains(&key)
        });
        let model = |model: &&ModelSettings| {
            let key = model.key();
            !self.store.has_model(&key) && !self.failed.contains(&key)
        };
        Plan {
            dense: open.dense.iter().filter(model).cloned().collect(),
            pruned: open.pruned.iter().filter(model).cloned().collect(),
            runs: open.runs,
        }
    }

    fn count(&self, keys: impl Iterator<Item = String>, made: impl Fn(&str) -> bool) -> Counts {
        let mut counts = Counts::default();
        for key in keys {
            counts.all += 1;
            if made(&key) {
                counts.done += 1;
            } else if self.failed.contains(&key) {
                counts.failed += 1;
            } else if self.in_hand.contains(&key) {
                counts.running += 1;
            } else {
                counts.left += 1;
            }
        }
        counts
    }
}
