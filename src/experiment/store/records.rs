//! The records of a store, one file each: models, runs, failures.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempPath;

use super::damage::{Damage, Lookup, Remedy};
use super::error::StoreError;
use super::{FAILURES, MODELS, RUNS, Store};
use crate::experiment::record::{Failure, ModelRecord, RunRecord};
use crate::experiment::soundness::Record;
use crate::files::{remove_if_there, temporary_for_parent_in, write_new, write_whole};
use crate::formats::{ModelFile, Origin, file_sha256, read_model};
use crate::recipe::Recipe;

impl Store {
    /// Path of the model with that key.
    pub fn model_path(&self, key: &str) -> PathBuf {
        self.folder.join(MODELS).join(format!("{key}.safetensors"))
    }

    /// Looks up the record of an existing model.
    ///
    /// # Errors
    /// When it cannot be read for now.
    pub fn model(&self, key: &str) -> Result<Lookup<ModelRecord>, StoreError> {
        // The record is written after the model: a record without a model is of one that was
        // removed.
        if !self.model_path(key).is_file() {
            return Ok(Lookup::Absent);
        }
        read_record(&self.path(MODELS, key))
    }

    /// Looks up whether a model can be used: its record counts, its file is the one that the record
    /// was written for, and the parent it was pruned from is the one in the store.
    ///
    /// # Errors
    /// When a file cannot be read for now.
    pub fn usable_model(&self, model: &Recipe) -> Result<Lookup<()>, StoreError> {
        let key = model.key();
        let record = match self.model(&key)? {
            Lookup::Absent => return Ok(Lookup::Absent),
            Lookup::Damaged(damage) => return Ok(Lookup::Damaged(damage)),
            Lookup::Sound(record) => record,
        };
        let path = self.model_path(&key);
        match file_sha256(&path) {
            Ok(sha256) if sha256 == record.facts.sha256 => {}
            Ok(_) => return Ok(damaged(&path, "it is not the model of its record".into())),
            Err(error) => return Ok(damaged(&path, format!("it cannot be read ({error})"))),
        }
        let Some(parent) = model.parent() else {
            return Ok(Lookup::Sound(()));
        };
        let Lookup::Sound(parent) = self.model(&parent.key())? else {
            return Ok(Lookup::Sound(()));
        };
        Ok(match read_model(&path) {
            Err(error) => damaged(&path, format!("it cannot be read ({error})")),
            Ok(found) if is_from_another_parent(&found, &parent.facts.sha256) => damaged(
                &path,
                "it was pruned from another file of the dense model".into(),
            ),
            Ok(_) => Lookup::Sound(()),
        })
    }

    /// Looks up the record of a run in a separate file.
    ///
    /// # Errors
    /// When it cannot be read for now.
    pub fn run(&self, key: &str) -> Result<Lookup<RunRecord>, StoreError> {
        read_record(&self.path(RUNS, key))
    }

    /// Looks up the failure of the model or run with that key.
    ///
    /// # Errors
    /// When it cannot be read for now.
    pub fn failure(&self, key: &str) -> Result<Lookup<Failure>, StoreError> {
        read_record(&self.path(FAILURES, key))
    }

    /// Creates a temporary file in the models folder for a model; it belongs to the parent of this
    /// process.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create_model_file(&self) -> Result<TempPath, StoreError> {
        let path = self.folder.join(MODELS);
        match temporary_for_parent_in(&path) {
            Ok(file) => Ok(file.into_temp_path()),
            Err(source) => Err(StoreError::Write { path, source }),
        }
    }

    /// Stores a model, whose file has the name `made` in the models folder; returns whether it did:
    /// an existing record is kept.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn add_model(&self, record: &ModelRecord, made: &str) -> Result<bool, StoreError> {
        let made = self.folder.join(MODELS).join(made);
        let (path, own) = (self.path(MODELS, &record.key), self.model_path(&record.key));
        if path.exists() && own.exists() {
            // A file that stays is removed later.
            let _ = fs::remove_file(made);
            return Ok(false);
        }
        // A record whose model was removed is not one of the new model.
        remove(&path)?;
        fs::rename(made, &own).map_err(|source| StoreError::Write { path: own, source })?;
        write(&path, record)
    }

    /// Stores the record of a run; returns whether it did: an existing record is kept.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add_run(&self, record: &RunRecord) -> Result<bool, StoreError> {
        write(&self.path(RUNS, &record.key), record)
    }

    /// Stores a failure, replacing an earlier one.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add_failure(&self, failure: &Failure) -> Result<(), StoreError> {
        let path = self.path(FAILURES, &failure.key);
        let text = json(failure);
        write_whole(&path, |out| out.write_all(&text))
            .map_err(|source| StoreError::Write { path, source })
    }

    /// Deletes a failure, so that the model or run is tried again.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn forget_failure(&self, key: &str) -> Result<(), StoreError> {
        remove(&self.path(FAILURES, key))
    }

    /// Whether the record of a model, run or failure is damaged, planned or not.
    ///
    /// # Errors
    /// When it cannot be read for now.
    pub fn is_damaged(&self, key: &str) -> Result<bool, StoreError> {
        let model = read_record::<ModelRecord>(&self.path(MODELS, key))?.damage();
        let run = read_record::<RunRecord>(&self.path(RUNS, key))?.damage();
        let failure = self.failure(key)?.damage();
        Ok([model, run, failure].iter().any(Option::is_some))
    }

    /// Renames the files of a model or run, one of which is damaged, so that it is made again. The
    /// key must be claimed: otherwise a new record might be taken for the damaged one.
    ///
    /// # Errors
    /// When a file cannot be renamed.
    pub fn set_aside(&self, key: &str) -> Result<(), StoreError> {
        for path in [
            self.path(MODELS, key),
            self.model_path(key),
            self.path(RUNS, key),
            self.path(FAILURES, key),
        ] {
            if let Err(source) = rename_aside(&path) {
                return Err(StoreError::Write { path, source });
            }
        }
        Ok(())
    }

    pub(super) fn path(&self, folder: &str, key: &str) -> PathBuf {
        self.folder.join(folder).join(format!("{key}.json"))
    }
}

/// Renames a damaged file, if it exists, to the next free name NAME.damaged-N.
fn rename_aside(path: &Path) -> io::Result<()> {
    match link_aside(path)? {
        Some(_) => remove_if_there(path),
        None => Ok(()),
    }
}

/// Links a damaged file, if it exists, to the next free name NAME.damaged-N; returns that name.
pub(super) fn link_aside(path: &Path) -> io::Result<Option<PathBuf>> {
    for number in 1.. {
        let mut aside = path.as_os_str().to_owned();
        aside.push(format!(".damaged-{number}"));
        let aside = PathBuf::from(aside);
        match fs::hard_link(path, &aside) {
            Ok(()) => return Ok(Some(aside)),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    unreachable!("there are more numbers than files")
}

/// Reads the record in a file, which must have the key that the file is named after.
///
/// # Errors
/// When it cannot be read for now.
pub(super) fn read_record<T: Record + DeserializeOwned>(
    path: &Path,
) -> Result<Lookup<T>, StoreError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Lookup::Absent),
        Err(error) if is_lasting(&error) => {
            return Ok(damaged(path, format!("it cannot be read ({error})")));
        }
        Err(source) => {
            let path = path.to_owned();
            return Err(StoreError::Read { path, source });
        }
    };
    Ok(match parse::<T>(&bytes) {
        Err(why) => damaged(path, why),
        Ok(record) => match misnamed(&record, path) {
            Some(why) => damaged(path, why),
            None => Lookup::Sound(record),
        },
    })
}

/// Parses a record, or returns why the text is not one.
pub(super) fn parse<T: Record + DeserializeOwned>(text: &[u8]) -> Result<T, String> {
    if text.is_empty() {
        return Err(String::from("it is empty"));
    }
    let record: T = serde_json::from_slice(text)
        .map_err(|error| format!("it is not a {} in JSON ({error})", T::WHAT))?;
    match record.fault() {
        None => Ok(record),
        Some(why) => Err(why),
    }
}

/// A record under the name of another would pass for that one, which would never be made.
fn misnamed(record: &impl Record, path: &Path) -> Option<String> {
    let (name, key) = (stem(path), record.key());
    (name.as_deref() != Some(key))
        .then(|| format!("it holds the record of {key}, which belongs in {key}.json"))
}

fn damaged<T>(path: &Path, why: String) -> Lookup<T> {
    Lookup::Damaged(Damage {
        place: place(path),
        key: stem(path),
        remedy: Remedy::Retry,
        why,
    })
}

/// Whether a model was pruned from a file other than the one with this checksum.
pub fn is_from_another_parent(model: &ModelFile, parent_sha256: &str) -> bool {
    let origin = model.metadata.as_ref().map(|metadata| &metadata.origin);
    matches!(origin, Some(Origin::Pruned { parent_sha256: own, .. }) if own != parent_sha256)
}

/// Folder and name, which identify a file within a store.
pub(super) fn place(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name);
    match (folder, path.file_name()) {
        (Some(folder), Some(file)) => Path::new(folder).join(file).display().to_string(),
        _ => path.display().to_string(),
    }
}

fn stem(path: &Path) -> Option<String> {
    let stem = path.file_stem()?;
    Some(stem.to_string_lossy().into_owned())
}

/// Whether a second try would fail in the same way. A network file system may fail once.
fn is_lasting(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::PermissionDenied | ErrorKind::IsADirectory
    )
}

fn remove(path: &Path) -> Result<(), StoreError> {
    remove_if_there(path).map_err(|source| StoreError::Write {
        path: path.to_owned(),
        source,
    })
}

fn write(path: &Path, record: &impl Serialize) -> Result<bool, StoreError> {
    let text = json(record);
    write_new(path, |out| out.write_all(&text)).map_err(|source| StoreError::Write {
        path: path.to_owned(),
        source,
    })
}

fn json(record: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(record).expect("records have string keys only")
}
