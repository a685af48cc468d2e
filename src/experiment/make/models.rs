//! Makes models by their recipes.

use std::ffi::OsStr;
use std::time::Instant;

use anyhow::Context;

use super::Workshop;
use crate::bounds::{Phase, interval};
use crate::campaign::{Provenance, Record, TaskError};
use crate::dataset::Regression;
use crate::experiment::record::{BoundFacts, ModelFacts, ModelRecord};
use crate::formats::{ModelFile, Origin, file_sha256, write_model};
use crate::instance::Region;
use crate::network::{Activity, Network};
use crate::recipe::{DenseRecipe, ParentFile, Recipe, make};
use crate::training::{Errors, accuracy};

/// A record and the name of its model's file, which is still a temporary one.
type MadeModel = (ModelRecord, String);

impl Workshop {
    /// Makes models with the same training all at once, seeds and prunings aside. Returns fewer results
    /// than models if nothing can be made here.
    pub(super) fn make_models(
        &mut self,
        models: &[Recipe],
        provenance: &Provenance,
    ) -> Vec<Result<MadeModel, TaskError>> {
        match self.make_together(models, provenance) {
            Ok(made) => made,
            // One of them may have made all of them fail.
            Err(TaskError::Failed(_)) if models.len() > 1 => {
                let alone = models.chunks(1);
                alone
                    .flat_map(|model| self.make_models(model, provenance))
                    .collect()
            }
            Err(error) => vec![Err(error)],
        }
    }

    fn make_together(
        &mut self,
        models: &[Recipe],
        provenance: &Provenance,
    ) -> Result<Vec<Result<MadeModel, TaskError>>, TaskError> {
        // The data set and the parents are loaded before the clock starts.
        let parents = models.iter().filter_map(Recipe::parent);
        let parents: Vec<Network> = parents
            .map(|parent| Ok(self.model(&parent)?.0.network))
            .collect::<Result<_, TaskError>>()?;
        let images = match models.first().and_then(Recipe::training) {
            Some(training) => Some(&self.images(training.dataset, training.side)?.train),
            None => None,
        };
        let recipes: Vec<&Recipe> = models.iter().collect();
        let started = Instant::now();
        let networks = make(&recipes, &parents, images, &|_| {}).map_err(TaskError::failed)?;
        let seconds = started.elapsed().as_secs_f64() / models.len() as f64;
        let made = models.iter().zip(networks).map(|(recipe, network)| {
            self.keep(
                recipe,
                network.map_err(TaskError::failed)?,
                seconds,
                provenance,
            )
        });
        Ok(made.collect())
    }

    /// Writes a model to a temporary file, and creates its record.
    fn keep(
        &mut self,
        recipe: &Recipe,
        network: Network,
        seconds: f64,
        provenance: &Provenance,
    ) -> Result<MadeModel, TaskError> {
        let accuracy = match &recipe.dense {
            DenseRecipe::Regression(_) | DenseRecipe::Random { .. } => None,
            DenseRecipe::Trained(trained) => {
                let images = self.images(trained.dataset, trained.side)?;
                Some(accuracy(&network, &images.test))
            }
        };
        let activity = Activity::of(&network);
        let samples = samples_of(recipe)?;
        let (errors, unit, bounds) = match &samples {
            None => (None, None, None),
            Some(data) => (
                Some(Errors::of(&network, &data.test, &data.scaling.targets)),
                Some(data.scaling.targets[0].unit),
                Some(bound_facts(&network, data).map_err(TaskError::failed)?),
            ),
        };
        let file = self
            .store
            .create_file(ModelRecord::KIND)
            .map_err(TaskError::unable)?;
        let model = ModelFile::new(network, self.origin(recipe, samples.as_ref())?);
        write_model(&file, &model).map_err(TaskError::unable)?;
        let record = ModelRecord {
            key: recipe.key(),
            settings: recipe.clone(),
            facts: ModelFacts {
                sha256: file_sha256(&file).map_err(TaskError::unable)?,
                seconds,
                accuracy,
                errors,
                unit,
                bounds,
                kept: activity.layers().iter().map(|layer| layer.kept).collect(),
                alive_outputs: activity.alive_outputs(),
                collapsed: activity.is_constant(),
            },
            provenance: provenance.clone(),
        };
        let file = file.keep().map_err(TaskError::unable)?;
        let name = file.file_name().and_then(OsStr::to_str);
        let name = name
            .context("a temporary name is text")
            .map_err(TaskError::unable)?;
        Ok((record, name.to_owned()))
    }

    fn origin(&self, recipe: &Recipe, data: Option<&Regression>) -> Result<Origin, TaskError> {
        let Some(surrogate) = &recipe.surrogate else {
            return Ok(recipe.dense.origin(data));
        };
        let parent_recipe = recipe.dense.model();
        let (parent, facts) = self.model(&parent_recipe)?;
        Ok(surrogate.origin(ParentFile {
            name: format!("{}.safetensors", parent_recipe.key()),
            sha256: facts.sha256,
            origin: parent.metadata.map(|metadata| metadata.origin),
        }))
    }
}

/// The samples of the function that a network learns.
fn samples_of(recipe: &Recipe) -> Result<Option<Regression>, TaskError> {
    match &recipe.dense {
        DenseRecipe::Regression(recipe) => recipe.source.samples().map_err(TaskError::failed),
        DenseRecipe::Trained(_) | DenseRecipe::Random { .. } => Ok(None),
    }
}

/// The hidden neurons' bounds over the domain of the samples.
fn bound_facts(network: &Network, data: &Regression) -> anyhow::Result<BoundFacts> {
    let (lower, upper) = data.domain.iter().copied().unzip();
    let bounds = interval(network, &Region::new_box(lower, upper)?)?;
    let hidden = bounds.layers()[..network.hidden().len()].iter().flatten();
    let widths: Vec<f64> = hidden
        .clone()
        .map(|bound| bound.upper() - bound.lower())
        .collect();
    Ok(BoundFacts {
        unstable: hidden
            .filter(|bound| bound.phase() == Phase::Unstable)
            .count(),
        mean_width: widths.iter().sum::<f64>() / widths.len().max(1) as f64,
        largest_width: widths.iter().copied().fold(0.0, f64::max),
    })
}
