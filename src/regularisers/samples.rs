//! Samples of a batch on which a regulariser acts.

use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;

use crate::training::{LayerView, Snapshot};

/// The inputs of `most` samples of the batch, or of all if there are fewer, drawn from the network's seed and its step.
pub fn chosen<'a>(network: &Snapshot<'a>, most: usize) -> Vec<&'a [f32]> {
    let inputs = network.layers.first().map_or(1, LayerView::inputs);
    let count = network.inputs.len() / inputs;
    let seed = network.seed ^ (network.step as u64).rotate_left(32);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let rows = index::sample(&mut random, count, most.min(count));
    rows.into_iter()
        .map(|row| &network.inputs[row * inputs..(row + 1) * inputs])
        .collect()
}
