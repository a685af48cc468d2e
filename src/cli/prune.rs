//! `pipeline prune`: sparse surrogates of a model.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use serde::Serialize;

use super::arguments::{DataArguments, Pair, Seeds, side_of};
use super::destination::Input;
use super::losses::{FinalLosses, is_above_guessing, warn_of_loss};
use super::models::{ModelReporter, ModelsArguments, Names};
use super::origins::warn_of_other_origin;
use super::output::{path_as_text, tell};
use super::train::shape;
use crate::dataset::{DatasetName, Split};
use crate::formats::{Metadata, ModelFile, file_sha256, read_model, write_model};
use crate::named::Named;
use crate::network::{Activity, Network, compact};
use crate::numbers::Shortest;
use crate::pruning::{Granularity, Method, OutputRows, Pruning, Scope};
use crate::recipe::{self, ParentFile, SurrogateRecipe};
use crate::training::{Device, Event, Finetuning, TrainingSettings};

/// Prune a model, with or without finetuning
///
/// Biases are kept. `--finetune 5x5` prunes in 5 rounds, each removing the same share of the remaining
/// weights, and trains 5 epochs after each with the pruned weights held at zero. Lists of rates and
/// seeds give one surrogate per pair, all finetuned together.
///
/// Example: pipeline prune models/mnist.safetensors --rate 0.9 --finetune 5x5 -o sparse.safetensors
///
/// Three at once: pipeline prune models/mnist.safetensors --rate 0.5,0.8,0.9 -o sparse-{rate}.safetensors
#[derive(Debug, Args)]
pub struct Arguments {
    /// The model to prune
    model: PathBuf,
    /// Share of the weights (or neurons) to prune, in [0, 1); a list such as 0.5,0.8,0.9 gives several models
    #[arg(
        long,
        allow_negative_numbers = true,
        value_delimiter = ',',
        required = true
    )]
    rate: Vec<f64>,
    /// Which weights to prune: magnitude (the smallest) or random
    #[arg(long, default_value_t = Method::Magnitude)]
    method: Method,
    /// What to prune: unstructured (single weights) or structured (whole neurons)
    #[arg(long, default_value_t = Granularity::Unstructured)]
    granularity: Granularity,
    /// Whether the rate applies to each layer (layer) or to all layers together (global)
    #[arg(long, default_value_t = Scope::Layer)]
    scope: Scope,
    /// Finetune: number of rounds x epochs per round
    #[arg(long, value_name = "ROUNDSxEPOCHS")]
    finetune: Option<Pair>,
    /// Seed of random pruning and of the image order in finetuning; a list such as 0..9 gives several models
    #[arg(long, default_value = "0")]
    seed: Seeds,
    /// With --granularity structured: also prune outputs (the published behaviour)
    #[arg(long)]
    prune_output: bool,
    /// Remove dead neurons before writing the network; its outputs do not change
    #[arg(long)]
    compact: bool,
    /// Data set to finetune on [default: the one that the model was trained on]
    #[arg(long)]
    dataset: Option<DatasetName>,
    /// Device to finetune on: cpu, ndarray, wgpu or cuda (see `pipeline devices`)
    #[arg(long, default_value_t = Device::Cpu)]
    device: Device,
    #[command(flatten)]
    data: DataArguments,
    #[command(flatten)]
    models: ModelsArguments,
}

#[derive(Serialize)]
struct Record<'a> {
    #[serde(serialize_with = "path_as_text")]
    model: &'a Path,
    #[serde(serialize_with = "path_as_text")]
    parent: &'a Path,
    pruning: &'a Pruning,
    finetuning: Option<&'a Finetuning>,
    /// Mean cross-entropy over the last epoch of finetuning, in nats.
    training_loss: Option<f64>,
    /// Whether the loss is above that of guessing: diverged, or not begun to learn.
    diverged: bool,
    sizes: Vec<usize>,
    collapsed: bool,
    #[serde(flatten)]
    activity: &'a Activity,
}

/// The model to prune, and how to finetune it.
struct Parent {
    model: ModelFile,
    sha256: String,
    /// The data set, the number of rounds, and the training after each round.
    finetuning: Option<(DatasetName, usize, TrainingSettings)>,
}

impl Parent {
    /// The surrogate that `pruning` makes of the model.
    fn surrogate(&self, pruning: Pruning) -> SurrogateRecipe {
        let finetuning = self
            .finetuning
            .as_ref()
            .map(|(_, rounds, settings)| Finetuning {
                rounds: *rounds,
                settings: settings.clone(),
                seed: pruning.seed,
            });
        SurrogateRecipe {
            pruning,
            finetuning,
        }
    }

    /// The model as the file at `path`.
    fn file(&self, path: &Path) -> ParentFile {
        let metadata = self.model.metadata.as_ref();
        ParentFile {
            name: file_name(path),
            sha256: self.sha256.clone(),
            origin: metadata.map(|metadata| metadata.origin.clone()),
        }
    }
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    arguments.check()?;
    let prunings = arguments.prunings();
    for pruning in &prunings {
        pruning.check().context("--rate")?;
    }
    arguments.device.check()?;
    let names: Vec<Names> = prunings.iter().map(names).collect();
    let paths = arguments.models.paths(&names)?;
    let unmade = arguments.models.unmade(paths.into_iter().zip(prunings));
    let parent = arguments.parent()?;
    let recipes = unmade.into_iter();
    let open: Vec<(PathBuf, SurrogateRecipe)> = recipes
        .map(|(path, pruning)| (path, parent.surrogate(pruning)))
        .collect();
    let inputs = arguments.inputs(&parent);
    arguments.models.check_outputs(&inputs, &open)?;
    let losses = FinalLosses::default();
    let reporter = ModelReporter::new("finetuning", open.len(), names.len(), &arguments.models);
    let keep = |job: usize, network: &Network| {
        let (path, recipe) = &open[job];
        arguments.keep(path, recipe, network, losses.of(job), &parent, &reporter)
    };
    let name = |job: usize| open[job].0.display().to_string();
    let observer = |event: Event| {
        losses.note(&event);
        reporter.handle(event, name, keep);
    };
    let network = &parent.model.network;
    let images = match &parent.finetuning {
        Some((dataset, ..)) => Some(arguments.images(*dataset, network)?),
        None => None,
    };
    let recipes: Vec<_> = open.iter().map(|(_, recipe)| (recipe, network)).collect();
    let images = images.as_ref().map(|images| (images, arguments.device));
    recipe::prune(&recipes, images, &observer)?;
    reporter.finish()
}

fn names(pruning: &Pruning) -> Names {
    vec![
        ("{rate}", Shortest(pruning.rate).to_string()),
        ("{seed}", pruning.seed.to_string()),
    ]
}

impl Arguments {
    fn check(&self) -> anyhow::Result<()> {
        ensure!(
            !self.prune_output || self.granularity == Granularity::Structured,
            "--prune-output prunes whole neurons, expected --granularity structured with it"
        );
        Ok(())
    }

    fn prunings(&self) -> Vec<Pruning> {
        let output_rows = match self.prune_output {
            true => OutputRows::Prune,
            false => OutputRows::Keep,
        };
        let seeds = || self.seed.values().iter();
        let pairs = self
            .rate
            .iter()
            .flat_map(|&rate| seeds().map(move |&seed| (rate, seed)));
        let pruning = |(rate, seed)| Pruning {
            rate,
            method: self.method,
            granularity: self.granularity,
            scope: self.scope,
            output_rows,
            seed,
        };
        pairs.map(pruning).collect()
    }

    /// The files that are read.
    fn inputs(&self, parent: &Parent) -> Vec<Input> {
        let mut inputs = vec![(String::from("the model"), self.model.clone())];
        if let Some((dataset, ..)) = parent.finetuning {
            inputs.extend(self.data.inputs(dataset));
        }
        inputs
    }

    fn parent(&self) -> anyhow::Result<Parent> {
        let model = read_model(&self.model)?;
        Ok(Parent {
            finetuning: self.finetuning(&model)?,
            sha256: file_sha256(&self.model)?,
            model,
        })
    }

    /// The data set, the rounds and the settings of finetuning, if requested.
    fn finetuning(
        &self,
        parent: &ModelFile,
    ) -> anyhow::Result<Option<(DatasetName, usize, TrainingSettings)>> {
        let Some(Pair(rounds, epochs)) = self.finetune else {
            return Ok(None);
        };
        let metadata = parent.metadata.as_ref();
        let model = self.model.display();
        let dataset = match (self.dataset, metadata.and_then(Metadata::trained_on)) {
            (Some(dataset), _) => dataset,
            (None, Some(name)) => DatasetName::parse(name).with_context(|| {
                format!("{model} was trained on {name}: name another with --dataset")
            })?,
            (None, None) => bail!(
                "{model} does not record the data set that it was trained on: name it with --dataset"
            ),
        };
        warn_of_other_origin(&self.model, metadata, dataset);
        let settings = TrainingSettings {
            epochs,
            ..TrainingSettings::for_dataset(dataset)
        };
        Ok(Some((dataset, rounds, settings)))
    }

    /// The images to finetune a network on.
    fn images(&self, dataset: DatasetName, network: &Network) -> anyhow::Result<Split> {
        ensure!(
            network.outputs() > 1,
            "{} is not a classifier, so it cannot be finetuned",
            self.model.display()
        );
        let side = side_of(network.inputs())
            .with_context(|| format!("cannot finetune {}", self.model.display()))?;
        Ok(self.data.load(dataset, side)?.train)
    }

    /// Writes a pruned network and prints its record.
    fn keep(
        &self,
        path: &Path,
        recipe: &SurrogateRecipe,
        network: &Network,
        loss: Option<f64>,
        parent: &Parent,
        reporter: &ModelReporter,
    ) -> anyhow::Result<()> {
        let activity = Activity::of(network);
        let network = if self.compact {
            compact(network).0
        } else {
            network.clone()
        };
        let origin = recipe.origin(parent.file(&self.model));
        let sizes = network.sizes();
        write_model(path, &ModelFile::new(network, origin))?;
        if activity.is_constant() {
            tell(&format!(
                "warning: {} has collapsed: it is a constant function, useless as a surrogate",
                path.display()
            ));
        }
        warn_of_loss(path, loss);
        let record = Record {
            model: path,
            parent: &self.model,
            pruning: &recipe.pruning,
            finetuning: recipe.finetuning.as_ref(),
            training_loss: loss,
            diverged: loss.is_some_and(is_above_guessing),
            sizes,
            collapsed: activity.is_constant(),
            activity: &activity,
        };
        reporter.print(&record, &summary(&record))
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

fn summary(record: &Record<'_>) -> String {
    let activity = record.activity;
    let mut lines = vec![
        format!("{}: {}", record.model.display(), shape(&record.sizes)),
        String::from("layer     kept  of weights  sparsity  dead neurons"),
    ];
    for (index, layer) in activity.layers().iter().enumerate() {
        lines.push(format!(
            "{:5}  {:7}  {:10}  {:8.4}  {:5} of {}",
            index + 1,
            layer.kept,
            layer.weights,
            layer.sparsity,
            layer.dead,
            layer.neurons
        ));
    }
    lines.push(format!(
        "sparsity {:.4}; non-constant outputs {} of {}{}",
        activity.sparsity(),
        activity.alive_outputs(),
        activity.alive_outputs() + activity.constant_outputs().len(),
        if record.collapsed {
            "; COLLAPSED: a constant function"
        } else {
            ""
        }
    ));
    lines.join("\n")
}
