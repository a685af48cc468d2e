//! Regularisers that make the MILP of a network easy: what its difficulty comes from is penalised while the network is
//! trained ("Relaxation-Informed Training of Neural Network Surrogate Models", arXiv 2604.22746).
//!
//! Reading order: `parameters` (a network under training, in f64), `intervals` (interval arithmetic over a box, and its
//! derivatives), `widths` (penalties on these bounds), `sample_lp` (the LP relaxation at one input) and `lp_gap` (its
//! distance from the output).

mod intervals;
mod lp_gap;
mod parameters;
mod sample_lp;
mod widths;

pub use lp_gap::LpGap;
pub use widths::{BoundPenalty, Bounded};
