//! Errors of image data: every message names the file and what was expected of it.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a data set could not be loaded, downloaded or rescaled.
#[derive(Debug, Error)]
pub enum DatasetError {
    #[error(
        "{} is missing: expected this file, or the same name with .gz (see datasets/README.md for where to get it)",
        path.display()
    )]
    Missing { path: PathBuf },

    #[error("{}: cannot be read", path.display())]
    Read { path: PathBuf, source: io::Error },

    #[error("{}: broken gzip file", path.display())]
    Gzip { path: PathBuf, source: io::Error },

    #[error("{}: magic number is {found}, expected {expected} (IDX, unsigned bytes)", path.display())]
    Magic {
        path: PathBuf,
        found: u32,
        expected: u32,
    },

    #[error("{}: holds {found} records, expected {expected}", path.display())]
    Records {
        path: PathBuf,
        found: u32,
        expected: u32,
    },

    #[error("{}: images are {rows} x {columns}, expected {expected} x {expected}", path.display())]
    Side {
        path: PathBuf,
        rows: u32,
        columns: u32,
        expected: u32,
    },

    #[error("{}: ends after {found} bytes, expected {expected}", path.display())]
    Short {
        path: PathBuf,
        found: usize,
        expected: usize,
    },

    #[error("{}: continues after its {expected} bytes, expected the end of the file", path.display())]
    Trailing { path: PathBuf, expected: usize },

    #[error("{}: label of record {record} is {label}, expected 0 to 9", path.display())]
    Label {
        path: PathBuf,
        record: usize,
        label: u8,
    },

    #[error("{}: cannot be written", path.display())]
    Write { path: PathBuf, source: io::Error },

    #[error("temporary folder {} has a name that is not UTF-8, expected one that is", path.display())]
    TemporaryName { path: PathBuf },

    #[error("{file} could not be downloaded in {rounds} rounds; in the last one: {}", failures.join("; "))]
    Download {
        file: String,
        rounds: usize,
        /// One line per mirror: its address and its error.
        failures: Vec<String>,
    },

    #[error("images of side {from} cannot be scaled to side {to}, expected 1 to {from}")]
    Rescale { from: usize, to: usize },
}
