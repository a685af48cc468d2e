//! Penalties on the bounds of the hidden neurons: the big-M coefficients of the MILP, and the neurons that need a binary.

use super::intervals::{Sides, add_derivatives, intervals};
use super::parameters::Parameters;
use crate::training::{LayerGradient, Regulariser, Snapshot};

/// What is penalised of the bounds `lower <= g <= upper` of a hidden neuron, on average over all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BoundPenalty {
    /// `upper - lower`.
    Width,
    /// How far the neuron is from being stable: `min(-lower, upper)` where that is above zero.
    Unstable,
}

/// Penalises the bounds of a network over a box, by interval arithmetic (arXiv 2604.22746).
#[derive(Debug, Clone)]
pub struct Bounded {
    penalty: BoundPenalty,
    domain: Sides,
    every: usize,
}

impl Bounded {
    /// A penalty on bounds over the box with these sides, one pair for each input, on every n-th batch.
    pub fn new(penalty: BoundPenalty, sides: &[(f64, f64)], every: usize) -> Self {
        let (lower, upper) = sides.iter().copied().unzip();
        Self {
            penalty,
            domain: Sides { lower, upper },
            every,
        }
    }

    /// The penalty, whose derivatives are added to `gradient`.
    fn evaluate(&self, network: &Parameters, gradient: &mut Parameters) -> f64 {
        if !network.is_finite() {
            return f64::NAN;
        }
        let bounds = intervals(network, &self.domain);
        let hidden = bounds.len() - 1;
        let neurons: usize = bounds[..hidden].iter().map(|sides| sides.lower.len()).sum();
        let share = 1.0 / neurons.max(1) as f64;
        let mut sum = 0.0;
        let mut slopes: Vec<Sides> = bounds
            .iter()
            .map(|sides| Sides::zeros(sides.lower.len()))
            .collect();
        for (sides, slopes) in bounds[..hidden].iter().zip(&mut slopes) {
            for neuron in 0..sides.lower.len() {
                let (value, of_lower, of_upper) =
                    self.penalty.of(sides.lower[neuron], sides.upper[neuron]);
                sum += share * value;
                slopes.lower[neuron] = share * of_lower;
                slopes.upper[neuron] = share * of_upper;
            }
        }
        add_derivatives(network, &self.domain, &bounds, slopes, gradient);
        sum
    }
}

impl BoundPenalty {
    /// The penalty of a neuron, and its derivatives with respect to the lower and the upper bound.
    fn of(self, lower: f64, upper: f64) -> (f64, f64, f64) {
        match self {
            Self::Width => (upper - lower, -1.0, 1.0),
            Self::Unstable if lower >= 0.0 || upper <= 0.0 => (0.0, 0.0, 0.0),
            Self::Unstable if -lower < upper => (-lower, -1.0, 0.0),
            Self::Unstable => (upper, 0.0, 1.0),
        }
    }
}

impl Regulariser for Bounded {
    fn penalty(&self, network: &Snapshot, gradient: &mut [LayerGradient]) -> f64 {
        let network = Parameters::of(network);
        let mut own = network.zeros();
        let penalty = self.evaluate(&network, &mut own);
        own.add_to(gradient);
        penalty
    }

    fn every(&self) -> usize {
        self.every
    }
}

#[cfg(test)]
mod tests {
    use super::super::parameters::tests::{random, slope};
    use super::*;

    const SIDES: [(f64, f64); 2] = [(-2.0, 2.0), (-1.0, 3.0)];

    #[test]
    fn derivatives_are_those_of_central_differences() {
        for seed in 0..20 {
            let network = random(&[2, 6, 5, 4, 1], seed);
            for penalty in [BoundPenalty::Width, BoundPenalty::Unstable] {
                let bounded = Bounded::new(penalty, &SIDES, 1);
                let value = |network: &Parameters| bounded.evaluate(network, &mut network.zeros());
                let mut gradient = network.zeros();
                bounded.evaluate(&network, &mut gradient);
                let worst = slope::largest_error(&network, &gradient, &value, 1e-6);
                assert!(worst < 1e-7, "{penalty:?}, seed {seed}: {worst}");
            }
        }
    }

    #[test]
    fn a_network_by_hand() {
        // Two neurons on [-2, 2] x [-1, 3]: x - 1 is within [-3, 1], and x + y + 4 within [1, 9].
        let network = Parameters(vec![
            super::super::parameters::LayerParameters {
                weights: vec![1.0, 1.0, 0.0, 1.0],
                biases: vec![-1.0, 4.0],
            },
            super::super::parameters::LayerParameters {
                weights: vec![1.0, 1.0],
                biases: vec![0.0],
            },
        ]);
        let of =
            |penalty| Bounded::new(penalty, &SIDES, 1).evaluate(&network, &mut network.zeros());
        assert_eq!(of(BoundPenalty::Width), (4.0 + 8.0) / 2.0);
        assert_eq!(of(BoundPenalty::Unstable), 1.0 / 2.0);
    }

    #[test]
    fn only_networks_without_unstable_neurons_have_no_penalty() {
        let mut stable = 0;
        for seed in 0..200 {
            let network = random(&[2, 2, 1], seed);
            let bounded = Bounded::new(BoundPenalty::Unstable, &SIDES, 1);
            let penalty = bounded.evaluate(&network, &mut network.zeros());
            let bounds = intervals(&network, &bounded.domain);
            let sides = bounds[0].lower.iter().zip(&bounds[0].upper);
            let has_unstable = sides
                .into_iter()
                .any(|(lower, upper)| *lower < 0.0 && *upper > 0.0);
            assert_eq!(penalty > 0.0, has_unstable, "seed {seed}");
            stable += usize::from(!has_unstable);
        }
        assert!(stable > 0, "some networks are stable");
    }
}
