//! The parameters of a network under training, in f64.

use crate::training::{LayerGradient, LayerView, Snapshot};

/// The parameters of a network, or the derivatives of a penalty with respect to them, layer by layer.
#[derive(Debug, Clone)]
pub struct Parameters(pub Vec<LayerParameters>);

/// The parameters of one layer, wherever they are.
#[derive(Debug, Clone, Copy)]
pub struct LayerRef<'a, T = f64> {
    /// Inputs x neurons: the weights of one input after the other.
    pub weights: &'a [T],
    /// One for each neuron.
    pub biases: &'a [T],
}

/// The same, to be changed.
#[derive(Debug)]
pub struct LayerMut<'a, T = f64> {
    pub weights: &'a mut [T],
    pub biases: &'a mut [T],
}

impl<T> LayerRef<'_, T> {
    pub fn neurons(&self) -> usize {
        self.biases.len()
    }

    pub fn inputs(&self) -> usize {
        self.weights.len() / self.biases.len()
    }
}

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

    pub fn layers(&self) -> Vec<LayerRef<'_>> {
        let layers = self.0.iter();
        layers
            .map(|layer| LayerRef {
                weights: &layer.weights,
                biases: &layer.biases,
            })
            .collect()
    }

    pub fn layers_mut(&mut self) -> Vec<LayerMut<'_>> {
        let layers = self.0.iter_mut();
        layers
            .map(|layer| LayerMut {
                weights: &mut layer.weights,
                biases: &mut layer.biases,
            })
            .collect()
    }

    /// Number of outputs of the network.
    pub fn outputs(&self) -> usize {
        self.0.last().map_or(0, LayerParameters::neurons)
    }

    pub fn is_finite(&self) -> bool {
        let mut numbers = self
            .0
            .iter()
            .flat_map(|layer| layer.weights.iter().chain(&layer.biases));
        numbers.all(|number| number.is_finite())
    }

    /// The network whose only output is the mean of the outputs.
    pub fn with_mean_output(mut self) -> Self {
        let outputs = self.outputs();
        if let Some(last) = self.0.last_mut()
            && outputs > 1
        {
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            last.weights = last.weights.chunks_exact(outputs).map(mean).collect();
            last.biases = vec![mean(&last.biases)];
        }
        self
    }

    /// Derivatives with respect to the parameters of a network with `outputs` outputs, from those with respect to the
    /// parameters of [`Parameters::with_mean_output`].
    pub fn shared_by_outputs(mut self, outputs: usize) -> Self {
        if let Some(last) = self.0.last_mut() {
            let shared = |values: &[f64]| -> Vec<f64> {
                let shares = values.iter().map(|value| value / outputs as f64);
                shares
                    .flat_map(|share| std::iter::repeat_n(share, outputs))
                    .collect()
            };
            last.weights = shared(&last.weights);
            last.biases = shared(&last.biases);
        }
        self
    }

    /// Zeros in the same shape.
    pub fn zeros(&self) -> Self {
        let zeros = |layer: &LayerParameters| LayerParameters {
            weights: vec![0.0; layer.weights.len()],
            biases: vec![0.0; layer.biases.len()],
        };
        Self(self.0.iter().map(zeros).collect())
    }

    /// The preactivations of a layer whose inputs are these.
    pub fn preactivations(&self, layer: usize, inputs: &[f64]) -> Vec<f64> {
        let layer = &self.0[layer];
        let mut sums = layer.biases.clone();
        for (input, x) in inputs.iter().enumerate() {
            for (sum, weight) in sums.iter_mut().zip(layer.of_input(input)) {
                *sum += weight * x;
            }
        }
        sums
    }

    /// The one output at `input`; adds `share` times its derivatives to `gradient`.
    pub fn add_output_gradient(&self, input: &[f64], share: f64, gradient: &mut Self) -> f64 {
        let last = self.0.len() - 1;
        let mut inputs: Vec<Vec<f64>> = vec![input.to_vec()];
        let mut sums = Vec::new();
        for index in 0..self.0.len() {
            sums = self.preactivations(index, &inputs[index]);
            if index < last {
                inputs.push(sums.iter().map(|sum| sum.max(0.0)).collect());
            }
        }
        let mut slopes = vec![share];
        for (index, layer) in self.0.iter().enumerate().rev() {
            let own = &mut gradient.0[index];
            for (sum, slope) in own.biases.iter_mut().zip(&slopes) {
                *sum += slope;
            }
            let mut passed = vec![0.0; layer.inputs()];
            for (input, &x) in inputs[index].iter().enumerate() {
                for (sum, slope) in own.of_input_mut(input).iter_mut().zip(&slopes) {
                    *sum += slope * x;
                }
                // An activation of zero passes nothing on.
                if x > 0.0 {
                    let terms = layer.of_input(input).iter().zip(&slopes);
                    passed[input] = terms.map(|(weight, slope)| weight * slope).sum();
                }
            }
            slopes = passed;
        }
        sums[0]
    }

    /// Adds `factor` times other parameters of the same shape.
    pub fn add_scaled(&mut self, factor: f64, others: &Self) {
        for (own, other) in self.0.iter_mut().zip(&others.0) {
            let weights = own.weights.iter_mut().zip(&other.weights);
            let biases = own.biases.iter_mut().zip(&other.biases);
            for (own, other) in weights.chain(biases) {
                *own += factor * other;
            }
        }
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
