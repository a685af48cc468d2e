//! The archive of a results folder: many run records in one compressed file.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File, Metadata};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::damage::{Damage, Remedy};
use super::error::StoreError;
use super::records::parse;
use crate::experiment::record::RunRecord;
use crate::files::write_whole;

/// Name of the archive in a results folder: gzip, one JSON record per line.
pub const ARCHIVE: &str = "runs.jsonl.gz";

/// The valid records of an archive, and its damage.
#[derive(Debug, Default)]
pub(super) struct Archived {
    /// By key, each with its line number.
    pub runs: BTreeMap<String, (usize, RunRecord)>,
    pub damage: Vec<Damage>,
}

/// Summary of the archive of a results folder.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// Keys of its runs.
    pub runs: HashSet<String>,
    /// Checksums of the dense model files that the runs were made with, by the keys of the models.
    pub dense: HashMap<String, String>,
    /// Lines that cannot be used.
    pub damage: Vec<Damage>,
    /// Identifies the file, to detect that another archive has replaced it.
    stamp: Option<Stamp>,
}

/// Length and modification time.
type Stamp = (u64, Option<std::time::SystemTime>);

impl Contents {
    /// Reads the archive of a results folder; there may be none.
    ///
    /// # Errors
    /// When there is an archive that cannot be opened.
    pub fn of(folder: &Path) -> Result<Self, StoreError> {
        let stamp = stamp(folder);
        let Archived { runs, damage } = Archived::read(folder)?;
        let mut contents = Self {
            damage,
            stamp,
            ..Self::default()
        };
        for (key, (_, run)) in runs {
            let model = run.settings.dense_model().key();
            contents.dense.insert(model, run.dense.sha256);
            contents.runs.insert(key);
        }
        Ok(contents)
    }

    /// Reads the archive again if it was replaced: this process may have been suspended while
    /// records were packed.
    ///
    /// # Errors
    /// As [`Contents::of`].
    pub fn refresh(&mut self, folder: &Path) -> Result<(), StoreError> {
        if stamp(folder) != self.stamp {
            *self = Self::of(folder)?;
        }
        Ok(())
    }

    /// Fails if part of the archive cannot be used: it is unknown which runs would be made again.
    ///
    /// # Errors
    /// Names the first damaged line and the remedy.
    pub fn check(&self, folder: &Path) -> Result<(), StoreError> {
        // A duplicate line loses nothing.
        match self.damage.iter().find(|damage| damage.key.is_none()) {
            None => Ok(()),
            Some(first) => Err(StoreError::DamagedArchive {
                folder: folder.to_owned(),
                first: first.clone(),
            }),
        }
    }
}

fn stamp(folder: &Path) -> Option<Stamp> {
    let facts: Metadata = fs::metadata(folder.join(ARCHIVE)).ok()?;
    Some((facts.len(), facts.modified().ok()))
}

impl Archived {
    /// Reads what is readable in the archive of a results folder; there may be none.
    ///
    /// # Errors
    /// When there is an archive that cannot be opened.
    pub fn read(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(ARCHIVE);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(StoreError::Read { path, source }),
        };
        let mut lines = BufReader::new(MultiGzDecoder::new(file));
        let mut archived = Self::default();
        let mut text = Vec::new();
        for line in 1.. {
            text.clear();
            match lines.read_until(b'\n', &mut text) {
                Ok(0) => break,
                Ok(_) => archived.take(line, text.strip_suffix(b"\n").unwrap_or(&text)),
                Err(error) => {
                    archived.damage.push(Damage {
                        place: String::from(ARCHIVE),
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

    fn take(&mut self, line: usize, text: &[u8]) {
        let (key, why) = match parse::<RunRecord>(text) {
            Err(why) => (None, why),
            Ok(run) => match self.runs.get(&run.key) {
                None => {
                    self.runs.insert(run.key.clone(), (line, run));
                    return;
                }
                Some((first, other)) => {
                    let same = if *other == run {
                        "the same"
                    } else {
                        "not the same"
                    };
                    let why = format!(
                        "line {first} already has the record of this run, and {same}; the first counts"
                    );
                    (Some(run.key), why)
                }
            },
        };
        let place = format!("line {line} of {ARCHIVE}");
        self.damage.push(Damage {
            place,
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
pub fn write_archive(folder: &Path, runs: &[RunRecord]) -> Result<(), StoreError> {
    let mut sorted: Vec<&RunRecord> = runs.iter().collect();
    sorted.sort_by(|a, b| a.key.cmp(&b.key));
    let path = folder.join(ARCHIVE);
    write_whole(&path, |file| {
        // The header contains no time unless one is set.
        let mut out = GzEncoder::new(file, Compression::best());
        for run in sorted {
            serde_json::to_writer(&mut out, run)?;
            out.write_all(b"\n")?;
        }
        out.finish().map(drop)
    })
    .map_err(|source| StoreError::Write { path, source })
}
