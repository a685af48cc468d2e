//! Bounds on every preactivation over an input region: what big-M coefficients are made of.

mod interval;
mod linear;
pub mod relaxation;

pub use interval::interval;
pub use linear::{alpha, linear};

use thiserror::Error;

use crate::instance::Region;
use crate::named::{Named, in_words};
use crate::network::Network;

/// How preactivations are bounded; a later kind is nowhere looser than one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum BoundKind {
    /// Interval arithmetic, the first layer exact.
    Interval,
    /// Linear relaxations.
    #[default]
    Linear,
    /// Linear relaxations, their slopes optimised for each bound.
    Alpha,
    /// These, made tighter by linear programs ([`crate::tightening`]).
    Tightening,
}

impl Named for BoundKind {
    const WHAT: &'static str = "kind of bounds";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Interval, "interval"),
        (Self::Linear, "linear"),
        (Self::Alpha, "alpha"),
        (Self::Tightening, "tightening"),
    ];
}

in_words!(BoundKind);

impl BoundKind {
    /// Whether it is the first kind: what descriptions and records mean that name none.
    pub fn is_interval(&self) -> bool {
        *self == Self::Interval
    }

    /// The first kind.
    pub fn interval() -> Self {
        Self::Interval
    }
}

/// A lower and an upper bound, finite, `lower <= upper`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    lower: f64,
    upper: f64,
}

/// What a bound says about the ReLU behind a preactivation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Never negative: the ReLU is the identity.
    Active,
    /// Never positive: the ReLU is zero.
    Inactive,
    /// Both signs are possible: a binary decides.
    Unstable,
}

/// The unstable neurons of a layer, those first that may be farthest on both sides of zero: their relaxations
/// leave most open.
pub fn unstable_neurons(layer: &[Interval]) -> Vec<usize> {
    let is_unstable = |&neuron: &usize| layer[neuron].phase() == Phase::Unstable;
    let mut neurons: Vec<usize> = (0..layer.len()).filter(is_unstable).collect();
    let reach = |neuron: &usize| -layer[*neuron].lower * layer[*neuron].upper;
    neurons.sort_by(|a, b| reach(b).total_cmp(&reach(a)));
    neurons
}

/// Why numbers are no bounds.
#[derive(Debug, Error, PartialEq)]
#[error("[{lower}, {upper}] are no bounds: expected finite numbers, the lower not above the upper")]
pub struct BoundsError {
    lower: f64,
    upper: f64,
}

impl Interval {
    pub fn new(lower: f64, upper: f64) -> Result<Self, BoundsError> {
        if lower.is_finite() && upper.is_finite() && lower <= upper {
            Ok(Self { lower, upper })
        } else {
            Err(BoundsError { lower, upper })
        }
    }

    pub fn lower(&self) -> f64 {
        self.lower
    }

    pub fn upper(&self) -> f64 {
        self.upper
    }

    /// The largest size of a number in it.
    pub fn size(&self) -> f64 {
        self.lower.abs().max(self.upper.abs())
    }

    /// The part within other bounds that hold, too; where these overflowed, the interval itself.
    pub fn within(&self, lower: f64, upper: f64) -> Self {
        // NaN is neither the larger nor the smaller one.
        let (lower, upper) = (self.lower.max(lower), self.upper.min(upper));
        Self::new(lower, upper).unwrap_or(*self)
    }

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
    /// Bounds of every layer of `network` over `region`; of [`BoundKind::Tightening`] those that the linear
    /// programs begin with.
    ///
    /// # Errors
    /// When a bound overflows: weights so large that f64 cannot hold the sums.
    pub fn of(kind: BoundKind, network: &Network, region: &Region) -> Result<Self, BoundsError> {
        let never = || false;
        Ok(match kind {
            BoundKind::Interval => interval(network, region)?,
            BoundKind::Linear => linear(network, region, &never)?,
            BoundKind::Alpha | BoundKind::Tightening => {
                let known = linear(network, region, &never)?;
                alpha(network, region, &known, &never)
            }
        })
    }

    pub fn new(layers: Vec<Vec<Interval>>) -> Self {
        Self { layers }
    }

    /// The bounds of one layer's neurons.
    pub fn layer(&self, layer: usize) -> &[Interval] {
        &self.layers[layer]
    }

    pub fn layers(&self) -> &[Vec<Interval>] {
        &self.layers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_bound_is_refused() {
        for (lower, upper) in [(1.0, 0.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            assert!(Interval::new(lower, upper).is_err());
        }
    }
}
