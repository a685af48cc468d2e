//! Reads IDX files, packed or not, and checks every byte that can be wrong.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::error::DatasetError;
use super::files::{Content, IdxFile, SIDE};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The path of `file` in `folder`, under its name or with `.gz` appended; `None` if neither exists.
pub(super) fn find(file: &IdxFile, folder: &Path) -> Option<PathBuf> {
    let plain = folder.join(file.name);
    let packed = folder.join(format!("{}.gz", file.name));
    [plain, packed].into_iter().find(|path| path.is_file())
}

/// Reads and unpacks `path`, and checks that it is as `file` describes.
///
/// # Errors
/// When the file cannot be read, is not a complete gzip file, or differs from the description in
/// magic number, number of records, side, length, or range of labels.
pub(super) fn read(file: &IdxFile, path: &Path) -> Result<Vec<u8>, DatasetError> {
    let bytes = unpack(file, path)?;
    check(file, path, &bytes)?;
    Ok(bytes)
}

/// The unpacked bytes of `path`, at most one more than the file must have, so that a small file
/// cannot unpack to more than the memory.
pub(super) fn unpack(file: &IdxFile, path: &Path) -> Result<Vec<u8>, DatasetError> {
    let unreadable = |source| DatasetError::Read {
        path: path.into(),
        source,
    };
    let broken = |source| DatasetError::Gzip {
        path: path.into(),
        source,
    };
    let limit = file.bytes() as u64 + 1;
    let mut bytes = Vec::with_capacity(file.bytes() + 1);
    let mut opened = File::open(path).map_err(unreadable)?;
    if starts_as_gzip(&mut opened).map_err(unreadable)? {
        let decoder = MultiGzDecoder::new(BufReader::new(opened));
        decoder.take(limit).read_to_end(&mut bytes).map_err(broken)
    } else {
        opened
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(unreadable)
    }?;
    Ok(bytes)
}

fn starts_as_gzip(file: &mut File) -> std::io::Result<bool> {
    let mut start = Vec::new();
    file.by_ref()
        .take(GZIP_MAGIC.len() as u64)
        .read_to_end(&mut start)?;
    file.rewind()?;
    Ok(start == GZIP_MAGIC)
}

fn check(file: &IdxFile, path: &Path, bytes: &[u8]) -> Result<(), DatasetError> {
    let path = || path.to_path_buf();
    let expected = file.bytes();
    let short = DatasetError::Short {
        path: path(),
        found: bytes.len(),
        expected,
    };
    if bytes.len() < file.header_bytes() {
        return Err(short);
    }
    let (header, records) = bytes.split_at(file.header_bytes());
    check_header(file, path, header)?;
    if bytes.len() < expected {
        return Err(short);
    }
    if bytes.len() > expected {
        return Err(DatasetError::Trailing {
            path: path(),
            expected,
        });
    }
    match file.content {
        Content::Images => Ok(()),
        Content::Labels => check_labels(path, records),
    }
}

fn check_header(
    file: &IdxFile,
    path: impl Fn() -> PathBuf,
    header: &[u8],
) -> Result<(), DatasetError> {
    let words: Vec<u32> = header
        .chunks_exact(4)
        .map(|word| word.iter().fold(0, |sum, &byte| sum << 8 | u32::from(byte)))
        .collect();
    let magic = match file.content {
        Content::Images => 0x0803,
        Content::Labels => 0x0801,
    };
    if words[0] != magic {
        return Err(DatasetError::Magic {
            path: path(),
            found: words[0],
            expected: magic,
        });
    }
    if words[1] != file.records {
        return Err(DatasetError::Records {
            path: path(),
            found: words[1],
            expected: file.records,
        });
    }
    match words[2..] {
        [rows, columns] if [rows, columns] != [SIDE; 2] => Err(DatasetError::Side {
            path: path(),
            rows,
            columns,
            expected: SIDE,
        }),
        _ => Ok(()),
    }
}

fn check_labels(path: impl Fn() -> PathBuf, labels: &[u8]) -> Result<(), DatasetError> {
    let wrong = |&(_, &label): &(usize, &u8)| usize::from(label) >= super::CLASSES;
    match labels.iter().enumerate().find(wrong) {
        None => Ok(()),
        Some((record, &label)) => Err(DatasetError::Label {
            path: path(),
            record,
            label,
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::dataset::test_data;

    const IMAGES: IdxFile = IdxFile {
        name: "images",
        content: Content::Images,
        records: 3,
        sha256: "",
    };
    const LABELS: IdxFile = IdxFile {
        name: "labels",
        content: Content::Labels,
        records: 12,
        sha256: "",
    };

    /// The result of reading a file with this content.
    fn read_bytes(file: &IdxFile, content: &[u8]) -> Result<Vec<u8>, DatasetError> {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("some name");
        fs::write(&path, content).unwrap();
        read(file, &path)
    }

    fn message(file: &IdxFile, content: &[u8]) -> String {
        let error = read_bytes(file, content).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("some name: "), "{message}");
        message
    }

    #[test]
    fn reads_plain_and_packed_whatever_the_name() {
        for file in [IMAGES, LABELS] {
            let bytes = test_data::bytes(&file);
            assert_eq!(read_bytes(&file, &bytes).unwrap(), bytes);
            assert_eq!(
                read_bytes(&file, &test_data::packed(&bytes)).unwrap(),
                bytes
            );
        }
    }

    #[test]
    fn finds_plain_before_packed() {
        let folder = TempDir::new().unwrap();
        assert_eq!(find(&LABELS, folder.path()), None);
        for name in ["labels.gz", "labels"] {
            let path = folder.path().join(name);
            fs::write(&path, "").unwrap();
            assert_eq!(find(&LABELS, folder.path()), Some(path));
        }
    }

    #[test]
    fn distinguishes_wrong_headers() {
        let bytes = test_data::bytes(&IMAGES);
        let changed = |at: usize, value: u8| {
            let mut bytes = bytes.clone();
            bytes[at] = value;
            message(&IMAGES, &bytes)
        };
        assert!(
            changed(3, 1).ends_with("magic number is 2049, expected 2051 (IDX, unsigned bytes)")
        );
        assert!(changed(7, 4).ends_with("holds 4 records, expected 3"));
        assert!(changed(11, 27).ends_with("images are 27 x 28, expected 28 x 28"));
        assert!(changed(15, 29).ends_with("images are 28 x 29, expected 28 x 28"));
        assert!(
            message(&LABELS, &bytes)
                .ends_with("magic number is 2051, expected 2049 (IDX, unsigned bytes)")
        );
    }

    #[test]
    fn distinguishes_short_and_long_files_packed_or_not() {
        let bytes = test_data::bytes(&LABELS);
        for length in [0, 1, 7, 8, 19] {
            let expected = format!("ends after {length} bytes, expected 20");
            assert!(message(&LABELS, &bytes[..length]).ends_with(&expected));
            let packed = test_data::packed(&bytes[..length]);
            assert!(message(&LABELS, &packed).ends_with(&expected));
        }
        let long = [&bytes[..], &[0; 5]].concat();
        for content in [test_data::packed(&long), long] {
            assert!(
                message(&LABELS, &content)
                    .ends_with("continues after its 20 bytes, expected the end of the file")
            );
        }
    }

    #[test]
    fn refuses_damaged_gzip_wherever_the_damage_is() {
        let packed = test_data::packed(&test_data::bytes(&LABELS));
        for length in [2, 10, packed.len() / 2, packed.len() - 1] {
            assert!(message(&LABELS, &packed[..length]).ends_with("broken gzip file"));
        }
        let mut wrong_sum = packed.clone();
        let at = packed.len() - 8;
        wrong_sum[at] ^= 1;
        assert!(message(&LABELS, &wrong_sum).ends_with("broken gzip file"));
        let tail = [&packed[..], b"tail"].concat();
        assert!(message(&LABELS, &tail).ends_with("broken gzip file"));
    }

    #[test]
    fn names_the_record_with_a_wrong_label() {
        let mut bytes = test_data::bytes(&LABELS);
        bytes[8 + 11] = 10;
        assert!(message(&LABELS, &bytes).ends_with("label of record 11 is 10, expected 0 to 9"));
    }

    #[test]
    fn a_folder_or_nothing_cannot_be_read() {
        let folder = TempDir::new().unwrap();
        for path in [folder.path().into(), folder.path().join("absent")] {
            let error = read(&LABELS, &path).unwrap_err();
            assert!(matches!(error, DatasetError::Read { .. }), "{error:?}");
        }
    }
}
