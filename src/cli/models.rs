//! Shared by `train` and `prune`: one model or many per command, each written as soon as it is ready.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, anyhow, bail, ensure};
use clap::Args;
use serde::Serialize;

use super::destination::{ForceArguments, Input, check_is_file};
use super::output::{print, print_json, tell};
use super::training_meter::TrainingMeter;
use crate::files::{check_writable, sweep};
use crate::network::Network;
use crate::training::Event;

/// Where models are written, and how they are reported.
#[derive(Debug, Clone, Args)]
pub struct ModelsArguments {
    /// Print one JSON object per model instead of the summary, one per line if there are several
    #[arg(long)]
    json: bool,
    /// Model file to write; for several models, with {seed}, {learning-rate} or {regulariser} (train), {seed} or
    /// {rate} (prune) in its name
    #[arg(short, long, value_name = "MODEL")]
    output: PathBuf,
    /// Skip models whose files exist
    #[arg(long)]
    skip_existing: bool,
    #[command(flatten)]
    force: ForceArguments,
}

/// The placeholders in a model's file name, with their values.
pub type Names = Vec<(&'static str, String)>;

impl ModelsArguments {
    /// Rejects outputs to stdout or to a file that is read.
    pub fn check_outputs<T>(&self, inputs: &[Input], open: &[(PathBuf, T)]) -> anyhow::Result<()> {
        let outputs: Vec<&Path> = open.iter().map(|(path, _)| path.as_path()).collect();
        outputs
            .iter()
            .try_for_each(|path| check_is_file("--output", path))?;
        self.force.check(inputs, "--output", &outputs)
    }

    /// The file of each model. Fails early if one cannot be written.
    pub fn paths(&self, models: &[Names]) -> anyhow::Result<Vec<PathBuf>> {
        let different = models.iter().collect::<HashSet<_>>().len();
        ensure!(
            different == models.len(),
            "{} models requested, only {different} of them different: a value is given twice",
            models.len()
        );
        self.check_pattern(models)?;
        let paths: Vec<PathBuf> = models.iter().map(|names| self.path(names)).collect();
        let distinct = paths.iter().collect::<HashSet<_>>().len();
        ensure!(
            distinct == paths.len(),
            "{} models requested, but --output {} names {distinct}, expected {} in it",
            paths.len(),
            self.output.display(),
            varying(models).join(" and ")
        );
        let folders: HashSet<&Path> = paths.iter().filter_map(|path| path.parent()).collect();
        for folder in folders {
            let here = folder.as_os_str().is_empty();
            sweep(if here { Path::new(".") } else { folder });
        }
        for path in &paths {
            check_writable(path).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(paths)
    }

    /// Fails if the output has an unknown placeholder.
    fn check_pattern(&self, models: &[Names]) -> anyhow::Result<()> {
        // A name that is not UTF-8 has no placeholders.
        let Some(pattern) = self.output.to_str() else {
            return Ok(());
        };
        let known: Vec<&str> = models.iter().flatten().map(|(name, _)| *name).collect();
        let unknown = placeholders(pattern).find(|found| !known.contains(found));
        if let Some(unknown) = unknown {
            let known: BTreeSet<&str> = known.into_iter().collect();
            bail!(
                "--output {pattern} has the unknown placeholder {unknown}, expected {}",
                known.into_iter().collect::<Vec<_>>().join(" or ")
            );
        }
        Ok(())
    }

    /// The output with every placeholder replaced. (A name that is not UTF-8 has none.)
    fn path(&self, names: &Names) -> PathBuf {
        let Some(pattern) = self.output.to_str() else {
            return self.output.clone();
        };
        let fill = |text: String, (name, value): &(&str, String)| text.replace(name, value);
        names.iter().fold(pattern.to_owned(), fill).into()
    }

    /// The models still to be made; reports how many exist.
    pub fn unmade<T>(&self, models: impl Iterator<Item = (PathBuf, T)>) -> Vec<(PathBuf, T)> {
        let is_made = |(path, _): &(PathBuf, T)| self.skip_existing && path.exists();
        let (made, unmade): (Vec<_>, Vec<_>) = models.partition(is_made);
        if !made.is_empty() {
            let all = made.len() + unmade.len();
            tell(&format!("{} of {all} models exist already", made.len()));
        }
        unmade
    }
}

/// The parts in braces, braces included.
fn placeholders(pattern: &str) -> impl Iterator<Item = &str> {
    let parts = pattern.split_inclusive('}');
    parts.filter_map(|part| {
        let begin = part.rfind('{')?;
        part.ends_with('}').then(|| &part[begin..])
    })
}

/// The placeholders whose values differ between models.
fn varying(models: &[Names]) -> Vec<&'static str> {
    let Some((first, others)) = models.split_first() else {
        return Vec::new();
    };
    let varies = |at: &usize| others.iter().any(|other| other[*at] != first[*at]);
    let places = (0..first.len()).filter(varies);
    places.map(|at| first[at].0).collect()
}

/// Reports the models of one command while they are made. Used from several threads.
pub struct ModelReporter {
    json: bool,
    /// Whether a single model was requested, existing or not.
    single: bool,
    meter: TrainingMeter,
    failures: Mutex<Vec<anyhow::Error>>,
}

impl ModelReporter {
    /// `models` of the `requested` models will be made; `name` describes the work.
    pub fn new(name: &str, models: usize, requested: usize, arguments: &ModelsArguments) -> Self {
        Self {
            json: arguments.json,
            single: requested == 1,
            meter: TrainingMeter::new(name, models),
            failures: Mutex::new(Vec::new()),
        }
    }

    /// Shows the progress of training, and passes each trained network to `keep`.
    /// `name` identifies a model in error messages.
    pub fn handle(
        &self,
        event: Event,
        name: impl FnOnce(usize) -> String,
        keep: impl FnOnce(usize, &Network) -> anyhow::Result<()>,
    ) {
        let (job, outcome) = match event {
            Event::Done { job, outcome } => (job, outcome),
            Event::Progress(progress) => return self.meter.show(&progress),
            Event::TooMany { networks, failed } => {
                return self.meter.hidden(|| {
                    tell(&format!(
                        "training {networks} networks at once failed ({failed}); continuing with half as many"
                    ));
                });
            }
        };
        let kept = match outcome {
            Ok(network) => keep(job, network),
            Err(error) => Err(anyhow!("{error}").context(name(job))),
        };
        if let Err(error) = kept {
            let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
            failures.push(error);
        }
    }

    /// Prints the record of a model, or its summary.
    pub fn print(&self, record: &impl Serialize, summary: &str) -> anyhow::Result<()> {
        self.meter.hidden(|| match (self.json, self.single) {
            (false, _) => print(summary),
            (true, true) => print_json(record),
            (true, false) => print(&serde_json::to_string(record)?),
        })
    }

    /// Reports the failures.
    pub fn finish(self) -> anyhow::Result<()> {
        let models = self.meter.networks();
        drop(self.meter);
        let failures = self.failures.into_inner();
        let mut failures = failures.unwrap_or_else(PoisonError::into_inner);
        if self.single {
            return failures.pop().map_or(Ok(()), Err);
        }
        failures
            .iter()
            .for_each(|error| tell(&format!("{error:#}")));
        ensure!(
            failures.is_empty(),
            "{} of {models} models failed",
            failures.len()
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(seed: u64, rate: f64) -> Names {
        vec![("{seed}", seed.to_string()), ("{rate}", rate.to_string())]
    }

    fn paths(output: &str, models: &[Names]) -> anyhow::Result<Vec<PathBuf>> {
        let output = PathBuf::from(output);
        let arguments = ModelsArguments {
            json: false,
            output,
            skip_existing: false,
            force: ForceArguments::default(),
        };
        arguments.paths(models)
    }

    #[test]
    fn placeholders_name_each_model() {
        let models = [names(3, 0.5), names(3, 0.9), names(4, 0.5)];
        let found = paths("m-{seed}-{rate}.safetensors", &models).unwrap();
        assert_eq!(found[1], PathBuf::from("m-3-0.9.safetensors"));
        assert_eq!(found[2], PathBuf::from("m-4-0.5.safetensors"));
        assert_eq!(
            paths("plain", &models[..1]).unwrap(),
            [PathBuf::from("plain")]
        );
    }

    #[test]
    fn unknown_placeholders_are_named_with_the_known() {
        let models = [names(3, 0.5), names(3, 0.9)];
        for output in [
            "m-{foo}-{rate}",
            "m-{}{rate}",
            "{rate}/{foo}",
            "a{{rate}{Rate}",
        ] {
            let error = paths(output, &models).unwrap_err().to_string();
            assert!(error.ends_with("expected {rate} or {seed}"), "{error}");
        }
        assert!(paths("m}{-{rate}{", &models).is_ok());
        assert!(paths("m-{foo}", &models[..1]).is_err());
    }

    #[test]
    fn models_of_one_name_are_refused_with_what_is_missing() {
        let error = paths("m-{seed}", &[names(3, 0.5), names(3, 0.9)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "2 models requested, but --output m-{seed} names 1, expected {rate} in it"
        );
    }
}
