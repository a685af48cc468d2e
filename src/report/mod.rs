//! The report on the paper's experiments: its tables and figures, made from results alone, as a [`crate::document`].
//!
//! Reading order: `series` (runs that may be compared) and `variant` (how their surrogates are
//! made), `found` (what a run found in time), `pair` (a surrogate run and its dense run, and which
//! did better), `tables` (the paper's tables beside the `published` ones, by `dimension`),
//! `figures`, `remarks` (the notes below both), `runs_csv`
//! and `pairs_csv` (all data behind the tables), `facts` (what was run), `all_runs` (every run with its settings),
//! `glossary` and `repeating` (how to repeat the runs), `build` (the whole report). `picture` shows an adversarial
//! input.

mod build;
mod dimension;
mod facts;
mod figures;
mod found;
mod pair;
mod pairs_csv;
mod published;
mod remarks;
mod runs_csv;
mod series;
mod tables;
#[cfg(test)]
mod tests;
mod variant;
mod words;

pub use build::{Chapter, Report};
