//! Optimisation over trained and sparse neural networks.

pub mod bounds;
pub mod dataset;
pub mod formulation;
pub mod instance;
pub mod milp;
pub mod network;
pub mod pruning;
pub mod search;
pub mod solver;
