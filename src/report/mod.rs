//! What people look at: tables, pictures and pages made from results alone.
//!
//! Read on in this order: `series` (runs that may be compared) and `variant` (how their
//! surrogates are made), `pair` (a surrogate run beside its dense run, and which did better),
//! `tables` (the paper's tables beside the `published` ones, by `dimension`), `figures_of` (the
//! pictures as data) and `figure` (how they are drawn), `runs_csv` and `pairs_csv` (everything
//! behind the tables), `grid` (what was run), `build` (all of it), `reproduction` and `overview`
//! (as a document and as a `page`), `write` (the folder). `picture` shows an adversarial input.

mod bitmap;
mod build;
mod dimension;
mod figure;
mod figures_of;
mod grid;
mod markup;
mod overview;
mod page;
mod pair;
mod pairs_csv;
mod picture;
mod published;
mod reproduction;
mod runs_csv;
mod series;
mod tables;
#[cfg(test)]
mod tests;
mod variant;
mod write;

pub use build::{Chapter, Report};
pub use figure::{AnytimeLine, AnytimePlot, FigureError, Panel, Point, ScatterGrid};
pub use page::{Page, PageFigure, PageRow, PageTable, Section};
pub use picture::{AdversarialPicture, PictureError};
pub use series::{Kind, Limits};
pub use write::ReportError;
