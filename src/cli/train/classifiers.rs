//! Training of classifiers.

use std::path::Path;

use serde::Serialize;

use super::{Arguments, Variant, names, shape};
use crate::cli::losses::{FinalLosses, is_above_guessing, warn_of_loss};
use crate::cli::models::{ModelReporter, Names};
use crate::cli::output::path_as_text;
use crate::dataset::{CLASSES, Dataset, DatasetName};
use crate::formats::{ModelFile, write_model};
use crate::network::Network;
use crate::recipe::{self, DenseRecipe, TrainedRecipe};
use crate::regularisers::Regularisers;
use crate::training::{TrainingSettings, accuracy};

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
    #[serde(skip_serializing_if = "Regularisers::are_none")]
    regularisers: &'a Regularisers,
    /// Mean cross-entropy over the last epoch, in nats.
    training_loss: Option<f64>,
    /// Whether the loss is above that of guessing: diverged, or not begun to learn.
    diverged: bool,
    test_accuracy: f64,
}

pub fn run(arguments: &Arguments, name: DatasetName) -> anyhow::Result<()> {
    let defaults = arguments.settings(TrainingSettings::for_dataset(name))?;
    let variants = arguments.variants(&defaults)?;
    for variant in &variants {
        variant.regularisers.check(CLASSES)?;
    }
    let recipe = |variant: &Variant| TrainedRecipe {
        dataset: name,
        side: arguments.side,
        hidden: arguments.hidden.hidden(),
        seed: variant.seed,
        device: arguments.device,
        training: TrainingSettings {
            learning_rate: variant.learning_rate,
            ..defaults.clone()
        },
        regularisers: variant.regularisers.clone(),
    };
    let names: Vec<Names> = variants.iter().map(names).collect();
    let paths = arguments.models.paths(&names)?;
    let recipes = variants.iter().map(recipe);
    let open = arguments.models.unmade(paths.into_iter().zip(recipes));
    let images = arguments.data.inputs(name);
    arguments.models.check_outputs(&images, &open)?;
    let dataset = arguments.data.load(name, arguments.side)?;
    let reporter = ModelReporter::new("training", open.len(), names.len(), &arguments.models);
    let losses = FinalLosses::default();
    let keep = |job: usize, network: &Network| {
        let (path, recipe) = &open[job];
        keep(path, recipe, network, losses.of(job), &dataset, &reporter)
    };
    let name = |job: usize| open[job].0.display().to_string();
    let recipes: Vec<&TrainedRecipe> = open.iter().map(|(_, recipe)| recipe).collect();
    recipe::train(&recipes, &dataset.train, &|event| {
        losses.note(&event);
        reporter.handle(event, name, keep);
    })?;
    reporter.finish()
}

/// Writes a trained network and prints its record.
fn keep(
    path: &Path,
    recipe: &TrainedRecipe,
    network: &Network,
    loss: Option<f64>,
    dataset: &Dataset,
    reporter: &ModelReporter,
) -> anyhow::Result<()> {
    let origin = DenseRecipe::Trained(recipe.clone()).origin(None);
    let model = ModelFile::new(network.clone(), origin);
    write_model(path, &model)?;
    warn_of_loss(path, loss);
    let test_accuracy = accuracy(&model.network, &dataset.test);
    let record = Record {
        model: path,
        dataset: recipe.dataset,
        side: recipe.side,
        sizes: model.network.sizes(),
        seed: recipe.seed,
        device: recipe.device.to_string(),
        settings: &recipe.training,
        regularisers: &recipe.regularisers,
        training_loss: loss,
        diverged: loss.is_some_and(is_above_guessing),
        test_accuracy,
    };
    let summary = format!(
        "{}: {} trained on {}, test accuracy {test_accuracy:.4}",
        path.display(),
        shape(&record.sizes),
        recipe.dataset
    );
    reporter.print(&record, &summary)
}
