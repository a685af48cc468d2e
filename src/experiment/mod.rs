//! Experiments over many runs: the grid, the key and record of each run, the store that keeps
//! them, and who works on what is left.
//!
//! Read on in this order: `settings` (what decides a model and a run, and the key it hashes to),
//! `record` (what is kept of them), `archive` (records read back, and many of them in one file),
//! `slurm` (the same work as array jobs of a cluster).

mod archive;
mod campaign;
mod claim;
mod description;
mod lease;
mod ledger;
mod machine;
mod plan;
mod record;
mod settings;
pub mod slurm;
mod store;
mod task;
mod worker;

pub use archive::{ArchiveError, count_failures, pack, read_runs, write_archive};
pub use campaign::{Campaign, StageEnd, Standing};
pub use description::{Application, DescriptionError, Experiment, FinetuningAxis, Preset};
pub use lease::Holder;
pub use ledger::{Counts, Ledger};
pub use machine::{Machine, Provenance, cores};
pub use plan::Plan;
pub use record::{Failure, ImageFacts, ModelFacts, ModelRecord, RunRecord};
pub use settings::{
    DenseSettings, ModelSettings, QuestionSettings, RunSettings, SurrogateSettings,
};
pub use store::{Store, StoreError};
pub use task::{Task, Workplace};
pub use worker::serve;
