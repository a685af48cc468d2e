//! What rounding may amount to between the dense network and the reduced one.

use crate::bounds::Bounds;
use crate::instance::{Objective, Region};
use crate::network::{Activity, Layer, Network};

/// The most by which the objective of `network` and the output of the reduced one may differ at an input, in real
/// arithmetic. Output layer and `objective` were `folded` into one; `bounds` are those of the folded network over
/// `region`.
pub(super) fn of_reduction(
    network: &Network,
    objective: Objective,
    folded: &Network,
    region: &Region,
    bounds: &Bounds,
) -> f64 {
    let sides = region.lower().iter().zip(region.upper());
    let inputs = sides.map(|(l, u)| l.abs().max(u.abs())).collect();
    let layers = &bounds.layers()[..network.hidden().len()];
    let activations = layers
        .iter()
        .map(|layer| layer.iter().map(|g| g.upper().max(0.0)).collect());
    let largest: Vec<Vec<f64>> = std::iter::once(inputs).chain(activations).collect();
    let of_compaction = if folds_constants(folded) {
        of_forward_pass(network, objective, &largest)
    } else {
        0.0
    };
    of_folding(network, objective, &largest[layers.len()]) + of_compaction
}

/// The most by which the objective of `network` at `x`, computed by a forward pass in f64, may differ from its value in
/// real arithmetic.
///
/// # Panics
/// When `x` has not as many entries as the network has inputs.
pub fn forward_error(network: &Network, objective: Objective, x: &[f64]) -> f64 {
    let mut values = network.preactivations(x);
    values.pop();
    let activations = values
        .into_iter()
        .map(|g| g.iter().map(|g| g.max(0.0)).collect());
    let inputs = x.iter().map(|x| x.abs()).collect();
    let sizes: Vec<Vec<f64>> = std::iter::once(inputs).chain(activations).collect();
    // Of the sizes, too, up to as much.
    2.0 * of_forward_pass(network, objective, &sizes)
}

/// The same where the activations before each layer are at most so large.
fn of_forward_pass(network: &Network, objective: Objective, largest: &[Vec<f64>]) -> f64 {
    let mut errors = vec![0.0; network.inputs()];
    for (layer, largest) in network.hidden().iter().zip(largest) {
        let of = |neuron| weighted(layer.row(neuron), &errors) + of_sum(layer, neuron, largest);
        errors = (0..layer.outputs()).map(of).collect();
    }
    let (output, largest) = (network.output(), &largest[network.hidden().len()]);
    match objective {
        Objective::FirstOutput => weighted(output.row(0), &errors) + of_sum(output, 0, largest),
        Objective::Margin { label, target } => {
            let (a, b) = (output.row(target), output.row(label));
            // Equal outputs are rounded equally.
            if a == b && output.biases()[target] == output.biases()[label] {
                return 0.0;
            }
            let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
            weighted(&differences, &errors)
                + of_sum(output, target, largest)
                + of_sum(output, label, largest)
        }
    }
}

/// What the differences of two outputs' weights may lose.
fn of_folding(network: &Network, objective: Objective, largest: &[f64]) -> f64 {
    let Objective::Margin { label, target } = objective else {
        return 0.0;
    };
    let output = network.output();
    let weights = output.row(target).iter().zip(output.row(label));
    let of_weights = weights
        .zip(largest)
        .map(|((a, b), size)| of_subtraction(*a, *b) * size);
    let of_bias = of_subtraction(output.biases()[target], output.biases()[label]);
    of_weights.sum::<f64>() + of_bias
}

fn weighted(row: &[f64], sizes: &[f64]) -> f64 {
    let terms = row.iter().zip(sizes);
    terms.map(|(weight, size)| weight.abs() * size).sum()
}

/// Of one sum of products (Higham, Accuracy and Stability, section 3.1), generously.
fn of_sum(layer: &Layer, neuron: usize, largest: &[f64]) -> f64 {
    let unit = 2.0 * f64::EPSILON * (layer.inputs() as f64 + 4.0);
    unit * (weighted(layer.row(neuron), largest) + layer.biases()[neuron].abs())
}

/// The size of what `a - b` loses by rounding (two-sum: Knuth, The Art of Computer Programming 2, 4.2.2).
fn of_subtraction(a: f64, b: f64) -> f64 {
    let difference = a - b;
    let part = difference - a;
    ((a - (difference - part)) - (b + part)).abs()
}

/// Whether there are constant neurons whose values go into biases.
fn folds_constants(network: &Network) -> bool {
    let activity = Activity::of(network);
    // A constant neuron has its value at any input.
    let values = network.preactivations(&vec![0.0; network.inputs()]);
    let hidden = values.iter().take(network.hidden().len()).enumerate();
    hidden.into_iter().any(|(layer, values)| {
        let (constant, unread) = (activity.constant(layer), activity.unread(layer));
        let mut neurons = values.iter().enumerate();
        neurons.any(|(neuron, value)| constant[neuron] && !unread[neuron] && *value > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subtraction_loses_what_does_not_fit() {
        assert_eq!(of_subtraction(3.0, 1.0), 0.0);
        assert_eq!(of_subtraction(1.0, -1e-20), 1e-20);
        assert_eq!(of_subtraction(-1e-20, 1.0), 1e-20);
        let lost = of_subtraction(0.3, 1e10);
        assert!(lost > 0.0 && lost < 1e-5, "{lost}");
    }
}
