//! Run records read back from a results folder: those in the archive, and those in files of their
//! own; and packing, which moves the latter into the former.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::archive::{ARCHIVE, ArchiveError, Archived, write_archive};
use super::damage::{Damage, Look};
use super::records::{look, place, rename_aside};
use super::{FAILURES, MODELS, RUNS, StoreError};
use crate::experiment::record::{Failure, ModelRecord, RunRecord};
use crate::experiment::soundness::Record;

/// The run records of a results folder.
#[derive(Debug, Clone, Default)]
pub struct Records {
    /// Those that count, sorted by key. An archived record wins over a loose one of the same key,
    /// which was put there by hand: no run that is archived is made again.
    pub runs: Vec<RunRecord>,
    /// What does not count, and why.
    pub damage: Vec<Damage>,
}

/// What was packed.
#[derive(Debug, Clone)]
pub struct Packed {
    /// Runs in the archive now.
    pub runs: usize,
    /// What is in no archive and stays where it is.
    pub left: Vec<Damage>,
    /// Where the former archive is, of which not all could be used.
    pub aside: Option<PathBuf>,
}

/// Every record of a run that counts, sorted by key.
///
/// # Errors
/// As [`read_records`].
pub fn read_runs(folder: &Path) -> Result<Vec<RunRecord>, ArchiveError> {
    Ok(read_records(folder)?.runs)
}

/// Every run record of a results folder, and what of it does not count.
///
/// # Errors
/// When there is no such folder, no record in it that counts, or a file that cannot be read for now.
pub fn read_records(folder: &Path) -> Result<Records, ArchiveError> {
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
            None => ArchiveError::NoRuns(folder),
            Some(first) => ArchiveError::AllDamaged {
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

/// How many models and runs failed that are still without a record, and which records of failures
/// cannot be read; `runs` are those of the same results folder.
///
/// # Errors
/// When a file cannot be read for now.
pub fn count_failures(
    folder: &Path,
    runs: &[RunRecord],
) -> Result<(usize, Vec<Damage>), ArchiveError> {
    let (failures, damage) = read_all::<Failure>(&folder.join(FAILURES))?;
    let made: HashSet<&str> = runs.iter().map(|run| run.key.as_str()).collect();
    let open = failures
        .iter()
        .filter(|(_, failure)| !made.contains(failure.key.as_str()));
    Ok((open.count(), damage))
}

/// Moves all loose records into the archive. What is damaged, and a loose record that is not the
/// archived one of its run, stays where it is; an archive of which not all can be used stays under
/// another name. No process may be working on the folder.
///
/// # Errors
/// As [`read_records`] and [`write_archive`], and when a loose record cannot be removed.
pub(super) fn pack(folder: &Path) -> Result<Packed, ArchiveError> {
    let Found {
        archived,
        loose,
        damage,
    } = Found::in_folder(folder)?;
    let mut runs: Vec<RunRecord> = archived.runs.into_values().map(|(_, run)| run).collect();
    let known: HashSet<String> = runs.iter().map(|run| run.key.clone()).collect();
    let differing: HashSet<&str> = damage
        .iter()
        .filter_map(|damage| damage.key.as_deref())
        .collect();
    let mut packed = Vec::new();
    for (path, run) in loose {
        if !differing.contains(run.key.as_str()) {
            packed.push(path);
        }
        if !known.contains(&run.key) {
            runs.push(run);
        }
    }
    if runs.is_empty() && archived.damage.is_empty() {
        // With the reason.
        read_records(folder)?;
    }
    let aside = match archived.damage.is_empty() {
        true => None,
        false => set_archive_aside(folder)?,
    };
    if !runs.is_empty() {
        write_archive(folder, &runs)?;
    }
    for path in packed {
        match fs::remove_file(&path) {
            Err(source) if source.kind() != ErrorKind::NotFound => {
                return Err(ArchiveError::Write { path, source });
            }
            _ => {}
        }
    }
    let mut left = archived.damage;
    left.extend(damage);
    Ok(Packed {
        runs: runs.len(),
        left,
        aside,
    })
}

fn set_archive_aside(folder: &Path) -> Result<Option<PathBuf>, ArchiveError> {
    let path = folder.join(ARCHIVE);
    rename_aside(&path).map_err(|source| ArchiveError::Write { path, source })
}

/// A record with its file.
type Loose<T> = (PathBuf, T);

/// Everything in a results folder that does not count though it should. (Whether the files of models
/// are those of their records is seen when they are used.)
///
/// # Errors
/// When a file cannot be read for now.
pub(super) fn damage(folder: &Path) -> Result<Vec<Damage>, ArchiveError> {
    let found = Found::in_folder(folder)?;
    let mut damage = found.archived.damage;
    damage.extend(found.damage);
    damage.extend(read_all::<ModelRecord>(&folder.join(MODELS))?.1);
    damage.extend(read_all::<Failure>(&folder.join(FAILURES))?.1);
    Ok(damage)
}

/// The archive and the loose records.
struct Found {
    archived: Archived,
    loose: Vec<Loose<RunRecord>>,
    /// Loose records that do not count; also those that are not the archived ones of their runs.
    damage: Vec<Damage>,
}

impl Found {
    fn in_folder(folder: &Path) -> Result<Self, ArchiveError> {
        if !folder.is_dir() {
            return Err(ArchiveError::NoFolder(folder.to_owned()));
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
                    why: format!(
                        "it is not what line {line} of {ARCHIVE} says of the same run; the archive counts, so delete this file to settle it"
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

/// All records in a folder, of which there may be none, with their files; sorted by name.
fn read_all<T: Record + DeserializeOwned>(
    folder: &Path,
) -> Result<(Vec<Loose<T>>, Vec<Damage>), ArchiveError> {
    let (mut sound, mut damage) = (Vec::new(), Vec::new());
    for path in json_files(folder)? {
        match look(&path)? {
            // Taken away since the folder was read.
            Look::Absent => {}
            Look::Sound(record) => sound.push((path, record)),
            Look::Damaged(found) => damage.push(found),
        }
    }
    Ok((sound, damage))
}

/// The files in a folder whose names end in `.json`, sorted: others are still being written.
fn json_files(folder: &Path) -> Result<Vec<PathBuf>, ArchiveError> {
    let unreadable = |source| ArchiveError::Read {
        path: folder.to_owned(),
        source,
    };
    let entries = match fs::read_dir(folder) {
        // In a clone of a store only what matters is there.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unreadable)?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|found| found == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

impl From<StoreError> for ArchiveError {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}
