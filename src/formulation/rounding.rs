//! What rounding may amount to between the dense network and the reduced one.

use crate::bounds::Bounds;
use crate::instance::{Objective, Region};
use crate::network::{Activity, Network};

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
        objective.rounding_within(network, &largest)
    } else {
        0.0
    };
    objective.rounding_of_folding(network.output(), &largest[layers.len()]) + of_compaction
}

/// Whether there are constant neurons whose values go into biases.
fn folds_constants(network: &Network) -> bool {
    let activity = Activity::of(network);
    // A constant neuron has its value at any input.
    let values = network.preactivations(&vec![0.0; network.inputs()]);
    let mut hidden = values.iter().take(network.hidden().len()).enumerate();
    hidden.any(|(layer, values)| {
        let (constant, unread) = (activity.constant(layer), activity.unread(layer));
        let mut neurons = values.iter().enumerate();
        neurons.any(|(neuron, value)| constant[neuron] && !unread[neuron] && *value > 0.0)
    })
}
