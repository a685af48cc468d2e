//! The folder of results: descriptions, records, failures, and who works on what.
//!
//! ```text
//! experiments/NAME.toml      description of an experiment
//! KIND/KEY.json              a record, for example of a model, written after
//! KIND/KEY.EXTENSION         the file beside it
//! runs/KEY.json              a run's record
//! runs.jsonl.gz              records of runs in one file
//! failures/KEY.json          why a task failed
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

pub use archive::{Contents, write_archive};
pub use claim::{Claim, Claims};
pub use damage::{Damage, Lookup, Remedy};
pub use error::StoreError;
pub use lease::Holder;
pub use ledger::{Counts, Ledger};
pub use packing::Packed;
pub use reading::{Records, count_failures, read_records};
pub use records::damaged;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::record::{Failure, Kind, Record};
use crate::files::{entries, sweep, write_whole};
use claim::{claimed_by, remove_settled};
use lease::{Lease, holders, remove_long_dead};

const EXPERIMENTS: &str = "experiments";
const CLAIMS: &str = "claims";
const WORKERS: &str = "workers";

/// A folder of results.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
    kinds: &'static [&'static Kind],
}

impl Store {
    /// Opens the store in `folder`, which is created if it is missing, for records of these kinds.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(folder: &Path, kinds: &'static [&'static Kind]) -> Result<Self, StoreError> {
        make_folder(folder.join(EXPERIMENTS))?;
        Self::open(folder, kinds)
    }

    /// Opens the existing store in `folder`, for records of these kinds.
    ///
    /// # Errors
    /// When there is none.
    pub fn open(folder: &Path, kinds: &'static [&'static Kind]) -> Result<Self, StoreError> {
        let folder = folder.to_owned();
        if folder.join(EXPERIMENTS).is_dir() {
            Ok(Self { folder, kinds })
        } else {
            Err(StoreError::NoStore { folder })
        }
    }

    /// The kinds of records, and that of failures.
    fn all_kinds(&self) -> impl Iterator<Item = &'static Kind> {
        self.kinds.iter().copied().chain([Failure::KIND])
    }

    /// The kind that is archived.
    fn archived_kind(&self) -> Option<&'static Kind> {
        self.kinds
            .iter()
            .copied()
            .find(|kind| kind.archive.is_some())
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Stores a description under a name of its own.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add_description(&self, name: &str, text: &str) -> Result<(), StoreError> {
        let path = self.folder.join(EXPERIMENTS).join(format!("{name}.toml"));
        write_whole(&path, |out| out.write_all(text.as_bytes()))
            .map_err(|source| StoreError::Write { path, source })
    }

    /// The texts of all descriptions by name, with their files.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn descriptions(&self) -> Result<BTreeMap<String, (PathBuf, String)>, StoreError> {
        let files = self.files(EXPERIMENTS, "toml")?.into_iter();
        let read = |(name, path): (String, PathBuf)| match fs::read_to_string(&path) {
            Ok(text) => Ok((name, (path, text))),
            Err(source) => Err(StoreError::Read { path, source }),
        };
        files.map(read).collect()
    }

    /// Whether a task with that key seems to be done, validly or not; a cheap check.
    fn seems_made(&self, key: &str) -> bool {
        self.kinds.iter().any(|kind| {
            let has_file = kind.file.is_none() || self.file_path(kind, key).is_file();
            has_file && self.path(kind, key).is_file()
        })
    }

    /// Reads what is in the archive.
    ///
    /// # Errors
    /// When there is an archive that cannot be read.
    pub fn archived(&self) -> Result<Contents, StoreError> {
        match self.archived_kind() {
            Some(kind) => Contents::of(&self.folder, kind),
            None => Ok(Contents::default()),
        }
    }

    /// Reads the archive again if it was replaced since `contents` were read.
    ///
    /// # Errors
    /// When there is an archive that cannot be read.
    pub fn refresh(&self, contents: &mut Contents) -> Result<(), StoreError> {
        match self.archived_kind() {
            Some(kind) => contents.refresh(&self.folder, kind),
            None => Ok(()),
        }
    }

    /// Fails if part of the archive cannot be used: it is unknown which tasks would be done again.
    ///
    /// # Errors
    /// Names the first damaged line and the remedy.
    pub fn check_archive(&self) -> Result<(), StoreError> {
        // A duplicate line loses nothing.
        let damage = self.archived()?.damage.into_iter();
        let mut damage = damage.filter(|damage| damage.key.is_none());
        let archive = self.archived_kind().and_then(|kind| kind.archive);
        match (damage.next(), archive) {
            (Some(first), Some(archive)) => Err(StoreError::DamagedArchive {
                folder: self.folder.clone(),
                archive: self.folder.join(archive),
                first: Box::new(first),
            }),
            _ => Ok(()),
        }
    }

    /// Lists what should count but does not: damaged records, records under the names of others, and loose records of
    /// the archived kind, `R`, that differ from the archived ones.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn damage<R: Record + PartialEq>(&self) -> Result<Vec<Damage>, StoreError> {
        let found = reading::Found::<R>::in_folder(&self.folder)?;
        let mut damage = found.archived.damage;
        damage.extend(found.damage);
        for kind in self
            .all_kinds()
            .filter(|kind| kind.folder != R::KIND.folder)
        {
            damage.extend(reading::damaged(&self.folder, kind)?);
        }
        Ok(damage)
    }

    /// Lists the damaged loose records, those of failures included.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn damaged_records(&self) -> Result<Vec<Damage>, StoreError> {
        let mut damage = Vec::new();
        for kind in self.all_kinds() {
            damage.extend(reading::damaged(&self.folder, kind)?);
        }
        Ok(damage)
    }

    /// Moves the records of the archived kind, `R`, into the archive.
    ///
    /// # Errors
    /// When another process works on the store, or a file cannot be read or written.
    pub fn pack<R: Record + PartialEq>(&self) -> Result<Packed, StoreError> {
        let claims = self.begin_work(0, 0)?;
        let others = self.holders()?.len().saturating_sub(1);
        if others > 0 {
            let folder = self.folder.clone();
            return Err(StoreError::Busy { folder, others });
        }
        let packed = packing::pack::<R>(&self.folder)?;
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
        let folders = self.all_kinds().map(|kind| kind.folder);
        for name in folders.chain([EXPERIMENTS, CLAIMS, WORKERS]) {
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
        for kind in self.all_kinds() {
            // Only an existing folder can have changed.
            let _ = fs::File::open(self.folder.join(kind.folder));
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
        Ok(self
            .files(Failure::KIND.folder, "json")?
            .into_keys()
            .collect())
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
