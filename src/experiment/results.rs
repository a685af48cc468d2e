//! The folder of results of the paper's experiments.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::grid::{DescriptionError, Experiment};
use super::record::{ModelRecord, RunRecord};
use crate::campaign::{self, Damage, Kind, Record, Records, Store, StoreError};

const KINDS: &[&Kind] = &[ModelRecord::KIND, RunRecord::KIND];

/// Why the experiments of a results folder cannot be read.
#[derive(Debug, Error)]
pub enum ResultsError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{}: not an experiment", path.display())]
    Description {
        path: PathBuf,
        source: DescriptionError,
    },
}

/// Opens the store in `folder`, which is created if it is missing.
///
/// # Errors
/// When it cannot be created.
pub fn create(folder: &Path) -> Result<Store, StoreError> {
    Store::create(folder, KINDS)
}

/// Opens the existing store in `folder`.
///
/// # Errors
/// When there is none.
pub fn open(folder: &Path) -> Result<Store, StoreError> {
    Store::open(folder, KINDS)
}

/// Stores a description under a name of its own.
///
/// # Errors
/// When it cannot be written.
pub fn add_experiment(
    store: &Store,
    name: &str,
    experiment: &Experiment,
) -> Result<(), StoreError> {
    store.add_description(name, &experiment.to_toml())
}

/// All descriptions by name.
///
/// # Errors
/// When one cannot be read or parsed.
pub fn experiments(store: &Store) -> Result<BTreeMap<String, Experiment>, ResultsError> {
    let descriptions = store.descriptions()?.into_iter();
    let parsed = descriptions.map(|(name, (path, text))| match Experiment::parse(&text) {
        Ok(experiment) => Ok((name, experiment)),
        Err(source) => Err(ResultsError::Description { path, source }),
    });
    parsed.collect()
}

/// Reads the run records of a results folder, and lists what does not count.
///
/// # Errors
/// When the folder does not exist, no record in it counts, or a file cannot be read for now.
pub fn read_records(folder: &Path) -> Result<Records<RunRecord>, StoreError> {
    campaign::read_records(folder)
}

/// Reads the run records that count, sorted by key.
///
/// # Errors
/// As [`read_records`].
pub fn read_runs(folder: &Path) -> Result<Vec<RunRecord>, StoreError> {
    Ok(read_records(folder)?.records)
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
    let made: HashSet<&str> = runs.iter().map(|run| run.key.as_str()).collect();
    campaign::count_failures(folder, &made)
}
