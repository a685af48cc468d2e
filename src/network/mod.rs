//! Feedforward ReLU networks as plain data: layers, the forward pass in f64, and properties of the
//! weights alone.
//!
//! In the paper's notation (section 2) layer `l` computes the preactivation
//! `g^l = W^l h^(l-1) + b^l` and the activation `h^l = max(0, g^l)`; the last layer is linear,
//! so its preactivations are the outputs `y`.

mod activity;
mod batch;
mod compact;
mod exact;
mod merge;
mod product;
mod random;
mod single;

pub use activity::{Activity, LayerActivity};
pub use compact::compact;
pub use merge::merge;
pub use product::multiply;
pub use random::random;

use thiserror::Error;

/// The maximum number of weights of a new network: 2 GiB of them.
pub const MAX_WEIGHTS: usize = 1 << 28;

/// Checks the layer sizes `[n0, n1, ..., m]` of a network to be created.
///
/// # Errors
/// When a size is zero or there are more than [`MAX_WEIGHTS`] weights.
pub fn check_sizes(sizes: &[usize]) -> Result<(), NetworkError> {
    let mut weights = 0_usize;
    for (layer, pair) in sizes.windows(2).enumerate() {
        let (inputs, outputs) = (pair[0], pair[1]);
        for (side, size) in [("inputs", inputs), ("neurons", outputs)] {
            if size == 0 {
                return Err(NetworkError::EmptyLayer { layer, side });
            }
        }
        weights = weights.saturating_add(inputs.saturating_mul(outputs));
        if weights > MAX_WEIGHTS {
            return Err(NetworkError::TooLarge {
                layer,
                outputs,
                inputs,
            });
        }
    }
    Ok(())
}

/// The index of the largest value, the first of equal ones: the class that the outputs predict.
pub fn argmax(values: &[f64]) -> usize {
    let better = |best: usize, index: usize| {
        if values[index] > values[best] {
            index
        } else {
            best
        }
    };
    (1..values.len()).fold(0, better)
}

/// Why layers do not form a network.
#[derive(Debug, Error, PartialEq)]
pub enum NetworkError {
    /// There are no layers.
    #[error("a network needs at least one layer")]
    NoLayers,
    /// A layer has no inputs or no neurons.
    #[error("layer {layer} has no {side}")]
    EmptyLayer {
        /// Index of the layer, from 0.
        layer: usize,
        /// What it lacks: `inputs` or `neurons`.
        side: &'static str,
    },
    /// A layer does not have one weight per input and neuron.
    #[error("layer {layer}: {found} weights do not fill {outputs} rows of {inputs}")]
    WeightCount {
        /// Index of the layer, from 0.
        layer: usize,
        /// Neurons of the layer.
        outputs: usize,
        /// Inputs of the layer.
        inputs: usize,
        /// Number of weights given, instead of `outputs x inputs`.
        found: usize,
    },
    /// A layer takes another number of inputs than the layer before it has outputs.
    #[error("layer {layer} takes {inputs} inputs, but the layer before it has {outputs} outputs")]
    NotChained {
        /// Index of the later layer, from 0.
        layer: usize,
        /// Inputs of that layer.
        inputs: usize,
        /// Outputs of the layer before it.
        outputs: usize,
    },
    /// A network to be created would have more than [`MAX_WEIGHTS`] weights.
    #[error(
        "layer {layer} has {outputs} rows of {inputs} weights, expected at most {MAX_WEIGHTS} weights up to there"
    )]
    TooLarge {
        /// The first layer with which there are too many, from 0.
        layer: usize,
        /// Neurons of that layer.
        outputs: usize,
        /// Inputs of that layer.
        inputs: usize,
    },
    /// A weight or bias is NaN or infinite.
    #[error("layer {layer}: {tensor} entry {index} is {value}, expected a finite number")]
    NotFinite {
        /// Index of the layer, from 0.
        layer: usize,
        /// Which of its numbers: `weight` or `bias`.
        tensor: &'static str,
        /// Position of the number, from 0; weights are counted row by row.
        index: usize,
        /// The number itself.
        value: f64,
    },
}

/// One affine map `g = W h + b`, the weights row-major with one row per neuron (out x in).
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    inputs: usize,
    weights: Vec<f64>,
    biases: Vec<f64>,
}

impl Layer {
    /// A layer from `weights` (row-major, `biases.len()` rows of `inputs`) and `biases`.
    ///
    /// Sizes and finiteness are checked by [`Network::new`], which knows the layer's index.
    pub fn new(inputs: usize, weights: Vec<f64>, biases: Vec<f64>) -> Self {
        Self {
            inputs,
            weights,
            biases,
        }
    }

    /// Number of inputs (columns of `W`).
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Number of neurons (rows of `W`).
    pub fn outputs(&self) -> usize {
        self.biases.len()
    }

    /// All weights, row-major, out x in.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The weights of one neuron.
    pub fn row(&self, neuron: usize) -> &[f64] {
        &self.weights[neuron * self.inputs..(neuron + 1) * self.inputs]
    }

    /// The biases, one per neuron.
    pub fn biases(&self) -> &[f64] {
        &self.biases
    }

    /// `W h + b`.
    ///
    /// # Panics
    /// When `h` does not have [`Layer::inputs`] entries.
    pub fn affine(&self, h: &[f64]) -> Vec<f64> {
        assert_eq!(h.len(), self.inputs, "input size of the layer");
        self.biases
            .iter()
            .enumerate()
            .map(|(neuron, bias)| bias + dot(self.row(neuron), h))
            .collect()
    }

    fn check(&self, layer: usize) -> Result<(), NetworkError> {
        for (side, size) in [("inputs", self.inputs), ("neurons", self.outputs())] {
            if size == 0 {
                return Err(NetworkError::EmptyLayer { layer, side });
            }
        }
        if self.weights.len() != self.inputs * self.outputs() {
            return Err(NetworkError::WeightCount {
                layer,
                outputs: self.outputs(),
                inputs: self.inputs,
                found: self.weights.len(),
            });
        }
        for (tensor, values) in [("weight", &self.weights), ("bias", &self.biases)] {
            if let Some(index) = values.iter().position(|v| !v.is_finite()) {
                return Err(NetworkError::NotFinite {
                    layer,
                    tensor,
                    index,
                    value: values[index],
                });
            }
        }
        Ok(())
    }
}

/// A feedforward network: ReLU after every layer but the last, which is linear.
///
/// ```
/// use pipeline::network::{Layer, Network};
///
/// // y = max(0, x1 - x2) - 1
/// let network = Network::new(vec![
///     Layer::new(2, vec![1.0, -1.0], vec![0.0]),
///     Layer::new(1, vec![1.0], vec![-1.0]),
/// ])?;
/// assert_eq!(network.forward(&[0.75, 0.25]), [-0.5]);
/// # Ok::<(), pipeline::network::NetworkError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    layers: Vec<Layer>,
}

impl Network {
    /// Builds a network; its layers must chain, with finite weights and at least one neuron each.
    pub fn new(layers: Vec<Layer>) -> Result<Self, NetworkError> {
        if layers.is_empty() {
            return Err(NetworkError::NoLayers);
        }
        for (index, layer) in layers.iter().enumerate() {
            layer.check(index)?;
        }
        for (index, pair) in layers.windows(2).enumerate() {
            if pair[1].inputs() != pair[0].outputs() {
                return Err(NetworkError::NotChained {
                    layer: index + 1,
                    inputs: pair[1].inputs(),
                    outputs: pair[0].outputs(),
                });
            }
        }
        Ok(Self { layers })
    }

    /// The layers, first to last; the last one is the linear output layer.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The ReLU layers: all but the last.
    pub fn hidden(&self) -> &[Layer] {
        &self.layers[..self.layers.len() - 1]
    }

    /// The linear output layer.
    pub fn output(&self) -> &Layer {
        &self.layers[self.layers.len() - 1]
    }

    /// Number of inputs `n0`.
    pub fn inputs(&self) -> usize {
        self.layers[0].inputs()
    }

    /// Number of outputs `m`.
    pub fn outputs(&self) -> usize {
        self.output().outputs()
    }

    /// Number of weights of all layers.
    pub fn weights(&self) -> usize {
        self.layers.iter().map(|layer| layer.weights().len()).sum()
    }

    /// Sizes of all layers, the input first: `[n0, n1, ..., m]`.
    pub fn sizes(&self) -> Vec<usize> {
        std::iter::once(self.inputs())
            .chain(self.layers.iter().map(Layer::outputs))
            .collect()
    }

    /// The outputs `y` at input `x`, in f64.
    ///
    /// # Panics
    /// When `x` does not have [`Network::inputs`] entries.
    pub fn forward(&self, x: &[f64]) -> Vec<f64> {
        self.preactivations(x)
            .pop()
            .expect("a network has at least one layer")
    }

    /// The preactivations `g^l` of every layer at input `x`; the last entry is the output.
    ///
    /// # Panics
    /// When `x` does not have [`Network::inputs`] entries.
    pub fn preactivations(&self, x: &[f64]) -> Vec<Vec<f64>> {
        let mut all: Vec<Vec<f64>> = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            let g = match all.last() {
                None => layer.affine(x),
                Some(before) => {
                    layer.affine(&before.iter().map(|g| g.max(0.0)).collect::<Vec<_>>())
                }
            };
            all.push(g);
        }
        all
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_that_do_not_chain_are_refused() {
        let layers = vec![
            Layer::new(2, vec![1.0, 1.0], vec![0.0]),
            Layer::new(2, vec![1.0, 1.0], vec![0.0]),
        ];
        assert_eq!(
            Network::new(layers),
            Err(NetworkError::NotChained {
                layer: 1,
                inputs: 2,
                outputs: 1
            })
        );
    }

    #[test]
    fn weights_that_are_not_finite_are_refused() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let layers = vec![Layer::new(2, vec![1.0, bad], vec![0.0])];
            assert!(matches!(
                Network::new(layers),
                Err(NetworkError::NotFinite { index: 1, .. })
            ));
        }
    }
}
