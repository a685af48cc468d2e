//! Gradient ascent on the dense network itself: it finds good inputs in milliseconds and proves nothing beyond its
//! preactivation bounds.

use super::dense_search::DenseSearch;
use super::multi_start::MultiStart;
use super::{Event, SearchError, SearchResult, Settings};
use crate::instance::Instance;
use crate::network::Network;

/// Consecutive starts without improvement after which the search ends.
const PATIENCE: usize = 200;

/// Ascends from many starts until the first adversarial input (verification), until many consecutive starts have
/// brought no improvement, or to the limits. The dual bound is that of `settings.bounds`; if it excludes adversarial
/// inputs, the search ends.
///
/// # Errors
/// When the network does not fit the instance, or a weight overflows.
pub fn gradient(
    dense: &Network,
    instance: &Instance,
    settings: &Settings,
    observer: &mut dyn FnMut(&Event),
) -> Result<SearchResult, SearchError> {
    let mut search = DenseSearch::new(dense, instance, settings)?;
    let clock = search.clock();
    let mut multi_start = MultiStart::start(&mut search, &clock, observer);
    let ended = multi_start.run(&mut search, &clock, PATIENCE, observer);
    search.conclude(ended)
}
