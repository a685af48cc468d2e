//! Makes models: random networks, training, pruning, finetuning.

use std::ffi::OsStr;
use std::time::Instant;

use anyhow::{Context, anyhow};

use super::task::{TaskError, failed, unable};
use super::workplace::Workplace;
use crate::experiment::machine::Provenance;
use crate::experiment::record::{ModelFacts, ModelRecord};
use crate::experiment::settings::{DenseSettings, ModelSettings, SurrogateSettings};
use crate::formats::{ModelFile, Origin, file_sha256, write_model};
use crate::network::{Activity, Network, random};
use crate::pruning::prune;
use crate::training::{Job, PruningJob, accuracy, prune_iteratively, train};

/// A record and the name of its model's file, which is still a temporary one.
type MadeModel = (ModelRecord, String);

impl Workplace {
    /// Makes models with the same training all at once, seeds and prunings aside. Returns fewer results
    /// than models if nothing can be made here.
    pub(super) fn make_models(
        &mut self,
        models: &[ModelSettings],
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
        models: &[ModelSettings],
        provenance: &Provenance,
    ) -> Result<Vec<Result<MadeModel, TaskError>>, TaskError> {
        let Some(training) = models.first().and_then(ModelSettings::training) else {
            let made = models.iter().map(|settings| {
                let started = Instant::now();
                let network = self.make_untrained(settings)?;
                let seconds = started.elapsed().as_secs_f64();
                self.keep(settings, network, seconds, provenance)
            });
            return Ok(made.collect());
        };
        // The data set and the parents are loaded before the clock starts.
        let parents = models.iter().filter_map(ModelSettings::parent);
        let parents: Vec<Network> = parents
            .map(|parent| Ok(self.model(&parent)?.0.network))
            .collect::<Result<_, TaskError>>()?;
        let images = &self.images(training.dataset, training.side)?.train;
        let started = Instant::now();
        let networks = match training.rounds {
            None => {
                let jobs = models
                    .iter()
                    .map(|model| Job::new(training.side, training.hidden, seed(model)));
                let jobs: Vec<Job> = jobs.collect::<Result<_, _>>().map_err(failed)?;
                train(&jobs, images, training.settings, training.device, &|_| {})
            }
            Some(rounds) => {
                let jobs = models.iter().zip(&parents).filter_map(|(model, network)| {
                    let surrogate = model.surrogate.as_ref()?;
                    Some(PruningJob {
                        network,
                        pruning: &surrogate.pruning,
                        seed: surrogate.finetuning.as_ref()?.seed,
                    })
                });
                let jobs: Vec<PruningJob> = jobs.collect();
                prune_iteratively(
                    &jobs,
                    images,
                    rounds,
                    training.settings,
                    training.device,
                    &|_| {},
                )
            }
        };
        let networks = networks.map_err(failed)?;
        let seconds = started.elapsed().as_secs_f64() / models.len() as f64;
        let made = models.iter().zip(networks).map(|(settings, network)| {
            self.keep(settings, network.map_err(failed)?, seconds, provenance)
        });
        Ok(made.collect())
    }

    /// Makes a network that needs no training.
    fn make_untrained(&self, settings: &ModelSettings) -> Result<Network, TaskError> {
        match (&settings.surrogate, &settings.dense) {
            (
                None,
                DenseSettings::Random {
                    inputs,
                    hidden,
                    seed,
                },
            ) => random(*inputs, hidden, *seed).map_err(failed),
            (
                Some(SurrogateSettings {
                    pruning,
                    finetuning: None,
                }),
                _,
            ) => {
                let (parent, _) = self.model(&settings.dense.model())?;
                let mask = prune(&parent.network, pruning).map_err(failed)?;
                Ok(mask.apply(&parent.network))
            }
            _ => Err(failed(anyhow!("a random network cannot be finetuned"))),
        }
    }

    /// Writes a model to a temporary file, and creates its record.
    fn keep(
        &mut self,
        settings: &ModelSettings,
        network: Network,
        seconds: f64,
        provenance: &Provenance,
    ) -> Result<MadeModel, TaskError> {
        let accuracy = match &settings.dense {
            DenseSettings::Random { .. } => None,
            DenseSettings::Trained { dataset, side, .. } => {
                Some(accuracy(&network, &self.images(*dataset, *side)?.test))
            }
        };
        let activity = Activity::of(&network);
        let file = self.store.create_model_file().map_err(unable)?;
        let model = ModelFile::new(network, self.origin(settings)?);
        write_model(&file, &model).map_err(unable)?;
        let record = ModelRecord {
            key: settings.key(),
            settings: settings.clone(),
            facts: ModelFacts {
                sha256: file_sha256(&file).map_err(unable)?,
                seconds,
                accuracy,
                kept: activity.layers().iter().map(|layer| layer.kept).collect(),
                alive_outputs: activity.alive_outputs(),
                collapsed: activity.is_constant(),
            },
            provenance: provenance.clone(),
        };
        let file = file.keep().map_err(unable)?;
        let name = file.file_name().and_then(OsStr::to_str);
        let name = name.context("a temporary name is text").map_err(unable)?;
        Ok((record, name.to_owned()))
    }

    fn origin(&self, settings: &ModelSettings) -> Result<Origin, TaskError> {
        if let Some(SurrogateSettings {
            pruning,
            finetuning,
        }) = &settings.surrogate
        {
            let parent_settings = settings.dense.model();
            let (parent, parent_facts) = self.model(&parent_settings)?;
            let finetuning = finetuning.as_ref().map(serde_json::to_value);
            return Ok(Origin::Pruned {
                parent: format!("{}.safetensors", parent_settings.key()),
                parent_sha256: parent_facts.sha256,
                parent_origin: parent.metadata.map(|metadata| Box::new(metadata.origin)),
                pruning: pruning.clone(),
                finetuning: finetuning.transpose().map_err(failed)?,
            });
        }
        Ok(match &settings.dense {
            DenseSettings::Random { seed, .. } => Origin::Random { seed: *seed },
            DenseSettings::Trained {
                dataset,
                side,
                seed,
                device,
                training,
                ..
            } => Origin::Trained {
                dataset: *dataset,
                side: *side,
                seed: *seed,
                device: device.to_string(),
                settings: serde_json::to_value(training).map_err(failed)?,
            },
        })
    }
}

/// The seed that a network is trained from.
fn seed(model: &ModelSettings) -> u64 {
    match model.dense {
        DenseSettings::Trained { seed, .. } => seed,
        DenseSettings::Random { seed, .. } => u64::from(seed),
    }
}
