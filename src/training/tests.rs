use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::time::Instant;

use flate2::read::GzDecoder;

use super::*;
use crate::dataset::DatasetName;
use crate::network::Layer;

const SIDE: usize = 5;

fn ignore(_: Progress) {}

fn settings(epochs: usize) -> TrainingSettings {
    TrainingSettings {
        epochs,
        batch_size: 8,
        learning_rate: 5e-3,
        step_decay: None,
        weight_decay: 1e-4,
        order: DataOrder::Shuffled,
        gradient_norm: None,
    }
}

/// Ten classes that two pixels of their own tell apart, in noise.
fn separable(count: usize) -> Split {
    let mut word: u32 = 1;
    let mut images = Vec::new();
    let mut labels = Vec::new();
    for index in 0..count {
        let label = index * 7 % CLASSES;
        for pixel in 0..SIDE * SIDE {
            word = word.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (word >> 24) as u8 / 4;
            let own = pixel == label || pixel == label + CLASSES;
            images.push(if own { 200 } else { noise });
        }
        labels.push(label as u8);
    }
    Split::new(SIDE, images, labels)
}

fn trained(seed: u64, device: Device, settings: &TrainingSettings) -> Network {
    train(
        &[12, 9],
        &separable(300),
        settings,
        seed,
        device,
        &mut ignore,
    )
    .unwrap()
}

fn bits(network: &Network) -> Vec<u64> {
    let values = |layer: &Layer| [layer.weights(), layer.biases()].concat();
    let all = network.layers().iter().flat_map(values);
    all.map(f64::to_bits).collect()
}

#[test]
fn a_seed_decides_every_bit() {
    for device in [Device::Cpu, Device::NdArray] {
        let first = trained(3, device, &settings(2));
        assert_eq!(bits(&first), bits(&trained(3, device, &settings(2))));
        assert_ne!(bits(&first), bits(&trained(4, device, &settings(2))));
    }
}

#[test]
fn no_epochs_give_the_initial_network_on_every_device() {
    let start = random::initial_network(&[25, 12, 9, 10], 3);
    for device in [Device::Cpu, Device::NdArray] {
        assert_eq!(trained(3, device, &settings(0)), start);
    }
}

#[test]
fn initial_weights_fill_their_ranges() {
    let network = random::initial_network(&[300, 100, 10], 0);
    for layer in network.layers() {
        let (inputs, outputs) = (layer.inputs() as f64, layer.outputs() as f64);
        let ranges = [
            (layer.weights(), (6.0 / (inputs + outputs)).sqrt()),
            (layer.biases(), 1.0 / inputs.sqrt()),
        ];
        for (values, bound) in ranges {
            let largest = values.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
            assert!(largest <= bound * (1.0 + 1e-6), "{largest} above {bound}");
            assert!(largest > 0.7 * bound, "{largest} far below {bound}");
        }
        let variance = layer.weights().iter().map(|w| w * w).sum::<f64>();
        let variance = variance / layer.weights().len() as f64 * (inputs + outputs) / 2.0;
        assert!(
            (variance - 1.0).abs() < 0.08,
            "Xavier's variance, got {variance}"
        );
    }
}

#[test]
fn an_order_is_a_permutation_and_changes_with_epoch_and_seed() {
    let mut orders = random::Orders::new(100, 1);
    let first = orders.shuffled().to_vec();
    let second = orders.shuffled().to_vec();
    assert_ne!(first, second);
    assert_ne!(first, random::Orders::new(100, 2).shuffled());
    assert_eq!(first, random::Orders::new(100, 1).shuffled());
    for mut order in [first, second] {
        order.sort_unstable();
        assert!(order.into_iter().eq(0..100));
    }
}

#[test]
fn the_devices_agree() {
    let cpu = trained(5, Device::Cpu, &settings(1));
    let ndarray = trained(5, Device::NdArray, &settings(1));
    for (a, b) in cpu.layers().iter().zip(ndarray.layers()) {
        let pairs = a.weights().iter().zip(b.weights());
        for (a, b) in pairs.chain(a.biases().iter().zip(b.biases())) {
            assert!((a - b).abs() < 1e-3, "{a} and {b}");
        }
    }
}

#[test]
fn separable_classes_are_learned_and_progress_says_so() {
    let data = separable(300);
    let mut reports = Vec::new();
    let network = train(
        &[16, 16],
        &data,
        &settings(20),
        0,
        Device::Cpu,
        &mut |progress| reports.push(progress),
    );
    let reached = accuracy(&network.unwrap(), &data);
    assert!(reached > 0.95, "{reached}");

    let (first, last) = (reports[0], reports[reports.len() - 1]);
    assert_eq!(reports.len(), 20, "38 batches: one report an epoch");
    assert_eq!((first.epoch, first.batch, first.batches), (1, 38, 38));
    assert_eq!((last.epoch, last.epochs), (20, 20));
    assert!(first.loss > 1.5 && last.loss < 0.5, "{first:?} {last:?}");
    assert!(last.accuracy > 0.95, "{last:?}");
}

#[test]
fn pruned_weights_stay_exactly_zero_and_the_others_move() {
    let data = separable(300);
    let dense = trained(1, Device::Cpu, &settings(2));
    let mask = Mask::new(
        dense
            .layers()
            .iter()
            .map(|layer| (0..layer.weights().len()).map(|at| at % 3 != 0).collect())
            .collect(),
    );
    for gradient_norm in [None, Some(0.1)] {
        for device in [Device::Cpu, Device::NdArray] {
            let settings = TrainingSettings {
                gradient_norm,
                ..settings(2)
            };
            let tuned = finetune(&dense, &mask, &data, &settings, 7, device, &mut ignore).unwrap();
            for ((before, after), keep) in
                dense.layers().iter().zip(tuned.layers()).zip(mask.layers())
            {
                let weights = before.weights().iter().zip(after.weights());
                let mut moved = 0;
                for ((before, after), keep) in weights.zip(keep) {
                    if *keep {
                        moved += usize::from(before != after);
                    } else {
                        assert_eq!(after.to_bits(), 0.0_f64.to_bits());
                    }
                }
                assert!(moved * 3 > before.weights().len(), "only {moved} moved");
                assert_ne!(before.biases(), after.biases());
            }
        }
    }
}

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
    };
    let mask = Mask::new(vec![vec![true; 4 * CLASSES]]);
    let found = finetune(&start, &mask, &data, &settings, 0, Device::Cpu, &mut ignore).unwrap();

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
fn the_clip_is_of_all_gradients_together() {
    let device = Device::Cpu.open().unwrap();
    let gradients = || {
        vec![
            (
                burn::Tensor::<2>::from_data([[3.0, 0.0], [0.0, 0.0]], &device),
                burn::Tensor::<1>::from_data([0.0, 4.0], &device),
            ),
            (
                burn::Tensor::<2>::from_data([[0.0, 12.0]], &device),
                burn::Tensor::<1>::from_data([0.0], &device),
            ),
        ]
    };
    // The norm is 13; each of the four tensors alone is shorter.
    for (limit, scale) in [(12.5, 12.5 / 13.0), (1.3, 0.1), (13.5, 1.0), (1e3, 1.0)] {
        let clipped = optimiser::clip_global_norm(gradients(), limit);
        let flat: Vec<f32> = clipped
            .into_iter()
            .flat_map(|(weights, biases)| {
                let weights = weights.into_data().iter::<f32>().collect::<Vec<_>>();
                [weights, biases.into_data().iter::<f32>().collect()].concat()
            })
            .collect();
        let expected = [3.0, 0.0, 0.0, 0.0, 0.0, 4.0, 0.0, 12.0, 0.0];
        for (found, expected) in flat.iter().zip(expected) {
            let expected = expected * scale;
            assert!(
                (f64::from(*found) - expected).abs() < 1e-5,
                "{found} {expected}"
            );
        }
    }
}

#[test]
fn the_learning_rate_falls_in_steps() {
    let fashion = TrainingSettings::for_dataset(DatasetName::FashionMnist);
    for (epoch, expected) in [(0, 1e-3), (9, 1e-3), (10, 1e-4), (29, 1e-5), (39, 1e-6)] {
        let rate = fashion.learning_rate_in(epoch);
        assert!((rate / expected - 1.0).abs() < 1e-9, "{epoch}: {rate}");
    }
}

#[test]
fn settings_survive_json() {
    for name in DatasetName::ALL {
        let settings = TrainingSettings::for_dataset(name);
        settings.check().unwrap();
        let json = serde_json::to_string(&settings).unwrap();
        assert_eq!(
            serde_json::from_str::<TrainingSettings>(&json).unwrap(),
            settings
        );
    }
}

#[test]
fn a_divergence_names_its_epoch() {
    let data = separable(80);
    let wild = TrainingSettings {
        learning_rate: 1e30,
        ..settings(3)
    };
    let result = train(&[4], &data, &wild, 0, Device::Cpu, &mut ignore);
    assert_eq!(
        result.unwrap_err(),
        TrainingError::Diverged {
            epoch: 1,
            epochs: 3
        }
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    let data = separable(20);
    let all = |network: &Network| {
        let layers = network.layers().iter();
        Mask::new(
            layers
                .map(|layer| vec![true; layer.weights().len()])
                .collect(),
        )
    };
    let tune = |network: &Network, mask: &Mask| {
        let settings = settings(1);
        finetune(network, mask, &data, &settings, 0, Device::Cpu, &mut ignore).unwrap_err()
    };
    let small = random::initial_network(&[16, 10], 0);
    let refused = tune(&small, &all(&small));
    let expected = TrainingError::InputSize {
        network: 16,
        image: 25,
    };
    assert_eq!(refused, expected);

    let narrow = random::initial_network(&[25, 9], 0);
    let refused = tune(&narrow, &all(&narrow));
    assert_eq!(refused, TrainingError::OutputSize { found: 9 });

    let fitting = random::initial_network(&[25, 4, 10], 0);
    let refused = tune(&fitting, &Mask::new(vec![vec![true; 100]]));
    let expected = TrainingError::MaskLayers {
        mask: 1,
        network: 2,
    };
    assert_eq!(refused, expected);
    let refused = tune(&fitting, &Mask::new(vec![vec![true; 100], vec![true; 39]]));
    let expected = TrainingError::MaskSize {
        layer: 1,
        mask: 39,
        network: 40,
    };
    assert_eq!(refused, expected);

    let start = |hidden: &[usize], data: &Split, settings: &TrainingSettings| {
        train(hidden, data, settings, 0, Device::Cpu, &mut ignore).unwrap_err()
    };
    let refused = start(&[3, 0], &data, &settings(1));
    assert_eq!(refused, TrainingError::EmptyLayer { layer: 1 });
    let refused = start(&[3], &Split::new(2, vec![], vec![]), &settings(1));
    assert_eq!(refused, TrainingError::NoImages);
    let labelled = Split::new(1, vec![0, 0], vec![9, 10]);
    let refused = start(&[3], &labelled, &settings(1));
    assert_eq!(
        refused,
        TrainingError::Label {
            image: 1,
            label: 10
        }
    );
    let no_batches = TrainingSettings {
        batch_size: 0,
        ..settings(1)
    };
    assert!(matches!(
        start(&[3], &data, &no_batches),
        TrainingError::Setting {
            field: "batch_size",
            ..
        }
    ));
}

#[test]
fn device_names_go_both_ways() {
    for device in Device::ALL {
        assert_eq!(device.to_string().parse(), Ok(device));
        let json = format!("\"{device}\"");
        assert_eq!(serde_json::to_string(&device).unwrap(), json);
    }
    assert!("gpu".parse::<Device>().unwrap_err().contains("wgpu"));
}

#[cfg(not(feature = "wgpu"))]
#[test]
fn a_device_that_was_not_built_is_an_error() {
    let error = Device::Wgpu.check().unwrap_err();
    assert_eq!(error, DeviceError::NotBuilt(Device::Wgpu));
    assert!(error.to_string().contains("--features wgpu"));
}

#[test]
fn accuracy_counts_the_first_of_equal_outputs() {
    // Class 2 scores the first pixel, every other class scores nothing.
    let mut weights = vec![0.0; 10];
    weights[2] = 1.0;
    let network = Network::new(vec![Layer::new(1, weights, vec![0.0; 10])]).unwrap();
    let data = Split::new(1, vec![255, 255, 0, 0, 0], vec![2, 0, 0, 2, 1]);
    assert_eq!(accuracy(&network, &data), 0.4);
}

fn idx(path: PathBuf, header: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    GzDecoder::new(file).read_to_end(&mut bytes).ok()?;
    Some(bytes.split_off(header))
}

fn split(name: &str, part: &str) -> Option<Split> {
    let directory = std::env::var_os("PIPELINE_DATA_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    let directory = directory.join(name);
    let images = idx(directory.join(format!("{part}-images-idx3-ubyte.gz")), 16);
    let labels = idx(directory.join(format!("{part}-labels-idx1-ubyte.gz")), 8);
    let found = images.zip(labels);
    if found.is_none() {
        eprintln!("skipped: no {name} images in {}", directory.display());
    }
    found.map(|(images, labels)| Split::new(28, images, labels))
}

#[test]
fn mnist_reaches_the_published_accuracy() {
    let (Some(data), Some(test)) = (split("mnist", "train"), split("mnist", "t10k")) else {
        return;
    };
    let settings = TrainingSettings::for_dataset(DatasetName::Mnist);
    let network = train(&[32, 32], &data, &settings, 0, Device::Cpu, &mut ignore).unwrap();
    let reached = accuracy(&network, &test);
    assert!((0.93..0.97).contains(&reached), "{reached}");
}

#[test]
#[ignore = "prints times and accuracies, takes minutes"]
fn measure() {
    let cases = [
        (DatasetName::Mnist, Device::Cpu, 5),
        (DatasetName::Mnist, Device::NdArray, 2),
        (DatasetName::FashionMnist, Device::NdArray, 2),
        (DatasetName::FashionMnist, Device::Cpu, 40),
    ];
    for (name, device, epochs) in cases {
        let (data, test) = (split(name.as_str(), "train"), split(name.as_str(), "t10k"));
        let (data, test) = (data.unwrap(), test.unwrap());
        for hidden in [[32, 32], [64, 64]] {
            let settings = TrainingSettings {
                epochs,
                ..TrainingSettings::for_dataset(name)
            };
            let start = Instant::now();
            let mut last = None;
            let mut observer = |progress| last = Some(progress);
            let network = train(&hidden, &data, &settings, 0, device, &mut observer).unwrap();
            let seconds = start.elapsed().as_secs_f64() / epochs as f64;
            let start = Instant::now();
            let reached = accuracy(&network, &test);
            let evaluation = start.elapsed().as_secs_f64();
            eprintln!(
                "{name} {device} {hidden:?}: {seconds:.3} s an epoch, {reached:.4} after {epochs}, \
                 evaluation {evaluation:.3} s, {last:?}"
            );
        }
    }
}
