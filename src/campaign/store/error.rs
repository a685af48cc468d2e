//! Errors of a store.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::EXPERIMENTS;
use super::damage::Damage;
use crate::campaign::record::Kind;

/// Why a results folder cannot be used.
#[derive(Debug, Error)]
pub enum StoreError {
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("there is no results folder {}, expected a folder with {}", folder.display(), places(kind))]
    NoFolder {
        folder: PathBuf,
        kind: &'static Kind,
    },
    #[error("{} has no {}s, expected {} in it", folder.display(), kind.what, files(kind))]
    NoRecords {
        folder: PathBuf,
        kind: &'static Kind,
    },
    #[error("{} has no {} that can be used, the first of {damaged}: {first}", folder.display(), kind.what)]
    AllDamaged {
        folder: PathBuf,
        kind: &'static Kind,
        damaged: usize,
        first: Box<Damage>,
    },
    #[error("{} is damaged ({first}); `pipeline pack --results {}` keeps what can be read of it and sets the damaged file aside, so that the rest can be made again", archive.display(), folder.display())]
    DamagedArchive {
        folder: PathBuf,
        archive: PathBuf,
        first: Box<Damage>,
    },
    #[error("{} is in use by {}, see `pipeline status`", folder.display(), in_words(*others))]
    Busy { folder: PathBuf, others: usize },
    #[error("{} is not a results folder: {EXPERIMENTS} is missing", folder.display())]
    NoStore { folder: PathBuf },
}

/// Where the records of a kind are in a results folder.
fn places(kind: &Kind) -> String {
    let archive = kind.archive.map(|name| format!(" or {name}"));
    format!("{}/{}", kind.folder, archive.unwrap_or_default())
}

fn files(kind: &Kind) -> String {
    let archive = kind.archive.map(|name| format!(" or {name}"));
    format!("{}/*.json{}", kind.folder, archive.unwrap_or_default())
}

/// The number of other processes, in words.
fn in_words(others: usize) -> String {
    match others {
        1 => String::from("another process"),
        _ => format!("{others} other processes"),
    }
}
