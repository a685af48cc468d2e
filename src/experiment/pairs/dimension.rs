//! The sizes of a dense network by which tables are split.

use crate::recipe::DenseRecipe;

/// A size of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    Inputs,
    /// Hidden layers.
    Depth,
    /// Neurons per hidden layer.
    Width,
}

impl Dimension {
    pub const ALL: [Self; 3] = [Self::Inputs, Self::Depth, Self::Width];

    /// The name in the paper.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inputs => "Input Size",
            Self::Depth => "Network Depth",
            Self::Width => "Layer Width",
        }
    }

    /// The name in sentences.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Inputs => "inputs",
            Self::Depth => "hidden layers",
            Self::Width => "neurons per layer",
        }
    }

    /// This size of a network; `None` for the width if the hidden layers differ.
    pub fn of(self, dense: &DenseRecipe) -> Option<usize> {
        let hidden = dense.hidden();
        match self {
            Self::Inputs => Some(dense.inputs()),
            Self::Depth => Some(hidden.len()),
            Self::Width => {
                let first = *hidden.first()?;
                hidden.iter().all(|&width| width == first).then_some(first)
            }
        }
    }
}
