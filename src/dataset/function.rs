//! Test functions of global optimisation, as data: networks learn them, and are then optimised over.

use std::f64::consts::{E, PI};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::sampling::latin_hypercube;
use super::table::{Table, TableError};

/// The most inputs of a function that has any number of them.
const MOST_INPUTS: usize = 1000;

/// A function of some inputs; written `peaks`, `himmelblau`, `ackley`, `rosenbrock`, the last two also with a number of
/// inputs other than two, as in `ackley:5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// MATLAB's `peaks`, of two inputs.
    Peaks,
    /// Himmelblau's function (Applied Nonlinear Programming, 1972), of two inputs.
    Himmelblau,
    /// Ackley's function (1987), of any number of inputs.
    Ackley {
        /// Number of inputs, at least one.
        inputs: usize,
    },
    /// Rosenbrock's function (Computer Journal 3, 1960), of two inputs or more.
    Rosenbrock {
        /// Number of inputs, at least two.
        inputs: usize,
    },
}

/// Why a text does not name a function.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "unknown function {found:?}, expected peaks, himmelblau, ackley or rosenbrock, the last two also with a number of inputs, such as ackley:5"
)]
pub struct UnknownFunction {
    found: String,
}

impl Function {
    /// Number of inputs.
    pub fn inputs(self) -> usize {
        match self {
            Self::Peaks | Self::Himmelblau => 2,
            Self::Ackley { inputs } | Self::Rosenbrock { inputs } => inputs,
        }
    }

    /// The sides of the usual domain, the same for each input.
    pub fn domain(self) -> (f64, f64) {
        match self {
            Self::Peaks => (-2.0, 2.0),
            Self::Himmelblau => (-5.0, 5.0),
            Self::Ackley { .. } => (-3.5, 3.5),
            Self::Rosenbrock { .. } => (-2.048, 2.048),
        }
    }

    /// The least value over the domain, in f64.
    pub fn minimum(self) -> f64 {
        match self {
            Self::Peaks => -6.551_133_332_835_839,
            Self::Himmelblau | Self::Ackley { .. } | Self::Rosenbrock { .. } => 0.0,
        }
    }

    /// The value at `x`.
    ///
    /// # Panics
    /// When `x` has another number of entries than the function has inputs.
    pub fn value(self, x: &[f64]) -> f64 {
        assert_eq!(x.len(), self.inputs(), "an entry for each input");
        match self {
            Self::Peaks => peaks(x[0], x[1]),
            Self::Himmelblau => {
                (x[0].powi(2) + x[1] - 11.0).powi(2) + (x[0] + x[1].powi(2) - 7.0).powi(2)
            }
            Self::Ackley { .. } => ackley(x),
            Self::Rosenbrock { .. } => {
                let pairs = x.windows(2);
                let terms = pairs.map(|pair| {
                    100.0 * (pair[1] - pair[0].powi(2)).powi(2) + (1.0 - pair[0]).powi(2)
                });
                terms.sum()
            }
        }
    }

    /// The function at `count` samples of its domain, a Latin hypercube drawn from `seed`.
    ///
    /// # Errors
    /// When `count` is zero.
    pub fn samples(self, count: usize, seed: u32) -> Result<Table, TableError> {
        let domain = vec![self.domain(); self.inputs()];
        let inputs = latin_hypercube(count, &domain, seed);
        let targets: Vec<[f64; 1]> = inputs.iter().map(|x| [self.value(x)]).collect();
        Table::new(&inputs, &targets)
    }
}

fn peaks(x: f64, y: f64) -> f64 {
    3.0 * (1.0 - x).powi(2) * (-x.powi(2) - (y + 1.0).powi(2)).exp()
        - 10.0 * (x / 5.0 - x.powi(3) - y.powi(5)) * (-x.powi(2) - y.powi(2)).exp()
        - (-(x + 1.0).powi(2) - y.powi(2)).exp() / 3.0
}

fn ackley(x: &[f64]) -> f64 {
    let count = x.len() as f64;
    let square = x.iter().map(|x| x.powi(2)).sum::<f64>() / count;
    let wave = x.iter().map(|x| (2.0 * PI * x).cos()).sum::<f64>() / count;
    -20.0 * (-0.2 * square.sqrt()).exp() - wave.exp() + 20.0 + E
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peaks => f.pad("peaks"),
            Self::Himmelblau => f.pad("himmelblau"),
            Self::Ackley { inputs: 2 } => f.pad("ackley"),
            Self::Rosenbrock { inputs: 2 } => f.pad("rosenbrock"),
            Self::Ackley { inputs } => f.pad(&format!("ackley:{inputs}")),
            Self::Rosenbrock { inputs } => f.pad(&format!("rosenbrock:{inputs}")),
        }
    }
}

impl FromStr for Function {
    type Err = UnknownFunction;

    fn from_str(text: &str) -> Result<Self, UnknownFunction> {
        let (name, inputs) = match text.split_once(':') {
            None => (text, Some(None)),
            Some((name, inputs)) => (name, inputs.parse().ok().map(Some)),
        };
        let inputs = inputs.filter(|inputs| inputs.is_none_or(|n| (1..=MOST_INPUTS).contains(&n)));
        let function = match (name, inputs) {
            ("peaks", Some(None)) => Some(Self::Peaks),
            ("himmelblau", Some(None)) => Some(Self::Himmelblau),
            ("ackley", Some(inputs)) => Some(Self::Ackley {
                inputs: inputs.unwrap_or(2),
            }),
            ("rosenbrock", Some(None | Some(2..))) => Some(Self::Rosenbrock {
                inputs: inputs.flatten().unwrap_or(2),
            }),
            _ => None,
        };
        function.ok_or_else(|| UnknownFunction {
            found: text.to_owned(),
        })
    }
}

impl Serialize for Function {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Function {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Function; 5] = [
        Function::Peaks,
        Function::Himmelblau,
        Function::Ackley { inputs: 2 },
        Function::Ackley { inputs: 5 },
        Function::Rosenbrock { inputs: 3 },
    ];

    /// Minima and maxima over the domains (../shared/spec/relaxation-informed.md, section 1).
    #[test]
    fn extrema_are_where_they_are_known_to_be() {
        let ackley = Function::Ackley { inputs: 2 };
        for (function, x, value) in [
            (Function::Peaks, [0.228_279, -1.625_535], -6.551_133_332_836),
            (Function::Peaks, [-0.009_318, 1.581_368], 8.106_213_589_442),
            (Function::Himmelblau, [3.0, 2.0], 0.0),
            (Function::Himmelblau, [5.0, 5.0], 890.0),
            (ackley, [0.0, 0.0], 0.0),
            (ackley, [3.5, -3.5], 12.418_696_311_459),
            (Function::Rosenbrock { inputs: 2 }, [1.0, 1.0], 0.0),
        ] {
            let found = function.value(&x);
            assert!((found - value).abs() < 1e-9, "{function} {x:?}: {found}");
        }
        assert_eq!(
            Function::Rosenbrock { inputs: 3 }.value(&[-1.0, 1.0, 1.0]),
            4.0
        );
        assert!((Function::Ackley { inputs: 5 }.value(&[0.0; 5])).abs() < 1e-14);
    }

    #[test]
    fn no_sample_is_below_the_minimum() {
        for function in ALL {
            let samples = function.samples(2000, 3).unwrap();
            assert_eq!(
                (samples.inputs(), samples.targets()),
                (function.inputs(), 1)
            );
            let least = samples
                .all_targets()
                .iter()
                .copied()
                .fold(f64::INFINITY, f64::min);
            assert!(least >= function.minimum() - 1e-9, "{function}: {least}");
            let (low, high) = function.domain();
            assert!(
                samples
                    .all_inputs()
                    .iter()
                    .all(|x| (low..=high).contains(x))
            );
        }
    }

    #[test]
    fn names_read_back() {
        for function in ALL {
            assert_eq!(function.to_string().parse(), Ok(function));
        }
        assert_eq!("ackley:2".parse(), Ok(Function::Ackley { inputs: 2 }));
        for wrong in [
            "",
            "peak",
            "peaks:2",
            "ackley:0",
            "ackley:x",
            "rosenbrock:1",
            "ackley:",
        ] {
            let error = wrong.parse::<Function>().unwrap_err().to_string();
            assert!(
                error.contains(&format!("{wrong:?}")) && error.contains("ackley:5"),
                "{error}"
            );
        }
    }
}
