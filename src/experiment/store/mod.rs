//! The folder of results: descriptions, models, records, failures, and who works on what.
//!
//! ```text
//! experiments/NAME.toml      description of an experiment
//! models/KEY.safetensors     a model, and
//! models/KEY.json            its record, written after it
//! runs/KEY.json              a run's record
//! runs.jsonl.gz              records of runs in one file
//! failures/KEY.json          why a model or a run failed
//! claims/ workers/           which process makes what
//! slurm/ report/             batch scripts and their logs; tables and figures
//! ```
//!
//! Every file is written atomically, and none twice: what a crash interrupted is simply absent. A
//! record that was damaged later (`damage`) counts as failed until it is made again.

mod archive;
mod claim;
mod damage;
mod error;
mod lease;
mod ledger;
mod packing;
mod reading;
mod records;

pub use archive::{ARCHIVE, Contents, write_archive};
pub use claim::{Claim, Claims};
pub use damage::{Damage, Lookup, Remedy};
pub use error::StoreError;
pub use lease::Holder;
pub use ledger::{Counts, Ledger};
pub use packing::Packed;
pub use reading::{Records, count_failures, read_records, read_runs};
pub use records::is_from_another_parent;

use std::collections::{BTreeMap, HashSet};
use std::fs;

use std::path::{Path, PathBuf};

use super::grid::Experiment;
use crate::files::{entries, sweep, write_whole};
use claim::{claimed_by, remove_settled};
use lease::{Lease, holders, remove_long_dead};

const EXPERIMENTS: &str = "experiments";
const MODELS: &str = "models";
const RUNS: &str = "runs";
const FAILURES: &str = "failures";
const CLAIMS: &str = "claims";
const WORKERS: &str = "workers";

/// A folder of results.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// Opens the store in `folder`, which is created if it is missing.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(folder: &Path) -> Result<Self, StoreError> {
        make_folder(folder.join(EXPERIMENTS))?;
        Self::open(folder)
    }

    /// Opens the existing store in `folder`.
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

    /// Stores a description under a name of its own.
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
    /// When one cannot be read or parsed.
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

    /// Whether a model or run with that key seems to be made, valid or not; a cheap check.
    fn seems_made(&self, key: &str) -> bool {
        let model = self.path(MODELS, key).is_file() && self.model_path(key).is_file();
        model || self.path(RUNS, key).is_file()
    }

    /// Reads what is in the archive.
    ///
    /// # Errors
    /// When there is an archive that cannot be read.
    pub fn archived(&self) -> Result<Contents, StoreError> {
        Contents::of(&self.folder)
    }

    /// Lists what should count but does not: damaged records, records under the names of others,
    /// loose records that differ from the archived ones of their runs.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn damage(&self) -> Result<Vec<Damage>, StoreError> {
        reading::damage(&self.folder)
    }

    /// Moves the records of runs into the archive.
    ///
    /// # Errors
    /// When another process works on the store, or a file cannot be read or written.
    pub fn pack(&self) -> Result<Packed, StoreError> {
        let claims = self.begin_work(0, 0)?;
        let others = self.holders()?.len().saturating_sub(1);
        if others > 0 {
            let folder = self.folder.clone();
            return Err(StoreError::Busy { folder, others });
        }
        let packed = packing::pack(&self.folder)?;
        drop(claims);
        Ok(packed)
    }

    /// Registers this process, with its workers and the threads of each, and removes what dead
    /// processes left: half-written temporary files, claims on what is made, heartbeat files.
    ///
    /// # Errors
    /// When the store cannot be written, or is being packed.
    pub fn begin_work(&self, workers: usize, threads: usize) -> Result<Claims, StoreError> {
        let (claims, path) = (self.folder.join(CLAIMS), self.folder.join(WORKERS));
        make_folder(path.clone())?;
        sweep(&self.folder);
        for name in [EXPERIMENTS, MODELS, RUNS, FAILURES, CLAIMS, WORKERS] {
            sweep(&make_folder(self.folder.join(name))?);
        }
        let write = |path: &Path| {
            let path = path.to_owned();
            |source| StoreError::Write { path, source }
        };
        remove_long_dead(&path).map_err(write(&path))?;
        let lease = Lease::take(&path, workers, threads).map_err(write(&path))?;
        // A process that packs has no workers. Both register before they check, so that of two that
        // start at the same time one sees the other.
        let packing = |holder: &Holder| holder.workers == 0 && holder.id != lease.holder().id;
        if workers > 0 && self.holders()?.iter().any(packing) {
            let folder = self.folder.clone();
            return Err(StoreError::Busy { folder, others: 1 });
        }
        remove_settled(&claims, &lease, |key| self.seems_made(key)).map_err(write(&claims))?;
        Ok(Claims::new(&claims, lease))
    }

    /// Makes the files of other processes visible: a network file system may cache for a minute
    /// that a file did not exist, until its folder is opened.
    pub fn refresh_lookups(&self) {
        for name in [MODELS, RUNS, FAILURES] {
            // Only an existing folder can have changed.
            let _ = fs::File::open(self.folder.join(name));
        }
    }

    /// The processes that work on the store now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn holders(&self) -> Result<Vec<Holder>, StoreError> {
        let path = self.folder.join(WORKERS);
        holders(&path).map_err(|source| StoreError::Read { path, source })
    }

    /// The keys that these holders are making, except suspended ones.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn claimed(&self, holders: &[Holder]) -> Result<HashSet<String>, StoreError> {
        let path = self.folder.join(CLAIMS);
        let working = holders.iter().filter(|holder| !holder.stopped);
        let ids: Vec<_> = working.map(|holder| holder.id.as_str()).collect();
        let keys = claimed_by(&path, &ids).map_err(|source| StoreError::Read { path, source })?;
        Ok(keys.into_iter().collect())
    }

    /// The keys of all failures.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn failed(&self) -> Result<HashSet<String>, StoreError> {
        Ok(self.files(FAILURES, "json")?.into_keys().collect())
    }

    /// Files with that extension, by their names without it.
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
        for path in entries(&folder).map_err(read)? {
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
