//! What networks are trained and validated on.

use crate::dataset::{CLASSES, Split, Table};

/// The samples of a training: inputs, and what the outputs are compared with.
#[derive(Debug, Clone, Copy)]
pub enum Samples<'a> {
    /// Images, a pixel an input, with labels 0 to 9, an output each.
    Images(&'a Split),
    /// Rows of numbers with targets, one for each output.
    Table(&'a Table),
}

/// The samples of a training and, where there are some, others on which the networks are validated
/// after every epoch.
#[derive(Debug, Clone, Copy)]
pub struct TrainingData<'a> {
    /// The samples that the networks are fitted to.
    pub training: Samples<'a>,
    /// Samples that are evaluated only; `None` if there are none.
    pub validation: Option<Samples<'a>>,
}

impl<'a, S: Into<Samples<'a>>> From<S> for TrainingData<'a> {
    fn from(samples: S) -> Self {
        Self {
            training: samples.into(),
            validation: None,
        }
    }
}

impl<'a> From<&'a Split> for Samples<'a> {
    fn from(images: &'a Split) -> Self {
        Self::Images(images)
    }
}

impl<'a> From<&'a Table> for Samples<'a> {
    fn from(table: &'a Table) -> Self {
        Self::Table(table)
    }
}

impl Samples<'_> {
    /// Number of images or rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Images(images) => images.len(),
            Self::Table(table) => table.len(),
        }
    }

    /// Whether there are no images; a table always has rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Inputs of a network of these samples.
    pub fn inputs(&self) -> usize {
        match self {
            Self::Images(images) => images.side() * images.side(),
            Self::Table(table) => table.inputs(),
        }
    }

    /// What the outputs of a network are compared with: classes, or numbers per row.
    pub fn targets(&self) -> usize {
        match self {
            Self::Images(_) => CLASSES,
            Self::Table(table) => table.targets(),
        }
    }
}
