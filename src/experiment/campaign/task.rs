//! A task, and its result.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::dataset::CLASSES;
use crate::experiment::record::{ModelRecord, RunRecord};
use crate::experiment::settings::RunSettings;
use crate::recipe::{CommonTraining, Recipe};
use crate::training::stack_size;

/// A model or a run to be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Task {
    Model(Box<Recipe>),
    Run(Box<RunSettings>),
}

/// A model or a run that was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Done {
    /// The record, and the name of the model's file in the models folder, still a temporary one. (A
    /// name, since a path may not be valid text.)
    Model(Box<ModelRecord>, String),
    Run(Box<RunRecord>),
}

/// Why a task was not done.
#[derive(Debug)]
pub enum TaskError {
    /// This task cannot be done, others can.
    Failed(anyhow::Error),
    /// Nothing can be made here: the disk is full, or data are missing.
    Unable(anyhow::Error),
}

impl Task {
    /// Whether it is made on a GPU.
    pub(super) fn takes_gpu(&self) -> bool {
        self.training()
            .is_some_and(|training| !training.device.is_cpu())
    }

    /// Whether both tasks can be made together.
    pub(super) fn goes_with(&self, other: &Self) -> bool {
        let training = self.training();
        training.is_some() && training == other.training()
    }

    fn training(&self) -> Option<CommonTraining<'_>> {
        match self {
            Self::Model(model) => model.training(),
            Self::Run(_) => None,
        }
    }

    /// Maximum number of such tasks that are made together: on a GPU as many as it trains at a
    /// time. (On the CPU each worker trains one.)
    pub(super) fn group_size(&self) -> usize {
        let Some(training) = self.training().filter(|_| self.takes_gpu()) else {
            return 1;
        };
        let pixels = training.side * training.side;
        let sizes = [&[pixels], training.hidden, &[CLASSES]].concat();
        stack_size(
            &sizes,
            training.dataset.training_images(),
            training.settings,
            training.device,
        )
    }

    pub fn key(&self) -> String {
        match self {
            Self::Model(model) => model.key(),
            Self::Run(run) => run.key(),
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, dense, surrogate) = match self {
            Self::Model(model) => ("model", &model.dense, &model.surrogate),
            Self::Run(run) => ("run", &run.dense, &run.surrogate),
        };
        write!(f, "{what} of {dense}")?;
        if let Self::Run(run) = self {
            write!(f, ", strategy {}", run.strategy)?;
        }
        match surrogate {
            None => Ok(()),
            Some(surrogate) => write!(f, ", {surrogate}"),
        }
    }
}

impl Done {
    pub fn key(&self) -> &str {
        match self {
            Self::Model(record, _) => &record.key,
            Self::Run(record) => &record.key,
        }
    }

    /// Seconds within training, pruning or the search; the rest of the time is overhead.
    pub fn seconds(&self) -> f64 {
        match self {
            Self::Model(record, _) => record.facts.seconds,
            Self::Run(record) => record.outcome.seconds_total,
        }
    }
}

/// The error of a task that cannot be done.
pub(super) fn failed(error: impl Into<anyhow::Error>) -> TaskError {
    TaskError::Failed(error.into())
}

/// The error if nothing can be made here.
pub(super) fn unable(error: impl Into<anyhow::Error>) -> TaskError {
    TaskError::Unable(error.into())
}
