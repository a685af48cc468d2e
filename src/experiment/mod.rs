//! Experiments over many runs: the grid, the key and record of each run, the store that keeps them,
//! and the workers that make what is left.
//!
//! Reading order: `settings` (what determines a run, and the key it hashes to; models have a [`crate::recipe`]),
//! `record` and `machine` (what is stored of them), `soundness` (what every valid record
//! satisfies), `grid` (from a description to all of them), `store` (the folder of results),
//! `campaign` (local workers on what the store lacks), `slurm` (the same as array jobs).

mod campaign;
mod grid;
mod machine;
mod record;
mod settings;
pub mod slurm;
mod soundness;
mod store;

pub use campaign::{
    Campaign, CampaignEvent, Scope, StageEnd, StageProgress, Task, Workers, Workplace, serve,
};
pub use grid::{Application, DescriptionError, Experiment, FinetuningAxis, Plan, Preset, Stage};
pub use machine::{Machine, Provenance, cores};
pub use record::{Failure, ImageFacts, ModelFacts, ModelRecord, RunRecord};
pub use settings::{QuestionSettings, RunSettings};
pub use store::{
    ARCHIVE, Counts, Damage, Holder, Ledger, Packed, Records, Remedy, Store, StoreError,
    count_failures, read_records, read_runs, write_archive,
};
