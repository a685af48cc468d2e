//! The state of a task in the store: made, failed, or without something that it needs; and what
//! happens to the result of a worker.

use anyhow::{Context, ensure};

use super::stage::TaskQueues;
use super::store::{Damage, Lookup};
use super::task::{Done, Task};
use super::worker_pool::Work;
use super::{Campaign, CampaignEvent};

/// What a task needs and is not available.
pub(super) struct Missing<T> {
    task: T,
    key: String,
    damage: Option<Damage>,
}

impl<T: Task> Campaign<'_, T> {
    /// Whether a task needs no more work; if so, it is counted in `stage`.
    pub(super) fn settle(
        &self,
        task: &T,
        key: &str,
        stage: &mut TaskQueues<T>,
    ) -> anyhow::Result<bool> {
        let kind = task.kind();
        let is_archived = kind.archive.is_some() && self.archived.keys.contains(key);
        let made = match is_archived {
            true => Lookup::Sound(()),
            false => self.store.lookup(kind, key)?.without_record(),
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

    /// The first of the tasks that a task needs of which the store has no record.
    pub(super) fn missing(&self, task: &T) -> anyhow::Result<Option<Missing<T>>> {
        for task in task.needs() {
            let key = task.key();
            match self.store.lookup(task.kind(), &key)? {
                Lookup::Sound(_) => {}
                lookup => {
                    let damage = lookup.damage();
                    return Ok(Some(Missing { task, key, damage }));
                }
            }
        }
        Ok(None)
    }

    /// Handles a task that lacks what it needs: it waits while another process makes that, and
    /// otherwise fails or is given up for now.
    pub(super) fn wait_or_give_up(
        &self,
        task: T,
        missing: &Missing<T>,
        stage: &mut TaskQueues<T>,
    ) -> anyhow::Result<()> {
        let what = &missing.task;
        let failed = match (&missing.damage, self.store.failure(&missing.key)?) {
            (Some(damage), _) => Some(format!("the record of its {what} is damaged: {damage}")),
            (None, Lookup::Sound(failure)) => Some(format!("its {what} failed: {}", failure.error)),
            (None, Lookup::Damaged(damage)) => Some(format!("its {what} failed: {damage}")),
            (None, Lookup::Absent) => None,
        };
        if let Some(error) = failed {
            stage.failed(self.failure(task.key(), task.to_string(), error));
            return Ok(());
        }
        let held = self.claims.is_held(&missing.key);
        if held.with_context(|| self.at_claims())? {
            stage.held.push_back(task);
            return Ok(());
        }
        // It may have been made between the two lookups.
        self.store.refresh_lookups();
        match self.store.lookup(what.kind(), &missing.key)? {
            Lookup::Absent => stage.end.progress.unready += 1,
            Lookup::Sound(_) | Lookup::Damaged(_) => stage.open.push_back(task),
        }
        Ok(())
    }

    /// Checks that what a task needs is what the archived records were made with, or new records could not be compared
    /// with them: an archive comes without files, and another CPU type trains other bits.
    pub(super) fn check_needed(&self, task: &T) -> anyhow::Result<()> {
        for needed in task.needs() {
            let key = needed.key();
            let Some(archived) = self.archived.made_with.get(&key) else {
                continue;
            };
            let Lookup::Sound(made) = self.store.lookup(needed.kind(), &key)? else {
                continue;
            };
            ensure!(
                made.file_sha256.as_ref() == Some(archived),
                "{needed}: what was made here is not that of the archived runs, so new runs could not be compared with them (another CPU type rounds differently, another version may behave differently); make the whole experiment in a new folder of results"
            );
        }
        Ok(())
    }

    /// Stores the record or the failure of a task, and gives up its claim.
    pub(super) fn conclude(
        &self,
        work: Work<T>,
        result: Result<T::Done, String>,
        stage: &mut TaskQueues<T>,
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
                if done.keep(self.store)? {
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
}
