//! Settings of a pruning, in the words of the command line.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::named::{Named, in_words};
use crate::numbers::Shortest;

/// Why a network cannot be pruned as asked.
#[derive(Debug, Clone, Error, PartialEq)]
pub enum PruningError {
    /// The pruning rate is negative, NaN, or not below 1.
    #[error("pruning rate {} is outside [0, 1)", Shortest(*rate))]
    Rate {
        /// The rate that was given.
        rate: f64,
    },
    /// An earlier mask is one of a network of another shape.
    #[error("the mask is for layers of {mask:?} weights, the network has {network:?}")]
    MaskShape {
        /// Number of flags per layer of the mask.
        mask: Vec<usize>,
        /// Number of weights per layer of the network.
        network: Vec<usize>,
    },
}

/// All settings that decide which weights are pruned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pruning {
    /// Share of the weights (or neurons) to prune, in [0, 1).
    pub rate: f64,
    /// How weights or neurons are scored; the lowest scores are pruned.
    pub method: Method,
    /// Whether single weights or whole neurons are pruned.
    pub granularity: Granularity,
    /// Whether the rate holds for each layer or for the whole network.
    pub scope: Scope,
    /// Whether structured pruning may remove outputs.
    pub output_rows: OutputRows,
    /// Seed of the random method; the other method ignores it.
    pub seed: u64,
}

impl Pruning {
    /// Unstructured magnitude pruning layer by layer, the default of the paper (section 4).
    pub fn magnitude(rate: f64) -> Self {
        Self {
            rate,
            method: Method::Magnitude,
            granularity: Granularity::Unstructured,
            scope: Scope::Layer,
            output_rows: OutputRows::Keep,
            seed: 0,
        }
    }

    /// Refuses a rate outside [0, 1).
    pub fn check(&self) -> Result<(), PruningError> {
        if (0.0..1.0).contains(&self.rate) {
            return Ok(());
        }
        Err(PruningError::Rate { rate: self.rate })
    }
}

/// The score of a weight or neuron.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// Its absolute value; for a neuron the L1 norm of its row.
    Magnitude,
    /// A random number.
    Random,
}

/// The unit of pruning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Granularity {
    /// Single weights.
    Unstructured,
    /// Whole neurons: rows of `W`.
    Structured,
}

/// Where the rate applies and scores are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Each layer by itself.
    Layer,
    /// All layers together.
    Global,
}

/// Whether structured pruning may prune rows of the output layer. Unstructured pruning always
/// prunes the output layer's weights and ignores this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OutputRows {
    /// All outputs stay.
    Keep,
    /// Outputs are pruned like other neurons, but one always stays.
    Prune,
}

impl Named for Method {
    const WHAT: &'static str = "pruning method";
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Magnitude, "magnitude"), (Self::Random, "random")];
}

impl Named for Granularity {
    const WHAT: &'static str = "pruning granularity";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Unstructured, "unstructured"),
        (Self::Structured, "structured"),
    ];
}

impl Named for Scope {
    const WHAT: &'static str = "pruning scope";
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Layer, "layer"), (Self::Global, "global")];
}

impl Named for OutputRows {
    const WHAT: &'static str = "treatment of output rows";
    const NAMES: &'static [(Self, &'static str)] = &[(Self::Keep, "keep"), (Self::Prune, "prune")];
}

in_words!(Method, Granularity, Scope, OutputRows);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_json() {
        let settings = Pruning {
            output_rows: OutputRows::Prune,
            granularity: Granularity::Structured,
            seed: u64::MAX,
            ..Pruning::magnitude(0.1 + 0.2)
        };
        let text = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<Pruning>(&text).unwrap(), settings);
    }
}
