//! `pipeline train`: a classifier from images.

use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;
use serde::Serialize;

use super::arguments::{DataArguments, ModelArguments, Pair};
use super::output::{print, print_json};
use super::terminal::Meter;
use crate::dataset::{DatasetName, SIDE};
use crate::formats::{Metadata, Model, Origin, write_model};
use crate::training::{self, Device, Progress, TrainingSettings};

/// Train a classifier and write it as a model file.
///
/// Each data set has the paper's settings as defaults. The same seed gives the same weights, bit for
/// bit, on one kind of processor.
///
/// Example: pipeline train --dataset mnist --hidden 32x2 --seed 0 -o models/mnist.safetensors
#[derive(Debug, Args)]
pub struct Arguments {
    /// mnist, fashion-mnist, or digits (built in, needs no file and no network)
    #[arg(long)]
    dataset: DatasetName,
    /// Images of side x side pixels; below 28 they are scaled down
    #[arg(long, default_value_t = SIDE)]
    side: usize,
    /// Hidden layers: width x layers
    #[arg(long, default_value = "64x2", value_name = "WIDTHxLAYERS")]
    hidden: Pair,
    /// Passes over the training images; by default mnist 5, fashion-mnist 40
    #[arg(long)]
    epochs: Option<usize>,
    /// Images per step
    #[arg(long)]
    batch_size: Option<usize>,
    /// Adam's learning rate
    #[arg(long, allow_negative_numbers = true)]
    learning_rate: Option<f64>,
    /// L2 penalty on the weights
    #[arg(long, allow_negative_numbers = true)]
    weight_decay: Option<f64>,
    /// Seed of the initial weights and of the order of the images
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Where to train: cpu, ndarray or wgpu
    #[arg(long, default_value_t = Device::Cpu)]
    device: Device,
    #[command(flatten)]
    data: DataArguments,
    #[command(flatten)]
    made: ModelArguments,
}

#[derive(Serialize)]
struct Record<'a> {
    model: &'a PathBuf,
    dataset: DatasetName,
    side: usize,
    sizes: Vec<usize>,
    seed: u64,
    device: String,
    settings: &'a TrainingSettings,
    test_accuracy: f64,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let settings = arguments.settings();
    ensure!(settings.epochs > 0, "--epochs is 0, expected at least one");
    arguments.device.check()?;
    arguments.made.check()?;
    let dataset = arguments.data.load(arguments.dataset, arguments.side)?;
    let mut watch = EpochMeter::new("training");
    let network = training::train(
        &arguments.hidden.hidden(),
        &dataset.train,
        &settings,
        arguments.seed,
        arguments.device,
        &mut |progress| watch.show(&progress),
    )?;
    drop(watch);
    let origin = Origin::Trained {
        dataset: arguments.dataset,
        side: arguments.side,
        seed: arguments.seed,
        device: arguments.device.to_string(),
        settings: serde_json::to_value(&settings)?,
    };
    let metadata = Some(Metadata::new(&network, origin));
    let model = Model { network, metadata };
    write_model(&arguments.made.output, &model)?;
    let test_accuracy = training::accuracy(&model.network, &dataset.test);
    if arguments.made.json {
        return print_json(&Record {
            model: &arguments.made.output,
            dataset: arguments.dataset,
            side: arguments.side,
            sizes: model.network.sizes(),
            seed: arguments.seed,
            device: arguments.device.to_string(),
            settings: &settings,
            test_accuracy,
        });
    }
    print(&format!(
        "{}: {} trained on {}, test accuracy {test_accuracy:.4}",
        arguments.made.output.display(),
        shape(&model.network.sizes()),
        arguments.dataset
    ))
}

impl Arguments {
    fn settings(&self) -> TrainingSettings {
        let defaults = TrainingSettings::for_dataset(self.dataset);
        TrainingSettings {
            epochs: self.epochs.unwrap_or(defaults.epochs),
            batch_size: self.batch_size.unwrap_or(defaults.batch_size),
            learning_rate: self.learning_rate.unwrap_or(defaults.learning_rate),
            weight_decay: self.weight_decay.unwrap_or(defaults.weight_decay),
            ..defaults
        }
    }
}

/// Layer sizes as people write them: `784-32-32-10`.
pub fn shape(sizes: &[usize]) -> String {
    let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
    sizes.join("-")
}

/// A training's progress: a bar over all batches, and a line per epoch.
pub struct EpochMeter {
    name: String,
    meter: Option<Meter>,
}

impl EpochMeter {
    pub fn new(name: &str) -> Self {
        let (name, meter) = (name.to_owned(), None);
        Self { name, meter }
    }

    pub fn show(&mut self, progress: &Progress) {
        let total = (progress.epochs as u64).saturating_mul(progress.batches as u64);
        let meter = self
            .meter
            .get_or_insert_with(|| Meter::new(&self.name, total));
        let done = (progress.epoch - 1) as u64 * progress.batches as u64 + progress.batch as u64;
        let standing = format!(
            "loss {:.4}, accuracy {:.4}",
            progress.loss, progress.accuracy
        );
        meter.set(done, &standing);
        if progress.batch == progress.batches {
            meter.say(&format!(
                "epoch {}/{}: {standing}",
                progress.epoch, progress.epochs
            ));
        }
    }
}
