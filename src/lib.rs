//! Optimisation over trained and sparse neural networks.

pub mod dataset;
pub mod formats;
pub mod milp;
pub mod network;
pub mod pruning;
