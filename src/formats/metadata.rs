//! The metadata of a model file: which version wrote it, and the origin of its weights.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::network::Network;
use crate::pruning::Pruning;

/// Header of a model file, one JSON object under the key [`Metadata::KEY`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// Version of the program that wrote the file.
    pub made_by: String,
    /// Sizes of all layers, the input first.
    pub sizes: Vec<usize>,
    /// How the weights came about.
    pub origin: Origin,
}

/// Where the weights come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Origin {
    /// Trained on images.
    Trained {
        /// Name of the data set.
        dataset: String,
        /// Pixels per row and per column.
        side: usize,
        /// Seed of the initial weights and of the order of the images.
        seed: u64,
        /// Name of the device that trained the network, such as `cpu`.
        device: String,
        /// The training settings, as the training wrote them.
        settings: Value,
        /// The regularisers, such as `stable:0.001`; absent if there were none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        regularisers: Option<String>,
    },
    /// Trained on rows of numbers; inputs and outputs are in the units of these.
    Regression {
        /// What the network learned, as the training wrote it.
        source: Value,
        /// The sides of the box of inputs that the samples are from, one pair for each input.
        domain: Vec<(f64, f64)>,
        /// How inputs and outputs were scaled during the training, as the training wrote it.
        scaling: Value,
        /// Seed of the initial weights and of the order of the samples.
        seed: u64,
        /// Name of the device that trained the network, such as `cpu`.
        device: String,
        /// The training settings, as the training wrote them.
        settings: Value,
        /// The regularisers, such as `bound-width:0.001`, or `none`.
        regularisers: String,
    },
    /// Drawn by [`crate::network::random`].
    Random {
        /// Seed of the generator that drew the weights.
        seed: u32,
    },
    /// Pruned from another model.
    Pruned {
        /// File name of the model it was pruned from, without its folder.
        parent: String,
        /// SHA-256 of the parent's file in lower-case hexadecimal digits.
        parent_sha256: String,
        /// The origin of that model; absent if its file does not record it.
        parent_origin: Option<Box<Origin>>,
        /// Settings of the pruning.
        pruning: Pruning,
        /// The finetuning settings, as the training wrote them; absent without finetuning.
        finetuning: Option<Value>,
    },
}

impl Metadata {
    /// The key in the `__metadata__` map of the safetensors header.
    pub const KEY: &'static str = "pipeline";

    /// Metadata for a `network` of this `origin`, written by this version of the program.
    pub fn new(network: &Network, origin: Origin) -> Self {
        Self {
            made_by: env!("CARGO_PKG_VERSION").to_owned(),
            sizes: network.sizes(),
            origin,
        }
    }

    /// The name of the data set that the weights were first trained on, if the chain of files records it.
    pub fn trained_on(&self) -> Option<&str> {
        match self.origin.root()? {
            Origin::Trained { dataset, .. } => Some(dataset),
            Origin::Regression { .. } | Origin::Random { .. } | Origin::Pruned { .. } => None,
        }
    }

    /// The sides of the box that the network was trained on, one pair for each input, if the chain of files records it.
    pub fn domain(&self) -> Option<&[(f64, f64)]> {
        match self.origin.root()? {
            Origin::Regression { domain, .. } => Some(domain),
            _ => None,
        }
    }
}

impl Origin {
    /// The first origin of the weights: that of the model at the start of a chain of prunings;
    /// `None` if a file in the chain does not record its origin.
    pub fn root(&self) -> Option<&Origin> {
        match self {
            Self::Pruned { parent_origin, .. } => parent_origin.as_ref()?.root(),
            Self::Trained { .. } | Self::Regression { .. } | Self::Random { .. } => Some(self),
        }
    }
}
