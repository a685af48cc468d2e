//! The state of a task in the store: made, failed, or without a model that it needs; and what
//! happens to the result of a worker.

use anyhow::{Context, ensure};

use super::stage::TaskQueues;
use super::task::{Done, Task};
use super::{Campaign, CampaignEvent, Work};
use crate::experiment::store::{Damage, Lookup, StoreError};
use crate::recipe::Recipe;

/// A model that a task needs and that is not available.
pub(super) struct MissingModel {
    key: String,
    damage: Option<Damage>,
}

impl Campaign<'_> {
    /// Whether a task needs no more work; if so, it is counted in `stage`.
    pub(super) fn settle(
        &self,
        task: &Task,
        key: &str,
        stage: &mut TaskQueues,
    ) -> anyhow::Result<bool> {
        let made = match task {
            Task::Model(_) => self.store.model(key)?.without_record(),
            Task::Run(_) if self.archived.runs.contains(key) => Lookup::Sound(()),
            Task::Run(_) => self.store.run(key)?.without_record(),
        };
        match made {
            Lookup::Sound(()) => {
                stage.end.progress.done += 1;
                return Ok(true);
            }
            Lookup::Damaged(damage) => {
                let error = format!("its record is damaged: {damage}");
                stage.failed(self.failure(key.to_owned(), task.to_string(), error));
                return Ok(true);
            }
            Lookup::Absent => {}
        }
        let failure = match self.store.failure(key)? {
            Lookup::Absent => return Ok(false),
            Lookup::Sound(failure) => failure,
            Lookup::Damaged(damage) => {
                let error = format!("it failed, but its failure record is damaged: {damage}");
                self.failure(key.to_owned(), task.to_string(), error)
            }
        };
        stage.failed(failure);
        Ok(true)
    }

    /// The first model that a task needs and the store does not have.
    pub(super) fn missing_model(&self, task: &Task) -> anyhow::Result<Option<MissingModel>> {
        let needed = match task {
            Task::Model(model) => vec![model.parent()],
            Task::Run(run) => vec![Some(run.dense_model()), run.surrogate_model()],
        };
        for key in needed.iter().flatten().map(Recipe::key) {
            match self.store.model(&key)? {
                Lookup::Sound(_) => {}
                lookup => {
                    let damage = lookup.damage();
                    return Ok(Some(MissingModel { key, damage }));
                }
            }
        }
        Ok(None)
    }

    /// Handles a task whose model is missing: it waits while another process makes the model, and
    /// otherwise fails or is given up for now.
    pub(super) fn wait_or_give_up(
        &self,
        task: Task,
        model: &MissingModel,
        stage: &mut TaskQueues,
    ) -> anyhow::Result<()> {
        let missing = &model.key;
        let failed = match (&model.damage, self.store.failure(missing)?) {
            (Some(damage), _) => Some(format!("the record of its model is damaged: {damage}")),
            (None, Lookup::Sound(failure)) => Some(format!("its model failed: {}", failure.error)),
            (None, Lookup::Damaged(damage)) => Some(format!("its model failed: {damage}")),
            (None, Lookup::Absent) => None,
        };
        if let Some(error) = failed {
            stage.failed(self.failure(task.key(), task.to_string(), error));
            return Ok(());
        }
        let held = self.claims.is_held(missing);
        if held.with_context(|| self.at_claims())? {
            stage.held.push_back(task);
            return Ok(());
        }
        // It may have been made between the two lookups.
        self.store.refresh_lookups();
        match self.store.model(missing)? {
            Lookup::Absent => stage.end.progress.unready += 1,
            Lookup::Sound(_) | Lookup::Damaged(_) => stage.open.push_back(task),
        }
        Ok(())
    }

    /// Checks that the dense model is that of the archived runs, or new runs could not be compared
    /// with them: an archive comes without models, and another CPU type trains other bits.
    pub(super) fn check_dense_model(&self, task: &Task) -> anyhow::Result<()> {
        let dense = match task {
            Task::Model(model) => &model.dense,
            Task::Run(run) => &run.dense,
        };
        let key = dense.model().key();
        let Some(archived) = self.archived.dense.get(&key) else {
            return Ok(());
        };
        let Lookup::Sound(made) = self.store.model(&key)? else {
            return Ok(());
        };
        ensure!(
            made.facts.sha256 == *archived,
            "{dense}: the model that was made here is not that of the archived runs, so new runs could not be compared with them (another CPU type rounds differently, another version may behave differently); make the whole experiment in a new folder of results"
        );
        Ok(())
    }

    /// Stores the record or the failure of a task, and gives up its claim.
    pub(super) fn conclude(
        &self,
        work: Work,
        result: Result<Done, String>,
        stage: &mut TaskQueues,
        observer: &mut dyn FnMut(CampaignEvent),
    ) -> anyhow::Result<()> {
        let holds = self.claims.holds(&work.claim);
        if !holds.with_context(|| self.at_claims())? {
            // This process was suspended for so long that another makes the task; only one record
            // is kept.
            stage.held.push_back(work.task);
            return Ok(());
        }
        let result = result.and_then(|done| {
            // A record under the key of another task would keep that task from being made.
            if done.key() == work.key {
                return Ok(done);
            }
            Err(format!("the worker answered for {}", done.key()))
        });
        match result {
            Ok(done) => {
                if self.keep(&done)? {
                    stage.end.busy_seconds += done.seconds();
                    stage.end.progress.done += 1;
                    stage.end.progress.done_here += 1;
                } else {
                    // Another process was faster; its record is looked up later.
                    stage.held.push_back(work.task);
                }
            }
            Err(error) => {
                let failure = self.failure(work.key, work.task.to_string(), error);
                self.store.add_failure(&failure)?;
                observer(CampaignEvent::Failed(&failure));
                stage.failed(failure);
            }
        }
        let finished = self.claims.finish(work.claim);
        finished.with_context(|| self.at_claims())
    }

    fn keep(&self, done: &Done) -> Result<bool, StoreError> {
        match done {
            Done::Model(record, file) => self.store.add_model(record, file),
            Done::Run(record) => self.store.add_run(record),
        }
    }
}
