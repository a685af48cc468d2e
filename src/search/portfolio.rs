//! What answers soonest: gradient ascent and bounds in milliseconds, then branch and bound.

use super::dense_search::DenseSearch;
use super::multi_start::MultiStart;
use super::prove::branch_and_bound;
use super::{Event, SearchError, SearchResult, Settings};
use crate::instance::Instance;
use crate::network::Network;

/// Starts without anything better after which proving begins. A proof takes mostly less time
/// than more ascents, and good points come out of it, too.
const PATIENCE: usize = 16;

/// Ascends first, and where that leaves the question open proves what it can in the time that is left, by
/// branch and bound, whose points are tried, too; a share of that time goes to further ascents.
///
/// # Errors
/// As [`super::gradient`] and [`super::prove`].
pub fn portfolio(
    dense: &Network,
    instance: &Instance,
    settings: &Settings,
    observer: &mut dyn FnMut(&Event),
) -> Result<SearchResult, SearchError> {
    let mut run = DenseSearch::new(dense, instance, settings)?;
    let clock = run.clock();
    let mut climber = MultiStart::start(&mut run, &clock, observer);
    let mut ended = climber.climb(&mut run, &clock, PATIENCE, observer);
    if ended.is_ok() && !run.is_decided() {
        ended = branch_and_bound(&mut run, Some(climber), observer);
    }
    run.conclude(ended)
}
