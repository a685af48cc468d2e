//! The paper's method: solves the sparse surrogate S and tests every solution on the dense D.

use super::milp_observer::{Integrality, try_solutions};
use super::{Event, SearchError, SearchResult, Settings};
use crate::instance::Instance;
use crate::network::Network;

/// Algorithm 1 (verification): try to solve VNN(S), stop at the first solution that is
/// adversarial on D. Algorithm 2 (maximization): try to solve FM(S), keep the solution with the
/// best value on D. Nothing is concluded about D from a proof about S.
///
/// # Errors
/// When a network does not fit the instance, or the solver fails.
pub fn surrogate(
    dense: &Network,
    sparse: &Network,
    instance: &Instance,
    settings: &Settings,
    observer: &mut dyn FnMut(&Event),
) -> Result<SearchResult, SearchError> {
    instance.check_network(dense).map_err(SearchError::Dense)?;
    instance
        .check_network(sparse)
        .map_err(SearchError::Surrogate)?;
    let kept = Integrality::Kept;
    let trace = try_solutions(dense, Some(sparse), instance, settings, kept, observer)?;
    Ok(trace.of_surrogate())
}
