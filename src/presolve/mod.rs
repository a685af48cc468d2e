//! What every search begins with: the smallest network that has the objective as its one output, and its bounds.
//!
//! [`reduce`] folds output layer and objective into one, drops what is dead or constant, merges equal neurons and
//! scales those of an unusual range; [`Presolved`] has proved bounds on every preactivation of that network, too.

mod reduce;
mod scaling;

pub use reduce::{Reduced, Rounding, reduce};

use thiserror::Error;

use crate::bounds::{BoundKind, Bounds, BoundsError, Interval};
use crate::instance::Instance;
use crate::network::{Network, NetworkError};
use crate::solver::Settings;
use crate::tightening::bounds;

/// Why a network cannot be presolved.
#[derive(Debug, Error, PartialEq)]
pub enum PresolveError {
    #[error("the network's preactivations cannot be bounded")]
    Bounds(#[from] BoundsError),
    #[error("objective and output layer cannot be folded into one")]
    Objective(#[source] NetworkError),
}

/// A network that has a question's objective as its one output, and proved bounds of it.
#[derive(Debug)]
pub struct Presolved {
    pub network: Network,
    pub bounds: Bounds,
    /// As in [`Reduced`].
    pub compared: Network,
    pub rounding: Rounding,
}

impl Presolved {
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
    ) -> Result<Self, PresolveError> {
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
