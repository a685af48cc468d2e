//! What rounding may amount to between the dense network and the reduced one.

use crate::bounds::Bounds;
use crate::instance::{Objective, Region};
use crate::network::{Activity, Layer, Network};

/// By how much values of the same input may differ, in the objective's units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rounding {
    /// The objective of the dense network and the output of the reduced one, both in real arithmetic.
    pub reduction: f64,
    /// The objective of the dense network in real arithmetic and by a forward pass in f64.
    pub forward: f64,
}

/// Of `network`, whose output layer and `objective` were `folded` into one; `bounds` are those of the folded network
/// over `region`.
pub(super) fn rounding(
    network: &Network,
    objective: Objective,
    folded: &Network,
    region: &Region,
    bounds: &Bounds,
) -> Rounding {
    let sides = region.lower().iter().zip(region.upper());
    let mut largest: Vec<f64> = sides.map(|(l, u)| l.abs().max(u.abs())).collect();
    let mut errors = vec![0.0; largest.len()];
    for (index, layer) in network.hidden().iter().enumerate() {
        errors = (0..layer.outputs())
            .map(|neuron| {
                let before = weighted(layer.row(neuron), &errors);
                before + of_sum(layer, neuron, &largest)
            })
            .collect();
        let bounds = bounds.layer(index).iter();
        largest = bounds.map(|g| g.upper().max(0.0)).collect();
    }
    let output = network.output();
    let (of_last, of_folding) = match objective {
        Objective::FirstOutput => (of_sum(output, 0, &largest), 0.0),
        Objective::Margin { label, target } => of_difference(output, target, label, &largest),
    };
    let row = folded.output().row(0);
    let forward = weighted(row, &errors) + of_last;
    let of_compaction = if folds_constants(folded) { forward } else { 0.0 };
    Rounding {
        reduction: of_folding + of_compaction,
        forward,
    }
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

/// Of the difference of two outputs, and of the differences of their weights. Equal outputs are rounded equally.
fn of_difference(layer: &Layer, one: usize, other: usize, largest: &[f64]) -> (f64, f64) {
    let (a, b) = (layer.row(one), layer.row(other));
    let (c, d) = (layer.biases()[one], layer.biases()[other]);
    if a == b && c == d {
        return (0.0, 0.0);
    }
    let of_weights = a.iter().zip(b).zip(largest);
    let of_weights: f64 = of_weights
        .map(|((a, b), size)| of_subtraction(*a, *b) * size)
        .sum();
    (
        of_sum(layer, one, largest) + of_sum(layer, other, largest),
        of_weights + of_subtraction(c, d),
    )
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
