//! The complete settings of a run, and the key that they hash to.

use serde::{Deserialize, Serialize};

use crate::bounds::BoundKind;
use crate::instance::{Distance, LabelSource};
use crate::recipe::{DenseRecipe, Recipe, SurrogateRecipe, key};
use crate::search::Strategy;

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
        /// How the distance from the image is measured.
        #[serde(default, skip_serializing_if = "Distance::is_l1")]
        region: Distance,
        labels: LabelSource,
    },
    /// The largest output over the unit box.
    Maximization,
    /// The least output over the domain of the function that the network was trained on.
    Minimization,
}

impl QuestionSettings {
    /// How the distance from the image is measured; `None` except in verification.
    pub fn region(&self) -> Option<Distance> {
        match self {
            Self::Verification { region, .. } => Some(*region),
            Self::Maximization | Self::Minimization => None,
        }
    }
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
    pub dense: DenseRecipe,
    /// The network whose MILP is solved; `None`: the dense one.
    pub surrogate: Option<SurrogateRecipe>,
}

impl RunSettings {
    /// The key of the run in a store.
    pub fn key(&self) -> String {
        key("run", self)
    }

    /// The model of the dense network.
    pub fn dense_model(&self) -> Recipe {
        self.dense.model()
    }

    /// The model of the surrogate; `None` if the dense network is solved.
    pub fn surrogate_model(&self) -> Option<Recipe> {
        let surrogate = self.surrogate.clone();
        surrogate.map(|surrogate| self.dense.clone().with(surrogate))
    }
}
