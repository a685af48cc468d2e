//! The tasks of the paper's experiments: models and runs.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::record::{ModelRecord, RunRecord};
use super::settings::RunSettings;
use crate::campaign::{self, Kind, Lookup, Record, Stage, Store, StoreError, damaged};
use crate::dataset::CLASSES;
use crate::formats::{ModelFile, Origin, file_sha256, read_model};
use crate::recipe::{CommonTraining, Recipe, RegressionRecipe};
use crate::training::stack_size;

/// Time allowed for an epoch of training, several times that of the largest networks of the paper,
/// and for a model beyond its epochs.
const EPOCH: Duration = Duration::from_secs(4);
const MODEL_OVERHEAD: Duration = Duration::from_secs(30);
/// Time allowed for a run beyond its time limit: a factor and a constant.
const RUN_OVERRUN: f64 = 1.02;
const RUN_OVERHEAD: Duration = Duration::from_secs(30);

/// A model or a run to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

impl Task {
    fn model(recipe: Recipe) -> Self {
        Self::Model(Box::new(recipe))
    }

    fn regression(&self) -> Option<&RegressionRecipe> {
        match self {
            Self::Model(recipe) => recipe.regression(),
            Self::Run(_) => None,
        }
    }

    fn training(&self) -> Option<CommonTraining<'_>> {
        match self {
            Self::Model(recipe) => recipe.training(),
            Self::Run(_) => None,
        }
    }
}

impl campaign::Task for Task {
    type Done = Done;

    const STAGES: &'static [Stage] = &[
        Stage {
            name: "dense",
            tasks: "dense models",
            is_timed: false,
        },
        Stage {
            name: "pruned",
            tasks: "pruned models",
            is_timed: false,
        },
        Stage {
            name: "solve",
            tasks: "runs",
            is_timed: true,
        },
    ];

    fn key(&self) -> String {
        match self {
            Self::Model(recipe) => recipe.key(),
            Self::Run(run) => run.key(),
        }
    }

    fn stage(&self) -> usize {
        match self {
            Self::Model(recipe) => usize::from(recipe.surrogate.is_some()),
            Self::Run(_) => 2,
        }
    }

    fn kind(&self) -> &'static Kind {
        match self {
            Self::Model(_) => ModelRecord::KIND,
            Self::Run(_) => RunRecord::KIND,
        }
    }

    fn needs(&self) -> Vec<Self> {
        let needed = match self {
            Self::Model(recipe) => vec![recipe.parent()],
            Self::Run(run) => vec![Some(run.dense_model()), run.surrogate_model()],
        };
        needed.into_iter().flatten().map(Self::model).collect()
    }

    /// A model can be used if its record counts, its file is the one that the record was written for, and the parent
    /// it was pruned from is the one in the store.
    fn usable(&self, store: &Store) -> Result<Lookup<()>, StoreError> {
        let found = store.lookup(self.kind(), &self.key())?;
        let (Self::Model(recipe), Lookup::Sound(record)) = (self, &found) else {
            return Ok(found.without_record());
        };
        let path = store.file_path(self.kind(), &record.key);
        match file_sha256(&path) {
            Ok(sha256) if Some(&sha256) == record.file_sha256.as_ref() => {}
            Ok(_) => return Ok(damaged(&path, "it is not the model of its record".into())),
            Err(error) => return Ok(damaged(&path, format!("it cannot be read ({error})"))),
        }
        let Some(parent) = recipe.parent() else {
            return Ok(Lookup::Sound(()));
        };
        let Lookup::Sound(parent) = store.record::<ModelRecord>(&parent.key())? else {
            return Ok(Lookup::Sound(()));
        };
        Ok(match read_model(&path) {
            Err(error) => damaged(&path, format!("it cannot be read ({error})")),
            Ok(found) if is_from_another_parent(&found, &parent.facts.sha256) => damaged(
                &path,
                "it was pruned from another file of the dense model".into(),
            ),
            Ok(_) => Lookup::Sound(()),
        })
    }

    fn at_worst(&self) -> Duration {
        match self {
            Self::Model(recipe) => {
                let epochs = u32::try_from(recipe.epochs()).unwrap_or(u32::MAX);
                EPOCH.saturating_mul(epochs).saturating_add(MODEL_OVERHEAD)
            }
            Self::Run(run) => {
                let limit = Duration::try_from_secs_f64(run.time_limit * RUN_OVERRUN);
                limit.unwrap_or(Duration::MAX).saturating_add(RUN_OVERHEAD)
            }
        }
    }

    /// A model is made by one thread.
    fn threads(&self) -> u32 {
        match self {
            Self::Model(_) => 1,
            Self::Run(run) => run.threads,
        }
    }

    fn takes_gpu(&self) -> bool {
        match self {
            Self::Model(recipe) => recipe.device().is_some_and(|device| !device.is_cpu()),
            Self::Run(_) => false,
        }
    }

    fn goes_with(&self, other: &Self) -> bool {
        match (self.regression(), other.regression()) {
            (Some(own), Some(other)) => own.goes_with(other),
            _ => {
                let training = self.training();
                training.is_some() && training == other.training()
            }
        }
    }

    /// On a GPU as many as it trains at a time. (On the CPU each worker trains one.)
    fn group_size(&self) -> usize {
        if !self.takes_gpu() {
            return 1;
        }
        if let Some(recipe) = self.regression() {
            let samples = recipe.source.training_samples();
            return stack_size(&recipe.sizes(), samples, &recipe.training, recipe.device);
        }
        let Some(training) = self.training() else {
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
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let run = match self {
            Self::Model(recipe) => return write!(f, "model of {recipe}"),
            Self::Run(run) => run,
        };
        write!(f, "run of {}, strategy {}", run.dense, run.strategy)?;
        match &run.surrogate {
            None => Ok(()),
            Some(surrogate) => write!(f, ", {surrogate}"),
        }
    }
}

impl campaign::Done for Done {
    fn key(&self) -> &str {
        match self {
            Self::Model(record, _) => &record.key,
            Self::Run(record) => &record.key,
        }
    }

    fn seconds(&self) -> f64 {
        match self {
            Self::Model(record, _) => record.facts.seconds,
            Self::Run(record) => record.outcome.seconds_total,
        }
    }

    fn keep(&self, store: &Store) -> Result<bool, StoreError> {
        match self {
            Self::Model(record, file) => store.add_with_file(&**record, file),
            Self::Run(record) => store.add(&**record),
        }
    }
}

/// Whether a model was pruned from a file other than the one with this checksum.
pub(super) fn is_from_another_parent(model: &ModelFile, parent_sha256: &str) -> bool {
    let origin = model.metadata.as_ref().map(|metadata| &metadata.origin);
    matches!(origin, Some(Origin::Pruned { parent_sha256: own, .. }) if own != parent_sha256)
}
