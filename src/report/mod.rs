//! Reports: tables, figures and pages made from results alone.
//!
//! Reading order: `series` (runs that may be compared) and `variant` (how their surrogates are
//! made), `found` (what a run found in time), `pair` (a surrogate run and its dense run, and which
//! did better), `tables` (the paper's tables beside the `published` ones, by `dimension`),
//! `figures_of` with `scatter_of` and `anytime_of` (the figures as data) and `figure` (how they are
//! drawn), `remarks` (the notes below both), `runs_csv` and `pairs_csv` (all data behind the
//! tables), `facts` (what was run), `build` (the whole report) and its `glossary`, `reproduction`
//! and `overview` (as a document and as a `page`), `write` (the folder). `picture` shows an
//! adversarial input.

mod anytime_of;
mod bitmap;
mod build;
mod captioned;
mod dimension;
mod facts;
mod figure;
mod figures_of;
mod found;
mod glossary;
mod markup;
mod overview;
mod page;
mod pair;
mod pairs_csv;
mod picture;
mod published;
mod remarks;
mod reproduction;
mod runs_csv;
mod scatter_of;
mod series;
mod tables;
#[cfg(test)]
mod tests;
mod variant;
mod words;
mod write;

pub use build::{Chapter, Report};
pub use figure::FigureError;
pub use picture::{AdversarialPicture, PictureError};
pub use write::ReportError;
