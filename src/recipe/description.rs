//! Recipes as plain data.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::key;
use super::regression::RegressionRecipe;
use crate::dataset::{CLASSES, DatasetName};
use crate::pruning::Pruning;
use crate::regularisers::Regularisers;
use crate::training::{Device, Finetuning, TrainingSettings};

/// A model: a dense network, or its surrogate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// The dense network: the model itself, or the network that it is pruned from.
    pub dense: DenseRecipe,
    /// How the surrogate is derived; `None` if the model is the dense network.
    pub surrogate: Option<SurrogateRecipe>,
}

/// Everything that determines the weights of a dense network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum DenseRecipe {
    /// A classifier trained on images.
    Trained(TrainedRecipe),
    /// A regression network trained on samples.
    Regression(RegressionRecipe),
    /// A random regression network.
    Random {
        /// Number of inputs.
        inputs: usize,
        /// Neurons of each hidden layer, first to last.
        hidden: Vec<usize>,
        /// Seed of the generator that draws the weights.
        seed: u32,
    },
}

/// A classifier trained on images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainedRecipe {
    /// The data set whose training images are used.
    pub dataset: DatasetName,
    /// Pixels per row and per column.
    pub side: usize,
    /// Neurons of each hidden layer, first to last.
    pub hidden: Vec<usize>,
    /// Seed of the initial weights and of the order of the images.
    pub seed: u64,
    /// Device for training and finetuning.
    pub device: Device,
    /// Settings of the training from scratch.
    pub training: TrainingSettings,
    /// What is penalised besides the loss; not written where it is nothing.
    #[serde(default, skip_serializing_if = "Regularisers::are_none")]
    pub regularisers: Regularisers,
}

/// Everything that determines the sparse network derived from a dense one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurrogateRecipe {
    /// Which weights are pruned, and how many.
    pub pruning: Pruning,
    /// `None`: pruned once, without finetuning.
    pub finetuning: Option<Finetuning>,
}

/// The training of a model, without what may differ between models that are trained together: seeds
/// and prunings.
#[derive(Debug, PartialEq)]
pub struct CommonTraining<'a> {
    /// The data set whose training images are used.
    pub dataset: DatasetName,
    /// Pixels per row and per column.
    pub side: usize,
    /// Neurons of each hidden layer, first to last.
    pub hidden: &'a [usize],
    /// Device for the training or finetuning.
    pub device: Device,
    /// Settings of the training or, for a surrogate, of the finetuning in each round.
    pub settings: &'a TrainingSettings,
    /// Rounds of pruning and finetuning; `None` for a dense network.
    pub rounds: Option<usize>,
}

impl Recipe {
    /// The key of the model.
    pub fn key(&self) -> String {
        key("model", self)
    }

    /// The training of the model on images; `None` if it needs none.
    pub fn training(&self) -> Option<CommonTraining<'_>> {
        let DenseRecipe::Trained(trained) = &self.dense else {
            return None;
        };
        let (settings, rounds) = match &self.surrogate {
            None => (&trained.training, None),
            Some(surrogate) => {
                let finetuning = surrogate.finetuning.as_ref()?;
                (&finetuning.settings, Some(finetuning.rounds))
            }
        };
        Some(CommonTraining {
            dataset: trained.dataset,
            side: trained.side,
            hidden: &trained.hidden,
            device: trained.device,
            settings,
            rounds,
        })
    }

    /// The training of a regression network on samples; `None` of any other model.
    pub fn regression(&self) -> Option<&RegressionRecipe> {
        match (&self.dense, &self.surrogate) {
            (DenseRecipe::Regression(regression), None) => Some(regression),
            _ => None,
        }
    }

    /// The device that the model is trained or finetuned on; `None` if it needs none.
    pub fn device(&self) -> Option<Device> {
        match self.regression() {
            Some(regression) => Some(regression.device),
            None => self.training().map(|training| training.device),
        }
    }

    /// The model that this one is pruned from.
    pub fn parent(&self) -> Option<Self> {
        self.surrogate.as_ref().map(|_| self.dense.model())
    }

    /// Number of epochs of training or finetuning that the model needs.
    pub fn epochs(&self) -> usize {
        if let Some(regression) = self.regression() {
            return regression.training.epochs;
        }
        let training = self.training();
        training.map_or(0, |training| {
            training.rounds.unwrap_or(1) * training.settings.epochs
        })
    }
}

impl DenseRecipe {
    /// The network as a model.
    pub fn model(&self) -> Recipe {
        Recipe {
            dense: self.clone(),
            surrogate: None,
        }
    }

    /// The network's surrogate as a model.
    pub fn with(self, surrogate: SurrogateRecipe) -> Recipe {
        Recipe {
            dense: self,
            surrogate: Some(surrogate),
        }
    }

    /// Seed from which the initial or random weights are drawn.
    pub fn seed(&self) -> u64 {
        match self {
            Self::Trained(trained) => trained.seed,
            Self::Regression(regression) => regression.seed,
            Self::Random { seed, .. } => u64::from(*seed),
        }
    }

    /// The data set that the network is trained on.
    pub fn dataset(&self) -> Option<DatasetName> {
        match self {
            Self::Trained(trained) => Some(trained.dataset),
            Self::Regression(_) | Self::Random { .. } => None,
        }
    }

    /// Neurons of each hidden layer, first to last.
    pub fn hidden(&self) -> &[usize] {
        match self {
            Self::Trained(TrainedRecipe { hidden, .. })
            | Self::Regression(RegressionRecipe { hidden, .. })
            | Self::Random { hidden, .. } => hidden,
        }
    }

    /// Neurons of the hidden layers as text, with `separator` between them.
    pub fn hidden_text(&self, separator: &str) -> String {
        let sizes: Vec<_> = self.hidden().iter().map(usize::to_string).collect();
        sizes.join(separator)
    }

    /// Number of inputs; for a classifier, the pixels of an image.
    pub fn inputs(&self) -> usize {
        match self {
            Self::Trained(trained) => trained.side * trained.side,
            Self::Regression(regression) => regression.source.inputs(),
            Self::Random { inputs, .. } => *inputs,
        }
    }

    /// Number of outputs: one per class of a classifier, one per target of a regression, one of a random network.
    pub fn outputs(&self) -> usize {
        match self {
            Self::Trained(_) => CLASSES,
            Self::Regression(regression) => regression.source.targets(),
            Self::Random { .. } => 1,
        }
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.surrogate {
            None => write!(f, "{}", self.dense),
            Some(surrogate) => write!(f, "{}, {surrogate}", self.dense),
        }
    }
}

impl fmt::Display for DenseRecipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trained(trained) => {
                let (dataset, side) = (trained.dataset, trained.side);
                write!(f, "{dataset} {side}x{side}")?;
            }
            Self::Regression(regression) => write!(f, "{}", regression.source)?,
            Self::Random { inputs, .. } => write!(f, "random {inputs} inputs")?,
        }
        let hidden = self.hidden();
        let (width, depth) = (hidden.first().unwrap_or(&0), hidden.len());
        write!(f, ", hidden {width}x{depth}, seed {}", self.seed())?;
        match self {
            Self::Trained(TrainedRecipe { regularisers, .. })
            | Self::Regression(RegressionRecipe { regularisers, .. })
                if !regularisers.are_none() =>
            {
                write!(f, ", {regularisers}")
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for SurrogateRecipe {
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
