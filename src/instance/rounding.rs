//! What rounding may amount to in an objective that a forward pass in f64 computes.

use super::Objective;
use super::minimum::of_lifts;
use crate::exact::two_sum;
use crate::network::{Layer, Network};

const LANES: usize = 8;

impl Objective {
    /// The most by which this objective of `network` at `x`, computed by a forward pass in f64, may differ from its
    /// value in real arithmetic.
    ///
    /// # Panics
    /// When `x` has not as many entries as the network has inputs.
    pub fn rounding_at(&self, network: &Network, x: &[f64]) -> f64 {
        self.rounding_of_pass(network, x, &network.preactivations(x))
    }

    /// The same where the preactivations of all layers at `x` are known already.
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

    /// The same at every input where what each layer reads is at most so large.
    ///
    /// # Panics
    /// When the sizes do not fit the network.
    fn rounding_within(&self, network: &Network, largest: &[Vec<f64>]) -> f64 {
        // Inputs have none.
        let mut errors = Vec::new();
        for (layer, largest) in network.hidden().iter().zip(largest) {
            let of = |neuron| weighted(layer.row(neuron), &errors) + of_sum(layer, neuron, largest);
            errors = (0..layer.outputs()).map(of).collect();
        }
        let (output, largest) = (network.output(), &largest[network.hidden().len()]);
        match *self {
            Self::FirstOutput => weighted(output.row(0), &errors) + of_sum(output, 0, largest),
            Self::Margin { label, target } => {
                of_difference(output, target, label, largest, &errors)
            }
            Self::StrictMargin { target, .. } => (0..output.outputs())
                .filter(|&class| class != target)
                .map(|class| of_difference(output, target, class, largest, &errors))
                .fold(0.0, f64::max),
        }
    }

    /// The most by which it differs, in real arithmetic, where it is folded into the output layer
    /// ([`Objective::fold_into`]); what each layer reads is at most so large.
    ///
    /// # Panics
    /// When the sizes do not fit the layer.
    pub fn rounding_of_folding(&self, output: &Layer, largest: &[Vec<f64>]) -> f64 {
        let largest = largest.last().expect("an output layer reads something");
        match *self {
            Self::FirstOutput => 0.0,
            Self::Margin { label, target } => {
                let weights = output.row(target).iter().zip(output.row(label));
                let of_weights = weights
                    .zip(largest)
                    .map(|((a, b), size)| of_subtraction(*a, *b) * size);
                let of_bias = of_subtraction(output.biases()[target], output.biases()[label]);
                of_weights.sum::<f64>() + of_bias
            }
            // Differences of differences, a few levels of them, each of which a carried sum goes through.
            Self::StrictMargin { .. } => {
                let outputs = 0..output.outputs();
                let sums = outputs.map(|class| of_sum(output, class, largest));
                16.0 * (sums.sum::<f64>() + of_lifts(output))
            }
        }
    }
}

fn weighted(row: &[f64], sizes: &[f64]) -> f64 {
    // Several sums at once, which processors add in parallel.
    let mut sums = [0.0; LANES];
    let (rows, sizes) = (row.chunks(LANES), sizes.chunks(LANES));
    for (weights, sizes) in rows.zip(sizes) {
        for (sum, (weight, size)) in sums.iter_mut().zip(weights.iter().zip(sizes)) {
            *sum += weight.abs() * size;
        }
    }
    sums.iter().sum()
}

/// Of one sum of products (Higham, Accuracy and Stability, section 3.1), generously, and of products that underflow.
fn of_sum(layer: &Layer, neuron: usize, largest: &[f64]) -> f64 {
    let terms = layer.inputs() as f64 + 4.0;
    let size = weighted(layer.row(neuron), largest) + layer.biases()[neuron].abs();
    terms * (2.0 * f64::EPSILON * size + f64::MIN_POSITIVE)
}

/// Of the difference of two outputs of inputs that have errors themselves. Equal outputs are rounded equally.
fn of_difference(layer: &Layer, one: usize, other: usize, largest: &[f64], errors: &[f64]) -> f64 {
    let (a, b) = (layer.row(one), layer.row(other));
    if a == b && layer.biases()[one] == layer.biases()[other] {
        return 0.0;
    }
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    weighted(&differences, errors) + of_sum(layer, one, largest) + of_sum(layer, other, largest)
}

/// The size of what `a - b` loses by rounding.
fn of_subtraction(a: f64, b: f64) -> f64 {
    two_sum(a, -b).1.abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::Dyadic;
    use crate::network::random;

    #[test]
    fn a_subtraction_loses_what_does_not_fit() {
        assert_eq!(of_subtraction(3.0, 1.0), 0.0);
        assert_eq!(of_subtraction(1.0, -1e-20), 1e-20);
        assert_eq!(of_subtraction(-1e-20, 1.0), 1e-20);
        let lost = of_subtraction(0.3, 1e10);
        assert!(lost > 0.0 && lost < 1e-5, "{lost}");
    }

    #[test]
    fn the_forward_pass_is_as_near_to_the_exact_value_as_is_said() {
        for seed in 0..20 {
            let network = random(6, &[9, 8, 7], seed).unwrap();
            let x: Vec<f64> = (0..6)
                .map(|k| f64::from((seed + 3 * k) % 11) / 10.0)
                .collect();
            let value = Dyadic::of(network.forward(&x)[0]);
            let exact = network.exact_forward(&x).swap_remove(0);
            let allowed = Dyadic::of(Objective::FirstOutput.rounding_at(&network, &x));
            let error = &value - &exact;
            assert!(error <= allowed && -&error <= allowed);
        }
    }
}
