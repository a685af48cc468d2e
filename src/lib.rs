//! Optimisation over trained and sparse neural networks.

pub mod bounds;
pub mod cli;
pub mod dataset;
pub mod files;
pub mod formats;
pub mod formulation;
pub mod instance;
pub mod milp;
pub mod network;
pub mod pruning;
pub mod report;
pub mod search;
pub mod solver;
pub mod training;
