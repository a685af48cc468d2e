//! Network pruning: chooses which weights are removed.
//!
//! [`prune`] chooses a [`Mask`] for a network by the settings of a [`Pruning`]; [`prune_further`]
//! does the same on top of an earlier mask, and [`rates`] spreads a rate over rounds, between which
//! the network can be finetuned.

mod mask;
mod prune;
mod schedule;
mod score;
mod settings;

pub use mask::Mask;
pub use prune::{prune, prune_further};
pub use schedule::rates;
pub use settings::{Granularity, Method, OutputRows, Pruning, PruningError, Scope};
