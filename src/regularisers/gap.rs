//! The gap between a network's output and a relaxation of it at samples.

use super::intervals::{Sides, add_derivatives, intervals};
use super::lines;
use super::parameters::Parameters;
use super::sample_lp::{Least, SampleLp};
use super::samples::chosen;
use crate::training::{LayerGradient, Regulariser, Snapshot};

/// What the output is compared with, and how its gap is differentiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relaxation {
    /// The LP relaxation; the bounds in it count as constants, as in the paper.
    Lp,
    /// The LP relaxation with the total derivative: the bounds change with the parameters, too.
    LpTotal,
    /// One line for each ReLU instead of a linear program, a relaxation at most as tight; with the total derivative.
    Lines,
}

/// Penalises by how much the output at samples of a batch is above the least one that a relaxation allows there, on
/// average (arXiv 2604.22746). The output is to be minimised; of several outputs, which are quantiles of one target, it is
/// their mean.
#[derive(Debug, Clone)]
pub struct Gap {
    relaxation: Relaxation,
    domain: Sides,
    samples: usize,
    every: usize,
}

impl Gap {
    /// The gap over the box with these sides, one pair for each input, at `samples` random samples of every n-th batch,
    /// or at all if there are fewer.
    pub fn new(relaxation: Relaxation, sides: &[(f64, f64)], samples: usize, every: usize) -> Self {
        let (lower, upper) = sides.iter().copied().unzip();
        Self {
            relaxation,
            domain: Sides { lower, upper },
            samples,
            every,
        }
    }

    /// The mean gap at these inputs, whose derivatives are added to `gradient`. Inputs for which the solver has no answer
    /// do not count; NaN if it has none at all, or if a parameter is not finite.
    fn evaluate(
        &self,
        network: &Parameters,
        inputs: &[Vec<f64>],
        gradient: &mut Parameters,
    ) -> f64 {
        assert_eq!(network.outputs(), 1, "a network with one output");
        if network.0.len() == 1 || inputs.is_empty() {
            // Without ReLUs there is nothing to relax.
            return 0.0;
        }
        if !network.is_finite() {
            return f64::NAN;
        }
        let bounds = intervals(&network.layers(), &self.domain);
        let least: Vec<Option<Least>> = match self.relaxation {
            Relaxation::Lines => {
                let least = |input: &Vec<f64>| Some(lines::least(network, &bounds, input));
                inputs.iter().map(least).collect()
            }
            Relaxation::Lp | Relaxation::LpTotal => match SampleLp::new(network, &bounds) {
                Ok(mut program) => inputs.iter().map(|input| program.least(input)).collect(),
                Err(_) => Vec::new(),
            },
        };
        let solved = inputs.iter().zip(&least);
        let solved: Vec<_> = solved
            .filter_map(|(input, least)| Some((input, least.as_ref()?)))
            .collect();
        if solved.is_empty() {
            return f64::NAN;
        }
        let share = 1.0 / solved.len() as f64;
        let mut slopes: Vec<Sides> = bounds
            .iter()
            .map(|sides| Sides::zeros(sides.lower.len()))
            .collect();
        let mut sum = 0.0;
        for (input, least) in solved {
            let output = network.add_output_gradient(input, share, gradient);
            sum += share * (output - least.value);
            gradient.add_scaled(-share, &least.gradient);
            for (sum, own) in slopes.iter_mut().zip(&least.slopes) {
                sum.add_scaled(-share, own);
            }
        }
        if self.relaxation != Relaxation::Lp {
            let (layers, domain) = (network.layers(), &self.domain);
            add_derivatives(&layers, domain, &bounds, slopes, &mut gradient.layers_mut());
        }
        sum
    }
}

impl Regulariser for Gap {
    fn penalty(&self, network: &Snapshot, gradient: &mut [LayerGradient]) -> f64 {
        let chosen = chosen(network, self.samples).into_iter();
        let inputs: Vec<Vec<f64>> = chosen
            .map(|row| row.iter().map(|&x| f64::from(x)).collect())
            .collect();
        let network = Parameters::of(network);
        let outputs = network.outputs();
        let network = network.with_mean_output();
        let mut own = network.zeros();
        let penalty = self.evaluate(&network, &inputs, &mut own);
        own.shared_by_outputs(outputs).add_to(gradient);
        penalty
    }

    fn every(&self) -> usize {
        self.every
    }

    fn reads_inputs(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::parameters::LayerParameters;
    use super::super::parameters::tests::{random, slope};
    use super::*;

    const SIDES: [(f64, f64); 2] = [(-2.0, 2.0), (-1.0, 3.0)];

    fn inputs() -> Vec<Vec<f64>> {
        vec![vec![0.3, 0.7], vec![-1.9, 2.5], vec![1.1, -0.6]]
    }

    #[test]
    fn total_derivatives_are_those_of_central_differences() {
        for relaxation in [Relaxation::LpTotal, Relaxation::Lines] {
            for seed in 0..8 {
                let network = random(&[2, 8, 8, 8, 1], seed);
                let gap = Gap::new(relaxation, &SIDES, 3, 1);
                let value =
                    |network: &Parameters| gap.evaluate(network, &inputs(), &mut network.zeros());
                let mut gradient = network.zeros();
                gap.evaluate(&network, &inputs(), &mut gradient);
                let worst = slope::largest_error(&network, &gradient, &value, 1e-5);
                assert!(worst < 1e-9, "{relaxation:?}, seed {seed}: {worst}");
            }
        }
    }

    #[test]
    fn several_outputs_have_the_gap_of_their_mean() {
        let network = random(&[2, 6, 6, 3], 4);
        let gap = Gap::new(Relaxation::LpTotal, &SIDES, 3, 1);
        let value = |network: &Parameters| {
            let mean = network.clone().with_mean_output();
            gap.evaluate(&mean, &inputs(), &mut mean.zeros())
        };
        let mean = network.clone().with_mean_output();
        for input in inputs() {
            let outputs = |network: &Parameters| {
                let mut values = input.clone();
                for layer in 0..3 {
                    values = network.preactivations(layer, &values);
                    if layer < 2 {
                        values.iter_mut().for_each(|value| *value = value.max(0.0));
                    }
                }
                values
            };
            let [of_all, of_mean] = [outputs(&network), outputs(&mean)];
            assert!((of_all.iter().sum::<f64>() / 3.0 - of_mean[0]).abs() < 1e-12);
        }
        let mut gradient = mean.zeros();
        gap.evaluate(&mean, &inputs(), &mut gradient);
        let gradient = gradient.shared_by_outputs(3);
        let worst = slope::largest_error(&network, &gradient, &value, 1e-5);
        assert!(worst < 1e-9, "{worst}");
    }

    #[test]
    fn gaps_are_not_negative_and_vanish_where_all_neurons_are_stable() {
        let mut stable = 0;
        for seed in 0..300 {
            let network = random(&[2, 2, 2, 1], seed);
            let found = |relaxation| {
                let gap = Gap::new(relaxation, &SIDES, 3, 1);
                gap.evaluate(&network, &inputs(), &mut network.zeros())
            };
            let (lp, lines) = (found(Relaxation::Lp), found(Relaxation::Lines));
            assert!(
                lp >= -1e-9 && lines >= lp - 1e-9,
                "seed {seed}: {lp}, {lines}"
            );
            let (lower, upper) = SIDES.iter().copied().unzip();
            let bounds = intervals(&network.layers(), &Sides { lower, upper });
            let mut sides = bounds[..2]
                .iter()
                .flat_map(|sides| sides.lower.iter().zip(&sides.upper));
            if sides.all(|(lower, upper)| *lower >= 0.0 || *upper <= 0.0) {
                assert!(lines < 1e-9, "seed {seed}: {lines}");
                stable += 1;
            }
        }
        assert!(stable > 0, "some networks are stable");
    }

    /// What a training can meet: no hidden layer, a neuron that is always zero, parameters that overflow.
    #[test]
    fn odd_networks_have_gaps_or_none() {
        let gap = |relaxation| Gap::new(relaxation, &[(0.0, 1.0)], 1, 1);
        let layer = |weights: &[f64], biases: &[f64]| LayerParameters {
            weights: weights.to_vec(),
            biases: biases.to_vec(),
        };
        for relaxation in [Relaxation::Lp, Relaxation::LpTotal, Relaxation::Lines] {
            let of = |network: Vec<LayerParameters>| {
                let network = Parameters(network);
                let mut gradient = network.zeros();
                let found = gap(relaxation).evaluate(&network, &[vec![0.5]], &mut gradient);
                (found, gradient)
            };
            assert_eq!(of(vec![layer(&[3.0], &[1.0])]).0, 0.0);
            // max(0, max(0, -x) + 0) is 0 on [0, 1], whatever small bias the second neuron has below zero.
            let constant = vec![
                layer(&[-1.0], &[0.0]),
                layer(&[1.0], &[0.0]),
                layer(&[1.0], &[0.0]),
            ];
            let (found, gradient) = of(constant);
            assert_eq!(found, 0.0, "{relaxation:?}");
            assert_eq!(gradient.0[1].biases, [0.0], "{relaxation:?}");
            let huge = vec![layer(&[1e25], &[1e25]), layer(&[1.0], &[0.0])];
            let (found, _) = of(huge);
            assert!(found.is_nan() || found >= 0.0, "{relaxation:?}: {found}");
            let undefined = vec![layer(&[f64::NAN], &[0.0]), layer(&[1.0], &[0.0])];
            assert!(of(undefined).0.is_nan(), "{relaxation:?}");
        }
    }
}
