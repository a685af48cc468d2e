//! Weights and biases under construction, before they become a [`Network`].

use pipeline::network::{Layer, Network};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

#[derive(Debug, Clone)]
pub struct Draft {
    inputs: usize,
    /// Layer, neuron, weight.
    pub weights: Vec<Vec<Vec<f64>>>,
    pub biases: Vec<Vec<f64>>,
}

impl Draft {
    /// Weights of every layer in [-1, 1], biases in [-1/2, 1/2]; a fraction `zeros` of the weights are zero.
    pub fn uniform(sizes: &[usize], zeros: f64, rng: &mut ChaCha8Rng) -> Self {
        Self::of(sizes, rng, |rng| {
            if rng.random_bool(zeros) {
                0.0
            } else {
                rng.random_range(-1.0..1.0)
            }
        })
    }

    /// Small integer weights, and biases that are multiples of one half.
    pub fn whole(sizes: &[usize], rng: &mut ChaCha8Rng) -> Self {
        let mut draft = Self::of(sizes, rng, |rng| f64::from(rng.random_range(-2..=2)));
        for bias in draft.biases.iter_mut().flatten() {
            *bias = f64::from(rng.random_range(-3..=3)) / 2.0;
        }
        draft
    }

    /// Resembles trained networks: weights of a bell-shaped distribution, smaller if a neuron reads more inputs, many
    /// of them pruned; small biases.
    pub fn trained(sizes: &[usize], rng: &mut ChaCha8Rng) -> Self {
        let zeros = rng.random_range(0.0..0.8);
        let mut draft = Self::of(sizes, rng, |rng| {
            let bell: f64 = (0..4).map(|_| rng.random_range(-1.0..1.0)).sum();
            if rng.random_bool(zeros) { 0.0 } else { bell }
        });
        for (layer, biases) in draft.weights.iter_mut().zip(&mut draft.biases) {
            let reads = layer[0].len() as f64;
            for weight in layer.iter_mut().flatten() {
                *weight = f64::from((*weight * (1.5 / reads).sqrt()) as f32);
            }
            for bias in biases {
                *bias = f64::from((0.3 * *bias) as f32);
            }
        }
        draft
    }

    fn of(
        sizes: &[usize],
        rng: &mut ChaCha8Rng,
        mut weight: impl FnMut(&mut ChaCha8Rng) -> f64,
    ) -> Self {
        let mut draft = Self {
            inputs: sizes[0],
            weights: Vec::new(),
            biases: Vec::new(),
        };
        for pair in sizes.windows(2) {
            let row = |rng: &mut _| (0..pair[0]).map(|_| weight(rng)).collect();
            let mut row = row;
            draft.weights.push((0..pair[1]).map(|_| row(rng)).collect());
            let bias = |_| rng.random_range(-0.5..0.5);
            draft.biases.push((0..pair[1]).map(bias).collect());
        }
        draft
    }

    pub fn hidden(&self) -> usize {
        self.weights.len() - 1
    }

    pub fn network(&self) -> Network {
        let mut inputs = self.inputs;
        let layers = self.weights.iter().zip(&self.biases).map(|(rows, biases)| {
            let layer = Layer::new(inputs, rows.concat(), biases.clone());
            inputs = biases.len();
            layer
        });
        Network::new(layers.collect()).expect("layers that chain, of finite numbers")
    }

    /// Moves the biases so that most hidden neurons change their phase near `x`.
    pub fn centre(&mut self, x: &[f64], rng: &mut ChaCha8Rng) {
        for layer in 0..self.hidden() {
            let g = self.network().preactivations(x).swap_remove(layer);
            for (bias, g) in self.biases[layer].iter_mut().zip(g) {
                if rng.random_bool(0.8) {
                    *bias -= g + rng.random_range(-0.1..0.1) * g.abs();
                }
            }
        }
    }

    /// Multiplies the outputs of layer `layer` by `factor`; all later layers then compute the same multiple.
    pub fn scale_layer(&mut self, layer: usize, factor: f64) {
        for weight in self.weights[layer].iter_mut().flatten() {
            *weight *= factor;
        }
        for bias in self.biases[layer..].iter_mut().flatten() {
            *bias *= factor;
        }
    }

    /// Multiplies one hidden neuron by `factor`, and divides its readers' weights by it.
    pub fn scale_neuron(&mut self, layer: usize, neuron: usize, factor: f64) {
        self.weights[layer][neuron]
            .iter_mut()
            .for_each(|weight| *weight *= factor);
        self.biases[layer][neuron] *= factor;
        for reader in &mut self.weights[layer + 1] {
            reader[neuron] /= factor;
        }
    }

    /// Truncates every weight and bias to `bits` significant bits.
    pub fn shorten(&mut self, bits: u32) {
        let weights = self.weights.iter_mut().flatten().flatten();
        for value in weights.chain(self.biases.iter_mut().flatten()) {
            *value = f64::from_bits(value.to_bits() >> (53 - bits) << (53 - bits));
        }
    }
}
