//! What a training draws from its seed: the initial network and the order of the samples.
//!
//! Drawn on the host, so that it is the same on every device, and from two streams of one
//! ChaCha generator, so that the order of the samples does not depend on the size of the network.

use rand::Rng;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::network::{Layer, Network};

const WEIGHTS_STREAM: u64 = 1;
const ORDER_STREAM: u64 = 2;

/// A network of the given layer sizes (the input first): weights uniform in
/// +-sqrt(6 / (inputs + outputs)) (Glorot and Bengio 2010, equation 16), biases uniform in
/// +-1 / sqrt(inputs) as in PyTorch's linear layer. Every value is an f32.
pub fn initial_network(sizes: &[usize], seed: u64) -> Network {
    let mut generator = generator(seed, WEIGHTS_STREAM);
    let layers = sizes.windows(2).map(|pair| {
        let (inputs, outputs) = (pair[0], pair[1]);
        let xavier = (6.0 / (inputs + outputs) as f64).sqrt() as f32;
        let fan_in = (1.0 / (inputs as f64).sqrt()) as f32;
        let weights = uniform(&mut generator, xavier, inputs * outputs);
        let biases = uniform(&mut generator, fan_in, outputs);
        Layer::new(inputs, weights, biases)
    });
    Network::new(layers.collect()).expect("sizes above zero chain and give finite weights")
}

/// A network with normal weights, of variance 2/fan-in in hidden layers and 2/(fan-in + fan-out) in the last one, and
/// zero biases.
pub fn normal_network(sizes: &[usize], seed: u64) -> Network {
    let mut generator = generator(seed, WEIGHTS_STREAM);
    let last = sizes.len() - 2;
    let layers = sizes.windows(2).enumerate().map(|(layer, pair)| {
        let (inputs, outputs) = (pair[0], pair[1]);
        let fans = if layer < last {
            inputs
        } else {
            inputs + outputs
        };
        let deviation = (2.0 / fans as f64).sqrt();
        let count = inputs * outputs;
        let draws = (0..count).map(|_| f64::from((deviation * normal(&mut generator)) as f32));
        Layer::new(inputs, draws.collect(), vec![0.0; outputs])
    });
    Network::new(layers.collect()).expect("sizes above zero chain and give finite weights")
}

/// A standard normal number (Box and Muller, Ann. Math. Statist. 29, 1958).
fn normal(generator: &mut ChaCha8Rng) -> f64 {
    // In (0, 1], so that the logarithm is finite.
    let mut unit = || ((generator.next_u64() >> 11) + 1) as f64 / (1_u64 << 53) as f64;
    let radius = (-2.0 * unit().ln()).sqrt();
    radius * (std::f64::consts::TAU * unit()).cos()
}

/// The orders of the samples, one per epoch.
pub struct Orders {
    generator: ChaCha8Rng,
    order: Vec<i32>,
}

impl Orders {
    /// Orders of `samples` samples.
    pub fn new(samples: usize, seed: u64) -> Self {
        let samples = i32::try_from(samples).expect("fewer than 2^31 samples fit in memory");
        Self {
            generator: generator(seed, ORDER_STREAM),
            order: (0..samples).collect(),
        }
    }

    /// The next epoch's order: every index once.
    pub fn shuffled(&mut self) -> &[i32] {
        self.order.shuffle(&mut self.generator);
        &self.order
    }
}

fn generator(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(stream);
    generator
}

/// Multiples of 2^-23 of `bound`, from the upper 24 bits of one word each.
fn uniform(generator: &mut ChaCha8Rng, bound: f32, count: usize) -> Vec<f64> {
    let mut draw = || (generator.next_u32() >> 8) as f32 / (1 << 23) as f32 - 1.0;
    (0..count).map(|_| f64::from(bound * draw())).collect()
}
