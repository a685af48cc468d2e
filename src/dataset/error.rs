//! Errors of image data: every message names the file and what was expected of it.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a data set could not be loaded, downloaded or rescaled.
#[derive(Debug, Error)]
pub enum DatasetError {
    /// A file is in its folder neither under its own name nor with `.gz` appended.
    #[error(
        "{} is missing: expected this file, or the same name with .gz (see datasets/README.md for where to get it)",
        path.display()
    )]
    Missing {
        /// Path of the unpacked file.
        path: PathBuf,
    },

    /// A file exists but cannot be opened or read.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// File that could not be read.
        path: PathBuf,
        /// What the operating system reported.
        source: io::Error,
    },

    /// A file begins like a gzip file but cannot be unpacked completely.
    #[error("{}: broken gzip file", path.display())]
    Gzip {
        /// The packed file.
        path: PathBuf,
        /// What the decoder reported.
        source: io::Error,
    },

    /// A file does not begin with the magic number of IDX images or labels.
    #[error("{}: magic number is {found}, expected {expected} (IDX, unsigned bytes)", path.display())]
    Magic {
        /// File with the wrong beginning.
        path: PathBuf,
        /// The first four bytes, big-endian.
        found: u32,
        /// 2051 for images, 2049 for labels.
        expected: u32,
    },

    /// The header announces another number of records than the data set has.
    #[error("{}: holds {found} records, expected {expected}", path.display())]
    Records {
        /// File with the wrong header.
        path: PathBuf,
        /// Number of records in the header.
        found: u32,
        /// Number of records in the published file.
        expected: u32,
    },

    /// The header announces images of another shape.
    #[error("{}: images are {rows} x {columns}, expected {expected} x {expected}", path.display())]
    Side {
        /// File with the wrong header.
        path: PathBuf,
        /// Rows of pixels per image, by the header.
        rows: u32,
        /// Columns of pixels per image, by the header.
        columns: u32,
        /// Pixels per row and per column in the published file.
        expected: u32,
    },

    /// A file ends before its last record.
    #[error("{}: ends after {found} bytes, expected {expected}", path.display())]
    Short {
        /// The incomplete file.
        path: PathBuf,
        /// Bytes of the file, unpacked.
        found: usize,
        /// Bytes of the published file, unpacked.
        expected: usize,
    },

    /// A file continues after its last record.
    #[error("{}: continues after its {expected} bytes, expected the end of the file", path.display())]
    Trailing {
        /// File that is too long.
        path: PathBuf,
        /// Bytes of the published file, unpacked.
        expected: usize,
    },

    /// A label is not a class.
    #[error("{}: label of record {record} is {label}, expected 0 to 9", path.display())]
    Label {
        /// File of the labels.
        path: PathBuf,
        /// Position of the label in the file, from 0.
        record: usize,
        /// The label found, above 9.
        label: u8,
    },

    /// A downloaded or temporary file, or the folder for it, cannot be written.
    #[error("{}: cannot be written", path.display())]
    Write {
        /// File or folder that could not be written.
        path: PathBuf,
        /// What the operating system reported.
        source: io::Error,
    },

    /// The path of the temporary folder is not UTF-8, which the `mnist` crate requires.
    #[error("temporary folder {} has a name that is not UTF-8, expected one that is", path.display())]
    TemporaryName {
        /// The temporary folder.
        path: PathBuf,
    },

    /// No mirror sent the file whole in any round.
    #[error("{file} could not be downloaded in {rounds} rounds; in the last one: {}", failures.join("; "))]
    Download {
        /// Name of the unpacked file.
        file: String,
        /// How many times all mirrors were tried.
        rounds: usize,
        /// One line per mirror: its address and its error.
        failures: Vec<String>,
    },

    /// Images are to be scaled to side 0 or to a larger side than they have.
    #[error("images of side {from} cannot be scaled to side {to}, expected 1 to {from}")]
    Rescale {
        /// Pixels per row and per column of the images.
        from: usize,
        /// Pixels per row and per column that were requested.
        to: usize,
    },
}
