//! What a store keeps of a model, of a run, and of a failure.

use serde::{Deserialize, Serialize};

use super::machine::Provenance;
use super::settings::{ModelSettings, RunSettings};
use crate::search::{Candidate, Outcome};

/// A model that was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelRecord {
    pub key: String,
    pub settings: ModelSettings,
    #[serde(flatten)]
    pub facts: ModelFacts,
    pub provenance: Provenance,
}

/// What is known of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelFacts {
    /// SHA-256 of the model file.
    pub sha256: String,
    /// Wall seconds of training, or of pruning and finetuning.
    pub seconds: f64,
    /// Share of the test images classified correctly; `None` of regression networks.
    pub accuracy: Option<f64>,
    /// Weights that are not zero, by layer.
    pub kept: Vec<usize>,
    /// Outputs that depend on the input.
    pub alive_outputs: usize,
    /// Whether nothing is left but a constant function.
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
}

/// A run that was made, whatever it found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    pub key: String,
    pub settings: RunSettings,
    /// `None` for maximization.
    pub image: Option<ImageFacts>,
    pub dense: ModelFacts,
    /// `None` where the dense network was solved.
    pub surrogate: Option<ModelFacts>,
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Every distinct feasible input in the order found.
    pub stream: Vec<Candidate>,
    pub provenance: Provenance,
}

/// A model or a run that could not be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    pub key: String,
    /// What was to be made, in words.
    pub what: String,
    /// The error with its causes.
    pub error: String,
    pub provenance: Provenance,
}
