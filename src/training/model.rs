//! A network as Burn tensors: the forward pass that is differentiated, and the way to the device
//! and back.

use burn::optim::Adam;
use burn::tensor::activation::relu;
use burn::tensor::module::linear;
use burn::tensor::{Device, Tensor, TensorData, TensorReadError};

use super::optimiser::{LayerGradient, Parameter, clip_global_norm};
use crate::network::{Layer, Network};
use crate::pruning::Mask;

/// A network under training.
pub struct Model {
    layers: Vec<DenseLayer>,
}

/// The parameters of one layer; the weights are transposed (in x out), as Burn multiplies them.
struct DenseLayer {
    weights: Parameter<2>,
    biases: Parameter<1>,
}

impl Model {
    /// Copies a network, rounded to f32, to a device. Weights that the mask prunes must be zero.
    pub fn upload(network: &Network, mask: Option<&Mask>, device: &Device) -> Self {
        let upload = |(index, layer): (usize, &Layer)| {
            let kept = mask.map(|mask| kept_tensor(layer, &mask.layers()[index], device));
            DenseLayer {
                weights: Parameter::new(transposed(layer, layer.weights(), device), kept),
                biases: Parameter::new(vector(layer.biases(), device), None),
            }
        };
        let layers = network.layers().iter().enumerate().map(upload);
        Self {
            layers: layers.collect(),
        }
    }

    /// The weights and biases of every layer, which need not be finite.
    pub fn download(self) -> Result<Vec<Layer>, TensorReadError> {
        self.layers.into_iter().map(DenseLayer::download).collect()
    }

    /// The outputs (batch x classes) at a batch of inputs (batch x pixels).
    pub fn forward(&self, inputs: Tensor<2>) -> Tensor<2> {
        let last = self.layers.len() - 1;
        let mut h = inputs;
        for (index, layer) in self.layers.iter().enumerate() {
            let g = linear(h, layer.weights.value(), Some(layer.biases.value()));
            h = if index < last { relu(g) } else { g };
        }
        h
    }

    /// The gradients of a loss, clipped to a global norm where one is given.
    pub fn gradients(&self, loss: &Tensor<1>, norm: Option<f64>) -> Vec<LayerGradient> {
        let mut all = loss.backward();
        let layers = self.layers.iter();
        let gradients = layers.map(|layer| {
            let weights = layer.weights.gradient(&mut all);
            (weights, layer.biases.gradient(&mut all))
        });
        let gradients = gradients.collect();
        match norm {
            None => gradients,
            Some(limit) => clip_global_norm(gradients, limit),
        }
    }

    /// The model after one step of Adam.
    pub fn step(self, adam: &Adam, learning_rate: f64, gradients: Vec<LayerGradient>) -> Self {
        let layers = self.layers.into_iter().zip(gradients);
        let stepped = layers.map(|(layer, (weights, biases))| DenseLayer {
            weights: layer.weights.step(adam, learning_rate, weights),
            biases: layer.biases.step(adam, learning_rate, biases),
        });
        Self {
            layers: stepped.collect(),
        }
    }

    /// The model without the subnormal numbers that would slow its training down, see
    /// [`Parameter::flush`].
    pub fn flush(self) -> Self {
        let flushed = self.layers.into_iter().map(|layer| DenseLayer {
            weights: layer.weights.flush(),
            biases: layer.biases.flush(),
        });
        Self {
            layers: flushed.collect(),
        }
    }
}

impl DenseLayer {
    fn download(self) -> Result<Layer, TensorReadError> {
        let weights = self.weights.value().without_autodiff();
        let [inputs, _] = weights.dims();
        Ok(Layer::new(
            inputs,
            host_values(weights.transpose())?,
            host_values(self.biases.value().without_autodiff())?,
        ))
    }
}

fn vector(values: &[f64], device: &Device) -> Tensor<1> {
    let narrowed: Vec<f32> = values.iter().map(|&value| value as f32).collect();
    Tensor::from_data(narrowed.as_slice(), device)
}

/// Values in the order of a layer's weights (out x in) as a contiguous tensor of in x out.
fn transposed(layer: &Layer, values: &[f64], device: &Device) -> Tensor<2> {
    let (inputs, outputs) = (layer.inputs(), layer.outputs());
    let entry = |at: usize| values[(at % outputs) * inputs + at / outputs] as f32;
    let entries: Vec<f32> = (0..values.len()).map(entry).collect();
    Tensor::from_data(TensorData::new(entries, [inputs, outputs]), device)
}

/// One where a weight is kept and zero where it is pruned, in x out.
fn kept_tensor(layer: &Layer, flags: &[bool], device: &Device) -> Tensor<2> {
    let kept: Vec<f64> = flags
        .iter()
        .map(|&keep| f64::from(u8::from(keep)))
        .collect();
    transposed(layer, &kept, device)
}

fn host_values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f64>, TensorReadError> {
    let data = tensor.try_into_data_as::<f32>()?;
    Ok(data.iter::<f32>().map(f64::from).collect())
}
