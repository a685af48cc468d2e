//! Variants of surrogates, without the pruning rate: the subject of a row or a figure.

use std::fmt;

use crate::pruning::{Granularity, Method, OutputRows, Scope};
use crate::recipe::SurrogateRecipe;

/// How surrogates are made, except for the rate and the seed of random pruning. The order is that
/// of rows in tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variant {
    pub method: Method,
    pub granularity: Granularity,
    /// [`OutputRows::Keep`] for unstructured pruning, which ignores it.
    pub output_rows: OutputRows,
    pub scope: Scope,
    pub finetuning: Option<Rounds>,
}

/// Rounds of finetuning, and epochs of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rounds {
    pub rounds: usize,
    pub epochs: usize,
}

impl Rounds {
    /// The paper's rounds and epochs.
    pub const PUBLISHED: Self = Self {
        rounds: 5,
        epochs: 5,
    };
}

impl Variant {
    pub fn of(settings: &SurrogateRecipe) -> Self {
        let pruning = &settings.pruning;
        Self {
            method: pruning.method,
            granularity: pruning.granularity,
            output_rows: match pruning.granularity {
                Granularity::Unstructured => OutputRows::Keep,
                Granularity::Structured => pruning.output_rows,
            },
            scope: pruning.scope,
            finetuning: settings.finetuning.as_ref().map(|finetuning| Rounds {
                rounds: finetuning.rounds,
                epochs: finetuning.settings.epochs,
            }),
        }
    }

    /// Layer-wise unstructured pruning by `method`, not finetuned.
    pub fn unstructured(method: Method) -> Self {
        Self {
            method,
            granularity: Granularity::Unstructured,
            output_rows: OutputRows::Keep,
            scope: Scope::Layer,
            finetuning: None,
        }
    }

    pub fn before_finetuning(&self) -> Self {
        let finetuning = None;
        Self {
            finetuning,
            ..*self
        }
    }

    /// The name in file names.
    pub fn slug(&self) -> String {
        self.to_string().replace(", ", "-").replace(' ', "-")
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.granularity, self.method)?;
        if self.output_rows == OutputRows::Prune {
            write!(f, ", output rows pruned")?;
        }
        if self.scope == Scope::Global {
            write!(f, ", global")?;
        }
        match self.finetuning {
            Some(rounds) => write!(f, ", finetuned {rounds}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Rounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.rounds, self.epochs)
    }
}
