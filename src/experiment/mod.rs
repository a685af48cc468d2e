//! The paper's experiments: grids of models and runs, as the tasks of a campaign.
//!
//! Reading order: `settings` (what determines a run, and the key it hashes to; models have a [`crate::recipe`]),
//! `record` (what is stored of them), `soundness` (what every valid record satisfies), `task` (models and runs as
//! tasks), `grid` (from a description to all of them), `results` (a folder of results), `make` (how workers make
//! models and runs), `pairs` (what the runs say).

mod grid;
mod make;
pub mod pairs;
mod record;
mod results;
mod settings;
mod soundness;
mod task;

pub use grid::{
    Application, DescriptionError, Experiment, FinetuningAxis, Preset, image_files, plan,
    solver_seconds,
};
pub use make::Workshop;
pub use record::{BoundFacts, ImageFacts, ModelFacts, ModelRecord, RunRecord};
pub use results::{
    ResultsError, add_experiment, count_failures, create, experiments, open, read_records,
    read_runs,
};
pub use settings::{QuestionSettings, RunSettings};
pub use soundness::ARCHIVE;
pub use task::{Done, Task};
