//! Reads run records back from a results folder: from the archive, and from separate files.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::archive::{ARCHIVE, Archived};
use super::damage::{Damage, Lookup, Remedy};
use super::error::StoreError;
use super::records::{place, read_record};
use super::{FAILURES, MODELS, RUNS};
use crate::experiment::record::{Failure, ModelRecord, RunRecord};
use crate::experiment::soundness::Record;
use crate::files::entries;

/// The run records of a results folder.
#[derive(Debug, Clone, Default)]
pub struct Records {
    /// The records that count, sorted by key. An archived record takes precedence over a loose one
    /// with the same key, which was put there by hand: no archived run is made again.
    pub runs: Vec<RunRecord>,
    /// What does not count, and why.
    pub damage: Vec<Damage>,
}

/// Reads the run records that count, sorted by key.
///
/// # Errors
/// As [`read_records`].
pub fn read_runs(folder: &Path) -> Result<Vec<RunRecord>, StoreError> {
    Ok(read_records(folder)?.runs)
}

/// Reads the run records of a results folder, and lists what does not count.
///
/// # Errors
/// When the folder does not exist, no record in it counts, or a file cannot be read for now.
pub fn read_records(folder: &Path) -> Result<Records, StoreError> {
    let Found {
        archived,
        loose,
        mut damage,
    } = Found::in_folder(folder)?;
    let mut runs: BTreeMap<String, RunRecord> = archived
        .runs
        .into_iter()
        .map(|(key, (_, run))| (key, run))
        .collect();
    for (_, run) in loose {
        runs.entry(run.key.clone()).or_insert(run);
    }
    damage.splice(0..0, archived.damage);
    if runs.is_empty() {
        let folder = folder.to_owned();
        let damaged = damage.len();
        return Err(match damage.into_iter().next() {
            None => StoreError::NoRuns(folder),
            Some(first) => StoreError::AllDamaged {
                folder,
                damaged,
                first,
            },
        });
    }
    Ok(Records {
        runs: runs.into_values().collect(),
        damage,
    })
}

/// Counts the failed models and runs that are still without a record, and lists the failure records
/// that cannot be read; `runs` are those of the same results folder.
///
/// # Errors
/// When a file cannot be read for now.
pub fn count_failures(
    folder: &Path,
    runs: &[RunRecord],
) -> Result<(usize, Vec<Damage>), StoreError> {
    let (failures, damage) = read_all::<Failure>(&folder.join(FAILURES))?;
    let made: HashSet<&str> = runs.iter().map(|run| run.key.as_str()).collect();
    let open = failures
        .iter()
        .filter(|(_, failure)| !made.contains(failure.key.as_str()));
    Ok((open.count(), damage))
}

/// A record with its path.
pub(super) type Loose<T> = (PathBuf, T);

/// Lists everything in a results folder that should count but does not. (Whether model files match
/// their records is checked when they are used.)
///
/// # Errors
/// When a file cannot be read for now.
pub(super) fn damage(folder: &Path) -> Result<Vec<Damage>, StoreError> {
    let found = Found::in_folder(folder)?;
    let mut damage = found.archived.damage;
    damage.extend(found.damage);
    damage.extend(read_all::<ModelRecord>(&folder.join(MODELS))?.1);
    damage.extend(read_all::<Failure>(&folder.join(FAILURES))?.1);
    Ok(damage)
}

/// The archive and the loose records.
pub(super) struct Found {
    pub archived: Archived,
    pub loose: Vec<Loose<RunRecord>>,
    /// Loose records that do not count, including those that differ from the archived ones of their
    /// runs.
    pub damage: Vec<Damage>,
}

impl Found {
    pub fn in_folder(folder: &Path) -> Result<Self, StoreError> {
        if !folder.is_dir() {
            return Err(StoreError::NoFolder(folder.to_owned()));
        }
        let archived = Archived::read(folder)?;
        let (loose, mut damage) = read_all::<RunRecord>(&folder.join(RUNS))?;
        for (path, run) in &loose {
            if let Some((line, other)) = archived.runs.get(&run.key)
                && other != run
            {
                damage.push(Damage {
                    place: place(path),
                    key: Some(run.key.clone()),
                    remedy: Remedy::Delete,
                    why: format!(
                        "it differs from the record of the same run in line {line} of {ARCHIVE}; the archive counts"
                    ),
                });
            }
        }
        Ok(Self {
            archived,
            loose,
            damage,
        })
    }
}

/// Reads all records in a folder, which may not exist, with their paths; sorted by name.
fn read_all<T: Record + DeserializeOwned>(
    folder: &Path,
) -> Result<(Vec<Loose<T>>, Vec<Damage>), StoreError> {
    let (mut sound, mut damage) = (Vec::new(), Vec::new());
    for path in json_files(folder)? {
        match read_record(&path)? {
            // Removed since the folder was listed.
            Lookup::Absent => {}
            Lookup::Sound(record) => sound.push((path, record)),
            Lookup::Damaged(found) => damage.push(found),
        }
    }
    Ok((sound, damage))
}

/// The files in a folder whose names end in `.json`, sorted; others are still being written. In a
/// clone of a store the folder may not exist.
fn json_files(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut files = entries(folder).map_err(|source| StoreError::Read {
        path: folder.to_owned(),
        source,
    })?;
    files.retain(|path| path.extension().is_some_and(|found| found == "json"));
    files.sort();
    Ok(files)
}
