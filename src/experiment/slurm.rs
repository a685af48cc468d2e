//! The remaining work of an experiment as array jobs of Slurm.
//!
//! A submission is a folder `slurm/001`, `slurm/002`, ... of the results. It holds, for each stage
//! with work left, the list of its keys and batch scripts whose array tasks share that list out;
//! the stages wait for each other. What is done already is in no list, so to submit again after
//! failures repeats no work. Read on in this order: `script` (the text of the batch scripts),
//! `submission` (the folder, and `sbatch`).

mod duration;
mod quote;
mod script;
mod submission;

pub use duration::{InvalidDuration, parse_duration};
pub use quote::UnwritableText;
pub use script::{Call, DEFAULT_MAX_ARRAY_SIZE, Script, SlurmSettings, scripts};
pub use submission::{SlurmError, Submission, SubmittedJob, max_array_size, submit};

use crate::named::{Named, in_words};

/// Work that needs all work of the stages before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Dense networks are drawn or trained.
    Dense,
    /// They are pruned and finetuned.
    Pruned,
    /// The runs of the experiment.
    Solve,
}

/// What is left to do in an experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Remaining {
    /// Keys of dense models.
    pub dense: Vec<String>,
    /// Keys of pruned models.
    pub pruned: Vec<String>,
    /// Keys of runs.
    pub runs: Vec<String>,
    /// Wall seconds that a run may take; the longest where they differ.
    pub time_limit: f64,
    /// Threads of a run; the most where they differ.
    pub threads: u32,
}

impl Stage {
    /// In the order of the work.
    pub const ALL: [Self; 3] = [Self::Dense, Self::Pruned, Self::Solve];
}

impl Named for Stage {
    const WHAT: &'static str = "stage";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Dense, "dense"),
        (Self::Pruned, "pruned"),
        (Self::Solve, "solve"),
    ];
}

in_words!(Stage);

impl Remaining {
    /// The keys of a stage.
    pub fn keys(&self, stage: Stage) -> &[String] {
        match stage {
            Stage::Dense => &self.dense,
            Stage::Pruned => &self.pruned,
            Stage::Solve => &self.runs,
        }
    }

    /// Whether there is nothing left to do.
    pub fn is_empty(&self) -> bool {
        Stage::ALL.iter().all(|&stage| self.keys(stage).is_empty())
    }
}
