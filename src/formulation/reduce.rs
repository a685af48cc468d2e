//! The smallest network that has the objective as its one output.

use super::FormulationError;
use super::rounding::of_reduction;
use super::scaling::scaled;
use crate::bounds::interval;
use crate::instance::Instance;
use crate::network::{Network, compact, merge};

/// A network that has an instance's objective as its one output.
#[derive(Debug, Clone)]
pub struct Reduced {
    pub network: Network,
    /// The most by which both may differ at an input of the region, in real arithmetic.
    pub rounding: f64,
}

/// The instance's objective as a network of one output, equal to it at every input of the region up to
/// rounding, and how much that is.
///
/// Output layer and objective are folded into one, so that bounds on the output are bounds on the
/// objective; neurons that are constant or that nothing reads are dropped, equal ones merged; neurons of an unusual
/// scale are scaled by a power of two.
///
/// # Errors
/// When a bound or a weight overflows f64.
///
/// # Panics
/// When the network does not fit the instance ([`Instance::check_network`]).
pub fn reduce(network: &Network, instance: &Instance) -> Result<Reduced, FormulationError> {
    let (objective, region) = (instance.objective(), instance.region());
    let folded = objective.fold_into(network);
    let folded = folded.map_err(FormulationError::Objective)?;
    let compact = compact(&merge(&compact(&folded)));
    let bounds = interval(&compact, region)?;
    let rounding = if compact == folded {
        of_reduction(network, objective, &folded, region, &bounds)
    } else {
        let bounds = interval(&folded, region)?;
        of_reduction(network, objective, &folded, region, &bounds)
    };
    Ok(Reduced {
        network: scaled(&compact, &bounds),
        rounding,
    })
}
