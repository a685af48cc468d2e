//! Figures from plain data, as SVG and as PNG.
//!
//! Reading order: `drawing` (any figure); `scatter` with its `panel`, and `anytime` with its
//! `lines` (the figures and their layout); `axis`, `legend`, `marker`, `dash`, `text` and `apart`
//! (their elements); `scene` (everything to draw, as data); `paint` (a scene as SVG or PNG).

mod anytime;
mod apart;
mod axis;
mod dash;
mod drawing;
mod legend;
mod lines;
mod marker;
mod paint;
mod panel;
mod place;
mod scatter;
mod scene;
#[cfg(test)]
mod tests;
mod text;

use std::path::PathBuf;

use thiserror::Error;

pub use anytime::AnytimePlot;
pub use drawing::Drawing;
pub use lines::AnytimeLine;
pub use panel::{Panel, Point};
pub use scatter::ScatterGrid;

/// Why a figure could not be rendered.
#[derive(Debug, Error)]
pub enum FigureError {
    #[error("the time limit of a figure must be a positive number of seconds, not {0}")]
    Limit(f64),
    #[error("the figure could not be drawn: {0}")]
    Draw(String),
    #[error("cannot write the figure {path}")]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// Returns `limit` if an axis can end there.
fn checked(limit: f64) -> Result<f64, FigureError> {
    if limit.is_finite() && limit > 0.0 {
        Ok(limit)
    } else {
        Err(FigureError::Limit(limit))
    }
}
