//! Bounds on every preactivation over an input region, the source of all big-M coefficients.

mod interval;
mod linear;
pub mod relaxation;

pub use interval::interval;
pub use linear::{Envelope, LinearFunction, alpha, envelopes, linear};

use thiserror::Error;

use crate::named::{Named, in_words};

/// How preactivations are bounded; a later kind is nowhere looser than an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum BoundKind {
    /// Interval arithmetic over the region's box alone, as in the published runs.
    Box,
    /// Interval arithmetic, with the first layer exact.
    Interval,
    /// Linear relaxations.
    #[default]
    Linear,
    /// Linear relaxations with slopes optimised for each bound.
    Alpha,
    /// The same, tightened by linear programs ([`crate::tightening`]).
    Tightening,
}

impl Named for BoundKind {
    const WHAT: &'static str = "kind of bounds";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Box, "box"),
        (Self::Interval, "interval"),
        (Self::Linear, "linear"),
        (Self::Alpha, "alpha"),
        (Self::Tightening, "tightening"),
    ];
}

in_words!(BoundKind);

impl BoundKind {
    /// Whether this is the kind of descriptions and records that name none.
    pub fn is_interval(&self) -> bool {
        *self == Self::Interval
    }

    /// The kind of descriptions and records that name none.
    pub fn interval() -> Self {
        Self::Interval
    }
}

/// A finite lower and upper bound, `lower <= upper`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    lower: f64,
    upper: f64,
}

/// What the bounds on a preactivation imply for its ReLU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Never negative: the ReLU is the identity.
    Active,
    /// Never positive: the ReLU is zero.
    Inactive,
    /// Both signs are possible: a binary decides.
    Unstable,
}

/// Lists the unstable neurons of `layer`, largest `-lower * upper` first: these have the largest relaxation
/// area.
pub fn unstable_neurons(layer: &[Interval]) -> Vec<usize> {
    let is_unstable = |&neuron: &usize| layer[neuron].phase() == Phase::Unstable;
    let mut neurons: Vec<usize> = (0..layer.len()).filter(is_unstable).collect();
    let reach = |neuron: &usize| -layer[*neuron].lower * layer[*neuron].upper;
    neurons.sort_by(|a, b| reach(b).total_cmp(&reach(a)));
    neurons
}

/// Numbers that are not valid bounds.
#[derive(Debug, Error, PartialEq)]
#[error(
    "invalid bounds [{lower}, {upper}]: expected finite numbers, the lower not above the upper"
)]
pub struct BoundsError {
    lower: f64,
    upper: f64,
}

impl Interval {
    /// The interval from `lower` to `upper`.
    ///
    /// # Errors
    /// When a bound is not finite, or `lower` is above `upper`.
    pub fn new(lower: f64, upper: f64) -> Result<Self, BoundsError> {
        if lower.is_finite() && upper.is_finite() && lower <= upper {
            Ok(Self { lower, upper })
        } else {
            Err(BoundsError { lower, upper })
        }
    }

    /// The lower bound, always finite.
    pub fn lower(&self) -> f64 {
        self.lower
    }

    /// The upper bound, always finite.
    pub fn upper(&self) -> f64 {
        self.upper
    }

    /// The largest magnitude of a number in the interval.
    pub fn size(&self) -> f64 {
        self.lower.abs().max(self.upper.abs())
    }

    /// The intersection with other valid bounds; if these overflowed, the interval itself.
    pub fn within(&self, lower: f64, upper: f64) -> Self {
        // `max` and `min` ignore NaN.
        let (lower, upper) = (self.lower.max(lower), self.upper.min(upper));
        Self::new(lower, upper).unwrap_or(*self)
    }

    /// The phase of a ReLU whose preactivation has these bounds; `[0, 0]` counts as active.
    pub fn phase(&self) -> Phase {
        if self.lower >= 0.0 {
            Phase::Active
        } else if self.upper <= 0.0 {
            Phase::Inactive
        } else {
            Phase::Unstable
        }
    }
}

/// Proved bounds on the preactivations `g^l` of every layer, the output layer included.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds {
    layers: Vec<Vec<Interval>>,
}

impl Bounds {
    /// Bounds from one interval per neuron, layer by layer, the output layer last; nothing is checked.
    pub fn new(layers: Vec<Vec<Interval>>) -> Self {
        Self { layers }
    }

    /// The bounds of one layer's neurons.
    pub fn layer(&self, layer: usize) -> &[Interval] {
        &self.layers[layer]
    }

    /// The bounds of all layers, the output layer last, with one interval per neuron.
    pub fn layers(&self) -> &[Vec<Interval>] {
        &self.layers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_bounds_are_rejected() {
        for (lower, upper) in [(1.0, 0.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            assert!(Interval::new(lower, upper).is_err());
        }
    }
}
