//! What every search begins with: a network without what does not matter, and its bounds.

use super::bounds;
use crate::bounds::{BoundKind, Bounds, Interval};
use crate::formulation::{FormulationError, Reduced, Rounding, reduce};
use crate::instance::Instance;
use crate::network::Network;
use crate::solver::Settings;

/// A network that has a question's objective as its one output, and proved bounds of it.
#[derive(Debug)]
pub struct Bounded {
    pub network: Network,
    pub bounds: Bounds,
    /// As in [`Reduced`].
    pub compared: Network,
    pub rounding: Rounding,
}

impl Bounded {
    /// Of `network`'s objective over the instance's region; `settings` and `share` limit the bounds as in [`bounds`].
    ///
    /// # Errors
    /// When a weight or a bound overflows.
    ///
    /// # Panics
    /// When the network does not fit the instance ([`Instance::check_network`]).
    pub fn of(
        network: &Network,
        instance: &Instance,
        kind: BoundKind,
        settings: &Settings,
        share: f64,
    ) -> Result<Self, FormulationError> {
        let Reduced {
            network,
            compared,
            rounding,
        } = reduce(network, instance)?;
        let bounds = bounds(kind, &network, instance.region(), settings, share)?;
        Ok(Self {
            network,
            bounds,
            compared,
            rounding,
        })
    }

    /// Bounds on the objective.
    pub fn objective(&self) -> Interval {
        self.bounds.layer(self.network.hidden().len())[0]
    }
}
