//! Reads records back from a results folder: from the archive, and from separate files.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use super::archive::Archived;
use super::damage::{Damage, Lookup, Remedy};
use super::error::StoreError;
use super::records::{look_up, place, read_record};
use crate::campaign::record::{Failure, Kind, Record};
use crate::files::entries;

/// The records of one kind in a results folder.
#[derive(Debug, Clone)]
pub struct Records<R> {
    /// The records that count, sorted by key. An archived record takes precedence over a loose one
    /// with the same key, which was put there by hand: no archived task is done again.
    pub records: Vec<R>,
    /// What does not count, and why.
    pub damage: Vec<Damage>,
}

/// Reads the records of a kind in a results folder, and lists what does not count.
///
/// # Errors
/// When the folder does not exist, no record in it counts, or a file cannot be read for now.
pub fn read_records<R: Record + PartialEq>(folder: &Path) -> Result<Records<R>, StoreError> {
    let Found {
        archived,
        loose,
        mut damage,
    } = Found::<R>::in_folder(folder)?;
    let archived_records = archived.records.into_iter();
    let mut records: BTreeMap<String, R> = archived_records
        .map(|(key, (_, record))| (key, record))
        .collect();
    for (_, record) in loose {
        records.entry(record.key().to_owned()).or_insert(record);
    }
    damage.splice(0..0, archived.damage);
    if records.is_empty() {
        let (folder, kind) = (folder.to_owned(), R::KIND);
        let damaged = damage.len();
        return Err(match damage.into_iter().next() {
            None => StoreError::NoRecords { folder, kind },
            Some(first) => StoreError::AllDamaged {
                folder,
                kind,
                damaged,
                first: Box::new(first),
            },
        });
    }
    Ok(Records {
        records: records.into_values().collect(),
        damage,
    })
}

/// Counts the failures of tasks that are still without a record, and lists the failure records that cannot be read;
/// `made` are the keys of the records in the same results folder.
///
/// # Errors
/// When a file cannot be read for now.
pub fn count_failures(
    folder: &Path,
    made: &HashSet<&str>,
) -> Result<(usize, Vec<Damage>), StoreError> {
    let (failures, damage) = read_all::<Failure>(&folder.join(Failure::KIND.folder))?;
    let open = failures
        .iter()
        .filter(|(_, failure)| !made.contains(failure.key.as_str()));
    Ok((open.count(), damage))
}

/// A record with its path.
pub(super) type Loose<T> = (PathBuf, T);

/// Lists the loose records of a kind in a results folder that should count but do not. (Whether the files beside them
/// match them is checked when they are used.)
///
/// # Errors
/// When a file cannot be read for now.
pub(super) fn damaged(folder: &Path, kind: &Kind) -> Result<Vec<Damage>, StoreError> {
    let mut damage = Vec::new();
    for path in json_files(&folder.join(kind.folder))? {
        damage.extend(look_up(&path, kind.check, |checked| &checked.key)?.damage());
    }
    Ok(damage)
}

/// The archive and the loose records.
pub(super) struct Found<R> {
    pub archived: Archived<R>,
    pub loose: Vec<Loose<R>>,
    /// Loose records that do not count, including those that differ from the archived ones of their
    /// tasks.
    pub damage: Vec<Damage>,
}

impl<R: Record + PartialEq> Found<R> {
    pub fn in_folder(folder: &Path) -> Result<Self, StoreError> {
        if !folder.is_dir() {
            let (folder, kind) = (folder.to_owned(), R::KIND);
            return Err(StoreError::NoFolder { folder, kind });
        }
        let archived = Archived::<R>::read(folder)?;
        let archive = R::KIND.archive.unwrap_or_default();
        let (loose, mut damage) = read_all::<R>(&folder.join(R::KIND.folder))?;
        for (path, record) in &loose {
            if let Some((line, other)) = archived.records.get(record.key())
                && other != record
            {
                damage.push(Damage {
                    place: place(path),
                    key: Some(record.key().to_owned()),
                    remedy: Remedy::Delete,
                    why: format!(
                        "it differs from the record of the same run in line {line} of {archive}; the archive counts"
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
fn read_all<T: Record>(folder: &Path) -> Result<(Vec<Loose<T>>, Vec<Damage>), StoreError> {
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
