//! Penalties on the bounds of the hidden neurons: the big-M coefficients of the MILP, and the neurons that need a binary.

use std::ops::AddAssign;

use num_traits::Float;
use pulp::Arch;

use super::intervals::{Sides, add_derivatives, intervals};
use super::parameters::{LayerMut, LayerRef};
use super::samples::chosen;
use crate::training::{LayerGradient, Regulariser, Snapshot};

/// What is penalised of the bounds `lower <= g <= upper` of a hidden neuron, on average over all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BoundPenalty {
    /// `upper - lower`.
    Width,
    /// How far the neuron is from being stable: `min(-lower, upper)` where that is above zero.
    Unstable,
}

/// Penalises the bounds of a network over a box, by interval arithmetic (arXiv 2604.22746), or over small boxes around
/// samples.
#[derive(Debug, Clone)]
pub struct Bounded {
    penalty: BoundPenalty,
    domain: Sides<f32>,
    around: Option<Around>,
    every: usize,
}

/// Boxes around samples of a batch.
#[derive(Debug, Clone, Copy)]
struct Around {
    radius: f32,
    samples: usize,
}

impl Bounded {
    /// A penalty on bounds over the box with these sides, one pair for each input, on every n-th batch.
    pub fn new(penalty: BoundPenalty, sides: &[(f64, f64)], every: usize) -> Self {
        let (lower, upper) = sides
            .iter()
            .map(|&(lower, upper)| (lower as f32, upper as f32))
            .unzip();
        Self {
            penalty,
            domain: Sides { lower, upper },
            around: None,
            every,
        }
    }

    /// The same, on average over the boxes around `samples` random samples of a batch in which no input differs from the
    /// sample's by more than `radius`, intersected with the whole box.
    pub fn around(mut self, radius: f64, samples: usize) -> Self {
        let radius = radius as f32;
        self.around = Some(Around { radius, samples });
        self
    }

    /// The boxes on which the bounds are penalised.
    fn domains(&self, network: &Snapshot) -> Vec<Sides<f32>> {
        let Some(Around { radius, samples }) = self.around else {
            return vec![self.domain.clone()];
        };
        let Sides { lower, upper } = &self.domain;
        let around = |sample: &[f32]| {
            let sides = sample.iter().zip(lower.iter().zip(upper));
            let sides = sides.map(|(x, (&least, &most))| {
                (
                    (x - radius).clamp(least, most),
                    (x + radius).clamp(least, most),
                )
            });
            let (lower, upper) = sides.unzip();
            Sides { lower, upper }
        };
        chosen(network, samples).into_iter().map(around).collect()
    }
}

impl BoundPenalty {
    /// The penalty of a network on average over boxes, whose derivatives are added to `gradient`.
    #[inline(always)]
    fn evaluate<T: Float + AddAssign>(
        self,
        domains: &[Sides<T>],
        network: &[LayerRef<T>],
        gradient: &mut [LayerMut<T>],
    ) -> T {
        let hidden = &network[..network.len() - 1];
        let neurons: usize = hidden.iter().map(LayerRef::neurons).sum();
        let terms = (neurons * domains.len()).max(1);
        let share = T::one() / T::from(terms).expect("a number");
        let mut sum = T::zero();
        for domain in domains {
            sum += self.evaluate_box(domain, share, network, gradient);
        }
        sum
    }

    /// `share` times the sum of the neurons' penalties over a box.
    #[inline(always)]
    fn evaluate_box<T: Float + AddAssign>(
        self,
        domain: &Sides<T>,
        share: T,
        network: &[LayerRef<T>],
        gradient: &mut [LayerMut<T>],
    ) -> T {
        let bounds = intervals(network, domain);
        let hidden = bounds.len() - 1;
        let mut sum = T::zero();
        let mut slopes: Vec<Sides<T>> = bounds
            .iter()
            .map(|sides| Sides::zeros(sides.lower.len()))
            .collect();
        for (sides, slopes) in bounds[..hidden].iter().zip(&mut slopes) {
            for neuron in 0..sides.lower.len() {
                let (value, of_lower, of_upper) = self.of(sides.lower[neuron], sides.upper[neuron]);
                sum += share * value;
                slopes.lower[neuron] = share * of_lower;
                slopes.upper[neuron] = share * of_upper;
            }
        }
        add_derivatives(network, domain, &bounds, slopes, gradient);
        sum
    }

    /// The penalty of a neuron, and its derivatives with respect to the lower and the upper bound.
    fn of<T: Float>(self, lower: T, upper: T) -> (T, T, T) {
        let (zero, one) = (T::zero(), T::one());
        match self {
            Self::Width => (upper - lower, -one, one),
            Self::Unstable if lower >= zero || upper <= zero => (zero, zero, zero),
            Self::Unstable if -lower < upper => (-lower, -one, zero),
            Self::Unstable => (upper, zero, one),
        }
    }
}

impl Regulariser for Bounded {
    fn penalty(&self, network: &Snapshot, gradient: &mut [LayerGradient]) -> f64 {
        let layers: Vec<LayerRef<f32>> = network
            .layers
            .iter()
            .map(|layer| LayerRef {
                weights: layer.weights,
                biases: layer.biases,
            })
            .collect();
        let mut gradient: Vec<LayerMut<f32>> = gradient
            .iter_mut()
            .map(|layer| LayerMut {
                weights: &mut *layer.weights,
                biases: &mut *layer.biases,
            })
            .collect();
        let domains = self.domains(network);
        let penalty = Arch::new().dispatch(
            #[inline(always)]
            || self.penalty.evaluate(&domains, &layers, &mut gradient),
        );
        f64::from(penalty)
    }

    fn reads_inputs(&self) -> bool {
        self.around.is_some()
    }

    fn every(&self) -> usize {
        self.every
    }
}

#[cfg(test)]
mod tests {
    use super::super::parameters::Parameters;
    use super::super::parameters::tests::{random, slope};
    use super::*;
    use crate::training::LayerView;

    fn domain() -> Sides {
        Sides {
            lower: vec![-2.0, -1.0],
            upper: vec![2.0, 3.0],
        }
    }

    fn evaluate(penalty: BoundPenalty, network: &Parameters, gradient: &mut Parameters) -> f64 {
        penalty.evaluate(&[domain()], &network.layers(), &mut gradient.layers_mut())
    }

    fn value(penalty: BoundPenalty, network: &Parameters) -> f64 {
        evaluate(penalty, network, &mut network.zeros())
    }

    #[test]
    fn derivatives_are_those_of_central_differences() {
        for seed in 0..20 {
            let network = random(&[2, 6, 5, 4, 1], seed);
            for penalty in [BoundPenalty::Width, BoundPenalty::Unstable] {
                let mut gradient = network.zeros();
                evaluate(penalty, &network, &mut gradient);
                let value = |network: &Parameters| value(penalty, network);
                let worst = slope::largest_error(&network, &gradient, &value, 1e-6);
                assert!(worst < 1e-7, "{penalty:?}, seed {seed}: {worst}");
            }
        }
    }

    #[test]
    fn boxes_around_samples_are_within_the_whole_box() {
        let network = random(&[2, 6, 5, 1], 3);
        let narrow: Vec<[Vec<f32>; 2]> = network
            .0
            .iter()
            .map(|layer| {
                [&layer.weights, &layer.biases].map(|all| all.iter().map(|&x| x as f32).collect())
            })
            .collect();
        let layers = narrow
            .iter()
            .map(|[weights, biases]| LayerView { weights, biases });
        let snapshot = Snapshot {
            layers: layers.collect(),
            inputs: &[0.0, 0.5, -1.95, 2.0],
            step: 3,
            seed: 5,
        };
        let whole = Bounded::new(BoundPenalty::Width, &[(-2.0, 2.0), (-1.0, 3.0)], 1);
        let around = whole.clone().around(0.25, 8);
        let mut boxes: Vec<Vec<f32>> = around
            .domains(&snapshot)
            .into_iter()
            .map(|sides| [sides.lower, sides.upper].concat())
            .collect();
        boxes.sort_by(|a, b| a[0].total_cmp(&b[0]));
        assert_eq!(boxes, [[-2.0, 1.75, -1.7, 2.25], [-0.25, 0.25, 0.25, 0.75]]);
        let zeros = || {
            narrow
                .iter()
                .map(|both| both.each_ref().map(|all| vec![0.0; all.len()]))
        };
        let of = |regulariser: &Bounded| {
            let mut gradient: Vec<[Vec<f32>; 2]> = zeros().collect();
            let mut layers: Vec<LayerGradient> = gradient
                .iter_mut()
                .map(|[weights, biases]| LayerGradient { weights, biases })
                .collect();
            let penalty = regulariser.penalty(&snapshot, &mut layers);
            (penalty, gradient)
        };
        // The mean over both boxes, and of the derivatives.
        let alone = |center: [f64; 2], radius: [f64; 2]| {
            let side = |axis: usize| (center[axis] - radius[axis], center[axis] + radius[axis]);
            of(&Bounded::new(BoundPenalty::Width, &[side(0), side(1)], 1))
        };
        let (first, second) = (
            alone([0.0, 0.5], [0.25, 0.25]),
            alone([-1.85, 2.0], [0.15, 0.25]),
        );
        let both = of(&around);
        assert!((both.0 - (first.0 + second.0) / 2.0).abs() < 1e-5);
        assert!(both.0 < of(&whole).0);
        let flat = |gradient: &[[Vec<f32>; 2]]| {
            gradient
                .iter()
                .flatten()
                .flatten()
                .copied()
                .collect::<Vec<f32>>()
        };
        let means = flat(&first.1)
            .into_iter()
            .zip(flat(&second.1))
            .map(|(a, b)| (a + b) / 2.0);
        for (found, mean) in flat(&both.1).into_iter().zip(means) {
            assert!((found - mean).abs() < 1e-4, "{found}, not {mean}");
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
        let of = |penalty| value(penalty, &network);
        assert_eq!(of(BoundPenalty::Width), (4.0 + 8.0) / 2.0);
        assert_eq!(of(BoundPenalty::Unstable), 1.0 / 2.0);
    }

    #[test]
    fn only_networks_without_unstable_neurons_have_no_penalty() {
        let mut stable = 0;
        for seed in 0..200 {
            let network = random(&[2, 2, 1], seed);
            let penalty = value(BoundPenalty::Unstable, &network);
            let bounds = intervals(&network.layers(), &domain());
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
