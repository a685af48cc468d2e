//! The records that a store keeps of models and runs.

use serde::{Deserialize, Serialize};

use super::settings::RunSettings;
use crate::campaign::Provenance;
use crate::recipe::Recipe;
use crate::search::{Candidate, SearchRecord};

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
    /// Number of nonzero weights per layer.
    pub kept: Vec<usize>,
    /// Outputs that depend on the input.
    pub alive_outputs: usize,
    /// Whether the network is a constant function.
    pub collapsed: bool,
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
    /// `None` for maximization.
    pub image: Option<ImageFacts>,
    pub dense: ModelFacts,
    /// `None` if the dense network was solved.
    pub surrogate: Option<ModelFacts>,
    #[serde(flatten)]
    pub outcome: SearchRecord,
    /// Every distinct feasible input in the order found.
    pub stream: Vec<Candidate>,
    pub provenance: Provenance,
}
