//! What a pruning is asked to do, in the words of the command line.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a network cannot be pruned as asked.
#[derive(Debug, Clone, Error, PartialEq)]
pub enum PruningError {
    #[error("pruning rate {rate} is outside [0, 1)")]
    Rate { rate: f64 },
    #[error("the mask is for layers of {mask:?} weights, the network has {network:?}")]
    MaskShape {
        mask: Vec<usize>,
        network: Vec<usize>,
    },
    #[error("unknown {what} {found:?}, expected {expected}")]
    UnknownName {
        what: &'static str,
        found: String,
        expected: String,
    },
}

/// Everything that decides which weights are pruned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pruning {
    /// Share of the weights (or neurons) to prune, in [0, 1).
    pub rate: f64,
    pub method: Method,
    pub granularity: Granularity,
    pub scope: Scope,
    pub output_rows: OutputRows,
    /// Seed of the random method; the others do not read it.
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

/// What makes a weight worth keeping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Its absolute value; for a neuron the L1 norm of its row.
    Magnitude,
    /// Chance.
    Random,
}

/// What is pruned as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Granularity {
    /// Single weights.
    Unstructured,
    /// Whole neurons: rows of `W`.
    Structured,
}

/// Within what the rate holds and scores are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Each layer by itself.
    Layer,
    /// All layers together.
    Global,
}

/// Whether structured pruning may take the rows of the output layer. Unstructured pruning always
/// prunes the output layer's weights and does not read this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputRows {
    /// All outputs stay.
    Keep,
    /// Outputs are pruned like other neurons, but one always stays.
    Prune,
}

/// An enum that is written as one word.
trait Named: Copy + PartialEq + 'static {
    const WHAT: &'static str;
    const NAMES: &'static [(Self, &'static str)];

    fn name(self) -> &'static str {
        let mut names = Self::NAMES.iter();
        let found = names.find(|(value, _)| *value == self);
        found.expect("every value has a name").1
    }

    fn parse(text: &str) -> Result<Self, PruningError> {
        let mut names = Self::NAMES.iter();
        let found = names.find(|(_, name)| *name == text);
        found.map(|&(value, _)| value).ok_or_else(|| {
            let names: Vec<_> = Self::NAMES.iter().map(|&(_, name)| name).collect();
            PruningError::UnknownName {
                what: Self::WHAT,
                found: text.to_owned(),
                expected: names.join(" or "),
            }
        })
    }
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

/// `Display` and `FromStr` by the names; a blanket impl is not possible for foreign traits.
macro_rules! in_words {
    ($($name:ty),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        impl FromStr for $name {
            type Err = PruningError;

            fn from_str(text: &str) -> Result<Self, PruningError> {
                Self::parse(text)
            }
        }
    )*};
}

in_words!(Method, Granularity, Scope, OutputRows);

#[cfg(test)]
mod tests {
    use super::*;

    fn check_names<T>()
    where
        T: Named + fmt::Debug + fmt::Display + FromStr<Err = PruningError> + Serialize,
    {
        for &(value, name) in T::NAMES {
            assert_eq!(value.to_string(), name);
            assert_eq!(name.parse::<T>(), Ok(value));
            assert_eq!(serde_json::to_value(value).unwrap(), name);
        }
        assert!("no such name".parse::<T>().is_err());
    }

    #[test]
    fn names_are_the_same_on_the_command_line_and_in_files() {
        check_names::<Method>();
        check_names::<Granularity>();
        check_names::<Scope>();
        check_names::<OutputRows>();
    }

    #[test]
    fn an_unknown_name_is_told_what_was_expected() {
        let error = "mag".parse::<Method>().unwrap_err();
        let message = r#"unknown pruning method "mag", expected magnitude or random"#;
        assert_eq!(error.to_string(), message);
    }

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
