//! Training of regression networks.

use std::path::Path;

use serde::Serialize;

use super::{Arguments, Variant, names, shape};
use crate::cli::models::{ModelReporter, Names};
use crate::cli::output::{path_as_text, tell};
use crate::dataset::{Regression, Scale};
use crate::formats::{ModelFile, write_model};
use crate::network::Network;
use crate::numbers::Decimals;
use crate::recipe::{self, RegressionRecipe, RegressionSource, in_units_of};
use crate::regularisers::Regularisers;
use crate::training::{Errors, TrainingSettings};

#[derive(Serialize)]
struct Record<'a> {
    #[serde(serialize_with = "path_as_text")]
    model: &'a Path,
    source: &'a RegressionSource,
    sizes: Vec<usize>,
    seed: u64,
    device: String,
    settings: &'a TrainingSettings,
    regularisers: &'a Regularisers,
    /// In the units of the data.
    test_errors: Errors,
    /// In the units of the training, in which the targets of the training samples are from 0 to 1.
    scaled_test_errors: Errors,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let settings = arguments.settings(TrainingSettings::for_regression())?;
    let variants = arguments.variants(&settings)?;
    let names: Vec<Names> = variants.iter().map(names).collect();
    let paths = arguments.models.paths(&names)?;
    let open = arguments.models.unmade(paths.into_iter().zip(variants));
    let files = arguments.samples.files();
    arguments.models.check_outputs(&files, &open)?;
    let (source, data) = arguments.samples.load()?;
    let recipe = |(_, variant): &(_, Variant)| RegressionRecipe {
        source: source.clone(),
        hidden: arguments.hidden.hidden(),
        seed: variant.seed,
        device: arguments.device,
        training: TrainingSettings {
            learning_rate: variant.learning_rate,
            ..settings.clone()
        },
        regularisers: variant.regularisers.clone(),
    };
    let recipes: Vec<RegressionRecipe> = open.iter().map(recipe).collect();
    for recipe in &recipes {
        recipe.regularisers.check(data.training.targets())?;
    }
    let reporter = ModelReporter::new("training", open.len(), names.len(), &arguments.models);
    let keep = |job: usize, network: &Network| {
        keep(&open[job].0, &recipes[job], network, &data, &reporter)
    };
    let name = |job: usize| open[job].0.display().to_string();
    let recipes: Vec<&RegressionRecipe> = recipes.iter().collect();
    recipe::fit(&recipes, &data, &|event| reporter.handle(event, name, keep))?;
    reporter.finish()
}

/// Writes a trained network and prints its record.
fn keep(
    path: &Path,
    recipe: &RegressionRecipe,
    network: &Network,
    data: &Regression,
    reporter: &ModelReporter,
) -> anyhow::Result<()> {
    let network = in_units_of(&data.scaling, network)?;
    let targets = &data.scaling.targets;
    let plain = vec![Scale::NONE; targets.len()];
    let record = Record {
        model: path,
        source: &recipe.source,
        sizes: network.sizes(),
        seed: recipe.seed,
        device: recipe.device.to_string(),
        settings: &recipe.training,
        regularisers: &recipe.regularisers,
        test_errors: Errors::of(&network, &data.test, &plain),
        scaled_test_errors: Errors::of(&network, &data.test, targets),
    };
    write_model(path, &ModelFile::new(network, recipe.origin(data)))?;
    let errors = record.test_errors;
    if errors.r_squared <= 0.0 {
        tell(&format!(
            "warning: {} has diverged or not begun to learn: its R^2 on the test samples is {}",
            path.display(),
            Decimals(errors.r_squared, 4)
        ));
    }
    let summary = format!(
        "{}: {} trained on {}, on the test samples {}",
        path.display(),
        shape(&record.sizes),
        recipe.source,
        in_words(&errors)
    );
    reporter.print(&record, &summary)
}

/// `R^2 0.9998, root mean squared error 0.012, largest error 0.31`.
pub fn in_words(errors: &Errors) -> String {
    format!(
        "R^2 {}, root mean squared error {}, largest error {}",
        Decimals(errors.r_squared, 6),
        Decimals(errors.mean_squared.sqrt(), 6),
        Decimals(errors.largest, 4)
    )
}
