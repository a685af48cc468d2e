//! Penalties on the device and regularisers on the CPU.

use std::sync::Arc;

use burn::tensor::Tensor;

use super::tables::{folded, squared};
use super::together::{largest_difference, stacked};
use super::*;
use crate::training::batches::Batches;
use crate::training::regularisation::Regularisation;
use crate::training::stack::Stack;

const PENALTIES: [Penalty; 4] = [
    Penalty::L1,
    Penalty::L2,
    Penalty::WeightsL1,
    Penalty::WeightsL2,
];

/// The sum of the squares of all parameters, as [`Penalty::L2`].
#[derive(Debug)]
struct Squares;

impl Regulariser for Squares {
    fn penalty(&self, network: &Snapshot, gradient: &mut [LayerGradient]) -> f64 {
        let mut sum = 0.0;
        for (layer, gradient) in network.layers.iter().zip(gradient) {
            assert_eq!(layer.inputs() * layer.neurons(), layer.weights.len());
            let weights = layer.weights.iter().zip(&mut *gradient.weights);
            let biases = layer.biases.iter().zip(&mut *gradient.biases);
            for (value, slope) in weights.chain(biases) {
                sum += f64::from(*value).powi(2);
                *slope += 2.0 * value;
            }
        }
        sum
    }
}

/// The inputs, step and seed of a call.
type Call = (Vec<f32>, usize, u64);

/// Notes its calls; its gradient is one everywhere.
#[derive(Debug, Default)]
struct Witness(Mutex<Vec<Call>>);

impl Regulariser for Witness {
    fn penalty(&self, network: &Snapshot, gradient: &mut [LayerGradient]) -> f64 {
        let call = (network.inputs.to_vec(), network.step, network.seed);
        self.0.lock().unwrap().push(call);
        for layer in gradient {
            assert!(layer.weights.iter().all(|&slope| slope == 0.0));
            layer.weights.fill(1.0);
            layer.biases.fill(1.0);
        }
        0.5
    }

    fn every(&self) -> usize {
        3
    }

    fn reads_inputs(&self) -> bool {
        true
    }
}

fn job(seed: u64) -> Job {
    Job::with_sizes(&[2, 6, 5, 1], seed).unwrap()
}

fn penalty(parameters: &[(f64, bool)], penalty: Penalty) -> f64 {
    let term = |&(value, is_bias): &(f64, bool)| match penalty {
        Penalty::L1 => value.abs(),
        Penalty::L2 => value * value,
        Penalty::WeightsL1 if !is_bias => value.abs(),
        Penalty::WeightsL2 if !is_bias => value * value,
        _ => 0.0,
    };
    parameters.iter().map(term).sum()
}

/// The parameters of a layer in the order of a stack, and whether each is a bias.
fn parameters(layer: &Layer) -> Vec<(f64, bool)> {
    let columns = 0..layer.inputs();
    let weights =
        columns.flat_map(|input| (0..layer.outputs()).map(move |row| layer.row(row)[input]));
    let biases = layer.biases().iter().map(|&bias| (bias, true));
    weights
        .map(|weight| (weight, false))
        .chain(biases)
        .collect()
}

#[test]
fn penalties_have_the_gradients_of_central_differences() {
    const STEP: f64 = 1e-6;
    let table = folded(4);
    let strengths = [0.0, 0.3, 2.0];
    for device in devices() {
        let burn_device = device.open().unwrap();
        let on_host = device.is_host();
        let batches = Batches::new(
            (&table).into(),
            4,
            DataOrder::Sequential,
            burn_device.clone(),
            on_host,
        );
        let batch = batches.epoch(&mut []).batch(0);
        for kind in PENALTIES {
            let jobs = strengths.map(|strength| job(7).with_penalty(kind, strength));
            let mut stack = Stack::upload(&jobs, &burn_device, on_host);
            let mut regularisation = Regularisation::new(&jobs, &burn_device);
            let zeros = stack.parameters();
            let zeros = zeros.map(|both| both.map(|values| values.zeros_like()));
            let zeros = zeros.collect();
            let found = regularisation.add_gradients(&mut stack, &batch.inputs, zeros);
            let penalties = regularisation.penalties(&stack).unwrap();
            for (network, strength) in strengths.into_iter().enumerate() {
                let layers = jobs[network].start.layers();
                let whole: f64 = layers
                    .iter()
                    .map(|layer| penalty(&parameters(layer), kind))
                    .sum();
                let reported = penalties[network].unwrap();
                assert!((reported - strength * whole).abs() < 1e-4, "{reported}");
                for (layer, found) in layers.iter().zip(&found) {
                    let its = |tensor: &Tensor<3>| -> Vec<f32> {
                        let its = tensor.clone().narrow(0, network, 1);
                        its.into_data().try_into_vec().unwrap()
                    };
                    let found = [its(&found[0]), its(&found[1])].concat();
                    let mut values = parameters(layer);
                    for (at, found) in found.into_iter().enumerate() {
                        let value = values[at].0;
                        let mut moved = |by: f64| {
                            values[at].0 = value + by;
                            penalty(&values, kind)
                        };
                        let slope = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
                        values[at].0 = value;
                        let expected = strength * slope;
                        let error = (f64::from(found) - expected).abs();
                        assert!(error < 1e-5, "{device}, {kind:?}: {found}, {expected}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_regulariser_on_the_cpu_trains_as_the_same_penalty_on_the_device() {
    let images = separable(60);
    let table = folded(60);
    let of_images = [25, 6, 10].as_slice();
    let cases: [(Samples, &[usize], TrainingSettings); 2] = [
        ((&images).into(), of_images, settings(2)),
        ((&table).into(), &[2, 6, 5, 1], squared(2)),
    ];
    for (samples, sizes, settings) in cases {
        for gradient_norm in [None, Some(0.2)] {
            let settings = TrainingSettings {
                gradient_norm,
                ..settings.clone()
            };
            let start = || Job::with_sizes(sizes, 3).unwrap();
            let jobs = [
                start(),
                start().with_penalty(Penalty::L2, 0.05),
                start().with_regulariser(Arc::new(Squares), 0.05),
            ];
            for device in devices() {
                let networks = stacked(&jobs, samples, &settings, device);
                let networks: Vec<Network> = networks.into_iter().map(Result::unwrap).collect();
                let difference = largest_difference(&networks[1], &networks[2]);
                assert!(difference < 1e-5, "{device}: {difference}");
                assert!(largest_difference(&networks[0], &networks[1]) > 1e-3);
            }
        }
    }
}

#[test]
fn strengths_are_each_networks_own() {
    let table = folded(100);
    let jobs = [
        job(1),
        job(1).with_penalty(Penalty::L1, 1e-3),
        job(1)
            .with_penalty(Penalty::WeightsL2, 1e-2)
            .with_penalty(Penalty::L1, 1e-4),
        job(2).with_regulariser(Arc::new(Squares), 1e-2),
    ];
    for device in devices() {
        let together = stacked(&jobs, &table, &squared(2), device);
        for (job, network) in jobs.iter().zip(&together) {
            let alone = train_one(job.clone(), &table, &squared(2), device, &ignore).unwrap();
            let difference = largest_difference(network.as_ref().unwrap(), &alone);
            assert!(difference < 1e-5, "{device}: {difference}");
        }
    }
    let together = train(&jobs, &table, &squared(2), Device::Cpu, &ignore).unwrap();
    for (job, network) in jobs.iter().zip(together) {
        let alone = train_one(job.clone(), &table, &squared(2), Device::Cpu, &ignore).unwrap();
        assert_eq!(bits(&network.unwrap()), bits(&alone));
    }
}

/// An L1 penalty of a size that matters pulls weights towards zero.
#[test]
fn a_penalty_shrinks_the_weights() {
    let table = folded(200);
    let train = |job: Job| train_one(job, &table, &squared(60), Device::Cpu, &ignore).unwrap();
    let sum = |network: &Network| -> f64 {
        let layers = network.layers().iter();
        layers
            .map(|layer| penalty(&parameters(layer), Penalty::L1))
            .sum()
    };
    let plain = sum(&train(job(1)));
    let penalised = sum(&train(job(1).with_penalty(Penalty::L1, 1e-2)));
    assert!(penalised < 0.7 * plain, "{penalised} and {plain}");
}

#[test]
fn a_regulariser_gets_every_nth_batch_and_its_inputs() {
    let table = folded(10);
    let images = separable(10);
    let rows: Vec<f64> = table.all_inputs().to_vec();
    let pixels: Vec<f64> = (0..10).flat_map(|image| images.input(image)).collect();
    let cases: [(Samples, Vec<f64>, Loss); 2] = [
        ((&table).into(), rows, Loss::SquaredError),
        ((&images).into(), pixels, Loss::CrossEntropy),
    ];
    for (samples, inputs, loss) in cases {
        let sizes = [samples.inputs(), 3, samples.targets()];
        let settings = TrainingSettings {
            batch_size: 2,
            order: DataOrder::Sequential,
            loss,
            ..squared(2)
        };
        for device in devices() {
            let witness = Arc::new(Witness::default());
            let job = Job::with_sizes(&sizes, 8).unwrap();
            let jobs = [job.clone(), job.with_regulariser(witness.clone(), 0.1)];
            stacked(&jobs, samples, &settings, device);
            let calls = witness.0.lock().unwrap();
            // Five batches in each of two epochs.
            let steps: Vec<usize> = calls.iter().map(|call| call.1).collect();
            assert_eq!(steps, [0, 3, 6, 9], "{device}");
            for (found, step, seed) in calls.iter() {
                assert_eq!(*seed, 8);
                let length = 2 * samples.inputs();
                let expected = &inputs[step % 5 * length..][..length];
                for (found, expected) in found.iter().zip(expected) {
                    assert!((f64::from(*found) - expected).abs() < 1e-6);
                }
                assert_eq!(found.len(), length);
            }
        }
    }
}

#[test]
fn pruned_weights_stay_zero_whatever_a_regulariser_says() {
    let table = folded(50);
    let mask = Mask::new(vec![
        vec![true; 12],
        [true, false].repeat(15),
        vec![true; 5],
    ]);
    let job = Job::finetuning(&job(1).start, mask.clone(), 0).unwrap();
    let jobs = [
        job.clone()
            .with_regulariser(Arc::new(Witness::default()), 0.1),
        job.with_penalty(Penalty::L1, 0.1),
    ];
    for device in devices() {
        for network in stacked(&jobs, &table, &squared(3), device) {
            let network = network.unwrap();
            for (weight, keep) in network.layers()[1].weights().iter().zip(&mask.layers()[1]) {
                assert!(*keep || weight.to_bits() == 0.0_f64.to_bits(), "{device}");
            }
        }
    }
}

#[test]
fn penalties_are_reported_of_networks_that_have_them() {
    let table = folded(50);
    let last = Mutex::new(Vec::new());
    let observer = |event: Event| {
        if let Event::Progress(progress) = event {
            last.lock().unwrap().push(progress.mean().penalty);
        }
    };
    let jobs = [
        job(1),
        job(1).with_regulariser(Arc::new(Witness::default()), 0.1),
    ];
    train(&jobs, &table, &squared(1), Device::Cpu, &observer).unwrap();
    let mut found = last.into_inner().unwrap();
    found.sort_by(|a, b| a.partial_cmp(b).unwrap());
    assert_eq!(found, [None, Some(0.1 * 0.5)]);
}

#[test]
fn strengths_out_of_range_are_refused() {
    let table = folded(5);
    for strength in [-1.0, f64::NAN, f64::INFINITY] {
        let jobs = [
            job(0).with_penalty(Penalty::L1, strength),
            job(0).with_regulariser(Arc::new(Squares), strength),
        ];
        for job in jobs {
            let refused = train_one(job, &table, &squared(1), Device::Cpu, &ignore).unwrap_err();
            assert!(
                matches!(refused, TrainingError::Setting { .. }),
                "{refused}"
            );
        }
    }
}
