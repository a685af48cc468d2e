//! The archive of a results folder: many records of one kind in one compressed file.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File, Metadata};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::damage::{Damage, Remedy};
use super::error::StoreError;
use crate::campaign::record::{Checked, Kind, Record, parse};
use crate::files::write_whole;

/// What can be read of an archive, and its damage.
#[derive(Debug)]
pub(super) struct Archived<R> {
    /// By key, each with its line number.
    pub records: BTreeMap<String, (usize, R)>,
    pub damage: Vec<Damage>,
}

/// Summary of the archive of a results folder.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// Keys of its records.
    pub keys: HashSet<String>,
    /// Checksums of the files that the records were made with, by the keys of their tasks.
    pub made_with: HashMap<String, String>,
    /// Lines that cannot be used.
    pub damage: Vec<Damage>,
    /// Identifies the file, to detect that another archive has replaced it.
    stamp: Option<Stamp>,
}

/// Length and modification time.
type Stamp = (u64, Option<std::time::SystemTime>);

impl Contents {
    /// Reads the archive of records of a `kind` in a results folder; there may be none.
    ///
    /// # Errors
    /// When there is an archive that cannot be opened.
    pub(super) fn of(folder: &Path, kind: &Kind) -> Result<Self, StoreError> {
        let stamp = stamp(folder, kind);
        let read = |text: &[u8]| (kind.check)(text).map(|checked| (checked.key.clone(), checked));
        let archived: Archived<Checked> = Archived::read_with(folder, kind, read)?;
        let mut contents = Self {
            damage: archived.damage,
            stamp,
            ..Self::default()
        };
        for (key, (_, checked)) in archived.records {
            contents.made_with.extend(checked.made_with);
            contents.keys.insert(key);
        }
        Ok(contents)
    }

    /// Reads the archive again if it was replaced: this process may have been suspended while
    /// records were packed.
    ///
    /// # Errors
    /// When there is an archive that cannot be opened.
    pub(super) fn refresh(&mut self, folder: &Path, kind: &Kind) -> Result<(), StoreError> {
        if stamp(folder, kind) != self.stamp {
            *self = Self::of(folder, kind)?;
        }
        Ok(())
    }
}

fn stamp(folder: &Path, kind: &Kind) -> Option<Stamp> {
    let facts: Metadata = fs::metadata(folder.join(kind.archive?)).ok()?;
    Some((facts.len(), facts.modified().ok()))
}

impl<R: Record + PartialEq> Archived<R> {
    /// Reads what is readable in the archive of a results folder; there may be none.
    ///
    /// # Errors
    /// When there is an archive that cannot be opened.
    pub fn read(folder: &Path) -> Result<Self, StoreError> {
        Self::read_with(folder, R::KIND, |text| {
            parse::<R>(text).map(|record| (record.key().to_owned(), record))
        })
    }
}

impl<R: PartialEq> Archived<R> {
    /// Reads the archive of a `kind`; `read` returns the key and what is kept of a line.
    fn read_with(
        folder: &Path,
        kind: &Kind,
        read: impl Fn(&[u8]) -> Result<(String, R), String>,
    ) -> Result<Self, StoreError> {
        let mut archived = Self {
            records: BTreeMap::new(),
            damage: Vec::new(),
        };
        let Some(name) = kind.archive else {
            return Ok(archived);
        };
        let path = folder.join(name);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(archived),
            Err(source) => return Err(StoreError::Read { path, source }),
        };
        let mut lines = BufReader::new(MultiGzDecoder::new(file));
        let mut text = Vec::new();
        for line in 1.. {
            text.clear();
            match lines.read_until(b'\n', &mut text) {
                Ok(0) => break,
                Ok(_) => {
                    let text = text.strip_suffix(b"\n").unwrap_or(&text);
                    archived.take(line, name, read(text));
                }
                Err(error) => {
                    archived.damage.push(Damage {
                        place: name.to_owned(),
                        key: None,
                        remedy: Remedy::Pack,
                        why: format!(
                            "cannot read it from line {line} on ({error}): it is truncated or not a gzip file"
                        ),
                    });
                    break;
                }
            }
        }
        Ok(archived)
    }

    fn take(&mut self, line: usize, archive: &str, read: Result<(String, R), String>) {
        let (key, why) = match read {
            Err(why) => (None, why),
            Ok((key, record)) => match self.records.get(&key) {
                None => {
                    self.records.insert(key, (line, record));
                    return;
                }
                Some((first, other)) => {
                    let same = if *other == record {
                        "the same"
                    } else {
                        "not the same"
                    };
                    let why = format!(
                        "line {first} already has the record of this run, and {same}; the first counts"
                    );
                    (Some(key), why)
                }
            },
        };
        self.damage.push(Damage {
            place: format!("line {line} of {archive}"),
            key,
            remedy: Remedy::Pack,
            why,
        });
    }
}

/// Writes the archive of a results folder atomically; the same records give the same bytes.
///
/// # Errors
/// When the folder does not exist or is not writable.
///
/// # Panics
/// When records of this kind are not archived.
pub fn write_archive<R: Record>(folder: &Path, records: &[R]) -> Result<(), StoreError> {
    let mut sorted: Vec<&R> = records.iter().collect();
    sorted.sort_by(|a, b| a.key().cmp(b.key()));
    let path = folder.join(R::KIND.archive.expect("a kind with an archive"));
    write_whole(&path, |file| {
        // The header contains no time unless one is set.
        let mut out = GzEncoder::new(file, Compression::best());
        for record in sorted {
            serde_json::to_writer(&mut out, record)?;
            out.write_all(b"\n")?;
        }
        out.finish().map(drop)
    })
    .map_err(|source| StoreError::Write { path, source })
}
