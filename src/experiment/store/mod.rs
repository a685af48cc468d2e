//! The folder of results: descriptions, models, records, failures, and who works on what.
//!
//! ```text
//! experiments/NAME.toml      what was asked for
//! models/KEY.safetensors     a model, and
//! models/KEY.json            its record, which is written after it
//! runs/KEY.json              a run's record
//! runs.jsonl.gz              records of runs in one file
//! failures/KEY.json          what went wrong with a model or a run
//! claims/ workers/           who has what in hand
//! slurm/ report/             batch scripts and their logs; tables and figures
//! ```
//!
//! Everything is written whole or not at all. Nothing is there twice: what a crash interrupted is
//! simply absent.

mod archive;
mod claim;
mod lease;
mod ledger;

pub use archive::{ARCHIVE, ArchiveError, Contents, count_failures, read_runs, write_archive};
pub use claim::{Claim, Claims};
pub use lease::Holder;
pub use ledger::{Counts, Ledger};

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempPath;
use thiserror::Error;

use super::grid::{DescriptionError, Experiment};
use super::record::{Failure, ModelRecord, RunRecord};
use crate::files::{temporary_in, write_whole};
use claim::{claimed_by, remove_settled};
use lease::{Lease, holders, remove_long_dead, time_of};

/// Why a store cannot be used.
#[derive(Debug, Error)]
pub enum StoreError {
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{}: not a record of this program", path.display())]
    Record {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("{}: not an experiment", path.display())]
    Description {
        path: PathBuf,
        source: DescriptionError,
    },
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error("{} is in use: {others} other processes work on it, see pipeline status", folder.display())]
    Busy { folder: PathBuf, others: usize },
    #[error("{} is no folder of results: {} is missing", folder.display(), EXPERIMENTS)]
    NoStore { folder: PathBuf },
}

const EXPERIMENTS: &str = "experiments";
const MODELS: &str = "models";
const RUNS: &str = "runs";
const FAILURES: &str = "failures";
const CLAIMS: &str = "claims";
const WORKERS: &str = "workers";

/// How names of files begin that are still being written, those of `files` among them.
const TEMPORARY: &str = ".tmp";
/// Writing a file takes no longer.
const ABANDONED_AFTER: Duration = Duration::from_secs(3600);

/// A folder of results.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store in `folder`, which is made where it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(folder: &Path) -> Result<Self, StoreError> {
        make_folder(folder.join(EXPERIMENTS))?;
        Self::open(folder)
    }

    /// The store that is in `folder`.
    ///
    /// # Errors
    /// When there is none.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let folder = folder.to_owned();
        if folder.join(EXPERIMENTS).is_dir() {
            Ok(Self { folder })
        } else {
            Err(StoreError::NoStore { folder })
        }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps a description, under a name of its own.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add_experiment(&self, name: &str, experiment: &Experiment) -> Result<(), StoreError> {
        let path = self.folder.join(EXPERIMENTS).join(format!("{name}.toml"));
        write_whole(&path, |out| out.write_all(experiment.to_toml().as_bytes()))
            .map_err(|source| StoreError::Write { path, source })
    }

    /// All descriptions by name.
    ///
    /// # Errors
    /// When one cannot be read or understood.
    pub fn experiments(&self) -> Result<BTreeMap<String, Experiment>, StoreError> {
        let mut experiments = BTreeMap::new();
        for (name, path) in self.files(EXPERIMENTS, "toml")? {
            let text = fs::read_to_string(&path).map_err(|source| StoreError::Read {
                path: path.clone(),
                source,
            })?;
            let experiment = Experiment::parse(&text)
                .map_err(|source| StoreError::Description { path, source })?;
            experiments.insert(name, experiment);
        }
        Ok(experiments)
    }

    /// Where the model of that key is or will be.
    pub fn model_path(&self, key: &str) -> PathBuf {
        self.folder.join(MODELS).join(format!("{key}.safetensors"))
    }

    /// The record of a model; `None` while there is none.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn model(&self, key: &str) -> Result<Option<ModelRecord>, StoreError> {
        read(&self.path(MODELS, key))
    }

    /// A file among the models for one that is being made, under a name that nobody else uses.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn model_in_the_making(&self) -> Result<TempPath, StoreError> {
        let path = self.folder.join(MODELS);
        match temporary_in(&path) {
            Ok(file) => Ok(file.into_temp_path()),
            Err(source) => Err(StoreError::Write { path, source }),
        }
    }

    /// Keeps a model, whose file is at `made`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn add_model(&self, record: &ModelRecord, made: &Path) -> Result<(), StoreError> {
        let path = self.model_path(&record.key);
        fs::rename(made, &path).map_err(|source| StoreError::Write { path, source })?;
        write(&self.path(MODELS, &record.key), record)
    }

    /// Whether the model of that key is made.
    pub fn has_model(&self, key: &str) -> bool {
        self.path(MODELS, key).is_file() && self.model_path(key).is_file()
    }

    /// Whether there is a record of its own of the run of that key.
    pub fn has_run(&self, key: &str) -> bool {
        self.path(RUNS, key).is_file()
    }

    /// What is in the archive.
    ///
    /// # Errors
    /// When there is an archive that cannot be read.
    pub fn archived(&self) -> Result<Contents, StoreError> {
        Ok(archive::contents(&self.folder)?)
    }

    /// Moves the records of runs into the archive; how many there are in it then.
    ///
    /// # Errors
    /// When somebody works on the store, or a file cannot be read or written.
    pub fn pack(&self) -> Result<usize, StoreError> {
        let claims = self.begin_work(0, 0)?;
        let others = self.holders()?.len().saturating_sub(1);
        if others > 0 {
            let folder = self.folder.clone();
            return Err(StoreError::Busy { folder, others });
        }
        let packed = archive::pack(&self.folder)?;
        drop(claims);
        Ok(packed)
    }

    /// # Errors
    /// When the file cannot be written.
    pub fn add_run(&self, record: &RunRecord) -> Result<(), StoreError> {
        write(&self.path(RUNS, &record.key), record)
    }

    /// What went wrong with the model or run of that key.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn failure(&self, key: &str) -> Result<Option<Failure>, StoreError> {
        read(&self.path(FAILURES, key))
    }

    /// # Errors
    /// When the file cannot be written.
    pub fn add_failure(&self, failure: &Failure) -> Result<(), StoreError> {
        write(&self.path(FAILURES, &failure.key), failure)
    }

    /// Forgets a failure, so that it is tried again.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn forget_failure(&self, key: &str) -> Result<(), StoreError> {
        let path = self.path(FAILURES, key);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != ErrorKind::NotFound => {
                Err(StoreError::Write { path, source })
            }
            _ => Ok(()),
        }
    }

    /// Puts a sign of life of this process, with so many workers of so many threads each, into the
    /// store, and takes away what the dead left: files half-written under temporary names, claims on
    /// what is made, signs of life.
    ///
    /// # Errors
    /// When the store cannot be written, or is being packed.
    pub fn begin_work(&self, workers: usize, threads: usize) -> Result<Claims, StoreError> {
        let (claims, path) = (self.folder.join(CLAIMS), self.folder.join(WORKERS));
        make_folder(path.clone())?;
        let now = time_of(&path);
        sweep(&self.folder, now);
        for name in [EXPERIMENTS, MODELS, RUNS, FAILURES, CLAIMS, WORKERS] {
            sweep(&make_folder(self.folder.join(name))?, now);
        }
        let write = |path: &Path| {
            let path = path.to_owned();
            |source| StoreError::Write { path, source }
        };
        remove_long_dead(&path).map_err(write(&path))?;
        let lease = Lease::take(&path, workers, threads).map_err(write(&path))?;
        // Whoever packs comes without workers. Both have signed before they look, so that one of
        // two who come at once sees the other.
        let packing = |holder: &Holder| holder.workers == 0 && holder.id != lease.holder().id;
        if workers > 0 && self.holders()?.iter().any(packing) {
            let folder = self.folder.clone();
            return Err(StoreError::Busy { folder, others: 1 });
        }
        remove_settled(&claims, &lease, |key| {
            self.has_model(key) || self.has_run(key)
        })
        .map_err(write(&claims))?;
        Ok(Claims::new(&claims, lease))
    }

    /// Lets what others have written be seen: a network file system may remember for a minute that
    /// a file was not there, until its folder is opened.
    pub fn look_anew(&self) {
        for name in [MODELS, RUNS, FAILURES] {
            // Only a folder that is there can have changed.
            let _ = fs::File::open(self.folder.join(name));
        }
    }

    /// Who works on the store now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn holders(&self) -> Result<Vec<Holder>, StoreError> {
        let path = self.folder.join(WORKERS);
        holders(&path).map_err(|source| StoreError::Read { path, source })
    }

    /// What these holders have in hand.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn in_hand(&self, holders: &[Holder]) -> Result<HashSet<String>, StoreError> {
        let path = self.folder.join(CLAIMS);
        let ids: Vec<_> = holders.iter().map(|holder| holder.id.as_str()).collect();
        let keys = claimed_by(&path, &ids).map_err(|source| StoreError::Read { path, source })?;
        Ok(keys.into_iter().collect())
    }

    /// Keys of everything that failed.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn failed(&self) -> Result<HashSet<String>, StoreError> {
        Ok(self.files(FAILURES, "json")?.into_keys().collect())
    }

    fn path(&self, folder: &str, key: &str) -> PathBuf {
        self.folder.join(folder).join(format!("{key}.json"))
    }

    /// Files of that extension by their names without it.
    fn files(
        &self,
        folder: &str,
        extension: &str,
    ) -> Result<BTreeMap<String, PathBuf>, StoreError> {
        let folder = self.folder.join(folder);
        let read = |source| StoreError::Read {
            path: folder.clone(),
            source,
        };
        let mut files = BTreeMap::new();
        let entries = match fs::read_dir(&folder) {
            // In a clone of a store only what matters is there.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(files),
            entries => entries.map_err(read)?,
        };
        for entry in entries {
            let path = entry.map_err(read)?.path();
            if path.extension().is_some_and(|found| found == extension)
                && let Some(name) = path.file_stem().and_then(|name| name.to_str())
            {
                files.insert(name.to_owned(), path);
            }
        }
        Ok(files)
    }
}

fn make_folder(path: PathBuf) -> Result<PathBuf, StoreError> {
    match fs::create_dir_all(&path) {
        Ok(()) => Ok(path),
        Err(source) => Err(StoreError::Write { path, source }),
    }
}

/// Removes temporary files that nobody can still be writing. One that stays harms nobody.
fn sweep(folder: &Path, now: SystemTime) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let is_temporary = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        name.to_string_lossy().starts_with(TEMPORARY)
    };
    // Only these are looked at: on a network file system each look is a question to the server.
    for entry in entries.flatten().filter(is_temporary) {
        let modified = entry.metadata().and_then(|facts| facts.modified());
        let age = modified.map(|modified| now.duration_since(modified).unwrap_or_default());
        if age.is_ok_and(|age| age > ABANDONED_AFTER) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StoreError> {
    let path = path.to_owned();
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(StoreError::Read { path, source }),
    };
    match serde_json::from_slice(&bytes) {
        Ok(record) => Ok(Some(record)),
        Err(source) => Err(StoreError::Record { path, source }),
    }
}

fn write(path: &Path, record: &impl Serialize) -> Result<(), StoreError> {
    let text = serde_json::to_vec(record).expect("records have string keys only");
    write_whole(path, |out| out.write_all(&text)).map_err(|source| StoreError::Write {
        path: path.to_owned(),
        source,
    })
}
