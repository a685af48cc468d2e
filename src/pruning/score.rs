//! Scores of the prunable units, weights or neurons.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::{Granularity, Mask, Method, Pruning};
use crate::network::Network;

/// The score of every unit, layer by layer: of every weight (row-major) in unstructured pruning, of
/// every row in structured pruning. Higher is better; weights pruned earlier count as zero.
///
/// Random scores of all units are drawn from the seed alone, so they are the same in every round,
/// whatever was pruned before.
pub(super) fn scores(network: &Network, mask: &Mask, pruning: &Pruning) -> Vec<Vec<f64>> {
    let magnitudes = magnitudes(network, mask, pruning.granularity);
    match pruning.method {
        Method::Magnitude => magnitudes,
        Method::Random => {
            let mut generator = ChaCha8Rng::seed_from_u64(pruning.seed);
            let draw = |_: &f64| uniform(&mut generator);
            let units: Vec<f64> = magnitudes.iter().flatten().map(draw).collect();
            let mut rest = units.into_iter();
            let layers = magnitudes.iter();
            layers
                .map(|layer| rest.by_ref().take(layer.len()).collect())
                .collect()
        }
    }
}

fn magnitudes(network: &Network, mask: &Mask, granularity: Granularity) -> Vec<Vec<f64>> {
    let layers = network.layers().iter().zip(mask.layers());
    let layer = |(layer, keep): (&crate::network::Layer, &Vec<bool>)| {
        let weights = layer.weights().iter().zip(keep);
        let weights = weights.map(|(&w, &keep)| if keep { w.abs() } else { 0.0 });
        match granularity {
            Granularity::Unstructured => weights.collect(),
            Granularity::Structured => {
                let weights: Vec<f64> = weights.collect();
                let rows = weights.chunks_exact(layer.inputs());
                rows.map(|row| row.iter().sum()).collect()
            }
        }
    };
    layers.map(layer).collect()
}

/// A number in [0, 1) with 53 random bits.
fn uniform(generator: &mut ChaCha8Rng) -> f64 {
    (generator.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}
