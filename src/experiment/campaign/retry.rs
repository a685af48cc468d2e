//! Makes failed and damaged work open again.

use anyhow::Context;

use super::Campaign;
use crate::experiment::grid::Plan;
use crate::experiment::settings::RunSettings;
use crate::experiment::store::{Damage, Remedy, StoreError};

/// Where damaged records are searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Among those of the plan: other processes handle the others.
    Plan,
    /// In the whole store, planned or not.
    Store,
}

impl Campaign<'_> {
    /// Deletes the failures of a plan, and sets aside its unusable models and damaged records, so
    /// that all of them are made again.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn retry(&self, plan: &Plan, scope: Scope) -> anyhow::Result<()> {
        for key in self.store.ledger(&[])?.failed(plan)? {
            self.store.forget_failure(&key)?;
        }
        for model in plan.dense.iter().chain(&plan.pruned) {
            let unusable = || Ok(self.store.usable_model(model)?.damage().is_some());
            self.set_aside(&model.key(), &unusable)?;
        }
        let keys: Vec<String> = match scope {
            Scope::Plan => plan.runs.iter().map(RunSettings::key).collect(),
            Scope::Store => {
                let damaged = self.store.damage()?.into_iter();
                let damaged = damaged.filter(|damage| damage.remedy == Remedy::Retry);
                damaged.filter_map(|Damage { key, .. }| key).collect()
            }
        };
        for key in keys {
            self.set_aside(&key, &|| self.store.is_damaged(&key))?;
        }
        Ok(())
    }

    /// Sets the record of `key` aside if it is `unusable`, and still is once this process has
    /// claimed it: the process that makes it again holds the claim.
    fn set_aside(
        &self,
        key: &str,
        unusable: &dyn Fn() -> Result<bool, StoreError>,
    ) -> anyhow::Result<()> {
        if !unusable()? {
            return Ok(());
        }
        let claim = self.claims.claim(key).with_context(|| self.at_claims())?;
        let Some(claim) = claim else {
            return Ok(());
        };
        if unusable()? {
            self.store.set_aside(key)?;
        }
        let released = self.claims.release(claim);
        released.with_context(|| self.at_claims())
    }
}
