//! The gradients of a stack against Burn's automatic differentiation.

use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Tensor, TensorData};

use super::*;
use crate::training::batches::Images;
use crate::training::stack::Stack;

#[test]
fn gradients_are_those_of_automatic_differentiation() {
    let data = separable(24);
    let sizes = [12, 9];
    let jobs = [3, 4].map(|seed| start(&data, &sizes, seed));
    let sequential = TrainingSettings {
        order: DataOrder::Sequential,
        batch_size: 24,
        ..settings(1)
    };
    for device in devices() {
        let burn_device = device.open().unwrap();
        let images = Images::new(&data, &sequential, burn_device.clone(), device.is_host());
        let batch = images.epoch(&mut []).batch(0);
        let (found, _) =
            Stack::upload(&jobs, &burn_device, device.is_host()).loss_gradients(&batch);

        let inputs: Vec<f32> = (0..24)
            .flat_map(|image| data.input(image))
            .map(|pixel| pixel as f32)
            .collect();
        let inputs = Tensor::<2>::from_data(TensorData::new(inputs, [24, 25]), &burn_device);
        let labels = batch.labels.clone().squeeze_dim::<2>(0);
        for (network, job) in jobs.iter().enumerate() {
            let mut h = inputs.clone().autodiff();
            let mut parameters = Vec::new();
            for (index, layer) in job.start.layers().iter().enumerate() {
                let tensor = |values: &[f64], shape: [usize; 2]| {
                    let values: Vec<f32> = values.iter().map(|&value| value as f32).collect();
                    let tensor =
                        Tensor::<2>::from_data(TensorData::new(values, shape), &burn_device);
                    tensor.autodiff().require_grad()
                };
                let weights = tensor(layer.weights(), [layer.outputs(), layer.inputs()]);
                let biases = tensor(layer.biases(), [1, layer.outputs()]);
                let g = h.matmul(weights.clone().transpose()) + biases.clone();
                h = if index < 2 { relu(g) } else { g };
                parameters.push([weights, biases]);
            }
            let loss = (log_softmax(h, 1) * labels.clone().autodiff()).sum();
            let mut gradients = loss.div_scalar(-24.0).backward();
            for ([weights, biases], found) in parameters.iter().zip(&found) {
                let weights = weights.grad_remove(&mut gradients).unwrap().transpose();
                let biases = biases.grad_remove(&mut gradients).unwrap();
                for (expected, found) in [weights, biases].into_iter().zip(found) {
                    let found = found.clone().narrow(0, network, 1).squeeze_dim::<2>(0);
                    let most = (found - expected).abs().max().into_scalar::<f32>();
                    assert!(most < 1e-6, "{device}: {most}");
                }
            }
        }
    }
}
