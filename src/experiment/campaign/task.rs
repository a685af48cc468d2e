//! One piece of work: making a model, or making a run.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use anyhow::{Context, anyhow};
use serde::{Deserialize, Serialize};

use crate::dataset::{self, Dataset, DatasetName, Source};
use crate::experiment::machine::{Machine, Provenance};
use crate::experiment::record::{ImageFacts, ModelFacts, ModelRecord, RunRecord};
use crate::experiment::settings::{
    DenseSettings, ModelSettings, QuestionSettings, RunSettings, SurrogateSettings,
};
use crate::experiment::store::Store;
use crate::formats::{self, Metadata, Model, Origin, read_model, write_model};
use crate::instance::{Instance, LabelSource, runner_up_labels};
use crate::network::{Activity, Network, random};
use crate::pruning::prune;
use crate::search::{Findings, Settings, search};
use crate::solver::StopFlag;
use crate::training::{accuracy, prune_iteratively, train};

/// What is to be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Task {
    Model(Box<ModelSettings>),
    Run(Box<RunSettings>),
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Done {
    Model(Box<ModelRecord>),
    Run(Box<RunRecord>),
}

/// Why nothing came of it.
#[derive(Debug)]
pub enum TaskError {
    /// This piece of work cannot be done, others can.
    Failed(anyhow::Error),
    /// Nothing can be done here: no room on the disk, no data.
    Unable(anyhow::Error),
}

/// Somebody who does one piece of work after the other.
pub struct Workplace {
    store: Store,
    source: Source,
    machine: Machine,
    workers: usize,
    images: Option<Dataset>,
    solver_left_behind: bool,
}

impl Task {
    pub fn key(&self) -> String {
        match self {
            Self::Model(model) => model.key(),
            Self::Run(run) => run.key(),
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, dense, surrogate) = match self {
            Self::Model(model) => ("model", &model.dense, &model.surrogate),
            Self::Run(run) => ("run", &run.dense, &run.surrogate),
        };
        write!(f, "{what} of {dense}")?;
        match surrogate {
            None => Ok(()),
            Some(surrogate) => write!(f, ", {surrogate}"),
        }
    }
}

impl Done {
    /// Seconds within training, pruning or the search; the rest of the work is overhead.
    pub fn seconds(&self) -> f64 {
        match self {
            Self::Model(record) => record.facts.seconds,
            Self::Run(record) => record.outcome.seconds_total,
        }
    }
}

impl Workplace {
    /// Work on `store`, with images from `source`, beside `workers - 1` others.
    pub fn new(store: Store, source: Source, workers: usize) -> Self {
        Self {
            store,
            source,
            machine: Machine::this(),
            workers,
            images: None,
            solver_left_behind: false,
        }
    }

    /// Makes a model, whose file is written here, or a run. The record is the caller's to keep.
    pub fn work(&mut self, task: &Task) -> Result<Done, TaskError> {
        let work = AssertUnwindSafe(|| self.work_unguarded(task));
        catch_unwind(work).unwrap_or_else(|panic| {
            let message = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied());
            let message = message.unwrap_or("no message");
            Err(failed(anyhow!(
                "this program has a fault, it panicked: {message}"
            )))
        })
    }

    fn work_unguarded(&mut self, task: &Task) -> Result<Done, TaskError> {
        let provenance = Provenance::now(&self.machine, self.workers);
        match task {
            Task::Model(settings) => {
                let model = self.make_model(settings, provenance);
                model.map(|record| Done::Model(Box::new(record)))
            }
            Task::Run(settings) => {
                let run = self.make_run(settings, provenance);
                run.map(|record| Done::Run(Box::new(record)))
            }
        }
    }

    /// Whether a solver that did not return when it was told to may still be running in this
    /// process, and would slow what follows.
    pub fn is_spent(&self) -> bool {
        self.solver_left_behind
    }

    fn make_model(
        &mut self,
        settings: &ModelSettings,
        provenance: Provenance,
    ) -> Result<ModelRecord, TaskError> {
        let key = settings.key();
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
        let path = self.store.model_path(&key);
        let metadata = Some(Metadata::new(&network, origin));
        write_model(&path, &Model { network, metadata }).map_err(unable)?;
        Ok(ModelRecord {
            key,
            settings: settings.clone(),
            facts: ModelFacts {
                sha256: formats::file_sha256(&path).map_err(unable)?,
                seconds,
                accuracy,
                kept: activity.layers().iter().map(|layer| layer.kept).collect(),
                alive_outputs: activity.alive_outputs(),
                collapsed: activity.is_constant(),
            },
            provenance,
        })
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
        let parent_key = dense_key(settings);
        let parent_path = self.store.model_path(&parent_key);
        let parent = read_model(&parent_path).map_err(failed)?;
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
            parent: format!("{parent_key}.safetensors"),
            parent_sha256: formats::file_sha256(&parent_path).map_err(failed)?,
            parent_origin: parent.metadata.map(|metadata| Box::new(metadata.origin)),
            pruning: pruning.clone(),
            finetuning: finetuning.transpose().map_err(failed)?,
        };
        Ok((network, origin, seconds))
    }

    fn make_run(
        &mut self,
        settings: &RunSettings,
        provenance: Provenance,
    ) -> Result<RunRecord, TaskError> {
        let (dense, dense_facts) = self.model(&settings.dense_model())?;
        let (sparse, sparse_facts) = match settings.surrogate_model() {
            None => (None, None),
            Some(model) => {
                let (network, facts) = self.model(&model)?;
                (Some(network), Some(facts))
            }
        };
        let (instance, image) = self.ask(settings, &dense, sparse.as_ref())?;
        let limits = Settings {
            time_limit: settings.time_limit,
            threads: settings.threads,
            seed: settings.solver_seed,
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

    /// A model of the store with its facts.
    fn model(&self, settings: &ModelSettings) -> Result<(Network, ModelFacts), TaskError> {
        let key = settings.key();
        let record = self.store.model(&key).map_err(unable)?;
        let record = record
            .with_context(|| format!("model {key} is not made"))
            .map_err(failed)?;
        let path = self.store.model_path(&key);
        if formats::file_sha256(&path).map_err(failed)? != record.facts.sha256 {
            return Err(failed(anyhow!(
                "{} is not the model of its record: delete both files, and it is made again",
                path.display()
            )));
        }
        let model = read_model(&path).map_err(failed)?;
        Ok((model.network, record.facts))
    }

    /// The images of a data set at a side; kept, since the next work mostly needs the same.
    fn images(&mut self, name: DatasetName, side: usize) -> Result<&Dataset, TaskError> {
        let kept = self.images.take();
        let kept = kept.filter(|images| images.name == name && images.train.side() == side);
        let images = match kept {
            Some(images) => images,
            None => load(name, side, &self.source).map_err(TaskError::Unable)?,
        };
        Ok(self.images.insert(images))
    }
}

fn load(name: DatasetName, side: usize, source: &Source) -> anyhow::Result<Dataset> {
    let dataset = dataset::load(name, source, &mut |_| {})
        .with_context(|| format!("cannot load the data set {name}"))?;
    Ok(dataset.rescaled(side)?)
}

fn dense_key(settings: &ModelSettings) -> String {
    settings.parent().as_ref().unwrap_or(settings).key()
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

fn failed(error: impl Into<anyhow::Error>) -> TaskError {
    TaskError::Failed(error.into())
}

fn unable(error: impl Into<anyhow::Error>) -> TaskError {
    TaskError::Unable(error.into())
}
