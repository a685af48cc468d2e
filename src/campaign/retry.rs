//! Makes failed and damaged work open again.

use anyhow::Context;

use super::Campaign;
use super::plan::Plan;
use super::store::{Damage, Remedy, StoreError};
use super::task::Task;

/// Where damaged records are searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Among those of the plan: other processes handle the others.
    Plan,
    /// In the whole store, planned or not.
    Store,
}

impl<T: Task> Campaign<'_, T> {
    /// Deletes the failures of a plan, and sets aside its damaged records and what cannot be used, so
    /// that all of them are made again.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn retry(&self, plan: &Plan<T>, scope: Scope) -> anyhow::Result<()> {
        for key in self.store.ledger(&[])?.failed(plan)? {
            self.store.forget_failure(&key)?;
        }
        for task in plan.tasks() {
            let key = task.key();
            let unusable =
                || Ok(self.store.is_damaged(&key)? || task.usable(self.store)?.damage().is_some());
            self.set_aside(&key, &unusable)?;
        }
        if scope == Scope::Store {
            for Damage { key, remedy, .. } in self.store.damaged_records()? {
                if let Some(key) = key.filter(|_| remedy == Remedy::Retry) {
                    self.set_aside(&key, &|| self.store.is_damaged(&key))?;
                }
            }
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
