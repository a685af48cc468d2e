//! Bounds on the rounding error of an objective that a forward pass in f64 computes.

use super::linear::Linear;
use super::minimum::lift_error;
use super::{Objective, Region};
use crate::network::{Layer, Network};

const LANES: usize = 8;

impl Objective {
    /// Bound on the difference between this objective of `network` at `x`, computed by a forward pass in f64, and its
    /// value in real arithmetic.
    ///
    /// # Panics
    /// When `x` does not have as many entries as the network has inputs.
    pub fn rounding_at(&self, network: &Network, x: &[f64]) -> f64 {
        self.rounding_of_pass(network, x, &network.preactivations(x))
    }

    /// The same, given the preactivations of all layers at `x`.
    pub(super) fn rounding_of_pass(
        &self,
        network: &Network,
        x: &[f64],
        preactivations: &[Vec<f64>],
    ) -> f64 {
        let hidden = &preactivations[..network.hidden().len()];
        let activations = hidden
            .iter()
            .map(|g| g.iter().map(|g| g.max(0.0)).collect());
        let inputs = x.iter().map(|x| x.abs()).collect();
        let sizes: Vec<Vec<f64>> = std::iter::once(inputs).chain(activations).collect();
        // The sizes are rounded, too.
        2.0 * self.rounding_within(network, &sizes)
    }

    /// The same for every input at which each layer's inputs are at most `largest` in absolute value.
    ///
    /// # Panics
    /// When the sizes do not fit the network.
    fn rounding_within(&self, network: &Network, largest: &[Vec<f64>]) -> f64 {
        // Inputs have no errors.
        let mut errors = Vec::new();
        for (layer, largest) in network.hidden().iter().zip(largest) {
            let of =
                |neuron| weighted(layer.row(neuron), &errors) + sum_error(layer, neuron, largest);
            errors = (0..layer.outputs()).map(of).collect();
        }
        let (output, of_output) = (network.output(), &largest[network.hidden().len()]);
        let functions = self.functions().iter();
        functions
            .map(|function| function_error(function, output, &largest[0], of_output, &errors))
            .fold(0.0, f64::max)
    }

    /// Bound on the difference, in real arithmetic, between this objective and its form folded into the output layer
    /// ([`Objective::fold_into`]) over a region, where each layer's inputs are at most `largest` in absolute value.
    ///
    /// # Panics
    /// When the sizes do not fit the network.
    pub fn rounding_of_folding(
        &self,
        network: &Network,
        region: &Region,
        largest: &[Vec<f64>],
    ) -> f64 {
        let output = network.output();
        let of_output = largest.last().expect("an output layer reads something");
        let of = |function: &Linear| {
            let (folded, lost) = function.composed_with(output);
            let of_inputs = match (function.inputs.is_empty(), network.hidden().is_empty()) {
                (true, _) => 0.0,
                // The coefficients of inputs are added to the weights,
                (false, true) => {
                    f64::EPSILON
                        * (weighted(&folded.weights, of_output)
                            + size_of_inputs(function, &largest[0]))
                }
                // or coefficients of a repeated input are added to each other, and the lift is subtracted from the
                // constant.
                (false, false) => {
                    let lift = 4.0 * size_of_inputs_in(function, region) + 1.0;
                    f64::EPSILON
                        * (lift + folded.constant.abs() + size_of_inputs(function, &largest[0]))
                }
            };
            weighted(&lost.weights, of_output) + lost.constant + of_inputs
        };
        let folded = self.functions().iter().map(of).fold(0.0, f64::max);
        if self.functions().len() == 1 {
            return folded;
        }
        // Differences of differences, in a few levels, each of which a carried sum passes through.
        let sums = self.functions().iter().map(|function| {
            let (folded, _) = function.composed_with(output);
            let terms = folded.weights.len() as f64 + 6.0;
            let lift = match function.inputs.is_empty() {
                true => 0.0,
                false => 4.0 * size_of_inputs_in(function, region) + 1.0,
            };
            let size = weighted(&folded.weights, of_output) + folded.constant.abs() + 2.0 * lift;
            let weights: f64 = folded.weights.iter().map(|weight| weight.abs()).sum();
            terms * (2.0 * f64::EPSILON * size + f64::MIN_POSITIVE) + lift_error(weights + 1.0)
        });
        folded + 16.0 * sums.sum::<f64>()
    }
}

/// The error of one function at outputs that were computed from activations with these errors.
fn function_error(
    function: &Linear,
    output: &Layer,
    inputs: &[f64],
    activations: &[f64],
    errors: &[f64],
) -> f64 {
    if let Some((one, other)) = function.as_difference() {
        return difference_error(output, one, other, activations, errors);
    }
    let of_outputs = function.outputs.iter().map(|&(j, d)| {
        let error = weighted(output.row(j), errors) + sum_error(output, j, activations);
        let size = weighted(output.row(j), activations) + output.biases()[j].abs();
        (d.abs() * error, d.abs() * size)
    });
    let (mut error, mut size) =
        of_outputs.fold((0.0, 0.0), |sum, own| (sum.0 + own.0, sum.1 + own.1));
    size += size_of_inputs(function, inputs) + function.constant.abs();
    if !function.is_output() {
        let terms = (function.outputs.len() + function.inputs.len()) as f64 + 4.0;
        error += terms * (2.0 * f64::EPSILON * size + f64::MIN_POSITIVE);
    }
    error
}

/// Bound on the size of the function's sum over inputs of these sizes.
fn size_of_inputs(function: &Linear, sizes: &[f64]) -> f64 {
    function
        .inputs
        .iter()
        .map(|&(k, c)| c.abs() * sizes[k])
        .sum()
}

fn size_of_inputs_in(function: &Linear, region: &Region) -> f64 {
    let size = |k: usize| region.lower()[k].abs().max(region.upper()[k].abs());
    function
        .inputs
        .iter()
        .map(|&(k, c)| c.abs() * size(k))
        .sum()
}

fn weighted(row: &[f64], sizes: &[f64]) -> f64 {
    // Several sums at once, which CPUs add in parallel.
    let mut sums = [0.0; LANES];
    let (rows, sizes) = (row.chunks(LANES), sizes.chunks(LANES));
    for (weights, sizes) in rows.zip(sizes) {
        for (sum, (weight, size)) in sums.iter_mut().zip(weights.iter().zip(sizes)) {
            *sum += weight.abs() * size;
        }
    }
    sums.iter().sum()
}

/// The error of one sum of products (Higham, Accuracy and Stability, section 3.1), generously, including products that
/// underflow.
fn sum_error(layer: &Layer, neuron: usize, largest: &[f64]) -> f64 {
    let terms = layer.inputs() as f64 + 4.0;
    let size = weighted(layer.row(neuron), largest) + layer.biases()[neuron].abs();
    terms * (2.0 * f64::EPSILON * size + f64::MIN_POSITIVE)
}

/// The error of the difference of two outputs whose inputs have errors themselves. Equal outputs are rounded equally.
fn difference_error(
    layer: &Layer,
    one: usize,
    other: usize,
    largest: &[f64],
    errors: &[f64],
) -> f64 {
    let (a, b) = (layer.row(one), layer.row(other));
    if a == b && layer.biases()[one] == layer.biases()[other] {
        return 0.0;
    }
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    weighted(&differences, errors)
        + sum_error(layer, one, largest)
        + sum_error(layer, other, largest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::Dyadic;
    use crate::network::random;

    #[test]
    fn the_forward_pass_is_within_its_rounding_error() {
        for seed in 0..20 {
            let network = random(6, &[9, 8, 7], seed).unwrap();
            let x: Vec<f64> = (0..6)
                .map(|k| f64::from((seed + 3 * k) % 11) / 10.0)
                .collect();
            let first = Objective::new(Linear::output(0));
            let value = Dyadic::of(network.forward(&x)[0]);
            let exact = network.exact_forward(&x).swap_remove(0);
            let allowed = Dyadic::of(first.rounding_at(&network, &x));
            let error = &value - &exact;
            assert!(error <= allowed && -&error <= allowed);
        }
    }
}
