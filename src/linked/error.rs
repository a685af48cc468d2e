//! Why a problem cannot be linked with networks or not be solved.

use thiserror::Error;

use crate::search::SearchError;
use crate::solver::SolverError;

/// Why a problem cannot be linked with networks, or not be bounded.
#[derive(Debug, Error)]
pub enum LinkedError {
    /// A copy has another number of inputs or outputs than its network.
    #[error("{copy} has {found} {side}, expected {expected}, as many as its network")]
    Size {
        /// The copy, in words.
        copy: String,
        /// `inputs` or `outputs`.
        side: &'static str,
        /// Number given.
        found: usize,
        /// Number of the network.
        expected: usize,
    },
    /// A number of the scaling is not usable.
    #[error("{copy}: {field} is {value}, expected {expected}")]
    Number {
        /// The copy, in words.
        copy: String,
        /// Which number.
        field: String,
        /// The number.
        value: f64,
        /// Which numbers are usable.
        expected: &'static str,
    },
    /// A column is the output of two copies.
    #[error("column \"{column}\" is an output twice, of {first} and of {second}")]
    TwoOutputs {
        /// Name of the column.
        column: String,
        /// The first copy, in words.
        first: String,
        /// The second one.
        second: String,
    },
    /// An output is an integer column.
    #[error("column \"{column}\" is an output of {copy} and integer, expected a continuous one")]
    IntegerOutput {
        /// Name of the column.
        column: String,
        /// The copy, in words.
        copy: String,
    },
    /// Copies read each other's outputs in a circle.
    #[error("{copies} read each other's outputs in a circle, expected an order of evaluation")]
    Circle {
        /// The copies, in words.
        copies: String,
    },
    /// A column has no finite bounds, so its networks have none.
    #[error(
        "column \"{column}\", an input of {copy}, is unbounded ({side}), even with the rows of the problem; expected finite bounds"
    )]
    Unbounded {
        /// Name of the column.
        column: String,
        /// The copy, in words.
        copy: String,
        /// `below`, `above` or both, in words.
        side: &'static str,
    },
    /// Bounds on the neurons of a copy overflow.
    #[error("{copy}: a bound on a preactivation overflows")]
    Overflow {
        /// The copy, in words.
        copy: String,
    },
    /// The solver failed.
    #[error(transparent)]
    Solver(#[from] SolverError),
    /// Branch and bound over the phases of a network could not run.
    #[error(transparent)]
    Search(#[from] SearchError),
}
