//! `pipeline train`: trains classifiers of images.

use std::path::Path;

use anyhow::ensure;
use clap::Args;
use serde::Serialize;

use super::arguments::{DataArguments, Pair, Seeds};
use super::losses::{FinalLosses, is_above_guessing, warn_of_loss};
use super::models::{ModelReporter, ModelsArguments, Names};
use super::output::path_as_text;
use crate::dataset::{Dataset, DatasetName, SIDE};
use crate::formats::{ModelFile, write_model};
use crate::network::Network;
use crate::numbers::Shortest;
use crate::recipe::{self, DenseRecipe, TrainedRecipe};
use crate::training::{Device, TrainingSettings, accuracy};

/// Train classifiers and write them as model files.
///
/// The defaults for each data set are the paper's settings. Lists of seeds and learning rates train one
/// network per pair, all at once: one per core on the CPU, stacked into one set of tensors on a GPU. The
/// same seed gives the same weights, bit for bit, on the same kind of CPU, whatever else is trained with
/// it.
///
/// Example: pipeline train --dataset mnist --hidden 32x2 --seed 0 -o models/mnist.safetensors
///
/// Ten at once: pipeline train --dataset mnist --seed 0..9 -o models/mnist-{seed}.safetensors
#[derive(Debug, Args)]
pub struct Arguments {
    /// Data set: mnist, fashion-mnist or digits (built in, needs no files)
    #[arg(long)]
    dataset: DatasetName,
    /// Side of the images in pixels; below 28, they are scaled down
    #[arg(long, default_value_t = SIDE)]
    side: usize,
    /// Hidden layers: width x layers
    #[arg(long, default_value = "64x2", value_name = "WIDTHxLAYERS")]
    hidden: Pair,
    /// Number of epochs [default: 5 for mnist, 40 for fashion-mnist, 8 for digits]
    #[arg(long)]
    epochs: Option<usize>,
    /// Images per batch [default: 64, 32 for fashion-mnist]
    #[arg(long)]
    batch_size: Option<usize>,
    /// Learning rate of Adam; a list such as 1e-3,3e-3 gives several models [default: 1e-3]
    #[arg(long, allow_negative_numbers = true, value_delimiter = ',')]
    learning_rate: Vec<f64>,
    /// L2 penalty on the weights [default: 1e-3 for mnist, 1e-4 otherwise]
    #[arg(long, allow_negative_numbers = true)]
    weight_decay: Option<f64>,
    /// Seed of the initial weights and of the image order; a list such as 0..9 or 1,5,7 gives several models
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

#[derive(Serialize)]
struct Record<'a> {
    #[serde(serialize_with = "path_as_text")]
    model: &'a Path,
    dataset: DatasetName,
    side: usize,
    sizes: Vec<usize>,
    seed: u64,
    device: String,
    settings: &'a TrainingSettings,
    /// Mean cross-entropy over the last epoch, in nats.
    training_loss: Option<f64>,
    /// Whether the loss is above that of guessing: diverged, or not begun to learn.
    diverged: bool,
    test_accuracy: f64,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let defaults = arguments.settings();
    ensure!(defaults.epochs > 0, "--epochs is 0, expected at least one");
    arguments.device.check()?;
    let recipes = arguments.recipes(&defaults);
    let names: Vec<Names> = recipes.iter().map(names).collect();
    let paths = arguments.models.paths(&names)?;
    let open = arguments.models.unmade(paths.into_iter().zip(recipes));
    let images = arguments.data.inputs(arguments.dataset);
    arguments.models.check_outputs(&images, &open)?;
    let dataset = arguments.data.load(arguments.dataset, arguments.side)?;
    let reporter = ModelReporter::new("training", open.len(), names.len(), &arguments.models);
    let losses = FinalLosses::default();
    let keep = |job: usize, network: &Network| {
        let (path, recipe) = &open[job];
        arguments.keep(path, recipe, network, losses.of(job), &dataset, &reporter)
    };
    let name = |job: usize| open[job].0.display().to_string();
    let recipes: Vec<&TrainedRecipe> = open.iter().map(|(_, recipe)| recipe).collect();
    recipe::train(&recipes, &dataset.train, &|event| {
        losses.note(&event);
        reporter.handle(event, name, keep);
    })?;
    reporter.finish()
}

impl Arguments {
    fn settings(&self) -> TrainingSettings {
        let defaults = TrainingSettings::for_dataset(self.dataset);
        TrainingSettings {
            epochs: self.epochs.unwrap_or(defaults.epochs),
            batch_size: self.batch_size.unwrap_or(defaults.batch_size),
            weight_decay: self.weight_decay.unwrap_or(defaults.weight_decay),
            ..defaults
        }
    }

    fn recipes(&self, settings: &TrainingSettings) -> Vec<TrainedRecipe> {
        let rates = match self.learning_rate.as_slice() {
            [] => &[settings.learning_rate],
            rates => rates,
        };
        let with_seed = |seed: u64| {
            rates.iter().map(move |&learning_rate| TrainedRecipe {
                dataset: self.dataset,
                side: self.side,
                hidden: self.hidden.hidden(),
                seed,
                device: self.device,
                training: TrainingSettings {
                    learning_rate,
                    ..settings.clone()
                },
            })
        };
        self.seed
            .values()
            .iter()
            .flat_map(|&seed| with_seed(seed))
            .collect()
    }

    /// Writes a trained network and prints its record.
    fn keep(
        &self,
        path: &Path,
        recipe: &TrainedRecipe,
        network: &Network,
        loss: Option<f64>,
        dataset: &Dataset,
        reporter: &ModelReporter,
    ) -> anyhow::Result<()> {
        let origin = DenseRecipe::Trained(recipe.clone()).origin();
        let model = ModelFile::new(network.clone(), origin);
        write_model(path, &model)?;
        warn_of_loss(path, loss);
        let test_accuracy = accuracy(&model.network, &dataset.test);
        let record = Record {
            model: path,
            dataset: self.dataset,
            side: self.side,
            sizes: model.network.sizes(),
            seed: recipe.seed,
            device: self.device.to_string(),
            settings: &recipe.training,
            training_loss: loss,
            diverged: loss.is_some_and(is_above_guessing),
            test_accuracy,
        };
        let summary = format!(
            "{}: {} trained on {}, test accuracy {test_accuracy:.4}",
            path.display(),
            shape(&record.sizes),
            self.dataset
        );
        reporter.print(&record, &summary)
    }
}

fn names(recipe: &TrainedRecipe) -> Names {
    let rate = Shortest(recipe.training.learning_rate);
    vec![
        ("{seed}", recipe.seed.to_string()),
        ("{learning-rate}", rate.to_string()),
    ]
}

/// Layer sizes in the usual notation: `784-32-32-10`.
pub fn shape(sizes: &[usize]) -> String {
    let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
    sizes.join("-")
}
