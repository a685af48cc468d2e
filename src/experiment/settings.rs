//! The complete settings of a model and of a run, and the key that they hash to.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::bounds::BoundKind;
use crate::dataset::{CLASSES, DatasetName};
use crate::files::sha256;
use crate::instance::LabelSource;
use crate::pruning::Pruning;
use crate::search::Strategy;
use crate::training::{Device, Finetuning, TrainingSettings};

/// Hexadecimal digits of a key: 128 bits.
const KEY_DIGITS: usize = 32;

/// Everything that determines the weights of a dense network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum DenseSettings {
    /// A classifier trained on images.
    Trained {
        dataset: DatasetName,
        /// Pixels per row and per column.
        side: usize,
        hidden: Vec<usize>,
        seed: u64,
        /// Device for training and finetuning.
        device: Device,
        training: TrainingSettings,
    },
    /// A random regression network.
    Random {
        inputs: usize,
        hidden: Vec<usize>,
        seed: u32,
    },
}

/// Everything that determines the sparse network derived from a dense one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurrogateSettings {
    pub pruning: Pruning,
    /// `None`: pruned once, without finetuning.
    pub finetuning: Option<Finetuning>,
}

/// A model of an experiment: a dense network, or its surrogate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelSettings {
    pub dense: DenseSettings,
    pub surrogate: Option<SurrogateSettings>,
}

/// The training of a model, without what may differ between models that are trained together: seeds
/// and prunings.
#[derive(Debug, PartialEq)]
pub struct CommonTraining<'a> {
    pub dataset: DatasetName,
    pub side: usize,
    pub hidden: &'a [usize],
    pub device: Device,
    pub settings: &'a TrainingSettings,
    /// Rounds of pruning and finetuning; `None` for a dense network.
    pub rounds: Option<usize>,
}

/// The question about the dense network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "application", rename_all = "kebab-case")]
pub enum QuestionSettings {
    Verification {
        /// Seed of the draw of image and epsilon.
        data_seed: u32,
        /// Index into the training set.
        image: usize,
        epsilon: f64,
        labels: LabelSource,
    },
    Maximization,
}

/// Everything that determines a run, except the machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSettings {
    #[serde(flatten)]
    pub question: QuestionSettings,
    pub strategy: Strategy,
    /// Time limit in wall seconds.
    pub time_limit: f64,
    pub threads: u32,
    pub solver_seed: u32,
    /// The bounds that give big-M coefficients and fixed ReLU phases.
    #[serde(
        default = "BoundKind::interval",
        skip_serializing_if = "BoundKind::is_interval"
    )]
    pub bounds: BoundKind,
    pub dense: DenseSettings,
    /// The network whose MILP is solved; `None`: the dense one.
    pub surrogate: Option<SurrogateSettings>,
}

impl DenseSettings {
    /// The network as a model.
    pub fn model(&self) -> ModelSettings {
        ModelSettings {
            dense: self.clone(),
            surrogate: None,
        }
    }

    pub fn hidden(&self) -> &[usize] {
        match self {
            Self::Trained { hidden, .. } | Self::Random { hidden, .. } => hidden,
        }
    }

    /// Neurons of the hidden layers as text, with `separator` between them.
    pub fn hidden_text(&self, separator: &str) -> String {
        let sizes: Vec<_> = self.hidden().iter().map(usize::to_string).collect();
        sizes.join(separator)
    }

    pub fn inputs(&self) -> usize {
        match self {
            Self::Trained { side, .. } => side * side,
            Self::Random { inputs, .. } => *inputs,
        }
    }

    pub fn outputs(&self) -> usize {
        match self {
            Self::Trained { .. } => CLASSES,
            Self::Random { .. } => 1,
        }
    }
}

impl ModelSettings {
    /// The key of the model in a store.
    pub fn key(&self) -> String {
        key("model", self)
    }

    /// The training of the model; `None` if it needs none.
    pub fn training(&self) -> Option<CommonTraining<'_>> {
        let DenseSettings::Trained {
            dataset,
            side,
            hidden,
            device,
            training,
            ..
        } = &self.dense
        else {
            return None;
        };
        let (settings, rounds) = match &self.surrogate {
            None => (training, None),
            Some(surrogate) => {
                let finetuning = surrogate.finetuning.as_ref()?;
                (&finetuning.settings, Some(finetuning.rounds))
            }
        };
        Some(CommonTraining {
            dataset: *dataset,
            side: *side,
            hidden,
            device: *device,
            settings,
            rounds,
        })
    }

    /// The model that this one is pruned from.
    pub fn parent(&self) -> Option<Self> {
        self.surrogate.as_ref().map(|_| self.dense.model())
    }

    /// Number of epochs of training or finetuning that the model needs.
    pub fn epochs(&self) -> usize {
        let training = self.training();
        training.map_or(0, |training| {
            training.rounds.unwrap_or(1) * training.settings.epochs
        })
    }
}

impl RunSettings {
    /// The key of the run in a store.
    pub fn key(&self) -> String {
        key("run", self)
    }

    /// The model of the dense network.
    pub fn dense_model(&self) -> ModelSettings {
        self.dense.model()
    }

    /// The model of the surrogate; `None` if the dense network is solved.
    pub fn surrogate_model(&self) -> Option<ModelSettings> {
        self.surrogate.as_ref().map(|surrogate| ModelSettings {
            dense: self.dense.clone(),
            surrogate: Some(surrogate.clone()),
        })
    }
}

impl fmt::Display for DenseSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = self.hidden();
        let (width, depth) = (hidden.first().unwrap_or(&0), hidden.len());
        match self {
            Self::Trained {
                dataset,
                side,
                seed,
                ..
            } => write!(
                f,
                "{dataset} {side}x{side}, hidden {width}x{depth}, seed {seed}"
            ),
            Self::Random { inputs, seed, .. } => {
                write!(
                    f,
                    "random {inputs} inputs, hidden {width}x{depth}, seed {seed}"
                )
            }
        }
    }
}

impl fmt::Display for SurrogateSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pruning = &self.pruning;
        write!(
            f,
            "{} {} {} pruning at {}",
            pruning.granularity, pruning.method, pruning.scope, pruning.rate
        )?;
        match &self.finetuning {
            None => Ok(()),
            Some(finetuning) => write!(
                f,
                ", finetuned {}x{}",
                finetuning.rounds, finetuning.settings.epochs
            ),
        }
    }
}

/// Hashes the settings as JSON, whose fields are in the order of their definition and whose numbers
/// are the shortest that read back the same.
fn key(kind: &str, settings: &impl Serialize) -> String {
    let text = serde_json::to_string(settings).expect("settings have string keys only");
    let mut digest = sha256(format!("{kind} {text}").as_bytes());
    digest.truncate(KEY_DIGITS);
    digest
}
