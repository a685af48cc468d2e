//! The parameters of a network under training, in f64.

use crate::training::{LayerGradient, LayerView, Snapshot};

/// The parameters of a network, or the derivatives of a penalty with respect to them, layer by layer.
#[derive(Debug, Clone)]
pub struct Parameters(pub Vec<LayerParameters>);

/// Those of one layer.
#[derive(Debug, Clone)]
pub struct LayerParameters {
    /// Inputs x neurons: the weights of one input after the other.
    pub weights: Vec<f64>,
    /// One for each neuron.
    pub biases: Vec<f64>,
}

impl Parameters {
    pub fn of(network: &Snapshot) -> Self {
        let layer = |layer: &LayerView| LayerParameters {
            weights: layer.weights.iter().map(|&w| f64::from(w)).collect(),
            biases: layer.biases.iter().map(|&b| f64::from(b)).collect(),
        };
        Self(network.layers.iter().map(layer).collect())
    }

    /// Zeros in the same shape.
    pub fn zeros(&self) -> Self {
        let zeros = |layer: &LayerParameters| LayerParameters {
            weights: vec![0.0; layer.weights.len()],
            biases: vec![0.0; layer.biases.len()],
        };
        Self(self.0.iter().map(zeros).collect())
    }

    /// Adds these derivatives to `gradient`, in f32.
    pub fn add_to(&self, gradient: &mut [LayerGradient]) {
        for (own, sum) in self.0.iter().zip(gradient) {
            let weights = sum.weights.iter_mut().zip(&own.weights);
            let biases = sum.biases.iter_mut().zip(&own.biases);
            for (sum, own) in weights.chain(biases) {
                *sum += *own as f32;
            }
        }
    }
}

impl LayerParameters {
    pub fn neurons(&self) -> usize {
        self.biases.len()
    }

    pub fn inputs(&self) -> usize {
        self.weights.len() / self.biases.len()
    }

    /// The weights of one input, one for each neuron.
    pub fn of_input(&self, input: usize) -> &[f64] {
        &self.weights[input * self.neurons()..(input + 1) * self.neurons()]
    }

    pub fn of_input_mut(&mut self, input: usize) -> &mut [f64] {
        let neurons = self.neurons();
        &mut self.weights[input * neurons..(input + 1) * neurons]
    }
}

#[cfg(test)]
pub mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// A random network with biases that let some neurons be stable.
    pub fn random(sizes: &[usize], seed: u64) -> Parameters {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut numbers = |count: usize, size: f64| -> Vec<f64> {
            (0..count).map(|_| rng.random_range(-size..size)).collect()
        };
        let layers = sizes.windows(2).map(|pair| LayerParameters {
            weights: numbers(pair[0] * pair[1], 1.0),
            biases: numbers(pair[1], 4.0),
        });
        Parameters(layers.collect())
    }

    pub mod slope {
        use super::*;

        /// The largest difference between the derivatives in `gradient` and central differences of `value`.
        pub fn largest_error(
            network: &Parameters,
            gradient: &Parameters,
            value: &dyn Fn(&Parameters) -> f64,
            step: f64,
        ) -> f64 {
            let mut worst: f64 = 0.0;
            for (layer, derivatives) in gradient.0.iter().enumerate() {
                let all = derivatives.weights.iter().chain(&derivatives.biases);
                for (place, derivative) in all.enumerate() {
                    let at = |step: f64| {
                        let mut moved = network.clone();
                        let own = &mut moved.0[layer];
                        let weights = own.weights.len();
                        match place.checked_sub(weights) {
                            None => own.weights[place] += step,
                            Some(bias) => own.biases[bias] += step,
                        }
                        value(&moved)
                    };
                    let slope = (at(step) - at(-step)) / (2.0 * step);
                    worst = worst.max((slope - derivative).abs());
                }
            }
            worst
        }
    }
}
