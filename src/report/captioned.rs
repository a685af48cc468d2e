//! A picture with what stands under it.

use super::figure::Drawing;

/// A picture of a series.
#[derive(Debug, Clone)]
pub struct Figure {
    /// The name in names of files.
    pub name: String,
    pub caption: String,
    /// What must be known to read it.
    pub notes: Vec<String>,
    pub drawing: Drawing,
}
