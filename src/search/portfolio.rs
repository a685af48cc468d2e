//! The fastest strategy overall: gradient ascent and bounds in milliseconds, then branch and bound.

use super::dense_search::DenseSearch;
use super::multi_start::MultiStart;
use super::prove::{branch_and_bound, exclude_by_parts};
use super::{Event, SearchError, SearchResult, Settings};
use crate::instance::Instance;
use crate::network::Network;

/// Consecutive starts without improvement after which branch and bound begins. A proof mostly takes less time than more
/// ascents, and finds good points, too.
const PATIENCE: usize = 16;

/// Ascends first; if the question remains open, proves what it can in the time left by branch and bound, whose points
/// are tried, too. A share of that time goes to further ascents.
///
/// # Errors
/// As [`super::gradient`] and [`super::prove`].
pub fn portfolio(
    dense: &Network,
    instance: &Instance,
    settings: &Settings,
    observer: &mut dyn FnMut(&Event),
) -> Result<SearchResult, SearchError> {
    let mut search = DenseSearch::new(dense, instance, settings)?;
    let clock = search.clock();
    let mut multi_start = MultiStart::start(&mut search, &clock, observer);
    let mut ended = multi_start.run(&mut search, &clock, PATIENCE, observer);
    if ended.is_ok() && !search.is_decided() {
        ended = branch_and_bound(&mut search, Some(multi_start), observer)
            .and_then(|()| exclude_by_parts(&mut search));
    }
    search.conclude(ended)
}
