//! Runs of surrogates beside the dense runs of the same question, and which of them did better.
//!
//! Reading order: `series` (runs that may be compared), `variant` (how their surrogates are made) and `dimension` (the
//! sizes of dense networks), `pair` (two runs, and the decision), `found` (what a run found in time).

mod dimension;
pub mod found;
mod pair;
mod series;
mod variant;

pub use dimension::Dimension;
pub use pair::{Decision, ModelTime, Pair, SurrogateRun, count, count_timed};
pub use series::{
    Kind, Limits, Selection, Series, UNPAIRED, dataset, instance, instance_and_rate, instance_seed,
    is_dense, limits, series,
};
pub use variant::{Rounds, Variant};
