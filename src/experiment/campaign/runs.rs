//! Making a run: the question, the search, the record.

use anyhow::anyhow;

use super::task::{TaskError, failed};
use super::workplace::Workplace;
use crate::experiment::machine::Provenance;
use crate::experiment::record::{ImageFacts, ModelFacts, RunRecord};
use crate::experiment::settings::{DenseSettings, ModelSettings, QuestionSettings, RunSettings};
use crate::experiment::soundness::Record;
use crate::experiment::store::is_of_another;
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
        let dense = self.model(&settings.dense_model());
        let (dense, dense_facts) = dense.map_err(in_part("the dense network"))?;
        let dense = dense.network;
        let (sparse, sparse_facts) = match settings.surrogate_model() {
            None => (None, None),
            Some(settings) => {
                let surrogate = self.surrogate(&settings, &dense_facts);
                let (network, facts) = surrogate.map_err(in_part("the surrogate"))?;
                (Some(network), Some(facts))
            }
        };
        let (instance, image) = self
            .ask(settings, &dense, sparse.as_ref())
            .map_err(in_part("the question"))?;
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
        .map_err(failed)
        .map_err(in_part(&format!("the strategy {}", settings.strategy)))?;
        self.solver_left_behind |= findings.left_behind;
        if findings.best.is_none() && !findings.failures.is_empty() {
            // Not "nothing found": it is to be tried again.
            return Err(failed(anyhow!("{}", findings.failures.join("; "))));
        }
        let record = record(
            settings,
            findings,
            image,
            dense_facts,
            sparse_facts,
            provenance,
        );
        // Better no record than one that does not count.
        match record.fault() {
            None => Ok(record),
            Some(fault) => Err(failed(anyhow!(
                "this program has a fault, its record would not count: {fault}"
            ))),
        }
    }

    /// The network of a surrogate, which must be of the dense network with these facts.
    fn surrogate(
        &self,
        settings: &ModelSettings,
        dense: &ModelFacts,
    ) -> Result<(Network, ModelFacts), TaskError> {
        let (model, facts) = self.model(settings)?;
        if is_of_another(&model, &dense.sha256) {
            return Err(failed(anyhow!(
                "model {} was pruned from another file of the dense model (--retry-failed makes it again)",
                settings.key()
            )));
        }
        Ok((model.network, facts))
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

/// Says in which part of a run an error arose.
fn in_part(part: &str) -> impl FnOnce(TaskError) -> TaskError {
    let part = part.to_owned();
    |error| match error {
        TaskError::Failed(error) => TaskError::Failed(error.context(part)),
        TaskError::Unable(error) => TaskError::Unable(error.context(part)),
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
