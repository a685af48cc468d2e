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

use std::time::Duration;

use super::plan::Plan;
use super::task::{Stage, Task};

/// The work left in a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct StageWork {
    pub stage: Stage,
    /// Keys of its tasks.
    pub keys: Vec<String>,
    /// The longest that one of its tasks should take.
    pub each: Duration,
    /// Threads of a task; the maximum if they differ.
    pub threads: u32,
}

/// The work left of `plan`, stage by stage.
pub fn remaining<T: Task>(plan: &Plan<T>) -> Vec<StageWork> {
    let stages = T::STAGES.iter().enumerate();
    stages
        .map(|(index, &stage)| StageWork {
            stage,
            keys: plan.stage(index).map(Task::key).collect(),
            each: plan
                .stage(index)
                .map(Task::at_worst)
                .max()
                .unwrap_or_default(),
            threads: plan.stage(index).map(Task::threads).max().unwrap_or(1),
        })
        .collect()
}
