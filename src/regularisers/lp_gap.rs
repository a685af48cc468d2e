//! The gap between a network's output and the LP relaxation at samples.

use rand::seq::index;
use rand::{SeedableRng, rngs::StdRng};

use super::intervals::{Sides, add_derivatives, intervals};
use super::parameters::Parameters;
use super::sample_lp::SampleLp;
use crate::training::{LayerGradient, Regulariser, Snapshot};

/// Penalises by how much the output at samples of a batch is above the least one that the LP relaxation allows there, on
/// average (arXiv 2604.22746). Networks have one output, which is to be minimised.
#[derive(Debug, Clone)]
pub struct LpGap {
    domain: Sides,
    samples: usize,
    every: usize,
    is_total: bool,
}

impl LpGap {
    /// The gap over the box with these sides, one pair for each input, at `samples` random samples of every n-th batch.
    /// The bounds of the relaxation count as constants, as in the paper.
    pub fn new(sides: &[(f64, f64)], samples: usize, every: usize) -> Self {
        let (lower, upper) = sides.iter().copied().unzip();
        Self {
            domain: Sides { lower, upper },
            samples,
            every,
            is_total: false,
        }
    }

    /// The same with the total derivative: the bounds change with the parameters, too.
    pub fn total(self) -> Self {
        Self {
            is_total: true,
            ..self
        }
    }

    /// The mean gap at these inputs, whose derivatives are added to `gradient`. Inputs for which the solver has no answer
    /// do not count.
    fn evaluate(
        &self,
        network: &Parameters,
        inputs: &[Vec<f64>],
        gradient: &mut Parameters,
    ) -> f64 {
        let bounds = intervals(network, &self.domain);
        let Ok(mut program) = SampleLp::new(network, &bounds) else {
            return 0.0;
        };
        let solved = inputs
            .iter()
            .filter_map(|input| Some((input, program.least(input)?)));
        let solved: Vec<_> = solved.collect();
        let share = 1.0 / solved.len().max(1) as f64;
        let mut slopes: Vec<Sides> = bounds
            .iter()
            .map(|sides| Sides::zeros(sides.lower.len()))
            .collect();
        let mut sum = 0.0;
        for (input, least) in &solved {
            let output = network.add_output_gradient(input, share, gradient);
            sum += share * (output - least.value);
            gradient.add_scaled(-share, &least.gradient);
            for (sum, own) in slopes.iter_mut().zip(&least.slopes) {
                sum.add_scaled(-share, own);
            }
        }
        if self.is_total {
            add_derivatives(network, &self.domain, &bounds, slopes, gradient);
        }
        sum
    }
}

impl Regulariser for LpGap {
    fn penalty(&self, network: &Snapshot, gradient: &mut [LayerGradient]) -> f64 {
        let inputs = network
            .layers
            .first()
            .map_or(1, crate::training::LayerView::inputs);
        let count = network.inputs.len() / inputs;
        let mut random =
            StdRng::seed_from_u64(network.seed ^ (network.step as u64).rotate_left(32));
        let chosen = index::sample(&mut random, count, self.samples.min(count));
        let row = |row: usize| -> Vec<f64> {
            let row = &network.inputs[row * inputs..(row + 1) * inputs];
            row.iter().map(|&x| f64::from(x)).collect()
        };
        let inputs: Vec<Vec<f64>> = chosen.iter().map(row).collect();
        let network = Parameters::of(network);
        let mut own = network.zeros();
        let penalty = self.evaluate(&network, &inputs, &mut own);
        own.add_to(gradient);
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
    use super::super::parameters::tests::{random, slope};
    use super::*;

    const SIDES: [(f64, f64); 2] = [(-2.0, 2.0), (-1.0, 3.0)];

    fn inputs() -> Vec<Vec<f64>> {
        vec![vec![0.3, 0.7], vec![-1.9, 2.5], vec![1.1, -0.6]]
    }

    #[test]
    fn the_total_derivative_is_that_of_central_differences() {
        for seed in 0..8 {
            let network = random(&[2, 8, 8, 8, 1], seed);
            let gap = LpGap::new(&SIDES, 3, 1).total();
            let value =
                |network: &Parameters| gap.evaluate(network, &inputs(), &mut network.zeros());
            let mut gradient = network.zeros();
            gap.evaluate(&network, &inputs(), &mut gradient);
            let worst = slope::largest_error(&network, &gradient, &value, 1e-5);
            assert!(worst < 1e-6, "seed {seed}: {worst}");
        }
    }

    #[test]
    fn gaps_are_not_negative_and_vanish_where_all_neurons_are_stable() {
        let mut stable = 0;
        for seed in 0..300 {
            let network = random(&[2, 2, 2, 1], seed);
            let gap = LpGap::new(&SIDES, 3, 1);
            let found = gap.evaluate(&network, &inputs(), &mut network.zeros());
            assert!(found >= -1e-9, "seed {seed}: {found}");
            let bounds = intervals(&network, &gap.domain);
            let mut sides = bounds[..2]
                .iter()
                .flat_map(|sides| sides.lower.iter().zip(&sides.upper));
            if sides.all(|(lower, upper)| *lower >= 0.0 || *upper <= 0.0) {
                assert!(found < 1e-9, "seed {seed}: {found}");
                stable += 1;
            }
        }
        assert!(stable > 0, "some networks are stable");
    }
}
