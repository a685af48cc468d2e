//! Packing: moves records from separate files into the archive.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::archive::write_archive;
use super::damage::Damage;
use super::error::StoreError;
use super::reading::{Found, read_records};
use super::records::link_aside;
use crate::campaign::record::Record;
use crate::files::remove_if_there;

/// The result of packing.
#[derive(Debug, Clone)]
pub struct Packed {
    /// Number of records now in the archive.
    pub records: usize,
    /// Path of the archive.
    pub archive: PathBuf,
    /// What is not in the archive and stays where it is.
    pub left: Vec<Damage>,
    /// Path of the former archive, if part of it could not be used.
    pub aside: Option<PathBuf>,
}

/// Moves all loose records into the archive. Damaged records, and loose records that differ from
/// the archived ones of their runs, stay where they are; an archive of which a part cannot be used
/// is kept under another name. No process may be working on the folder.
///
/// # Errors
/// As [`read_records`] and [`write_archive`], and when a loose record cannot be removed.
///
/// # Panics
/// When records of this kind are not archived.
pub(super) fn pack<R: Record + PartialEq>(folder: &Path) -> Result<Packed, StoreError> {
    let Found {
        archived,
        loose,
        damage,
    } = Found::<R>::in_folder(folder)?;
    let archived_records = archived.records.into_values();
    let mut records: Vec<R> = archived_records.map(|(_, record)| record).collect();
    let known: HashSet<String> = records
        .iter()
        .map(|record| record.key().to_owned())
        .collect();
    let differing: HashSet<&str> = damage
        .iter()
        .filter_map(|damage| damage.key.as_deref())
        .collect();
    let mut packed = Vec::new();
    for (path, record) in loose {
        if !differing.contains(record.key()) {
            packed.push(path);
        }
        if !known.contains(record.key()) {
            records.push(record);
        }
    }
    if records.is_empty() && archived.damage.is_empty() {
        // Returns the reason.
        read_records::<R>(folder)?;
    }
    let archive = folder.join(R::KIND.archive.expect("a kind with an archive"));
    let write = |path: &Path| {
        let path = path.to_owned();
        |source| StoreError::Write { path, source }
    };
    // The archive stays until another is in its place: if this process were killed now, no record
    // would count.
    let aside = match archived.damage.is_empty() {
        true => None,
        false => link_aside(&archive).map_err(write(&archive))?,
    };
    if !records.is_empty() {
        write_archive(folder, &records)?;
    } else if aside.is_some() {
        remove_if_there(&archive).map_err(write(&archive))?;
    }
    for path in packed {
        remove_if_there(&path).map_err(write(&path))?;
    }
    let mut left = archived.damage;
    left.extend(damage);
    Ok(Packed {
        records: records.len(),
        archive,
        left,
        aside,
    })
}
