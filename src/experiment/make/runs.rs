//! Makes a run: poses the question, searches, and records the result.

use anyhow::anyhow;

use super::Workshop;
use crate::campaign::{Provenance, Record, TaskError};
use crate::dataset::Function;
use crate::experiment::record::{ImageFacts, ModelFacts, RunRecord};
use crate::experiment::settings::{QuestionSettings, RunSettings};
use crate::experiment::task::is_from_another_parent;
use crate::instance::{Constrained, ImageQuestion, Instance, LabelSource, Linear, Region, Target};
use crate::limits::StopFlag;
use crate::network::Network;
use crate::recipe::{DenseRecipe, Recipe, RegressionRecipe, RegressionSource};
use crate::search::{Event, SearchResult, Settings, search};

impl Workshop {
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
        let mut nodes = Nodes::default();
        let findings = search(
            settings.strategy,
            &dense,
            sparse.as_ref(),
            &instance,
            &limits,
            &mut |event| nodes.note(event),
        )
        .map_err(TaskError::failed)
        .map_err(in_part(&format!("the strategy {}", settings.strategy)))?;
        self.solver_still_running |= findings.still_running;
        let incumbent = findings.best.as_ref().map(|best| best.input.clone());
        if findings.best.is_none() && !findings.failures.is_empty() {
            // Not "nothing found": the run is to be retried.
            return Err(TaskError::failed(anyhow!(
                "{}",
                findings.failures.join("; ")
            )));
        }
        let mut record = record(
            settings,
            findings,
            image,
            dense_facts,
            sparse_facts,
            provenance,
        );
        if settings.question == QuestionSettings::Minimization {
            let function = learned_function(settings)?;
            record.nodes = nodes.all();
            record.function_value = incumbent.map(|input| function.value(&input));
        }
        // An invalid record is worse than none.
        match record.fault() {
            None => Ok(record),
            Some(fault) => Err(TaskError::failed(anyhow!(
                "bug in this program: its record would not count: {fault}"
            ))),
        }
    }

    /// The surrogate network, which must have been pruned from the dense network with the facts
    /// `dense`.
    fn surrogate(
        &self,
        settings: &Recipe,
        dense: &ModelFacts,
    ) -> Result<(Network, ModelFacts), TaskError> {
        let (model, facts) = self.model(settings)?;
        if is_from_another_parent(&model, &dense.sha256) {
            return Err(TaskError::failed(anyhow!(
                "model {} was pruned from another file of the dense model (--retry-failed makes it again)",
                settings.key()
            )));
        }
        Ok((model.network, facts))
    }

    /// The instance of a run, and the facts of its image.
    fn ask(
        &mut self,
        settings: &RunSettings,
        dense: &Network,
        sparse: Option<&Network>,
    ) -> Result<(Instance, Option<ImageFacts>), TaskError> {
        let (image, epsilon, region, labels) = match settings.question {
            QuestionSettings::Verification {
                image,
                epsilon,
                region,
                labels,
                ..
            } => (image, epsilon, region, labels),
            QuestionSettings::Maximization => {
                return Ok((Instance::maximization(dense.inputs()), None));
            }
            QuestionSettings::Minimization => {
                let function = learned_function(settings)?;
                return Ok((least_output(function).map_err(TaskError::failed)?, None));
            }
        };
        let DenseRecipe::Trained(trained) = &settings.dense else {
            return Err(TaskError::failed(anyhow!(
                "only a classifier can be verified"
            )));
        };
        let images = &self.images(trained.dataset, trained.side)?.train;
        if image >= images.len() {
            let count = images.len();
            return Err(TaskError::failed(anyhow!(
                "image {image}: {} has {count} training images",
                trained.dataset
            )));
        }
        let class = usize::from(images.labels()[image]);
        let pixels = images.input(image);
        let question = ImageQuestion {
            image: pixels.clone(),
            epsilon,
            distance: region,
            label: None,
            target: Target::RunnerUp,
            is_strict: false,
        };
        let judge = match (labels, sparse) {
            (LabelSource::Surrogate, Some(sparse)) => sparse,
            _ => dense,
        };
        let mut asked = question.ask(dense, judge).map_err(TaskError::failed)?;
        let instance = asked.instances.swap_remove(0);
        let facts = ImageFacts {
            class,
            correctly_classified: asked.predicted == class,
            label: asked.label,
            target: asked.targets[0],
            margin: Some(instance.objective().value(&pixels, &dense.forward(&pixels))),
        };
        Ok((instance, Some(facts)))
    }
}

/// The function that a network was trained on.
fn learned_function(settings: &RunSettings) -> Result<Function, TaskError> {
    match &settings.dense {
        DenseRecipe::Regression(RegressionRecipe {
            source: RegressionSource::Function { function, .. },
            ..
        }) => Ok(*function),
        _ => Err(TaskError::failed(anyhow!(
            "only a network of a function can be minimised"
        ))),
    }
}

/// The minimization of the output over the domain of the function.
fn least_output(function: Function) -> anyhow::Result<Instance> {
    let (lower, upper) = function.domain();
    let inputs = function.inputs();
    let region = Region::new_box(vec![lower; inputs], vec![upper; inputs])?;
    let question = Constrained::new(region, Linear::output(0).negated(), Vec::new())?;
    Ok(question.unconstrained())
}

/// Nodes of the branch and bounds of a search, as it reports them.
#[derive(Default)]
struct Nodes {
    /// Those of the searches before the latest restart.
    before: i64,
    last: Option<i64>,
}

impl Nodes {
    fn note(&mut self, event: &Event) {
        if let Event::Progress(progress) = event {
            let last = self.last.unwrap_or(0);
            if progress.nodes < last {
                self.before += last;
            }
            self.last = Some(progress.nodes);
        }
    }

    fn all(&self) -> Option<i64> {
        self.last.map(|last| self.before + last)
    }
}

/// Adds to an error in which part of a run it arose.
fn in_part(part: &str) -> impl FnOnce(TaskError) -> TaskError {
    let part = part.to_owned();
    |error| match error {
        TaskError::Failed(error) => TaskError::Failed(error.context(part)),
        TaskError::Unable(error) => TaskError::Unable(error.context(part)),
    }
}

fn record(
    settings: &RunSettings,
    findings: SearchResult,
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
        nodes: None,
        function_value: None,
        stream: findings.candidates,
        provenance,
    }
}
