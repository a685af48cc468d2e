//! Making a run: the question, the search, the record.

use anyhow::anyhow;

use super::task::{TaskError, failed};
use super::workplace::Workplace;
use crate::experiment::machine::Provenance;
use crate::experiment::record::{ImageFacts, ModelFacts, RunRecord};
use crate::experiment::settings::{DenseSettings, ModelSettings, QuestionSettings, RunSettings};
use crate::formats::{Model, Origin};
use crate::instance::{Instance, LabelSource, runner_up_labels};
use crate::network::Network;
use crate::search::{Findings, Settings, search};
use crate::solver::StopFlag;

impl Workplace {
    pub(super) fn make_run(
        &mut self,
        settings: &RunSettings,
        provenance: Provenance,
    ) -> Result<RunRecord, TaskError> {
        let (dense, dense_facts) = self.model(&settings.dense_model())?;
        let dense = dense.network;
        let (sparse, sparse_facts) = match settings.surrogate_model() {
            None => (None, None),
            Some(settings) => {
                let (model, facts) = self.model(&settings)?;
                check_parent(&model, &dense_facts, &settings)?;
                (Some(model.network), Some(facts))
            }
        };
        let (instance, image) = self.ask(settings, &dense, sparse.as_ref())?;
        let limits = Settings {
            time_limit: settings.time_limit,
            threads: settings.threads,
            seed: settings.solver_seed,
            bounds: settings.bounds,
            relaxation_first: false,
            mip_start: false,
            stop: StopFlag::default(),
        };
        let findings = search(
            settings.strategy,
            &dense,
            sparse.as_ref(),
            &instance,
            &limits,
            &mut |_| {},
        )
        .map_err(failed)?;
        self.solver_left_behind |= findings.left_behind;
        Ok(record(
            settings,
            findings,
            image,
            dense_facts,
            sparse_facts,
            provenance,
        ))
    }

    /// The question of a run, and what is known of its image.
    fn ask(
        &mut self,
        settings: &RunSettings,
        dense: &Network,
        sparse: Option<&Network>,
    ) -> Result<(Instance, Option<ImageFacts>), TaskError> {
        let QuestionSettings::Verification {
            image,
            epsilon,
            labels,
            ..
        } = settings.question
        else {
            return Ok((Instance::maximization(dense.inputs()), None));
        };
        let DenseSettings::Trained { dataset, side, .. } = settings.dense else {
            return Err(failed(anyhow!("only a classifier can be verified")));
        };
        let images = &self.images(dataset, side)?.train;
        if image >= images.len() {
            let count = images.len();
            return Err(failed(anyhow!(
                "image {image}: {dataset} has {count} training images"
            )));
        }
        let (input, class) = (images.input(image), usize::from(images.labels()[image]));
        let predicted = runner_up_labels(dense, &input).map_err(failed)?;
        let chosen = match (labels, sparse) {
            (LabelSource::Surrogate, Some(sparse)) => {
                runner_up_labels(sparse, &input).map_err(failed)?
            }
            _ => predicted,
        };
        let (label, target) = (chosen.label, chosen.target);
        let instance = Instance::verification(input, epsilon, label, target).map_err(failed)?;
        let facts = ImageFacts {
            class,
            correctly_classified: predicted.label == class,
            label,
            target,
        };
        Ok((instance, Some(facts)))
    }
}

/// A surrogate is of the dense network that it stands for, not of another with the same settings.
fn check_parent(
    surrogate: &Model,
    dense: &ModelFacts,
    settings: &ModelSettings,
) -> Result<(), TaskError> {
    let origin = surrogate.metadata.as_ref().map(|metadata| &metadata.origin);
    match origin {
        Some(Origin::Pruned { parent_sha256, .. }) if *parent_sha256 != dense.sha256 => {
            Err(failed(anyhow!(
                "the surrogate was pruned from another file of the dense model: delete the model {}, and with --retry-failed it is made again",
                settings.key()
            )))
        }
        _ => Ok(()),
    }
}

fn record(
    settings: &RunSettings,
    findings: Findings,
    image: Option<ImageFacts>,
    dense: ModelFacts,
    surrogate: Option<ModelFacts>,
    provenance: Provenance,
) -> RunRecord {
    RunRecord {
        key: settings.key(),
        settings: settings.clone(),
        image,
        dense,
        surrogate,
        outcome: (&findings).into(),
        stream: findings.candidates,
        provenance,
    }
}
