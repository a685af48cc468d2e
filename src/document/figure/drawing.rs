//! Any figure, and how it is rendered.

use std::path::Path;

use super::anytime::AnytimePlot;
use super::scatter::ScatterGrid;
use super::scene::Scene;
use super::{FigureError, paint};

/// The data of a figure.
#[derive(Debug, Clone, PartialEq)]
pub enum Drawing {
    Scatter(ScatterGrid),
    Anytime(AnytimePlot),
}

impl Drawing {
    /// Renders the figure as an SVG document without ids.
    ///
    /// # Errors
    /// When the limit is not a positive number.
    pub fn svg(&self) -> Result<String, FigureError> {
        paint::svg(&self.scene()?)
    }

    /// Writes the figure as PNG, atomically.
    ///
    /// # Errors
    /// When the limit is not a positive number, or the file cannot be written.
    pub fn write_png(&self, path: &Path) -> Result<(), FigureError> {
        paint::png(&self.scene()?, path)
    }

    fn scene(&self) -> Result<Scene, FigureError> {
        match self {
            Self::Scatter(grid) => grid.scene(),
            Self::Anytime(plot) => plot.scene(),
        }
    }
}
