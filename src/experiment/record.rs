//! The records that a store keeps of models and runs.

use serde::{Deserialize, Serialize};

use super::settings::RunSettings;
use crate::campaign::Provenance;
use crate::recipe::Recipe;
use crate::search::{Candidate, SearchRecord};
use crate::training::Errors;

/// Record of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelRecord {
    pub key: String,
    pub settings: Recipe,
    #[serde(flatten)]
    pub facts: ModelFacts,
    pub provenance: Provenance,
}

/// Facts about a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelFacts {
    /// SHA-256 of the model file.
    pub sha256: String,
    /// Wall seconds of training, or of pruning and finetuning.
    pub seconds: f64,
    /// Share of the test images classified correctly; `None` for regression networks.
    pub accuracy: Option<f64>,
    /// Of a network trained on a function: its errors on the test samples, in the scale of the training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<Errors>,
    /// Of a network trained on a function: what one is there, in the function's own scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<f64>,
    /// Of a network trained on a function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<BoundFacts>,
    /// Number of nonzero weights per layer.
    pub kept: Vec<usize>,
    /// Outputs that depend on the input.
    pub alive_outputs: usize,
    /// Whether the network is a constant function.
    pub collapsed: bool,
}

/// The hidden neurons' bounds over the domain of a function, by interval arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BoundFacts {
    /// Neurons that may be active or inactive.
    pub unstable: usize,
    pub mean_width: f64,
    pub largest_width: f64,
}

/// The image of a verification run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageFacts {
    /// Its class in the data set.
    pub class: usize,
    /// Whether the dense network predicts that class.
    pub correctly_classified: bool,
    /// The class to leave and the class to reach.
    pub label: usize,
    pub target: usize,
    /// The dense network's output for the target minus that for the label, on the image as it is: above zero, it is an
    /// adversarial input of itself. Labels of the surrogate allow that. `None` in records of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
}

/// Record of a run, whatever it found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    pub key: String,
    pub settings: RunSettings,
    /// `None` except for verification.
    pub image: Option<ImageFacts>,
    pub dense: ModelFacts,
    /// `None` if the dense network was solved.
    pub surrogate: Option<ModelFacts>,
    #[serde(flatten)]
    pub outcome: SearchRecord,
    /// Nodes of the branch and bound at its last report; in records of the study of regularisers alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes: Option<i64>,
    /// The learned function at the incumbent of a minimization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function_value: Option<f64>,
    /// Every distinct feasible input in the order found.
    pub stream: Vec<Candidate>,
    pub provenance: Provenance,
}
