//! Packing: moves run records from separate files into the archive.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::archive::{ARCHIVE, write_archive};
use super::damage::Damage;
use super::error::StoreError;
use super::reading::{Found, read_records};
use super::records::link_aside;
use crate::experiment::record::RunRecord;
use crate::files::remove_if_there;

/// The result of packing.
#[derive(Debug, Clone)]
pub struct Packed {
    /// Number of runs now in the archive.
    pub runs: usize,
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
pub(super) fn pack(folder: &Path) -> Result<Packed, StoreError> {
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
        // Returns the reason.
        read_records(folder)?;
    }
    let archive = folder.join(ARCHIVE);
    let write = |path: &Path| {
        let path = path.to_owned();
        |source| StoreError::Write { path, source }
    };
    // The archive stays until another is in its place: if this process were killed now, no run
    // would count.
    let aside = match archived.damage.is_empty() {
        true => None,
        false => link_aside(&archive).map_err(write(&archive))?,
    };
    if !runs.is_empty() {
        write_archive(folder, &runs)?;
    } else if aside.is_some() {
        remove_if_there(&archive).map_err(write(&archive))?;
    }
    for path in packed {
        remove_if_there(&path).map_err(write(&path))?;
    }
    let mut left = archived.damage;
    left.extend(damage);
    Ok(Packed {
        runs: runs.len(),
        left,
        aside,
    })
}
