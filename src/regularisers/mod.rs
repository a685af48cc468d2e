//! Regularisers that make the MILP of a network easy: what its difficulty comes from is penalised while the network is
//! trained ("Relaxation-Informed Training of Neural Network Surrogate Models", arXiv 2604.22746).
//!
//! Reading order: `parameters` (a network under training, in f64), `intervals` (interval arithmetic over a box, and its
//! derivatives), `widths` (penalties on these bounds).

mod intervals;
mod parameters;
mod widths;

pub use widths::{BoundPenalty, Bounded};
