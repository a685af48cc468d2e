//! Presolve: the smallest network that has the objective as its one output, and its bounds.
//!
//! [`reduce`] folds output layer and objective into one, removes dead and constant neurons, merges equal ones and
//! rescales those of an unusual range; [`Presolved`] adds proved bounds on every preactivation of that network.

mod reduce;
mod scaling;

pub use reduce::{Reduced, Rounding, reduce};

use thiserror::Error;

use crate::bounds::{BoundKind, Bounds, BoundsError, Interval};
use crate::instance::Instance;
use crate::limits::Limits;
use crate::network::{Network, NetworkError};
use crate::tightening::bounds;

/// Why a network cannot be presolved.
#[derive(Debug, Error, PartialEq)]
pub enum PresolveError {
    /// A bound on a preactivation overflows f64.
    #[error("the network's preactivations cannot be bounded")]
    Bounds(#[from] BoundsError),
    /// A weight overflows f64 when objective and output layer are folded into one.
    #[error("objective and output layer cannot be folded into one")]
    Objective(#[source] NetworkError),
}

/// The presolved network, which has a question's objective as its one output, with proved preactivation bounds.
#[derive(Debug)]
pub struct Presolved {
    /// The reduced network, whose one output is the objective.
    pub network: Network,
    /// Proved bounds on every preactivation of `network` over the region.
    pub bounds: Bounds,
    /// As in [`Reduced`].
    pub compared: Network,
    /// As in [`Reduced`].
    pub rounding: Rounding,
}

impl Presolved {
    /// Presolves `network` for `instance` and computes bounds of this `kind`; `limits` and `share` limit them as in
    /// [`bounds`].
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
        limits: &Limits,
        share: f64,
    ) -> Result<Self, PresolveError> {
        let Reduced {
            network,
            compared,
            rounding,
        } = reduce(network, instance)?;
        let bounds = bounds(kind, &network, instance.region(), limits, share)?;
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
