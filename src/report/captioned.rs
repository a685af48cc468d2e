//! A figure with its caption.

use super::figure::Drawing;

/// A figure of a series.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Its name in file names.
    pub name: String,
    pub caption: String,
    /// Notes needed to read it.
    pub notes: Vec<String>,
    pub drawing: Drawing,
}
