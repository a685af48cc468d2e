//! `pipeline train`: trains classifiers of images, and regression networks.

mod classifiers;
mod regression;

use anyhow::ensure;
use clap::{ArgGroup, Args};

use super::arguments::{DataArguments, Pair, Seeds};
use super::models::{ModelsArguments, Names};
use super::regularisers::{RegulariserArguments, in_file_name};
use super::samples::SampleArguments;
use crate::dataset::{DatasetName, SIDE};
use crate::numbers::Shortest;
use crate::regularisers::Regularisers;
use crate::training::{Device, TrainingSettings};

/// Train classifiers of images or regression networks, and write them as model files.
///
/// With --dataset, classifiers; the defaults for each data set are the paper's settings. With --function, --two-stage
/// or --table, regression networks, by squared error or, with --quantiles, by the quantile loss; the weights of the
/// epoch with the least error on other samples are kept, and the network of the file takes inputs and gives outputs as
/// they are, however they were scaled for the training. Lists of seeds, learning rates and regularisers train one network for each combination, all at
/// once: one per core on the CPU, stacked into one set of tensors on a GPU. The same seed gives the same weights,
/// bit for bit, on the same kind of CPU, whatever else is trained with it.
///
/// Example: pipeline train --dataset mnist --hidden 32x2 --seed 0 -o models/mnist.safetensors
///
/// Ten at once: pipeline train --dataset mnist --seed 0..9 -o models/mnist-{seed}.safetensors
///
/// A network whose MILP is easy: pipeline train --function peaks --hidden 25x2 --regulariser bound-width:1e-3 -o
/// peaks.safetensors
///
/// Quantiles of a second stage's cost: pipeline train --two-stage facility-location --quantiles 50 --increasing
/// --hidden 64x1 -o costs.safetensors
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("learned").args(["dataset", "function", "two_stage", "table"]).required(true)))]
pub struct Arguments {
    /// Data set of images: mnist, fashion-mnist or digits (built in, needs no files)
    #[arg(long)]
    dataset: Option<DatasetName>,
    /// Side of the images in pixels; below 28, they are scaled down
    #[arg(long, default_value_t = SIDE, conflicts_with_all = ["function", "two_stage", "table"])]
    side: usize,
    #[command(flatten)]
    samples: SampleArguments,
    /// Learn this number of quantiles of the one target, an output each, with levels evenly from 0.01 to 0.99
    #[arg(long, value_name = "N", conflicts_with_all = ["dataset", "function"], value_parser = clap::value_parser!(u32).range(1..=1000))]
    quantiles: Option<u32>,
    /// Let every quantile be the one before it plus a ReLU, so that they never cross
    #[arg(long, conflicts_with = "dataset")]
    increasing: bool,
    /// Hidden layers: width x layers
    #[arg(long, default_value = "64x2", value_name = "WIDTHxLAYERS")]
    hidden: Pair,
    #[command(flatten)]
    regularisers: RegulariserArguments,
    /// Number of epochs [default: 5 for mnist, 40 for fashion-mnist, 8 for digits, 200 for regression, 2000 for
    /// quantiles]
    #[arg(long)]
    epochs: Option<usize>,
    /// Samples per batch [default: 64, 32 for fashion-mnist, 256 for quantiles]
    #[arg(long)]
    batch_size: Option<usize>,
    /// Learning rate of Adam; a list such as 1e-3,3e-3 gives several models [default: 1e-3, 5e-4 for quantiles]
    #[arg(long, allow_negative_numbers = true, value_delimiter = ',')]
    learning_rate: Vec<f64>,
    /// L2 penalty in the gradient of the weights [default: 1e-3 for mnist, 1e-4 for the other images, otherwise 0]
    #[arg(long, allow_negative_numbers = true)]
    weight_decay: Option<f64>,
    /// Seed of the initial weights and of the order of the samples; a list such as 0..9 or 1,5,7 gives several models
    #[arg(long, default_value = "0")]
    seed: Seeds,
    /// Device to train on: cpu, ndarray, wgpu or cuda (see `pipeline devices`)
    #[arg(long, default_value_t = Device::Cpu)]
    device: Device,
    #[command(flatten)]
    data: DataArguments,
    #[command(flatten)]
    models: ModelsArguments,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    arguments.device.check()?;
    match arguments.dataset {
        Some(dataset) => classifiers::run(arguments, dataset),
        None => regression::run(arguments),
    }
}

/// What may differ between the models of one command.
struct Variant {
    seed: u64,
    learning_rate: f64,
    regularisers: Regularisers,
}

impl Arguments {
    /// The settings given, else those of `defaults`.
    fn settings(&self, defaults: TrainingSettings) -> anyhow::Result<TrainingSettings> {
        let epochs = self.epochs.unwrap_or(defaults.epochs);
        ensure!(epochs > 0, "--epochs is 0, expected at least one");
        Ok(TrainingSettings {
            epochs,
            batch_size: self.batch_size.unwrap_or(defaults.batch_size),
            weight_decay: self.weight_decay.unwrap_or(defaults.weight_decay),
            ..defaults
        })
    }

    /// Every combination of a seed, a learning rate and regularisers.
    fn variants(&self, settings: &TrainingSettings) -> anyhow::Result<Vec<Variant>> {
        let rates = match self.learning_rate.as_slice() {
            [] => &[settings.learning_rate],
            rates => rates,
        };
        let mut variants = Vec::new();
        for regularisers in self.regularisers.all()? {
            for &seed in self.seed.values() {
                variants.extend(rates.iter().map(|&learning_rate| Variant {
                    seed,
                    learning_rate,
                    regularisers: regularisers.clone(),
                }));
            }
        }
        Ok(variants)
    }
}

fn names(variant: &Variant) -> Names {
    vec![
        ("{seed}", variant.seed.to_string()),
        (
            "{learning-rate}",
            Shortest(variant.learning_rate).to_string(),
        ),
        ("{regulariser}", in_file_name(&variant.regularisers)),
    ]
}

/// Layer sizes in the usual notation: `784-32-32-10`.
pub fn shape(sizes: &[usize]) -> String {
    let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
    sizes.join("-")
}
