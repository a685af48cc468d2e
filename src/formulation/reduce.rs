//! The smallest network that has the objective as its one output.

use super::FormulationError;
use super::scaling::scaled;
use crate::bounds::interval;
use crate::instance::Instance;
use crate::network::{Network, compact};

/// The instance's objective as a network of one output, equal to it at every input of the region up to
/// rounding.
///
/// Output layer and objective are folded into one, so that bounds on the output are bounds on the
/// objective; neurons that are constant or that nothing reads are dropped; neurons of an unusual
/// scale are scaled by a power of two.
///
/// # Errors
/// When a bound or a weight overflows f64.
///
/// # Panics
/// When the network does not fit the instance ([`Instance::check_network`]).
pub fn reduce(network: &Network, instance: &Instance) -> Result<Network, FormulationError> {
    let folded = instance.objective().fold_into(network);
    let network = compact(&folded.map_err(FormulationError::Objective)?);
    Ok(scaled(&network, &interval(&network, instance.region())?))
}
