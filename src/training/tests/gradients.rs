//! The gradients of a stack against Burn's automatic differentiation.

use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Device as BurnDevice, Tensor, TensorData};

use super::tables::noisy;
use super::*;
use crate::training::batches::{Batch, Batches};
use crate::training::criterion::Criterion;
use crate::training::inputs::Inputs;
use crate::training::stack::Stack;

/// Samples of one batch.
const SAMPLES: usize = 24;
const LEVELS: [f64; 3] = [0.1, 0.5, 0.8];

fn tensor(values: &[f64], shape: [usize; 2], device: &BurnDevice) -> Tensor<2> {
    let values: Vec<f32> = values.iter().map(|&value| value as f32).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// The parameters of a network (weights out x in, biases 1 x out) and its outputs (samples x
/// outputs), to be differentiated.
fn forward(network: &Network, inputs: Tensor<2>) -> (Vec<[Tensor<2>; 2]>, Tensor<2>) {
    let device = inputs.device();
    let mut h = inputs.autodiff();
    let mut parameters = Vec::new();
    for (index, layer) in network.layers().iter().enumerate() {
        let parameter = |values: &[f64], shape: [usize; 2]| {
            tensor(values, shape, &device).autodiff().require_grad()
        };
        let weights = parameter(layer.weights(), [layer.outputs(), layer.inputs()]);
        let biases = parameter(layer.biases(), [1, layer.outputs()]);
        let g = h.matmul(weights.clone().transpose()) + biases.clone();
        let is_hidden = index < network.hidden().len();
        h = if is_hidden { relu(g) } else { g };
        parameters.push([weights, biases]);
    }
    (parameters, h)
}

/// Compares the gradients on one batch of all samples with those of `mean_loss`, which takes outputs
/// and targets (both samples x outputs).
fn check(
    samples: Samples,
    inputs: &[f64],
    loss: Loss,
    mean_loss: impl Fn(Tensor<2>, Tensor<2>) -> Tensor<1>,
) {
    let sizes = [samples.inputs(), 12, 9, samples.targets()];
    let jobs = [3, 4].map(|seed| Job::with_sizes(&sizes, seed).unwrap());
    for device in devices() {
        let burn_device = device.open().unwrap();
        let on_host = device.is_host();
        let batches = Batches::new(
            samples,
            SAMPLES,
            DataOrder::Sequential,
            burn_device.clone(),
            on_host,
        );
        let batch: Batch = batches.epoch(&mut []).batch(0);
        let is_lit = matches!(batch.inputs, Inputs::Lit(_));
        assert_eq!(is_lit, on_host && matches!(samples, Samples::Images(_)));
        let criterion = Criterion::new(&loss, &burn_device);
        let mut stack = Stack::upload(&jobs, &burn_device, on_host);
        let (found, scores) = stack.loss_gradients(&batch, &criterion);
        let losses: Vec<f32> = scores.losses.into_data().try_into_vec().unwrap();

        let inputs = tensor(inputs, [SAMPLES, samples.inputs()], &burn_device);
        let targets = batch.targets.clone().squeeze_dim::<2>(0);
        for (network, job) in jobs.iter().enumerate() {
            let (parameters, outputs) = forward(&job.start, inputs.clone());
            let loss = mean_loss(outputs, targets.clone().autodiff());
            let mean = losses[network] / SAMPLES as f32;
            let difference = (loss.clone().into_scalar::<f32>() - mean).abs();
            assert!(difference < 1e-5, "{device}: loss differs by {difference}");
            let mut gradients = loss.backward();
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

#[test]
fn cross_entropy_has_the_gradients_of_automatic_differentiation() {
    let data = separable(SAMPLES);
    let inputs: Vec<f64> = (0..SAMPLES).flat_map(|image| data.input(image)).collect();
    let mean_loss = |outputs: Tensor<2>, labels: Tensor<2>| {
        let likelihoods = (log_softmax(outputs, 1) * labels).sum();
        likelihoods.div_scalar(-(SAMPLES as f32))
    };
    check((&data).into(), &inputs, Loss::CrossEntropy, mean_loss);
}

#[test]
fn squared_error_has_the_gradients_of_automatic_differentiation() {
    let table = noisy(SAMPLES, LEVELS.len());
    let mean_loss = |outputs: Tensor<2>, targets: Tensor<2>| (outputs - targets).square().mean();
    let inputs = table.all_inputs();
    check((&table).into(), inputs, Loss::SquaredError, mean_loss);
}

#[test]
fn the_quantile_loss_has_the_gradients_of_automatic_differentiation() {
    let table = noisy(SAMPLES, LEVELS.len());
    let mean_loss = |outputs: Tensor<2>, targets: Tensor<2>| {
        let errors = targets - outputs;
        let levels = tensor(&LEVELS, [1, LEVELS.len()], &errors.device()).autodiff();
        let above = errors.clone() * levels.clone();
        let below = errors * levels.sub_scalar(1.0);
        above.max_pair(below).mean()
    };
    let loss = Loss::Quantile(LEVELS.to_vec());
    check((&table).into(), table.all_inputs(), loss, mean_loss);
}
