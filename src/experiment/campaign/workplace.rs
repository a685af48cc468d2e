//! Makes tasks, and keeps what the next one can reuse.

use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::{Context, anyhow};

use super::task::{Done, Task, TaskError, failed};
use crate::dataset::{self, Dataset, DatasetName, Source};
use crate::experiment::machine::{Machine, Provenance};
use crate::experiment::record::ModelFacts;
use crate::experiment::store::{Lookup, Store};
use crate::formats::{ModelFile, file_sha256, read_model};
use crate::parallel;
use crate::recipe::Recipe;

/// Makes one task after the other.
pub struct Workplace {
    pub(super) store: Store,
    source: Source,
    machine: Machine,
    workers: usize,
    images: Option<Dataset>,
    pub(super) solver_still_running: bool,
}

impl Workplace {
    /// A workplace on `store`, with images from `source`, beside `workers - 1` other workers.
    pub fn new(store: Store, source: Source, workers: usize) -> Self {
        Self {
            store,
            source,
            machine: Machine::this(),
            workers,
            images: None,
            solver_still_running: false,
        }
    }

    /// Makes `tasks`, runs or models that are trained together, and returns their results in order.
    /// The caller stores the records and renames the models' files. If nothing can be made here,
    /// the last result says so.
    pub fn work(&mut self, tasks: Vec<Task>) -> Vec<Result<Done, TaskError>> {
        let work = AssertUnwindSafe(|| self.work_unguarded(tasks.clone()));
        match catch_unwind(work) {
            Ok(done) => done,
            // One of them may have made all of them fail.
            Err(_) if tasks.len() > 1 => {
                let alone = tasks.into_iter().map(|task| vec![task]);
                alone.flat_map(|task| self.work(task)).collect()
            }
            Err(panic) => {
                let message = parallel::panic_text(&*panic);
                let fault = anyhow!("bug in this program: it panicked: {message}");
                vec![Err(failed(fault))]
            }
        }
    }

    fn work_unguarded(&mut self, tasks: Vec<Task>) -> Vec<Result<Done, TaskError>> {
        let provenance = Provenance::now(&self.machine, self.workers);
        let mut models = Vec::new();
        let mut done = Vec::new();
        for task in tasks {
            match task {
                Task::Model(settings) => models.push(*settings),
                Task::Run(settings) => {
                    let run = self.make_run(&settings, provenance.clone());
                    done.push(run.map(|record| Done::Run(Box::new(record))));
                }
            }
        }
        let models = self.make_models(&models, &provenance).into_iter();
        done.extend(
            models.map(|made| made.map(|(record, file)| Done::Model(Box::new(record), file))),
        );
        done
    }

    /// Whether a solver that ignored its interrupt may still be running in this process, and would
    /// slow what follows.
    pub fn is_spent(&self) -> bool {
        self.solver_still_running
    }

    /// Loads a model of the store with its facts.
    pub(super) fn model(&self, settings: &Recipe) -> Result<(ModelFile, ModelFacts), TaskError> {
        let key = settings.key();
        let path = self.store.model_path(&key);
        let record = match self.store.model(&key).map_err(failed)? {
            Lookup::Sound(record) => record,
            Lookup::Absent => return Err(failed(anyhow!("model {key} does not exist"))),
            Lookup::Damaged(damage) => return Err(failed(anyhow!("{damage}"))),
        };
        if file_sha256(&path).map_err(failed)? != record.facts.sha256 {
            return Err(failed(anyhow!(
                "{} is not the model of its record (--retry-failed makes it again)",
                path.display()
            )));
        }
        let model = read_model(&path).map_err(failed)?;
        Ok((model, record.facts))
    }

    /// The images of a data set at a side; cached, since the next task mostly needs the same.
    pub(super) fn images(&mut self, name: DatasetName, side: usize) -> Result<&Dataset, TaskError> {
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
