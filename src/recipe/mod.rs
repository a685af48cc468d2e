//! How a model is made: one description for the command line, for experiments and for model files.
//!
//! A [`Recipe`] is everything that determines the weights of a network: data, seed, architecture and
//! training of the dense network, and the pruning and finetuning of its surrogate. The hash of its JSON
//! is its key. `make` follows recipes, `origin` writes them into the header of a model file, where the
//! parent of a pruned model is a file.
//!
//! ```
//! use pipeline::pruning::Pruning;
//! use pipeline::recipe::{DenseRecipe, SurrogateRecipe};
//!
//! let dense = DenseRecipe::Random { inputs: 20, hidden: vec![10, 10], seed: 1 };
//! let sparse = SurrogateRecipe { pruning: Pruning::magnitude(0.5), finetuning: None };
//! assert_eq!(dense.clone().with(sparse).to_string(),
//!     "random 20 inputs, hidden 10x2, seed 1, unstructured magnitude layer pruning at 0.5");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod description;
mod key;
mod make;
mod origin;
mod regression;

pub use description::{CommonTraining, DenseRecipe, Recipe, SurrogateRecipe, TrainedRecipe};
pub use key::key;
pub use make::{Networks, RecipeError, make, prune, train};
pub use origin::ParentFile;
pub use regression::{RegressionRecipe, RegressionSource, fit, two_stage_samples};
