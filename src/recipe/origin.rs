//! Recipes in the headers of model files, where the parent of a pruned model is a file.

use super::description::{DenseRecipe, SurrogateRecipe};
use super::key::json;
use crate::dataset::Regression;
use crate::formats::Origin;

/// The file that a model was pruned from.
#[derive(Debug, Clone, PartialEq)]
pub struct ParentFile {
    /// Its name, without its folder.
    pub name: String,
    /// SHA-256 of its content in lower-case hexadecimal digits.
    pub sha256: String,
    /// Its own origin, if it records one.
    pub origin: Option<Origin>,
}

impl DenseRecipe {
    /// What the header of the model's file says of its weights; of a regression network, only with its `data`, see
    /// [`RegressionRecipe::origin`](super::RegressionRecipe::origin).
    ///
    /// # Panics
    /// When the samples of a regression are missing.
    pub fn origin(&self, data: Option<&Regression>) -> Origin {
        match self {
            Self::Regression(recipe) => recipe.origin(data.expect("the samples of the regression")),
            Self::Trained(trained) => Origin::Trained {
                dataset: trained.dataset.to_string(),
                side: trained.side,
                seed: trained.seed,
                device: trained.device.to_string(),
                settings: json(&trained.training),
                regularisers: match trained.regularisers.are_none() {
                    true => None,
                    false => Some(trained.regularisers.to_string()),
                },
            },
            Self::Random { seed, .. } => Origin::Random { seed: *seed },
        }
    }
}

impl SurrogateRecipe {
    /// What the header of the model's file says of its weights, which were those of `parent`.
    pub fn origin(&self, parent: ParentFile) -> Origin {
        Origin::Pruned {
            parent: parent.name,
            parent_sha256: parent.sha256,
            parent_origin: parent.origin.map(Box::new),
            pruning: self.pruning.clone(),
            finetuning: self.finetuning.as_ref().map(json),
        }
    }
}
