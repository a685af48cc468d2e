//! The direct approach: solves the MILP of the dense network itself.

use std::time::Instant;

use super::milp_observer::{Integrality, try_solutions};
use super::{Event, SearchError, SearchResult, Settings, Verdict};
use crate::formulation::is_empty;
use crate::instance::Instance;
use crate::network::Network;

/// Solves VNN(D) until the first adversarial input or a proof that there is none, or FM(D) to optimality, within the
/// limits.
///
/// # Errors
/// When the network does not fit the instance, or the solver fails.
pub fn exact(
    dense: &Network,
    instance: &Instance,
    settings: &Settings,
    observer: &mut dyn FnMut(&Event),
) -> Result<SearchResult, SearchError> {
    of_dense(dense, instance, settings, Integrality::Kept, observer)
}

/// Solves the MILP of the dense network, or its relaxation, and derives the verdict.
pub(super) fn of_dense(
    dense: &Network,
    instance: &Instance,
    settings: &Settings,
    integrality: Integrality,
    observer: &mut dyn FnMut(&Event),
) -> Result<SearchResult, SearchError> {
    instance.check_network(dense).map_err(SearchError::Dense)?;
    let started = Instant::now();
    let is_over =
        || settings.stop.is_raised() || started.elapsed().as_secs_f64() >= settings.time_limit;
    let trace = try_solutions(dense, None, instance, settings, integrality, observer)?;
    let mut result = trace.of_dense(dense, instance);
    if result.best.is_none() && is_empty(instance.region(), &is_over) {
        // The solver reports an empty region without a proof.
        result.verdict = Verdict::NoneExists;
        result.dual_bound = None;
    }
    Ok(result)
}
