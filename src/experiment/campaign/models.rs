//! Making a model: drawing, training, pruning, finetuning.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::anyhow;

use super::task::{TaskError, failed, unable};
use super::workplace::Workplace;
use crate::experiment::machine::Provenance;
use crate::experiment::record::{ModelFacts, ModelRecord};
use crate::experiment::settings::{DenseSettings, ModelSettings, SurrogateSettings};
use crate::formats::{Metadata, Model, Origin, file_sha256, write_model};
use crate::network::{Activity, Network, random};
use crate::pruning::prune;
use crate::training::{accuracy, prune_iteratively, train};

impl Workplace {
    pub(super) fn make_model(
        &mut self,
        settings: &ModelSettings,
        provenance: Provenance,
    ) -> Result<(ModelRecord, PathBuf), TaskError> {
        let (network, origin, seconds) = match &settings.surrogate {
            None => self.make_dense(&settings.dense)?,
            Some(surrogate) => self.make_surrogate(settings, surrogate)?,
        };
        let accuracy = match &settings.dense {
            DenseSettings::Random { .. } => None,
            DenseSettings::Trained { dataset, side, .. } => {
                Some(accuracy(&network, &self.images(*dataset, *side)?.test))
            }
        };
        let activity = Activity::of(&network);
        let file = self.store.model_in_the_making().map_err(unable)?;
        let metadata = Some(Metadata::new(&network, origin));
        write_model(&file, &Model { network, metadata }).map_err(unable)?;
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
            provenance,
        };
        Ok((record, file.keep().map_err(unable)?))
    }

    fn make_dense(
        &mut self,
        settings: &DenseSettings,
    ) -> Result<(Network, Origin, f64), TaskError> {
        match settings {
            DenseSettings::Random {
                inputs,
                hidden,
                seed,
            } => {
                let started = Instant::now();
                let network = random(*inputs, hidden, *seed).map_err(failed)?;
                let seconds = started.elapsed().as_secs_f64();
                Ok((network, Origin::Random { seed: *seed }, seconds))
            }
            DenseSettings::Trained {
                dataset,
                side,
                hidden,
                seed,
                device,
                training,
            } => {
                let images = &self.images(*dataset, *side)?.train;
                let started = Instant::now();
                let network =
                    train(hidden, images, training, *seed, *device, &mut |_| {}).map_err(failed)?;
                let seconds = started.elapsed().as_secs_f64();
                let origin = Origin::Trained {
                    dataset: *dataset,
                    side: *side,
                    seed: *seed,
                    device: device.to_string(),
                    settings: serde_json::to_value(training).map_err(failed)?,
                };
                Ok((network, origin, seconds))
            }
        }
    }

    fn make_surrogate(
        &mut self,
        settings: &ModelSettings,
        surrogate: &SurrogateSettings,
    ) -> Result<(Network, Origin, f64), TaskError> {
        let parent_settings = settings.dense.model();
        let (parent, parent_facts) = self.model(&parent_settings)?;
        let (pruning, started);
        let network = match (&surrogate.finetuning, &settings.dense) {
            (
                Some(finetuning),
                DenseSettings::Trained {
                    dataset,
                    side,
                    device,
                    ..
                },
            ) => {
                let images = &self.images(*dataset, *side)?.train;
                started = Instant::now();
                pruning = &surrogate.pruning;
                let mut observer = |_, _| {};
                prune_iteratively(
                    &parent.network,
                    pruning,
                    images,
                    finetuning,
                    *device,
                    &mut observer,
                )
                .map_err(failed)?
            }
            (Some(_), DenseSettings::Random { .. }) => {
                return Err(failed(anyhow!("a random network cannot be finetuned")));
            }
            (None, _) => {
                started = Instant::now();
                pruning = &surrogate.pruning;
                let mask = prune(&parent.network, pruning).map_err(failed)?;
                mask.apply(&parent.network)
            }
        };
        let seconds = started.elapsed().as_secs_f64();
        let finetuning = surrogate.finetuning.as_ref().map(serde_json::to_value);
        let origin = Origin::Pruned {
            parent: format!("{}.safetensors", parent_settings.key()),
            parent_sha256: parent_facts.sha256,
            parent_origin: parent.metadata.map(|metadata| Box::new(metadata.origin)),
            pruning: pruning.clone(),
            finetuning: finetuning.transpose().map_err(failed)?,
        };
        Ok((network, origin, seconds))
    }
}
