//! Experiments over many runs: the grid, the key and record of each run, the store that keeps
//! them, and who works on what is left.
//!
//! Read on in this order: `settings` (what decides a model and a run, and the key it hashes to),
//! `record` (what is kept of them), `archive` (records read back, and many of them in one file).

mod archive;
mod machine;
mod record;
mod settings;

pub use archive::{ArchiveError, read_runs, write_archive};
pub use machine::{Machine, Provenance, cores};
pub use record::{Failure, ImageFacts, ModelFacts, ModelRecord, RunRecord};
pub use settings::{
    DenseSettings, ModelSettings, QuestionSettings, RunSettings, SurrogateSettings,
};
