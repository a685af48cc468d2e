//! The direct way: solve the MILP of the dense network itself.

use super::candidates::{Integrality, try_solutions};
use super::{Event, Findings, SearchError, Settings};
use crate::instance::Instance;
use crate::network::Network;

/// Solves VNN(D) until the first adversarial input or the proof that there is none, or FM(D) to
/// optimality, within the limits.
///
/// # Errors
/// When the network does not fit the instance, or the solver fails.
pub fn exact(
    dense: &Network,
    instance: &Instance,
    settings: &Settings,
    observer: &mut dyn FnMut(&Event),
) -> Result<Findings, SearchError> {
    of_dense(dense, instance, settings, Integrality::Kept, observer)
}

/// Solves the model of the dense network, or its relaxation, and says what that proves.
pub(super) fn of_dense(
    dense: &Network,
    instance: &Instance,
    settings: &Settings,
    integrality: Integrality,
    observer: &mut dyn FnMut(&Event),
) -> Result<Findings, SearchError> {
    instance.check_network(dense).map_err(SearchError::Dense)?;
    let seen = try_solutions(dense, None, instance, settings, integrality, observer)?;
    Ok(seen.of_dense(dense, instance))
}
