//! What several test modules need: random networks and instances, settings without hurry.

use pipeline::instance::Instance;
use pipeline::network::{Layer, Network};
use pipeline::search::Settings;
use pipeline::solver::StopFlag;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// A network of the given sizes with weights uniform in [-1, 1]; `zeros` of them are zero.
pub fn random_network(sizes: &[usize], zeros: f64, rng: &mut ChaCha8Rng) -> Network {
    let layers = sizes.windows(2).map(|pair| {
        let (inputs, outputs) = (pair[0], pair[1]);
        let weights = (0..inputs * outputs)
            .map(|_| {
                if rng.random_bool(zeros) {
                    0.0
                } else {
                    rng.random_range(-1.0..1.0)
                }
            })
            .collect();
        let biases = (0..outputs).map(|_| rng.random_range(-0.5..0.5)).collect();
        Layer::new(inputs, weights, biases)
    });
    Network::new(layers.collect()).expect("random layers chain")
}

/// A point of the unit box.
pub fn random_point(inputs: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    // Some at the very sides, as most pixels are.
    let value = |rng: &mut ChaCha8Rng| match rng.random_range(0..4) {
        0 => 0.0,
        1 => 1.0,
        _ => rng.random_range(0.0..1.0),
    };
    (0..inputs).map(|_| value(rng)).collect()
}

/// A verification instance around a random point, of a radius that matters.
pub fn random_verification(network: &Network, rng: &mut ChaCha8Rng) -> Instance {
    let centre = random_point(network.inputs(), rng);
    let radius = rng.random_range(0.1..0.8) * network.inputs() as f64;
    let label = rng.random_range(0..network.outputs());
    let target = (label + rng.random_range(1..network.outputs())) % network.outputs();
    Instance::verification(centre, radius, label, target).expect("a sound instance")
}

pub fn unhurried() -> Settings {
    Settings {
        time_limit: 120.0,
        threads: 1,
        seed: 0,
        stop: StopFlag::default(),
    }
}
