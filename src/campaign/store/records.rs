//! The records of a store, one file each, some with another file beside them.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::TempPath;

use super::Store;
use super::damage::{Damage, Lookup, Remedy};
use super::error::StoreError;
use crate::campaign::record::{Checked, Failure, Kind, Record, parse};
use crate::files::{remove_if_there, temporary_for_parent_in, write_new, write_whole};

impl Store {
    /// Path of the file beside the record of a kind with that key.
    ///
    /// # Panics
    /// When the kind has no such files.
    pub fn file_path(&self, kind: &Kind, key: &str) -> PathBuf {
        let extension = kind.file.expect("a kind with files");
        let folder = self.folder.join(kind.folder);
        folder.join(format!("{key}.{extension}"))
    }

    /// Looks up a record.
    ///
    /// # Errors
    /// When it cannot be read for now.
    pub fn record<R: Record>(&self, key: &str) -> Result<Lookup<R>, StoreError> {
        if self.lacks_file(R::KIND, key) {
            return Ok(Lookup::Absent);
        }
        read_record(&self.path(R::KIND, key))
    }

    /// Looks up whether there is a record of a kind that counts.
    ///
    /// # Errors
    /// When it cannot be read for now.
    pub fn lookup(&self, kind: &Kind, key: &str) -> Result<Lookup<Checked>, StoreError> {
        if self.lacks_file(kind, key) {
            return Ok(Lookup::Absent);
        }
        look_up(&self.path(kind, key), kind.check, |checked| &checked.key)
    }

    /// Whether a record would be one of a file that was removed: it is written after the file.
    fn lacks_file(&self, kind: &Kind, key: &str) -> bool {
        kind.file.is_some() && !self.file_path(kind, key).is_file()
    }

    /// Looks up the failure of the task with that key.
    ///
    /// # Errors
    /// When it cannot be read for now.
    pub fn failure(&self, key: &str) -> Result<Lookup<Failure>, StoreError> {
        read_record(&self.path(Failure::KIND, key))
    }

    /// Creates a temporary file for the file beside a record of a kind; it belongs to the parent of this process.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create_file(&self, kind: &Kind) -> Result<TempPath, StoreError> {
        let path = self.folder.join(kind.folder);
        match temporary_for_parent_in(&path) {
            Ok(file) => Ok(file.into_temp_path()),
            Err(source) => Err(StoreError::Write { path, source }),
        }
    }

    /// Stores a record with the file beside it, which has the name `made` in the same folder; returns whether it did:
    /// an existing record is kept.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn add_with_file<R: Record>(&self, record: &R, made: &str) -> Result<bool, StoreError> {
        let made = self.folder.join(R::KIND.folder).join(made);
        let path = self.path(R::KIND, record.key());
        let own = self.file_path(R::KIND, record.key());
        if path.exists() && own.exists() {
            // A file that stays is removed later.
            let _ = fs::remove_file(made);
            return Ok(false);
        }
        // A record whose file was removed is not one of the new file.
        remove(&path)?;
        fs::rename(made, &own).map_err(|source| StoreError::Write { path: own, source })?;
        write(&path, record)
    }

    /// Stores a record; returns whether it did: an existing record is kept.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add<R: Record>(&self, record: &R) -> Result<bool, StoreError> {
        write(&self.path(R::KIND, record.key()), record)
    }

    /// Stores a failure, replacing an earlier one.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add_failure(&self, failure: &Failure) -> Result<(), StoreError> {
        let path = self.path(Failure::KIND, &failure.key);
        let text = json(failure);
        write_whole(&path, |out| out.write_all(&text))
            .map_err(|source| StoreError::Write { path, source })
    }

    /// Deletes a failure, so that the task is tried again.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn forget_failure(&self, key: &str) -> Result<(), StoreError> {
        remove(&self.path(Failure::KIND, key))
    }

    /// Whether a record with this key, or the record of its failure, is damaged, planned or not.
    ///
    /// # Errors
    /// When it cannot be read for now.
    pub fn is_damaged(&self, key: &str) -> Result<bool, StoreError> {
        for kind in self.all_kinds() {
            let found = look_up(&self.path(kind, key), kind.check, |checked| &checked.key)?;
            if found.damage().is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Renames the files of a task, one of which is damaged, so that it is done again. The
    /// key must be claimed: otherwise a new record might be taken for the damaged one.
    ///
    /// # Errors
    /// When a file cannot be renamed.
    pub fn set_aside(&self, key: &str) -> Result<(), StoreError> {
        for kind in self.all_kinds() {
            let file = kind.file.map(|_| self.file_path(kind, key));
            for path in [Some(self.path(kind, key)), file].into_iter().flatten() {
                if let Err(source) = rename_aside(&path) {
                    return Err(StoreError::Write { path, source });
                }
            }
        }
        Ok(())
    }

    pub(super) fn path(&self, kind: &Kind, key: &str) -> PathBuf {
        let folder = self.folder.join(kind.folder);
        folder.join(format!("{key}.json"))
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
pub(super) fn read_record<R: Record>(path: &Path) -> Result<Lookup<R>, StoreError> {
    look_up(path, parse::<R>, |record: &R| record.key())
}

/// Reads a file that must have the key that it is named after.
///
/// # Errors
/// When it cannot be read for now.
pub(super) fn look_up<T>(
    path: &Path,
    read: impl Fn(&[u8]) -> Result<T, String>,
    key: impl Fn(&T) -> &str,
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
    Ok(match read(&bytes) {
        Err(why) => damaged(path, why),
        Ok(found) => match misnamed(key(&found), path) {
            Some(why) => damaged(path, why),
            None => Lookup::Sound(found),
        },
    })
}

/// A record under the name of another would pass for that one, which would never be made.
fn misnamed(key: &str, path: &Path) -> Option<String> {
    let name = stem(path);
    (name.as_deref() != Some(key))
        .then(|| format!("it holds the record of {key}, which belongs in {key}.json"))
}

/// The damage of a file that `--retry-failed` sets aside.
pub fn damaged<T>(path: &Path, why: String) -> Lookup<T> {
    Lookup::Damaged(Damage {
        place: place(path),
        key: stem(path),
        remedy: Remedy::Retry,
        why,
    })
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
