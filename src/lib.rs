//! Optimisation over trained and sparse neural networks.

pub mod dataset;
pub mod milp;
pub mod network;
pub mod pruning;
pub mod training;
