//! What networks are trained on: ten-class grey images with labels (MNIST, Fashion-MNIST, and digits
//! drawn by the program), and tables of numbers with targets.
//!
//! Reading order: this file (what a data set is), `load` (from a name to images), `files` (the
//! table of names, sizes, checksums and mirrors), `download`, `idx` (reading and checking one
//! file), `parse` (the `mnist` crate), `recognise` (files of another set), `rescale` (smaller
//! images), `digits` (the built-in set), `error`; `table` (rows of numbers), from a `function` at points of
//! `sampling`, or from a file by `csv_table`; `regression` (a table in parts, with its `scaling`).

mod csv_table;
mod digits;
mod download;
mod error;
mod files;
mod function;
mod idx;
mod load;
mod parse;
mod recognise;
mod regression;
mod rescale;
mod sampling;
mod scaling;
mod table;
#[cfg(test)]
mod test_data;

pub use csv_table::{CsvError, read_csv};
pub use download::Download;
pub use error::DatasetError;
pub use function::{Function, UnknownFunction};
pub use load::{Source, load};
pub use recognise::{Misplaced, misplaced};
pub use regression::{Regression, SampleCounts};
pub use sampling::latin_hypercube;
pub use scaling::{Scale, Scaling};
pub use table::{Table, TableError};

use crate::named::{Named, in_words};

/// Number of classes in every data set here.
pub const CLASSES: usize = 10;

/// Pixels per row and per column of the stored images.
pub const SIDE: usize = 28;

/// The data sets that the program knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DatasetName {
    /// Handwritten digits: 60,000 training and 10,000 test images.
    Mnist,
    /// Pieces of clothing: 60,000 training and 10,000 test images.
    FashionMnist,
    /// Digits drawn by the program, without files: 10,000 training and 2,000 test images.
    Digits,
}

impl Named for DatasetName {
    const WHAT: &'static str = "data set";
    /// Also the names of the folders in a data directory.
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Mnist, "mnist"),
        (Self::FashionMnist, "fashion-mnist"),
        (Self::Digits, "digits"),
    ];
}

in_words!(DatasetName);

/// A part of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SplitName {
    /// The images that networks are trained on.
    #[default]
    Train,
    /// The images held back from training.
    Test,
}

impl Named for SplitName {
    const WHAT: &'static str = "part of a data set";
    const NAMES: &'static [(Self, &'static str)] = &[(Self::Train, "train"), (Self::Test, "test")];
}

in_words!(SplitName);

impl DatasetName {
    /// Number of training images.
    pub fn training_images(self) -> usize {
        match self {
            Self::Mnist | Self::FashionMnist => files::TRAIN_RECORDS as usize,
            Self::Digits => digits::TRAIN_IMAGES,
        }
    }
}

/// Square 8-bit grey images with labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    side: usize,
    images: Vec<u8>,
    labels: Vec<u8>,
}

impl Split {
    /// Creates a split from images of `side` x `side` bytes, row by row, with one label (0 to 9)
    /// each.
    ///
    /// # Panics
    /// When the numbers of images and labels differ.
    pub fn new(side: usize, images: Vec<u8>, labels: Vec<u8>) -> Self {
        assert_eq!(images.len(), labels.len() * side * side, "bytes of images");
        Self {
            side,
            images,
            labels,
        }
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Pixels per row and per column.
    pub fn side(&self) -> usize {
        self.side
    }

    /// All images, one after the other, one byte per pixel.
    pub fn images(&self) -> &[u8] {
        &self.images
    }

    /// All labels.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// One image as bytes.
    pub fn image(&self, index: usize) -> &[u8] {
        let pixels = self.side * self.side;
        &self.images[index * pixels..(index + 1) * pixels]
    }

    /// One image as input of a network: pixel / 255 in f32, widened to f64.
    pub fn input(&self, index: usize) -> Vec<f64> {
        let scaled = |&byte: &u8| f64::from(f32::from(byte) / 255.0);
        self.image(index).iter().map(scaled).collect()
    }
}

/// A data set: training and test images of the same side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// The data set that the images are from, also after rescaling.
    pub name: DatasetName,
    /// Training images.
    pub train: Split,
    /// Test images.
    pub test: Split,
}
