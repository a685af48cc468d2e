//! Packing: run records in files of their own move into the archive.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::archive::{ARCHIVE, write_archive};
use super::damage::Damage;
use super::error::StoreError;
use super::reading::{Found, read_records};
use super::records::link_aside;
use crate::experiment::record::RunRecord;
use crate::files::remove_if_there;

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

/// Moves all loose records into the archive. What is damaged, and a loose record that is not the
/// archived one of its run, stays where it is; an archive of which not all can be used stays under
/// another name. No process may be working on the folder.
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
        // With the reason.
        read_records(folder)?;
    }
    let archive = folder.join(ARCHIVE);
    let write = |path: &Path| {
        let path = path.to_owned();
        |source| StoreError::Write { path, source }
    };
    // Until another is in its place, it stays: killed now, no run would count.
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
