//! Wraps the `mnist` crate so that it cannot panic.
//!
//! The crate panics on every invalid file and takes only unpacked files of full size. So each file
//! is read and checked here first, written unpacked to a temporary folder, and parsed from there.

use std::fs;
use std::path::{Path, PathBuf};

use mnist::MnistBuilder;

use super::error::DatasetError;
use super::files::{self, SIDE, TEST_RECORDS, TRAIN_RECORDS};
use super::{Dataset, DatasetName, Split, idx};

/// Reads the data set whose four IDX files are in `folder`, packed or not.
///
/// # Errors
/// When a file is missing or invalid, or the temporary folder cannot be written.
pub(super) fn from_folder(name: DatasetName, folder: &Path) -> Result<Dataset, DatasetError> {
    let temporary = tempfile::tempdir().map_err(|source| DatasetError::Write {
        path: std::env::temp_dir(),
        source,
    })?;
    for file in files::files(name) {
        let path = idx::find(&file, folder).ok_or_else(|| DatasetError::Missing {
            path: folder.join(file.name),
        })?;
        let unpacked = temporary.path().join(file.name);
        fs::write(&unpacked, idx::read(&file, &path)?).map_err(|source| DatasetError::Write {
            path: unpacked,
            source,
        })?;
    }
    from_checked(name, temporary.path())
}

/// Parses four files that [`from_folder`] has checked.
fn from_checked(name: DatasetName, folder: &Path) -> Result<Dataset, DatasetError> {
    let base = folder.to_str().ok_or_else(|| DatasetError::TemporaryName {
        path: PathBuf::from(folder),
    })?;
    let parsed = MnistBuilder::new()
        .base_path(base)
        .label_format_digit()
        .training_set_length(TRAIN_RECORDS)
        .validation_set_length(0)
        .test_set_length(TEST_RECORDS)
        .finalize();
    let side = SIDE as usize;
    Ok(Dataset {
        name,
        train: Split::new(side, parsed.trn_img, parsed.trn_lbl),
        test: Split::new(side, parsed.tst_img, parsed.tst_lbl),
    })
}
