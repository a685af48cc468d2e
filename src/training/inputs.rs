//! The inputs of a batch and their products with the first layer.

use std::sync::Arc;

use burn::tensor::{Tensor, TensorData};

use super::optimiser::{Parameter, host_values};
use super::pixels::LitPixels;

/// The inputs of a batch.
pub enum Inputs {
    /// Networks (or 1) x samples x inputs.
    Dense(Box<Tensor<3>>),
    /// The images of each network, or one batch for all.
    Lit(Vec<Arc<LitPixels>>),
}

impl Inputs {
    /// The inputs times the weights of the first layer: networks x samples x neurons.
    pub fn product(&self, weights: &mut Parameter) -> Tensor<3> {
        let lit = match self {
            Self::Dense(inputs) => return (**inputs).clone().matmul(weights.value()),
            Self::Lit(lit) => lit,
        };
        let ([networks, pixels, neurons], device) = (weights.dims(), weights.device());
        let shape = [networks, lit[0].images(), neurons];
        let mut sums = vec![0.0; shape.iter().product()];
        weights.read(|weights| {
            let weights = weights.chunks_exact(pixels * neurons);
            let sums = sums.chunks_exact_mut(shape[1] * neurons);
            for ((weights, sums), lit) in weights.zip(sums).zip(lit.iter().cycle()) {
                lit.add_product(weights, sums);
            }
        });
        Tensor::from_data(TensorData::new(sums, shape), &device)
    }

    /// The inputs (samples x inputs) of each network, or one list for all, in the memory of the CPU.
    pub fn lists(&self) -> Vec<Vec<f32>> {
        match self {
            Self::Lit(lit) => lit.iter().map(|images| images.rows()).collect(),
            Self::Dense(inputs) => {
                let [_, samples, width] = inputs.dims();
                let values = host_values((**inputs).clone());
                let lists = values.chunks_exact(samples * width);
                lists.map(<[f32]>::to_vec).collect()
            }
        }
    }

    /// The transposed inputs times the gradient at the neurons of the first layer (networks x
    /// images x neurons), which is the gradient of its weights.
    pub fn transposed_product(&self, deltas: Tensor<3>) -> Tensor<3> {
        let lit = match self {
            Self::Dense(inputs) => return (**inputs).clone().swap_dims(1, 2).matmul(deltas),
            Self::Lit(lit) => lit,
        };
        let ([networks, images, neurons], device) = (deltas.dims(), deltas.device());
        let shape = [networks, lit[0].pixels(), neurons];
        let deltas = host_values(deltas);
        let mut products = vec![0.0; shape.iter().product()];
        let deltas = deltas.chunks_exact(images * neurons);
        let its = products.chunks_exact_mut(shape[1] * neurons);
        for ((deltas, products), lit) in deltas.zip(its).zip(lit.iter().cycle()) {
            lit.transposed_product(deltas, products);
        }
        Tensor::from_data(TensorData::new(products, shape), &device)
    }
}
