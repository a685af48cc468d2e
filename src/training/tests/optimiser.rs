//! The steps of the optimiser against known values.

use super::*;

/// Two steps of softmax regression with PyTorch's Adam, written out in f64.
#[test]
fn two_steps_are_those_of_pytorchs_adam() {
    let (pixels, labels) = ([[0_u8, 255, 51, 102], [204, 0, 255, 153]], [3_u8, 8]);
    let data = Split::new(2, pixels.concat(), labels.to_vec());
    let start = random::initial_network(&[4, CLASSES], 11);
    let settings = TrainingSettings {
        epochs: 2,
        batch_size: 2,
        learning_rate: 1e-2,
        step_decay: Some(StepDecay {
            epochs: 1,
            factor: 0.1,
        }),
        weight_decay: 0.05,
        order: DataOrder::Sequential,
        gradient_norm: None,
        loss: Loss::CrossEntropy,
        keep_best: None,
        fixed_layers: 0,
    };
    let mask = Mask::new(vec![vec![true; 4 * CLASSES]]);
    let job = Job::finetuning(&start, mask, 0).unwrap();
    let found = train_one(job, &data, &settings, Device::Cpu, &ignore).unwrap();

    // Per class: the four weights and the bias.
    let layer = start.output();
    let mut parameters: Vec<f64> = (0..CLASSES)
        .flat_map(|class| [layer.row(class), &[layer.biases()[class]]].concat())
        .collect();
    let (mut m, mut v) = (vec![0.0; 50], vec![0.0; 50]);
    for step in 1..=2 {
        let mut gradient: Vec<f64> = parameters.iter().map(|p| 0.05 * p).collect();
        for (image, &label) in labels.iter().enumerate() {
            let mut x = data.input(image);
            x.push(1.0);
            let logit = |class: usize| -> f64 {
                let row = &parameters[class * 5..class * 5 + 5];
                row.iter().zip(&x).map(|(p, x)| p * x).sum()
            };
            let powers: Vec<f64> = (0..CLASSES).map(|class| logit(class).exp()).collect();
            let total: f64 = powers.iter().sum();
            for class in 0..CLASSES {
                let wanted = f64::from(u8::from(class == usize::from(label)));
                let error = (powers[class] / total - wanted) / 2.0;
                for (at, x) in x.iter().enumerate() {
                    gradient[class * 5 + at] += error * x;
                }
            }
        }
        let rate = if step == 1 { 1e-2 } else { 1e-3 };
        for at in 0..50 {
            m[at] = 0.9 * m[at] + 0.1 * gradient[at];
            v[at] = 0.999 * v[at] + 0.001 * gradient[at] * gradient[at];
            let m_hat = m[at] / (1.0 - 0.9_f64.powi(step));
            let v_hat = v[at] / (1.0 - 0.999_f64.powi(step));
            parameters[at] -= rate * m_hat / (v_hat.sqrt() + 1e-8);
        }
    }
    for class in 0..CLASSES {
        let row = [found.output().row(class), &[found.output().biases()[class]]].concat();
        for (found, expected) in row.iter().zip(&parameters[class * 5..]) {
            assert!(
                (found - expected).abs() < 2e-6,
                "{found}, expected {expected}"
            );
        }
    }
}

#[test]
fn the_clip_is_of_all_gradients_of_a_network_together() {
    let device = Device::Cpu.open().unwrap();
    let tensor = |values| burn::Tensor::<3>::from_data(values, &device);
    // Two networks; the norm of the first is 13, each of its tensors alone is shorter.
    let gradients = || {
        vec![
            [
                tensor([[[3.0, 0.0]], [[0.3, 0.0]]]),
                tensor([[[0.0, 4.0]], [[0.0, 0.4]]]),
            ],
            [
                tensor([[[0.0, 12.0]], [[0.0, 0.0]]]),
                tensor([[[0.0, 0.0]], [[0.0, 0.0]]]),
            ],
        ]
    };
    for (limit, scales) in [
        (12.5, [12.5 / 13.0, 1.0]),
        (1.3, [0.1, 1.0]),
        (0.13, [0.01, 0.26]),
        (13.5, [1.0, 1.0]),
    ] {
        let clipped = crate::training::optimiser::clip_norms(gradients(), limit);
        let flat: Vec<f32> = clipped
            .into_iter()
            .flatten()
            .flat_map(|tensor| tensor.into_data().iter::<f32>().collect::<Vec<_>>())
            .collect();
        let [one, two] = scales;
        let expected = [
            [3.0 * one, 0.0, 0.3 * two, 0.0],
            [0.0, 4.0 * one, 0.0, 0.4 * two],
            [0.0, 12.0 * one, 0.0, 0.0],
            [0.0; 4],
        ];
        for (found, expected) in flat.iter().zip(expected.concat()) {
            assert!(
                (f64::from(*found) - expected).abs() < 1e-5,
                "{found} {expected}"
            );
        }
    }
}

/// Weights of a pixel that is always black only decay, until they are subnormal (and slow).
#[test]
fn weights_that_only_decay_end_at_zero() {
    let mut images = separable(64).images().to_vec();
    let dark = SIDE * SIDE - 1;
    images
        .iter_mut()
        .skip(dark)
        .step_by(SIDE * SIDE)
        .for_each(|pixel| *pixel = 0);
    let data = Split::new(SIDE, images, separable(64).labels().to_vec());
    let slow = TrainingSettings {
        learning_rate: 1e-3,
        weight_decay: 1e-5,
        ..settings(400)
    };
    let job = start(&data, &[6], 0);
    let network = train_one(job, &data, &slow, Device::Cpu, &ignore).unwrap();
    let layer = &network.layers()[0];
    for neuron in 0..6 {
        let row = layer.row(neuron);
        assert_eq!(row[dark].to_bits(), 0.0_f64.to_bits(), "{}", row[dark]);
        assert!(row[..CLASSES].iter().all(|&w| w != 0.0));
    }
}
