//! Removes dead neurons.

use super::{Activity, Layer, Network};
use crate::exact::two_sum;

/// Removes the dead hidden neurons of `network`: returns a network equal in all outputs up to
/// rounding, and a bound on that error for each output.
///
/// Constant neurons are folded into the biases of the next layer with their value `max(0, g)`;
/// unread neurons are dropped. Inputs and outputs stay; a hidden layer that would become empty
/// keeps one neuron of zero weights. Where a bias would overflow, the network is returned
/// unchanged.
///
/// ```
/// use pipeline::network::{Layer, Network, compact};
///
/// let network = Network::new(vec![
///     Layer::new(1, vec![1.0, 0.0], vec![0.0, 2.0]),
///     Layer::new(2, vec![1.0, 3.0], vec![0.5]),
/// ])?;
/// let (small, errors) = compact(&network);
/// assert_eq!(errors, [0.0]);
/// assert_eq!(small.sizes(), [1, 1, 1]);
/// assert_eq!(small.output().biases(), [6.5]);
/// # Ok::<(), pipeline::network::NetworkError>(())
/// ```
pub fn compact(network: &Network) -> (Network, Vec<f64>) {
    let activity = Activity::of(network);
    let mut inputs = Survivors {
        kept: (0..network.inputs()).collect(),
        errors: vec![0.0; network.inputs()],
        constants: Vec::new(),
    };
    let mut layers = Vec::with_capacity(network.layers().len());
    for (index, layer) in network.layers().iter().enumerate() {
        let (biases, errors) = inputs.fold(layer);
        let neurons = 0..layer.outputs();
        let output = index + 1 == network.layers().len();
        let (constant, unread) = (activity.constant(index), activity.unread(index));
        let alive = |&i: &usize| output || !(constant[i] || unread[i]);
        let kept: Vec<usize> = neurons.clone().filter(alive).collect();
        layers.push(inputs.restrict(layer, &kept, &biases));
        let constants = neurons.filter(|&i| constant[i]);
        inputs = Survivors {
            constants: constants.map(|i| (i, biases[i].max(0.0))).collect(),
            kept,
            errors,
        };
    }
    match Network::new(layers) {
        Ok(small) => (small, inputs.errors),
        Err(_) => (network.clone(), vec![0.0; network.outputs()]),
    }
}

/// The neurons that a layer reads, after removal.
struct Survivors {
    /// Neurons that are kept.
    kept: Vec<usize>,
    /// Removed neurons with their constant activation.
    constants: Vec<(usize, f64)>,
    /// A bound on the change of each neuron's activation.
    errors: Vec<f64>,
}

impl Survivors {
    /// The layer's biases with the constants folded in, and a bound on the change of its
    /// preactivations by all rounding so far. For a constant neuron the bias is its preactivation,
    /// because all its inputs are constant.
    fn fold(&self, layer: &Layer) -> (Vec<f64>, Vec<f64>) {
        let fold = |(neuron, bias): (usize, &f64)| {
            let row = layer.row(neuron);
            let inherited = row.iter().zip(&self.errors);
            let inherited: f64 = inherited.map(|(weight, error)| weight.abs() * error).sum();
            let constants = self.constants.iter();
            constants.fold((*bias, inherited), |(sum, error), &(input, value)| {
                let product = row[input] * value;
                let of_product = row[input].mul_add(value, -product).abs();
                let (next, of_sum) = two_sum(sum, product);
                (
                    next,
                    error + of_product + of_sum.abs() + of_underflow(row[input], value),
                )
            })
        };
        layer.biases().iter().enumerate().map(fold).unzip()
    }

    /// The rows `neurons` of `layer` on the kept inputs. A layer without neurons becomes one neuron
    /// of zeros, which the next layer reads with weight zero.
    fn restrict(&self, layer: &Layer, neurons: &[usize], biases: &[f64]) -> Layer {
        let width = self.kept.len().max(1);
        if neurons.is_empty() {
            return Layer::new(width, vec![0.0; width], vec![0.0]);
        }
        let mut weights = Vec::with_capacity(neurons.len() * width);
        for (count, &neuron) in (1..).zip(neurons) {
            let row = layer.row(neuron);
            weights.extend(self.kept.iter().map(|&i| row[i]));
            weights.resize(count * width, 0.0);
        }
        Layer::new(width, weights, neurons.iter().map(|&i| biases[i]).collect())
    }
}

/// What the product `a b` can lose by underflow, beyond its rounding error.
fn of_underflow(a: f64, b: f64) -> f64 {
    if a != 0.0 && b != 0.0 && (a * b).abs() < f64::MIN_POSITIVE / f64::EPSILON {
        f64::MIN_POSITIVE
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Small networks with many zeros, including whole rows of zeros.
    fn sparse_networks() -> impl Strategy<Value = Network> {
        let sizes = prop::collection::vec(1..6_usize, 2..6);
        let weight = prop_oneof![3 => Just(0.0), 1 => -2.0..2.0];
        (sizes, 0..4_usize).prop_flat_map(move |(sizes, empty_row)| {
            let layers: Vec<_> = sizes
                .windows(2)
                .map(|pair| {
                    let (inputs, outputs) = (pair[0], pair[1]);
                    let weights = prop::collection::vec(weight.clone(), inputs * outputs);
                    let biases = prop::collection::vec(-1.0..1.0, outputs);
                    (weights, biases).prop_map(move |(mut weights, biases)| {
                        if empty_row < outputs {
                            weights[empty_row * inputs..][..inputs].fill(0.0);
                        }
                        Layer::new(inputs, weights, biases)
                    })
                })
                .collect();
            layers.prop_map(|layers| Network::new(layers).unwrap())
        })
    }

    proptest! {
        #[test]
        fn outputs_are_equal(
            network in sparse_networks(),
            points in prop::collection::vec(prop::collection::vec(-1.0..1.0, 5), 8),
        ) {
            let (small, _) = compact(&network);
            for point in points {
                let x = &point[..network.inputs()];
                for (a, b) in network.forward(x).iter().zip(small.forward(x)) {
                    prop_assert!((a - b).abs() < 1e-12, "{} is not {}", a, b);
                }
            }
        }

        #[test]
        fn nothing_dead_is_left_but_the_filler(network in sparse_networks()) {
            let (small, _) = compact(&network);
            prop_assert_eq!(small.inputs(), network.inputs());
            prop_assert_eq!(small.outputs(), network.outputs());
            let activity = Activity::of(&small);
            let original = Activity::of(&network);
            for (layer, hidden) in small.hidden().iter().enumerate() {
                let before = &original.layers()[layer];
                let alive = before.neurons - before.dead;
                prop_assert_eq!(hidden.outputs(), alive.max(1));
                prop_assert_eq!(activity.layers()[layer].dead, usize::from(alive == 0));
            }
        }
    }

    #[test]
    fn a_collapsed_network_keeps_its_value() {
        let network = Network::new(vec![
            Layer::new(2, vec![1.0, 2.0, 3.0, 4.0], vec![0.5, -0.5]),
            Layer::new(2, vec![0.0; 4], vec![0.25, -1.0]),
            Layer::new(2, vec![2.0, 7.0], vec![1.0]),
        ])
        .unwrap();
        let (small, _) = compact(&network);
        assert_eq!(small.sizes(), [2, 1, 1, 1]);
        assert_eq!(small.forward(&[0.3, 0.9]), [1.5]);
    }

    #[test]
    fn a_bias_that_would_overflow_leaves_the_network_as_it_is() {
        let network = Network::new(vec![
            Layer::new(1, vec![0.0], vec![1e200]),
            Layer::new(1, vec![1e200], vec![0.0]),
        ])
        .unwrap();
        assert_eq!(compact(&network), (network, vec![0.0]));
    }
}
