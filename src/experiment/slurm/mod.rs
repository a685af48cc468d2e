//! The remaining work of an experiment as array jobs of Slurm.
//!
//! A submission is a folder `slurm/001`, `slurm/002`, ... of the results. For each stage with work
//! left, it contains the list of its keys and batch scripts whose array tasks divide that list;
//! each stage waits for the one before. Finished work is in no list, so submitting again after
//! failures repeats nothing. Reading order: `option` (options passed on to `sbatch`), `script` (the
//! text of the batch scripts), `submission` (the folder, and `sbatch`).

mod duration;
mod option;
mod quote;
mod script;
mod submission;

pub use duration::{InvalidDuration, parse_duration};
pub use option::{InvalidOption, Memory, Name, SbatchOption};
pub use quote::UnwritableText;
pub use script::{
    Call, DEFAULT_MAX_ARRAY_SIZE, Failures, Script, ScriptError, SlurmSettings, scripts,
};
pub use submission::{SlurmError, Submission, SubmittedJob, max_array_size, submit};

use super::grid::{Plan, Stage};

/// The work left in an experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Remaining {
    /// Keys of dense models.
    pub dense: Vec<String>,
    /// Keys of pruned models.
    pub pruned: Vec<String>,
    /// Keys of runs.
    pub runs: Vec<String>,
    /// Training epochs of a model; the maximum if they differ.
    pub epochs: usize,
    /// Time limit of a run in wall seconds; the maximum if they differ.
    pub time_limit: f64,
    /// Threads of a run; the maximum if they differ.
    pub threads: u32,
}

impl Remaining {
    /// The whole plan as remaining work.
    pub fn of(plan: &Plan) -> Self {
        Self {
            dense: plan.keys(Stage::Dense),
            pruned: plan.keys(Stage::Pruned),
            runs: plan.keys(Stage::Solve),
            epochs: plan.most_epochs(),
            time_limit: plan.longest_limit(),
            threads: plan.most_threads(),
        }
    }

    /// The keys of a stage.
    pub fn keys(&self, stage: Stage) -> &[String] {
        match stage {
            Stage::Dense => &self.dense,
            Stage::Pruned => &self.pruned,
            Stage::Solve => &self.runs,
        }
    }

    /// Whether no work is left.
    pub fn is_empty(&self) -> bool {
        Stage::ALL.iter().all(|&stage| self.keys(stage).is_empty())
    }
}
