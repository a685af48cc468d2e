//! How a task stands in the store: made, failed, without a model that it needs; and what becomes
//! of one that a worker has answered.

use anyhow::{Context, ensure};

use super::stage::Lists;
use super::task::{Done, Task};
use super::{Campaign, CampaignEvent, Work};
use crate::experiment::settings::ModelSettings;
use crate::experiment::store::{Damage, Look, StoreError};

/// A model that a task needs and cannot have yet.
pub(super) struct MissingModel {
    key: String,
    damage: Option<Damage>,
}

impl Campaign<'_> {
    /// Counts a task that needs no work any more; whether it is one.
    pub(super) fn settle(&self, task: &Task, key: &str, stage: &mut Lists) -> anyhow::Result<bool> {
        let made = match task {
            Task::Model(_) => self.store.model(key)?.without_record(),
            Task::Run(_) if self.archived.runs.contains(key) => Look::Sound(()),
            Task::Run(_) => self.store.run(key)?.without_record(),
        };
        match made {
            Look::Sound(()) => {
                stage.end.standing.done += 1;
                return Ok(true);
            }
            Look::Damaged(damage) => {
                let error = format!("its record is damaged: {damage}");
                stage.failed(self.failure(key.to_owned(), task.to_string(), error));
                return Ok(true);
            }
            Look::Absent => {}
        }
        let failure = match self.store.failure(key)? {
            Look::Absent => return Ok(false),
            Look::Sound(failure) => failure,
            Look::Damaged(damage) => {
                let error = format!("it failed, but its failure record is damaged: {damage}");
                self.failure(key.to_owned(), task.to_string(), error)
            }
        };
        stage.failed(failure);
        Ok(true)
    }

    /// A model that a task needs and the store does not have.
    pub(super) fn missing_model(&self, task: &Task) -> anyhow::Result<Option<MissingModel>> {
        let needed = match task {
            Task::Model(model) => vec![model.parent()],
            Task::Run(run) => vec![Some(run.dense_model()), run.surrogate_model()],
        };
        for key in needed.iter().flatten().map(ModelSettings::key) {
            match self.store.model(&key)? {
                Look::Sound(_) => {}
                look => {
                    let damage = look.damage();
                    return Ok(Some(MissingModel { key, damage }));
                }
            }
        }
        Ok(None)
    }

    /// What becomes of a task whose model is not there: it waits for the process that makes it.
    pub(super) fn wait_or_give_up(
        &self,
        task: Task,
        model: &MissingModel,
        stage: &mut Lists,
    ) -> anyhow::Result<()> {
        let missing = &model.key;
        let failed = match (&model.damage, self.store.failure(missing)?) {
            (Some(damage), _) => Some(format!("the record of its model is damaged: {damage}")),
            (None, Look::Sound(failure)) => Some(format!("its model failed: {}", failure.error)),
            (None, Look::Damaged(damage)) => Some(format!("its model failed: {damage}")),
            (None, Look::Absent) => None,
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
        // It may have been made between the two looks.
        self.store.look_anew();
        match self.store.model(missing)? {
            Look::Absent => stage.end.standing.unready += 1,
            Look::Sound(_) | Look::Damaged(_) => stage.open.push_back(task),
        }
        Ok(())
    }

    /// The dense model must be that of the archived runs, or new runs could not be compared with
    /// them: an archive comes without models, and another processor trains other bits.
    pub(super) fn check_dense_model(&self, task: &Task) -> anyhow::Result<()> {
        let dense = match task {
            Task::Model(model) => &model.dense,
            Task::Run(run) => &run.dense,
        };
        let key = dense.model().key();
        let Some(archived) = self.archived.dense.get(&key) else {
            return Ok(());
        };
        let Look::Sound(made) = self.store.model(&key)? else {
            return Ok(());
        };
        ensure!(
            made.facts.sha256 == *archived,
            "{dense}: the model that was made here is not that of the archived runs, with which new runs could not be compared (another kind of processor rounds otherwise, another version may do other things); make the whole experiment in a new folder of results"
        );
        Ok(())
    }

    /// Keeps what was made, or why not, and gives up the claim.
    pub(super) fn conclude(
        &self,
        work: Work,
        result: Result<Done, String>,
        stage: &mut Lists,
        observer: &mut dyn FnMut(CampaignEvent),
    ) -> anyhow::Result<()> {
        let holds = self.claims.holds(&work.claim);
        if !holds.with_context(|| self.at_claims())? {
            // This process stood still for so long that another makes it, and only one record is kept.
            stage.held.push_back(work.task);
            return Ok(());
        }
        let result = result.and_then(|done| {
            // A record under the key of another would keep that other from being made.
            if done.key() == work.key {
                return Ok(done);
            }
            Err(format!("the worker answered for {}", done.key()))
        });
        match result {
            Ok(done) => {
                if self.keep(&done)? {
                    stage.end.busy_seconds += done.seconds();
                    stage.end.standing.done += 1;
                    stage.end.standing.done_here += 1;
                } else {
                    // Another process was as fast; its record is looked at again.
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
