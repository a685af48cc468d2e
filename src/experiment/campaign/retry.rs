//! What failed, and what is damaged, is made again.

use anyhow::Context;

use super::Campaign;
use crate::experiment::grid::Plan;
use crate::experiment::settings::ModelSettings;
use crate::experiment::store::{Look, StoreError};
use crate::formats::{Origin, read_model};

impl Campaign<'_> {
    /// Forgets the failures in a plan, and sets aside the models that are not those of their records, so that all of it is
    /// open again, and every damaged record, planned or not.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn retry(&self, plan: &Plan) -> anyhow::Result<()> {
        for key in self.store.ledger(&[])?.failed(plan) {
            self.store.forget_failure(&key)?;
        }
        for model in plan.dense.iter().chain(&plan.pruned) {
            let key = model.key();
            self.set_aside(&key, &|| self.is_unusable(&key, model))?;
        }
        for key in self
            .store
            .damage()?
            .into_iter()
            .filter_map(|damage| damage.key)
        {
            self.set_aside(&key, &|| self.store.is_damaged(&key))?;
        }
        Ok(())
    }

    /// Sets a record aside that is `unusable`, as it is also when this process has claimed it: the
    /// one that makes it again has the claim.
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

    /// Whether no run can be made with a model: its record or file is damaged, or it was pruned from
    /// another dense model than the one that is there.
    fn is_unusable(&self, key: &str, model: &ModelSettings) -> Result<bool, StoreError> {
        match self.store.whole_model(key)? {
            Look::Absent => return Ok(false),
            Look::Damaged(_) => return Ok(true),
            Look::Sound(()) => {}
        }
        let Some(parent) = model.parent() else {
            return Ok(false);
        };
        let Look::Sound(parent) = self.store.model(&parent.key())? else {
            return Ok(false);
        };
        let Ok(found) = read_model(&self.store.model_path(key)) else {
            return Ok(true);
        };
        let origin = found.metadata.map(|metadata| metadata.origin);
        Ok(match origin {
            Some(Origin::Pruned { parent_sha256, .. }) => parent_sha256 != parent.facts.sha256,
            _ => false,
        })
    }
}
