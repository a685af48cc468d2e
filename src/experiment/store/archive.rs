//! The archive of a results folder: many records of runs in one compressed file.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File, Metadata};
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use thiserror::Error;

use super::damage::Damage;
use super::records::parse;
use super::{RUNS, StoreError};
use crate::experiment::record::RunRecord;
use crate::files::write_whole;

/// The archive in a results folder: gzip, one record in JSON per line.
pub const ARCHIVE: &str = "runs.jsonl.gz";

/// Why run records could not be read or archived.
#[derive(Debug, Error)]
pub enum ArchiveError {
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
    Damaged { folder: PathBuf, first: Damage },
    #[error("cannot read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("cannot write {}", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Store(Box<StoreError>),
}

/// The sound records of an archive, and the rest.
#[derive(Debug, Default)]
pub(super) struct Archived {
    /// By key, each with the line where it is.
    pub runs: BTreeMap<String, (usize, RunRecord)>,
    pub damage: Vec<Damage>,
}

/// What is in the archive of a results folder.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// Keys of its runs.
    pub runs: HashSet<String>,
    /// Checksums of the model files of the dense networks that these were made with, by the keys of
    /// the models.
    pub dense: HashMap<String, String>,
    /// Lines that cannot be used.
    pub damage: Vec<Damage>,
    /// Identifies the file, to notice when another archive has replaced it.
    stamp: Option<Stamp>,
}

/// Length and time of last change.
type Stamp = (u64, Option<std::time::SystemTime>);

impl Contents {
    /// The contents of the archive of a results folder, of which there may be none.
    ///
    /// # Errors
    /// When there is an archive that cannot be opened.
    pub fn of(folder: &Path) -> Result<Self, ArchiveError> {
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

    /// Reads the archive again where it is another now: this process may have stood still while
    /// records were packed.
    ///
    /// # Errors
    /// As [`Contents::of`].
    pub fn refresh(&mut self, folder: &Path) -> Result<(), ArchiveError> {
        if stamp(folder) != self.stamp {
            *self = Self::of(folder)?;
        }
        Ok(())
    }

    /// Fails where some of it cannot be used: it is not known which runs would be made again.
    ///
    /// # Errors
    /// Names the first line and what to do.
    pub fn check(&self, folder: &Path) -> Result<(), ArchiveError> {
        // A line that is there twice loses nothing.
        match self.damage.iter().find(|damage| damage.key.is_none()) {
            None => Ok(()),
            Some(first) => Err(ArchiveError::Damaged {
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
    /// All that can be read of the archive of a results folder, of which there may be none.
    ///
    /// # Errors
    /// When there is an archive that cannot be opened.
    pub fn read(folder: &Path) -> Result<Self, ArchiveError> {
        let path = folder.join(ARCHIVE);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(ArchiveError::Read { path, source }),
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
                        why: format!(
                            "cannot read it from line {line} on ({error}): it is cut or no gzip file"
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
                        "the record of this run is in line {first} already, and {same}; the first counts"
                    );
                    (Some(run.key), why)
                }
            },
        };
        let place = format!("line {line} of {ARCHIVE}");
        self.damage.push(Damage { place, key, why });
    }
}

/// Writes the archive of a results folder whole; the same records give the same bytes.
///
/// # Errors
/// When the folder is not there or cannot be written.
pub fn write_archive(folder: &Path, runs: &[RunRecord]) -> Result<(), ArchiveError> {
    let mut sorted: Vec<&RunRecord> = runs.iter().collect();
    sorted.sort_by(|a, b| a.key.cmp(&b.key));
    let path = folder.join(ARCHIVE);
    write_whole(&path, |file| {
        // The encoder's header has no time in it unless one is given.
        let mut out = GzEncoder::new(file, Compression::best());
        for run in sorted {
            serde_json::to_writer(&mut out, run)?;
            out.write_all(b"\n")?;
        }
        out.finish().map(drop)
    })
    .map_err(|source| ArchiveError::Write { path, source })
}
