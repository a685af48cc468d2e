//! The optimum of a network over a region in exact rational arithmetic, by enumeration of the
//! activation patterns that some input of the region has.
//!
//! Every f64 is a rational number whose denominator is a power of two, so that a network of f64
//! weights is a piecewise linear function with rational coefficients, and its optimum is a rational
//! number. Nothing here rounds, and nothing here uses the library's bounds, formulation or prover.

mod dictionary;
mod dyadic;
mod enumeration;
mod forms;
mod relaxation;
mod tests;

pub use dyadic::{forward, rational};
pub use enumeration::{Effort, Optimum, maximum, objective};
