//! The files of the public data sets: names, sizes, checksums and mirrors.

use super::DatasetName;

/// Pixels per row and per column of every image in the files.
pub(super) const SIDE: u32 = super::SIDE as u32;
/// Images of the training split.
pub(super) const TRAIN_RECORDS: u32 = 60_000;
/// Images of the test split.
pub(super) const TEST_RECORDS: u32 = 10_000;

/// The kind of records in an IDX file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Images,
    Labels,
}

/// The expected properties of one IDX file.
#[derive(Debug, Clone, Copy)]
pub(super) struct IdxFile {
    /// Name of the unpacked file; the packed one has `.gz` appended.
    pub name: &'static str,
    pub content: Content,
    pub records: u32,
    /// sha256 of the unpacked file, in hexadecimal.
    pub sha256: &'static str,
}

impl IdxFile {
    /// The header: magic number, number of records and, for images, their two sides.
    pub fn header(&self) -> Vec<u8> {
        let words = match self.content {
            Content::Images => vec![0x0803, self.records, SIDE, SIDE],
            Content::Labels => vec![0x0801, self.records],
        };
        words.into_iter().flat_map(u32::to_be_bytes).collect()
    }

    /// Bytes before the first record.
    pub fn header_bytes(&self) -> usize {
        self.header().len()
    }

    /// Whether the file belongs to the training split.
    pub fn is_training(&self) -> bool {
        self.records == TRAIN_RECORDS
    }

    /// Size of the unpacked file in bytes.
    pub fn bytes(&self) -> usize {
        let record = match self.content {
            Content::Images => SIDE * SIDE,
            Content::Labels => 1,
        };
        self.header_bytes() + (self.records * record) as usize
    }
}

/// The files of a data set; none for the one that the program draws itself.
pub(super) fn files(name: DatasetName) -> Vec<IdxFile> {
    let Some(sums) = checksums(name) else {
        return Vec::new();
    };
    let shapes = [
        ("train-images-idx3-ubyte", Content::Images, TRAIN_RECORDS),
        ("train-labels-idx1-ubyte", Content::Labels, TRAIN_RECORDS),
        ("t10k-images-idx3-ubyte", Content::Images, TEST_RECORDS),
        ("t10k-labels-idx1-ubyte", Content::Labels, TEST_RECORDS),
    ];
    let described = shapes.into_iter().zip(sums);
    described
        .map(|((name, content, records), sha256)| IdxFile {
            name,
            content,
            records,
            sha256,
        })
        .collect()
}

/// Addresses of folders with the packed files, each ending in a slash, best first.
pub(super) fn mirrors(name: DatasetName) -> &'static [&'static str] {
    match name {
        DatasetName::Mnist => &[
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
        ],
        DatasetName::FashionMnist => &[
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
        ],
        DatasetName::Digits => &[],
    }
}

/// sha256 of the unpacked files, in the order of [`files`].
fn checksums(name: DatasetName) -> Option<[&'static str; 4]> {
    match name {
        DatasetName::Mnist => Some([
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ]),
        DatasetName::FashionMnist => Some([
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ]),
        DatasetName::Digits => None,
    }
}
