//! Training of regression networks.

use std::path::Path;

use anyhow::ensure;
use serde::Serialize;

use super::{Arguments, Variant, names, shape};
use crate::cli::models::{ModelReporter, Names};
use crate::cli::output::{path_as_text, tell};
use crate::cli::test_errors::TestErrors;
use crate::dataset::Regression;
use crate::formats::{ModelFile, write_model};
use crate::network::Network;
use crate::numbers::Decimals;
use crate::recipe::{self, RegressionRecipe, RegressionSource};
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
    test_errors: TestErrors,
    /// In the units of the training; of quantiles, there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    scaled_test_errors: Option<Errors>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    ensure!(
        !arguments.increasing || arguments.quantiles.is_some(),
        "--increasing is for quantiles: expected --quantiles N"
    );
    let settings = arguments.settings(defaults(arguments))?;
    let variants = arguments.variants(&settings)?;
    let names: Vec<Names> = variants.iter().map(names).collect();
    let paths = arguments.models.paths(&names)?;
    let open = arguments.models.unmade(paths.into_iter().zip(variants));
    let files = arguments.samples.files();
    arguments.models.check_outputs(&files, &open)?;
    let (source, data) = arguments.samples.load(arguments.quantiles.is_some())?;
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
        increasing: arguments.increasing,
    };
    let recipes: Vec<RegressionRecipe> = open.iter().map(recipe).collect();
    for recipe in &recipes {
        recipe.regularisers.check(data.training.targets())?;
        ensure!(
            !recipe.increasing || !recipe.regularisers.penalise_biases(),
            "--increasing needs large biases, which l1 and l2 penalise: expected l1-weights or l2-weights"
        );
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

fn defaults(arguments: &Arguments) -> TrainingSettings {
    match arguments.quantiles {
        None => TrainingSettings::for_regression(),
        Some(count) => TrainingSettings::for_quantiles(count as usize),
    }
}

/// Writes a trained network and prints its record.
fn keep(
    path: &Path,
    recipe: &RegressionRecipe,
    network: &Network,
    data: &Regression,
    reporter: &ModelReporter,
) -> anyhow::Result<()> {
    let network = recipe.in_data_units(data, network)?;
    let test_errors = TestErrors::of(&network, &data.test, &recipe.training.loss);
    let scaled = || Errors::of(&network, &data.test, &data.scaling.targets);
    let settings = recipe.settings();
    let record = Record {
        model: path,
        source: &recipe.source,
        sizes: network.sizes(),
        seed: recipe.seed,
        device: recipe.device.to_string(),
        settings: &settings,
        regularisers: &recipe.regularisers,
        scaled_test_errors: matches!(test_errors, TestErrors::Squared(_)).then(scaled),
        test_errors,
    };
    write_model(path, &ModelFile::new(network, recipe.origin(data)))?;
    if let TestErrors::Squared(errors) = record.test_errors
        && errors.r_squared <= 0.0
    {
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
        record.test_errors
    );
    reporter.print(&record, &summary)
}
