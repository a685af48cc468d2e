//! The linear relaxation of a network's MILP: its optimum is tried on the dense network.

use super::exact::of_dense;
use super::milp_observer::{Integrality, try_solutions};
use super::{Event, SearchError, SearchResult, Settings};
use crate::instance::Instance;
use crate::network::Network;

/// Solves the linear relaxation of the MILP of the surrogate, or of the dense network if there is none, and tries its
/// one solution on the dense network. The relaxation of the dense network proves a bound, too.
///
/// # Errors
/// When a network does not fit the instance, or the solver fails.
pub fn relaxation(
    dense: &Network,
    sparse: Option<&Network>,
    instance: &Instance,
    settings: &Settings,
    observer: &mut dyn FnMut(&Event),
) -> Result<SearchResult, SearchError> {
    let relaxed = Integrality::Relaxed;
    let Some(sparse) = sparse else {
        return of_dense(dense, instance, settings, relaxed, observer);
    };
    instance.check_network(dense).map_err(SearchError::Dense)?;
    instance
        .check_network(sparse)
        .map_err(SearchError::Surrogate)?;
    let trace = try_solutions(dense, Some(sparse), instance, settings, relaxed, observer)?;
    Ok(trace.of_surrogate())
}
