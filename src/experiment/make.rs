//! Makes models and runs, and keeps what the next one can reuse.

mod models;
mod runs;

use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::{Context, anyhow};

use super::record::{ModelFacts, ModelRecord};
use super::task::{Done, Task};
use crate::campaign::{Lookup, Machine, Provenance, Record, Store, TaskError, Workplace};
use crate::dataset::{self, Dataset, DatasetName, Source};
use crate::formats::{ModelFile, file_sha256, read_model};
use crate::parallel;
use crate::recipe::Recipe;

/// Makes one task after the other.
pub struct Workshop {
    store: Store,
    source: Source,
    machine: Machine,
    workers: usize,
    images: Option<Dataset>,
    solver_still_running: bool,
}

impl Workplace for Workshop {
    type Task = Task;

    fn work(&mut self, tasks: Vec<Task>) -> Vec<Result<Done, TaskError>> {
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
                vec![Err(TaskError::failed(fault))]
            }
        }
    }

    /// Whether a solver that ignored its interrupt may still be running.
    fn is_spent(&self) -> bool {
        self.solver_still_running
    }
}

impl Workshop {
    /// A workshop on `store`, with images from `source`, beside `workers - 1` other workers.
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

    /// Loads a model of the store with its facts.
    fn model(&self, settings: &Recipe) -> Result<(ModelFile, ModelFacts), TaskError> {
        let key = settings.key();
        let path = self.store.file_path(ModelRecord::KIND, &key);
        let record = match self
            .store
            .record::<ModelRecord>(&key)
            .map_err(TaskError::failed)?
        {
            Lookup::Sound(record) => record,
            Lookup::Absent => return Err(TaskError::failed(anyhow!("model {key} does not exist"))),
            Lookup::Damaged(damage) => return Err(TaskError::failed(anyhow!("{damage}"))),
        };
        if file_sha256(&path).map_err(TaskError::failed)? != record.facts.sha256 {
            return Err(TaskError::failed(anyhow!(
                "{} is not the model of its record (--retry-failed makes it again)",
                path.display()
            )));
        }
        let model = read_model(&path).map_err(TaskError::failed)?;
        Ok((model, record.facts))
    }

    /// The images of a data set at a side; cached, since the next task mostly needs the same.
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
