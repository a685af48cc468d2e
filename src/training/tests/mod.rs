//! Properties of whole trainings, on small synthetic images; the parts below have their own files.

mod gradients;
mod images;
mod optimiser;
mod refusals;
mod regularisers;
mod tables;
mod together;
mod validation;

use std::io::Write;
use std::sync::Mutex;

use super::*;
use crate::dataset::{CLASSES, DatasetName, Split, Table};
use crate::named::Named;
use crate::network::Layer;
use crate::pruning::{Mask, Pruning};

const SIDE: usize = 5;

fn ignore(_: Event) {}

/// The devices to test: those that are there or, where the program was built for a GPU and there is one (software may
/// stand for it), only that, since all others are tested without that feature, too.
fn devices() -> Vec<Device> {
    let all = Device::NAMES.iter().map(|&(device, _)| device);
    let there = all.filter(|device| match device.check() {
        Ok(()) => true,
        Err(DeviceError::NotBuilt(_)) => false,
        Err(error) => {
            // Past the capture of what passing tests say.
            let _ = writeln!(std::io::stderr(), "skipped: {error}");
            false
        }
    });
    let there: Vec<Device> = there.collect();
    let is_gpu = |device: &&Device| matches!(device, Device::Wgpu | Device::Cuda);
    let gpus: Vec<Device> = there.iter().filter(is_gpu).copied().collect();
    if gpus.is_empty() { there } else { gpus }
}

fn start(data: &Split, hidden: &[usize], seed: u64) -> Job {
    Job::new(data.side(), hidden, seed).unwrap()
}

fn settings(epochs: usize) -> TrainingSettings {
    TrainingSettings {
        epochs,
        batch_size: 8,
        learning_rate: 5e-3,
        step_decay: None,
        weight_decay: 1e-4,
        order: DataOrder::Shuffled,
        gradient_norm: None,
        loss: Loss::CrossEntropy,
        keep_best: None,
        fixed_layers: 0,
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
    let data = separable(300);
    train_one(
        start(&data, &[12, 9], seed),
        &data,
        settings,
        device,
        &ignore,
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
    for device in devices() {
        let first = trained(3, device, &settings(2));
        assert_eq!(bits(&first), bits(&trained(3, device, &settings(2))));
        assert_ne!(bits(&first), bits(&trained(4, device, &settings(2))));
    }
}

#[test]
fn no_epochs_give_the_initial_network_on_every_device() {
    let start = random::initial_network(&[25, 12, 9, 10], 3);
    for device in devices() {
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
    for device in devices() {
        let other = trained(5, device, &settings(1));
        for (a, b) in cpu.layers().iter().zip(other.layers()) {
            let pairs = a.weights().iter().zip(b.weights());
            for (a, b) in pairs.chain(a.biases().iter().zip(b.biases())) {
                assert!((a - b).abs() < 1e-3, "{device}: {a} and {b}");
            }
        }
    }
}

#[test]
fn separable_classes_are_learned_and_progress_says_so() {
    let data = separable(300);
    let reports = Mutex::new(Vec::new());
    let observer = |event: Event| {
        if let Event::Progress(progress) = event {
            reports.lock().unwrap().push(progress);
        }
    };
    let job = start(&data, &[16, 16], 0);
    let network = train_one(job, &data, &settings(20), Device::Cpu, &observer);
    let reports = reports.into_inner().unwrap();
    let reached = accuracy(&network.unwrap(), &data);
    assert!(reached > 0.95, "{reached}");

    let (first, last): (&Progress, &Progress) = (&reports[0], &reports[reports.len() - 1]);
    assert_eq!(reports.len(), 20, "38 batches: one report an epoch");
    assert_eq!((first.epoch, first.batch, first.batches), (1, 38, 38));
    assert_eq!((last.epoch, last.epochs), (20, 20));
    assert!(
        first.mean().loss > 1.5 && last.mean().loss < 0.5,
        "{first:?} {last:?}"
    );
    assert!(last.mean().accuracy.unwrap() > 0.95, "{last:?}");
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
        for device in devices() {
            let settings = TrainingSettings {
                gradient_norm,
                ..settings(2)
            };
            let job = Job::finetuning(&dense, mask.clone(), 7).unwrap();
            let tuned = train_one(job, &data, &settings, device, &ignore).unwrap();
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

#[test]
fn the_learning_rate_falls_in_steps() {
    let fashion = TrainingSettings::for_dataset(DatasetName::FashionMnist);
    for (epoch, expected) in [(0, 1e-3), (9, 1e-3), (10, 1e-4), (29, 1e-5), (39, 1e-6)] {
        let rate = fashion.decayed(fashion.learning_rate, epoch);
        assert!((rate / expected - 1.0).abs() < 1e-9, "{epoch}: {rate}");
    }
}

#[test]
fn settings_survive_json() {
    let of_images = DatasetName::NAMES
        .iter()
        .map(|&(name, _)| TrainingSettings::for_dataset(name));
    let losses = [Loss::SquaredError, Loss::Quantile(vec![0.1, 0.9])];
    let of_tables = losses.map(|loss| TrainingSettings::for_table(loss, 3));
    for settings in of_images.chain(of_tables) {
        settings.check().unwrap();
        let json = serde_json::to_string(&settings).unwrap();
        assert_eq!(
            serde_json::from_str::<TrainingSettings>(&json).unwrap(),
            settings
        );
    }
}

/// Keys of records are hashes of the settings.
#[test]
fn settings_of_image_trainings_are_written_as_before() {
    let settings = TrainingSettings::for_dataset(DatasetName::Mnist);
    let json = serde_json::to_value(&settings).unwrap();
    assert_eq!((json.get("loss"), json.get("keep_best")), (None, None));
    let squared = TrainingSettings::for_table(Loss::SquaredError, 1);
    let json = serde_json::to_value(&squared).unwrap();
    assert_eq!(json["loss"], "squared-error");
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
