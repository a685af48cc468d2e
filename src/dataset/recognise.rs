//! Identifies by checksum the data set that the files of a folder belong to.

use super::files::{self, Content, IdxFile};
use super::{Dataset, DatasetName, Split};
use crate::files::sha256_of_parts;
use crate::named::Named;

/// A file whose content is that of another data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misplaced {
    /// Name of the unpacked file.
    pub file: &'static str,
    /// The data set that it belongs to.
    pub belongs_to: DatasetName,
}

/// The files of `dataset` whose content is known to be another data set's. Unknown content is
/// ignored: a user's own images may have these names.
///
/// # Panics
/// When the images were rescaled.
pub fn misplaced(dataset: &Dataset) -> Vec<Misplaced> {
    let own = files::files(dataset.name);
    let found = own.iter().filter_map(|file| {
        let belongs_to = owner(file, &checksum(file, dataset))?;
        (belongs_to != dataset.name).then_some(Misplaced {
            file: file.name,
            belongs_to,
        })
    });
    found.collect()
}

/// The data set whose file of this name has this checksum.
fn owner(file: &IdxFile, sha256: &str) -> Option<DatasetName> {
    let mut names = DatasetName::NAMES.iter().map(|&(name, _)| name);
    names.find(|&name| {
        let mut files = files::files(name).into_iter();
        files.any(|known| known.name == file.name && known.sha256 == sha256)
    })
}

/// The SHA-256 of the unpacked file that the data were read from; its header is known because it
/// was checked.
fn checksum(file: &IdxFile, dataset: &Dataset) -> String {
    let Split { images, labels, .. } = match file.is_training() {
        true => &dataset.train,
        false => &dataset.test,
    };
    let records = match file.content {
        Content::Images => images,
        Content::Labels => labels,
    };
    assert_eq!(
        file.header_bytes() + records.len(),
        file.bytes(),
        "images as stored"
    );
    sha256_of_parts(&[&file.header(), records])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Source, load, test_data};

    fn loaded(name: DatasetName, root: &std::path::Path) -> Dataset {
        let source = Source::Directory(root.into());
        load(name, &source, &mut |_| panic!("no download")).unwrap()
    }

    #[test]
    fn the_published_files_are_recognised_under_any_name() {
        let Some(root) = test_data::folder() else {
            return;
        };
        for (name, other) in [
            (DatasetName::Mnist, DatasetName::FashionMnist),
            (DatasetName::FashionMnist, DatasetName::Mnist),
        ] {
            let mut dataset = loaded(name, &root);
            assert_eq!(misplaced(&dataset), []);
            dataset.name = other;
            let found = misplaced(&dataset);
            assert_eq!(found.len(), 4);
            assert!(found.iter().all(|file| file.belongs_to == name));
        }
    }

    #[test]
    fn unknown_and_drawn_images_are_not_misplaced() {
        let root = tempfile::tempdir().unwrap();
        test_data::write_all(DatasetName::Mnist, root.path());
        assert_eq!(misplaced(&loaded(DatasetName::Mnist, root.path())), []);
        assert_eq!(misplaced(&loaded(DatasetName::Digits, root.path())), []);
    }
}
