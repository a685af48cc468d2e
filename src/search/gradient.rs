//! Gradient ascent on the dense network itself: it finds good inputs in milliseconds and proves
//! nothing, but for what the bounds prove.

use super::dense_search::DenseSearch;
use super::multi_start::MultiStart;
use super::{Event, SearchError, SearchResult, Settings};
use crate::instance::Instance;
use crate::network::Network;

/// Starts without anything better after which the search ends.
const PATIENCE: usize = 200;

/// Ascends from many starts until the first adversarial input (verification), until many starts have
/// brought nothing better, or to the limits. The dual bound is that of `settings.bounds`; where it
/// excludes adversarial inputs, the search ends.
///
/// # Errors
/// When the network does not fit the instance, or a weight overflows.
pub fn gradient(
    dense: &Network,
    instance: &Instance,
    settings: &Settings,
    observer: &mut dyn FnMut(&Event),
) -> Result<SearchResult, SearchError> {
    let mut run = DenseSearch::new(dense, instance, settings)?;
    let clock = run.clock();
    let mut climber = MultiStart::start(&mut run, &clock, observer);
    let ended = climber.climb(&mut run, &clock, PATIENCE, observer);
    run.conclude(ended)
}
