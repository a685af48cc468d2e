//! Files for the tests of this folder: the real ones where available, and synthetic ones.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::DatasetName;
use super::files::{self, Content, IdxFile, SIDE};

/// The folder with the real image files; `None`, noted on stderr, if it does not exist.
pub(super) fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("PIPELINE_DATA_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    if folder.join("mnist").is_dir() {
        return Some(folder);
    }
    // Bypasses the output capture of passing tests.
    let _ = writeln!(
        std::io::stderr(),
        "skipped: no image files in {}",
        folder.display()
    );
    None
}

/// The content of a valid file: image k is filled with k modulo 251, label k is k modulo 10.
pub(super) fn bytes(file: &IdxFile) -> Vec<u8> {
    let records = 0..file.records;
    let records: Vec<u8> = match file.content {
        Content::Images => records
            .flat_map(|k| [(k % 251) as u8; (SIDE * SIDE) as usize])
            .collect(),
        Content::Labels => records.map(|k| (k % 10) as u8).collect(),
    };
    [file.header(), records].concat()
}

pub(super) fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Writes a complete synthetic data set below `root`, every other file packed.
pub(super) fn write_all(name: DatasetName, root: &Path) {
    let folder = root.join(name.to_string());
    std::fs::create_dir(&folder).unwrap();
    for (index, file) in files::files(name).iter().enumerate() {
        let (path, content) = match index % 2 {
            0 => (format!("{}.gz", file.name), packed(&bytes(file))),
            _ => (file.name.to_string(), bytes(file)),
        };
        std::fs::write(folder.join(path), content).unwrap();
    }
}
