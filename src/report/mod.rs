//! The report on the paper's experiments: its tables and figures, made from results alone, as a [`crate::document`].
//!
//! Reading order: `build` (the whole report, with the fixed `texts/`), `tables` (the paper's tables beside the `published`
//! ones), `figures`, `remarks` (the notes below both), `runs_csv` and `pairs_csv` (all data behind the tables), `facts`
//! (what was run), `regularised` (the study of regularisers), `words` (numbers and lists in sentences). What the runs say, in pairs, is in
//! [`crate::experiment::pairs`].

mod build;
mod facts;
mod figures;
mod pairs_csv;
mod published;
mod regularised;
mod remarks;
mod runs_csv;
mod tables;
#[cfg(test)]
mod tests;
mod words;

pub use build::{Chapter, Report};
