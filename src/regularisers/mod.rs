//! Regularisers that make the MILP of a network easy: what its difficulty comes from is penalised while the network is
//! trained ("Relaxation-Informed Training of Neural Network Surrogate Models", arXiv 2604.22746).
//!
//! Reading order: `parameters` (a network under training, in f64), `intervals` (interval arithmetic over a box, and its
//! derivatives), `widths` (penalties on these bounds), `samples` (of a batch), `sample_lp` (the LP relaxation at one input), `lines` (a
//! cheaper relaxation) and `gap` (their distance from the output); `terms` (all of them by name).

mod gap;
mod intervals;
mod lines;
mod parameters;
mod sample_lp;
mod samples;
mod terms;
mod widths;

pub use gap::{Gap, Relaxation};
pub use terms::{RegulariserError, RegulariserKind, Regularisers, Term};
pub use widths::{BoundPenalty, Bounded};
