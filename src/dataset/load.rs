//! Loads a data set by its name: finds the files, downloads missing ones, checks and parses them.

use std::path::PathBuf;

use super::download::{Download, Downloader};
use super::error::DatasetError;
use super::{Dataset, DatasetName, digits, files, idx, parse};

/// Where the files of the public data sets are: a folder with the subfolders `mnist` and
/// `fashion-mnist`, each with the four IDX files, gzipped or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A folder named by the user: only read, so a missing file is an error.
    Directory(PathBuf),
    /// A folder of our own: missing files are downloaded into it.
    DownloadTo(PathBuf),
}

impl Default for Source {
    /// `datasets` in the current directory, with downloads.
    fn default() -> Self {
        Self::DownloadTo("datasets".into())
    }
}

impl Source {
    /// The folder of a data set's files.
    pub fn folder(&self, name: DatasetName) -> PathBuf {
        let (Self::Directory(root) | Self::DownloadTo(root)) = self;
        root.join(name.to_string())
    }

    /// The existing files of a data set.
    pub fn files(&self, name: DatasetName) -> Vec<PathBuf> {
        let folder = self.folder(name);
        let files = files::files(name);
        files
            .iter()
            .filter_map(|file| idx::find(file, &folder))
            .collect()
    }
}

/// Loads a data set; `observer` receives the progress of downloads only.
///
/// # Errors
/// When a file is missing, damaged or of another shape, or cannot be downloaded.
pub fn load(
    name: DatasetName,
    source: &Source,
    observer: &mut dyn FnMut(Download),
) -> Result<Dataset, DatasetError> {
    load_from(&Downloader::public(name), name, source, observer)
}

fn load_from(
    downloader: &Downloader,
    name: DatasetName,
    source: &Source,
    observer: &mut dyn FnMut(Download),
) -> Result<Dataset, DatasetError> {
    if name == DatasetName::Digits {
        return Ok(digits::draw());
    }
    let folder = source.folder(name);
    if let Source::DownloadTo(_) = source {
        for file in files::files(name) {
            if idx::find(&file, &folder).is_none() {
                downloader.fetch(&file, &folder, observer)?;
            }
        }
    }
    parse::from_folder(name, &folder)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::dataset::test_data;

    fn counts(labels: &[u8]) -> [usize; 10] {
        let mut counts = [0; 10];
        for &label in labels {
            counts[usize::from(label)] += 1;
        }
        counts
    }

    #[test]
    fn mnist_is_in_its_original_order() {
        let Some(folder) = test_data::folder() else {
            return;
        };
        let source = Source::Directory(folder);
        let mnist = load(DatasetName::Mnist, &source, &mut |_| panic!("no download")).unwrap();
        assert_eq!((mnist.train.len(), mnist.test.len()), (60_000, 10_000));
        assert_eq!(mnist.train.labels()[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
        assert_eq!(mnist.test.labels()[..10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
        // As published for MNIST.
        let published = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949];
        assert_eq!(counts(mnist.train.labels()), published);
        let ink = |bytes: &[u8]| bytes.iter().map(|&byte| f64::from(byte)).sum::<f64>();
        let mean = ink(mnist.train.images()) / 255.0 / mnist.train.images().len() as f64;
        assert!((mean - 0.1307).abs() < 5e-5, "{mean}");
    }

    #[test]
    fn fashion_is_not_mnist() {
        let Some(folder) = test_data::folder() else {
            return;
        };
        let source = Source::Directory(folder);
        let name = DatasetName::FashionMnist;
        let fashion = load(name, &source, &mut |_| panic!("no download")).unwrap();
        assert_eq!(fashion.name, name);
        assert_eq!(counts(fashion.train.labels()), [6000; 10]);
        assert_eq!(fashion.train.labels()[..5], [9, 0, 0, 3, 0]);
    }

    #[test]
    fn packed_and_plain_files_load_alike() {
        let root = tempfile::tempdir().unwrap();
        let name = DatasetName::FashionMnist;
        test_data::write_all(name, root.path());
        let source = Source::Directory(root.path().into());
        let set = load(name, &source, &mut |_| panic!("no download")).unwrap();
        for split in [&set.train, &set.test] {
            for index in [0, 1, 255, split.len() - 1] {
                assert_eq!(split.image(index), [(index % 251) as u8; 784]);
                assert_eq!(usize::from(split.labels()[index]), index % 10);
            }
        }
    }

    #[test]
    fn a_named_directory_is_never_written() {
        let root = tempfile::tempdir().unwrap();
        let source = Source::Directory(root.path().into());
        let error = load(DatasetName::Mnist, &source, &mut |_| panic!("no download")).unwrap_err();
        let path = root.path().join("mnist").join("train-images-idx3-ubyte");
        assert!(error.to_string().starts_with(path.to_str().unwrap()));
        assert!(matches!(error, DatasetError::Missing { .. }));
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[test]
    fn only_missing_files_are_downloaded() {
        let root = tempfile::tempdir().unwrap();
        let name = DatasetName::Mnist;
        test_data::write_all(name, root.path());
        let source = Source::DownloadTo(root.path().into());
        let nowhere = Downloader::local(Vec::new(), 1);
        load_from(&nowhere, name, &source, &mut |_| {}).unwrap();

        fs::remove_file(root.path().join("mnist/t10k-labels-idx1-ubyte")).unwrap();
        match load_from(&nowhere, name, &source, &mut |_| {}) {
            Err(DatasetError::Download { file, .. }) => assert_eq!(file, "t10k-labels-idx1-ubyte"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn digits_need_no_source() {
        let source = Source::Directory("/nowhere".into());
        let digits = load(DatasetName::Digits, &source, &mut |_| panic!("no download")).unwrap();
        assert_eq!(
            (digits.name, digits.train.side()),
            (DatasetName::Digits, 28)
        );
    }
}
