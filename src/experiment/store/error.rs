//! Errors of a store.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::damage::Damage;
use super::{ARCHIVE, EXPERIMENTS, RUNS};
use crate::experiment::grid::DescriptionError;

/// Why a results folder cannot be used.
#[derive(Debug, Error)]
pub enum StoreError {
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{}: not an experiment", path.display())]
    Description {
        path: PathBuf,
        source: DescriptionError,
    },
    #[error("there is no results folder {}, expected a folder with {RUNS}/ or {ARCHIVE}", .0.display())]
    NoFolder(PathBuf),
    #[error("{} has no run records, expected {RUNS}/*.json or {ARCHIVE} in it", .0.display())]
    NoRuns(PathBuf),
    #[error("{} has no run record that can be used, the first of {damaged}: {first}", folder.display())]
    AllDamaged {
        folder: PathBuf,
        damaged: usize,
        first: Damage,
    },
    #[error("{} is damaged ({first}); `pipeline pack --results {}` keeps what can be read of it and sets the damaged file aside, so that the rest can be made again", folder.join(ARCHIVE).display(), folder.display())]
    DamagedArchive { folder: PathBuf, first: Damage },
    #[error("{} is in use by {}, see `pipeline status`", folder.display(), in_words(*others))]
    Busy { folder: PathBuf, others: usize },
    #[error("{} is not a results folder: {EXPERIMENTS} is missing", folder.display())]
    NoStore { folder: PathBuf },
}

/// The number of other processes, in words.
fn in_words(others: usize) -> String {
    match others {
        1 => String::from("another process"),
        _ => format!("{others} other processes"),
    }
}
