//! Run records read back from a results folder: loose files, and the archive that holds many.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::{FAILURES, RUNS};
use crate::experiment::record::{Failure, RunRecord};
use crate::experiment::settings::RunSettings;
use crate::files::write_whole;

/// The archive in a results folder: gzip, one record in JSON per line.
pub const ARCHIVE: &str = "runs.jsonl.gz";

/// Why run records could not be read or archived.
#[derive(Debug, Error)]
pub enum ArchiveError {
    #[error("there is no results folder {0}, expected a folder with {RUNS}/ or {ARCHIVE}")]
    NoFolder(PathBuf),
    #[error("{0} has no run records, expected {RUNS}/*.json or {ARCHIVE} in it")]
    NoRuns(PathBuf),
    #[error("cannot read {path}")]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{path} is not a run record in JSON")]
    Record {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error("line {line} of {path} is not a run record in JSON")]
    Line {
        path: PathBuf,
        line: usize,
        #[source]
        source: serde_json::Error,
    },
    #[error("{place} has the key {found}, expected {expected}, the hash of its settings")]
    Key {
        place: String,
        found: String,
        expected: String,
    },
    #[error("{path} is not the record of a failure in JSON")]
    Failure {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error("cannot write {path}")]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// Every run record of a results folder, sorted by key. A loose record wins over an archived one
/// of the same key.
///
/// # Errors
/// When there is no such folder, no record in it, or a file that is not what it must be; also
/// when a record's key is not the hash of its settings.
pub fn read_runs(folder: &Path) -> Result<Vec<RunRecord>, ArchiveError> {
    if !folder.is_dir() {
        return Err(ArchiveError::NoFolder(folder.to_owned()));
    }
    let mut runs = BTreeMap::new();
    let archive = folder.join(ARCHIVE);
    if archive.exists() {
        read_lines(&archive, |line, run: RunRecord| {
            check_key(&run, || format!("line {line} of {}", archive.display()))?;
            runs.insert(run.key.clone(), run);
            Ok(())
        })?;
    }
    let loose = folder.join(RUNS);
    if loose.exists() {
        for path in json_files(&loose)? {
            let run = read_record(&path)?;
            runs.insert(run.key.clone(), run);
        }
    }
    if runs.is_empty() {
        return Err(ArchiveError::NoRuns(folder.to_owned()));
    }
    Ok(runs.into_values().collect())
}

/// How many models and runs failed that are still without a record; `runs` are those of the same
/// results folder.
///
/// # Errors
/// When a file is not the record of a failure.
pub fn count_failures(folder: &Path, runs: &[RunRecord]) -> Result<usize, ArchiveError> {
    let failures = folder.join(FAILURES);
    if !failures.exists() {
        return Ok(0);
    }
    let made: HashSet<&str> = runs.iter().map(|run| run.key.as_str()).collect();
    let mut count = 0;
    for path in json_files(&failures)? {
        let bytes = read_bytes(&path)?;
        let failure: Failure = serde_json::from_slice(&bytes)
            .map_err(|source| ArchiveError::Failure { path, source })?;
        count += usize::from(!made.contains(failure.key.as_str()));
    }
    Ok(count)
}

/// What is in the archive of a results folder.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// Keys of its runs.
    pub runs: HashSet<String>,
    /// Checksums of the model files of the dense networks that these were made with, by the keys of
    /// the models.
    pub dense: HashMap<String, String>,
}

/// The contents of the archive of a results folder, of which there may be none.
///
/// # Errors
/// When the archive is not what it must be.
pub fn contents(folder: &Path) -> Result<Contents, ArchiveError> {
    #[derive(Deserialize)]
    struct Run {
        key: String,
        settings: RunSettings,
        dense: Dense,
    }
    #[derive(Deserialize)]
    struct Dense {
        sha256: String,
    }
    let mut contents = Contents::default();
    let archive = folder.join(ARCHIVE);
    if archive.exists() {
        read_lines(&archive, |_, run: Run| {
            let model = run.settings.dense_model().key();
            contents.dense.insert(model, run.dense.sha256);
            contents.runs.insert(run.key);
            Ok(())
        })?;
    }
    Ok(contents)
}

/// Moves all loose records into the archive and returns how many there are in it. Nobody may be
/// working on the folder.
///
/// # Errors
/// As [`read_runs`] and [`write_archive`], and when a loose record cannot be removed.
pub fn pack(folder: &Path) -> Result<usize, ArchiveError> {
    let runs = read_runs(folder)?;
    write_archive(folder, &runs)?;
    for run in &runs {
        let path = folder.join(RUNS).join(format!("{}.json", run.key));
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(ArchiveError::Write { path, source });
            }
            _ => {}
        }
    }
    Ok(runs.len())
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

/// Reads what is wanted of each record in an archive.
fn read_lines<T: DeserializeOwned>(
    path: &Path,
    mut take: impl FnMut(usize, T) -> Result<(), ArchiveError>,
) -> Result<(), ArchiveError> {
    let unreadable = |source| ArchiveError::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    let lines = BufReader::new(MultiGzDecoder::new(file)).lines();
    for (index, line) in lines.enumerate() {
        let line = line.map_err(unreadable)?;
        let record = serde_json::from_str(&line).map_err(|source| ArchiveError::Line {
            path: path.to_owned(),
            line: index + 1,
            source,
        })?;
        take(index + 1, record)?;
    }
    Ok(())
}

fn read_record(path: &Path) -> Result<RunRecord, ArchiveError> {
    let bytes = read_bytes(path)?;
    let run = serde_json::from_slice(&bytes).map_err(|source| ArchiveError::Record {
        path: path.to_owned(),
        source,
    })?;
    check_key(&run, || path.display().to_string())?;
    Ok(run)
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, ArchiveError> {
    fs::read(path).map_err(|source| ArchiveError::Read {
        path: path.to_owned(),
        source,
    })
}

/// A record under a key that is not its own was changed, or its settings mean something else now.
fn check_key(run: &RunRecord, place: impl Fn() -> String) -> Result<(), ArchiveError> {
    let expected = run.settings.key();
    if run.key == expected {
        return Ok(());
    }
    Err(ArchiveError::Key {
        place: place(),
        found: run.key.clone(),
        expected,
    })
}

/// The files in a folder whose names end in `.json`, sorted: others are still being written.
fn json_files(folder: &Path) -> Result<Vec<PathBuf>, ArchiveError> {
    let unreadable = |source| ArchiveError::Read {
        path: folder.to_owned(),
        source,
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|found| found == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
