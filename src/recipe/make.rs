//! Follows recipes.

use thiserror::Error;

use super::description::{DenseRecipe, Recipe, SurrogateRecipe, TrainedRecipe};
use super::regression::{RegressionRecipe, fit};
use crate::dataset::{Split, TableError};
use crate::network::{Network, NetworkError, random};
use crate::pruning;
use crate::training::{
    self, Device, Event, Job, Observer, PruningJob, TrainingError, prune_iteratively,
};

/// Why a recipe cannot be followed.
#[derive(Debug, Error, PartialEq)]
pub enum RecipeError {
    /// A network that was not trained on images is to be finetuned.
    #[error("only classifiers of images can be finetuned")]
    FinetunedRegression,
    /// A regression network is to be trained on a table, whose file a recipe does not know.
    #[error("a recipe alone is not enough to train on the table {0}")]
    NoTable(String),
    /// The samples of a regression are not a table.
    #[error(transparent)]
    Samples(#[from] TableError),
    /// Training, pruning or finetuning cannot be run, or images are missing for it.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// A random network has an empty layer or too many weights.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// Makes models that differ in seeds, regularisers and prunings alone, all at once: surrogates from their `parents`, one
/// each, and what is trained on `images`. Regression networks are trained on samples of their functions.
///
/// # Panics
/// When some of the models are regression networks and others are not.
///
/// # Errors
/// When a layer is empty, and as [`train`] and [`prune`].
pub fn make(
    recipes: &[&Recipe],
    parents: &[Network],
    images: Option<&Split>,
    observer: Observer,
) -> Result<Networks, RecipeError> {
    let surrogates = recipes
        .iter()
        .filter_map(|recipe| recipe.surrogate.as_ref());
    let surrogates: Vec<(&SurrogateRecipe, &Network)> = surrogates.zip(parents).collect();
    if let Some((first, _)) = surrogates.first() {
        let images = match &recipes[0].dense {
            DenseRecipe::Trained(trained) => images.map(|images| (images, trained.device)),
            _ if first.finetuning.is_some() => return Err(RecipeError::FinetunedRegression),
            DenseRecipe::Regression(_) | DenseRecipe::Random { .. } => None,
        };
        return Ok(prune(&surrogates, images, observer)?);
    }
    let mut trained = Vec::new();
    let mut regressions = Vec::new();
    let mut drawn = Vec::new();
    for recipe in recipes {
        match &recipe.dense {
            DenseRecipe::Trained(recipe) => trained.push(recipe),
            DenseRecipe::Regression(recipe) => regressions.push(recipe),
            DenseRecipe::Random {
                inputs,
                hidden,
                seed,
            } => drawn.push(Ok(random(*inputs, hidden, *seed)?)),
        }
    }
    if !regressions.is_empty() {
        assert_eq!(regressions.len(), recipes.len(), "models of one kind");
        return fit_functions(&regressions, observer);
    }
    if trained.is_empty() {
        return Ok(drawn);
    }
    let images = images.ok_or(TrainingError::NoImages)?;
    Ok(train(&trained, images, observer)?)
}

/// Regression networks in the units of their data, which they share.
fn fit_functions(
    recipes: &[&RegressionRecipe],
    observer: Observer,
) -> Result<Networks, RecipeError> {
    let source = &recipes[0].source;
    let data = source.samples()?;
    let data = data.ok_or_else(|| RecipeError::NoTable(source.to_string()))?;
    let trained = recipes.iter().zip(fit(recipes, &data, observer)?);
    trained
        .map(|(recipe, network)| match network {
            Ok(network) => Ok(Ok(recipe.in_data_units(&data, &network)?)),
            Err(error) => Ok(Err(error)),
        })
        .collect()
}

/// The network of each recipe, or why its training failed.
pub type Networks = Vec<Result<Network, TrainingError>>;

/// Trains classifiers on `images`, all at once. Their recipes may differ in seeds, learning rates and regularisers.
///
/// # Errors
/// As [`training::train`]. Without recipes there are no networks.
pub fn train(
    recipes: &[&TrainedRecipe],
    images: &Split,
    observer: Observer,
) -> Result<Networks, TrainingError> {
    let Some(first) = recipes.first() else {
        return Ok(Vec::new());
    };
    let job = |recipe: &&TrainedRecipe| {
        let job = Job::new(recipe.side, &recipe.hidden, recipe.seed)?;
        let job = job.with_learning_rate(recipe.training.learning_rate);
        let pixels = vec![(0.0, 1.0); recipe.side * recipe.side];
        Ok(recipe.regularisers.added_to(job, &pixels))
    };
    let jobs: Vec<Job> = recipes
        .iter()
        .map(job)
        .collect::<Result<_, TrainingError>>()?;
    training::train(&jobs, images, &first.training, first.device, observer)
}

/// Prunes each network by its recipe: once, or in rounds with finetuning on `images`, all at once. The
/// recipes may differ in prunings and seeds.
///
/// # Errors
/// When a rate is outside [0, 1), when images are missing for finetuning, and as [`prune_iteratively`].
pub fn prune<'a>(
    recipes: &[(&'a SurrogateRecipe, &'a Network)],
    images: Option<(&Split, Device)>,
    observer: Observer,
) -> Result<Networks, TrainingError> {
    let Some((first, _)) = recipes.first() else {
        return Ok(Vec::new());
    };
    let Some(common) = &first.finetuning else {
        let pruned = recipes.iter().enumerate().map(|(job, (recipe, network))| {
            let outcome = Ok(pruning::prune(network, &recipe.pruning)?.apply(network));
            let event = Event::Done {
                job,
                outcome: &outcome,
            };
            observer(event);
            Ok(outcome)
        });
        return pruned.collect();
    };
    let (images, device) = images.ok_or(TrainingError::NoImages)?;
    let job = |(recipe, network): &(&'a SurrogateRecipe, &'a Network)| PruningJob {
        network,
        pruning: &recipe.pruning,
        seed: recipe
            .finetuning
            .as_ref()
            .map_or(common.seed, |own| own.seed),
    };
    let jobs: Vec<PruningJob> = recipes.iter().map(job).collect();
    prune_iteratively(
        &jobs,
        images,
        common.rounds,
        &common.settings,
        device,
        observer,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Function, SampleCounts};
    use crate::recipe::RegressionSource;
    use crate::training::TrainingSettings;

    fn recipe(seed: u64, regularisers: &str) -> RegressionRecipe {
        RegressionRecipe {
            source: RegressionSource::Function {
                function: Function::Peaks,
                samples: SampleCounts {
                    training: 200,
                    validation: 50,
                    test: 50,
                },
                seed: 0,
            },
            hidden: vec![5, 4],
            seed,
            device: Device::Cpu,
            training: TrainingSettings {
                epochs: 3,
                ..TrainingSettings::for_regression()
            },
            regularisers: regularisers.parse().unwrap(),
            increasing: false,
        }
    }

    #[test]
    fn regression_networks_are_made_together_as_if_alone() {
        let both = [recipe(1, "none"), recipe(2, "stable:1e-2")];
        assert!(both[0].goes_with(&both[1]));
        let deeper = RegressionRecipe {
            hidden: vec![5, 4, 3],
            ..recipe(1, "none")
        };
        assert!(!both[0].goes_with(&deeper));
        let model = |recipe: &RegressionRecipe| Recipe {
            dense: DenseRecipe::Regression(recipe.clone()),
            surrogate: None,
        };
        let made = |recipes: &[&Recipe]| -> Vec<Network> {
            let networks = make(recipes, &[], None, &|_| {}).unwrap().into_iter();
            networks.map(Result::unwrap).collect()
        };
        let models = both.each_ref().map(model);
        let together = made(&models.each_ref());
        let alone = models.each_ref().map(|model| made(&[model]).remove(0));
        assert_eq!(together, alone);
        assert_ne!(together[0], together[1]);
        assert_eq!(together[0].sizes(), both[0].sizes());
    }
}
