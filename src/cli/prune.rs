//! `pipeline prune`: a sparse surrogate of a model.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use serde::Serialize;

use super::arguments::{DataArguments, ModelArguments, Pair, side_of};
use super::output::{print, print_json, tell};
use super::train::{EpochMeter, shape};
use crate::dataset::DatasetName;
use crate::formats::{Metadata, Model, Origin, file_sha256, read_model, write_model};
use crate::network::{Activity, Network, compact};
use crate::pruning::{Granularity, Method, OutputRows, Pruning, Scope, prune};
use crate::training::{Device, Finetuning, TrainingSettings, prune_iteratively};

/// Prune a model, with finetuning rounds if asked.
///
/// Biases are kept. `--finetune 5x5` prunes in 5 rounds, each removing the same share of what is
/// left, and trains 5 epochs after each with the pruned weights held at zero.
///
/// Example: pipeline prune models/mnist.safetensors --rate 0.9 --finetune 5x5 -o sparse.safetensors
#[derive(Debug, Args)]
pub struct Arguments {
    /// The model to prune
    model: PathBuf,
    /// Share of the weights (or neurons) to prune, in [0, 1)
    #[arg(long, allow_negative_numbers = true)]
    rate: f64,
    /// Which weights go: magnitude (the smallest) or random
    #[arg(long, default_value_t = Method::Magnitude)]
    method: Method,
    /// unstructured (single weights) or structured (whole neurons)
    #[arg(long, default_value_t = Granularity::Unstructured)]
    granularity: Granularity,
    /// Whether the rate holds in each layer or globally over all
    #[arg(long, default_value_t = Scope::Layer)]
    scope: Scope,
    /// Finetuning: rounds x epochs
    #[arg(long, value_name = "ROUNDSxEPOCHS")]
    finetune: Option<Pair>,
    /// Seed of random pruning and of the order of the images in finetuning
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Structured pruning takes rows of the output layer, too (the published behaviour)
    #[arg(long)]
    prune_output: bool,
    /// Write a physically smaller network of equal outputs: dead neurons are removed
    #[arg(long)]
    compact: bool,
    /// Data set to finetune on; by default the one the model was trained on
    #[arg(long)]
    dataset: Option<DatasetName>,
    /// Where to finetune: cpu, ndarray or wgpu
    #[arg(long, default_value_t = Device::Cpu)]
    device: Device,
    #[command(flatten)]
    data: DataArguments,
    #[command(flatten)]
    made: ModelArguments,
}

#[derive(Serialize)]
struct Record<'a> {
    model: &'a Path,
    parent: &'a Path,
    pruning: &'a Pruning,
    finetuning: Option<&'a Finetuning>,
    sizes: Vec<usize>,
    collapsed: bool,
    #[serde(flatten)]
    activity: &'a Activity,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let pruning = arguments.pruning();
    pruning.check().context("--rate")?;
    arguments.device.check()?;
    arguments.made.check()?;
    let parent = read_model(&arguments.model)?;
    let finetuning = arguments.finetuning(&parent)?;
    let network = match &finetuning {
        None => prune(&parent.network, &pruning)?.apply(&parent.network),
        Some((dataset, finetuning)) => {
            arguments.finetuned(&parent.network, &pruning, *dataset, finetuning)?
        }
    };
    let activity = Activity::of(&network);
    let network = if arguments.compact {
        compact(&network)
    } else {
        network
    };
    let finetuning = finetuning.map(|(_, finetuning)| finetuning);
    let origin = Origin::Pruned {
        parent: file_name(&arguments.model),
        parent_sha256: file_sha256(&arguments.model)?,
        parent_origin: parent.metadata.map(|metadata| Box::new(metadata.origin)),
        pruning: pruning.clone(),
        finetuning: finetuning.as_ref().map(serde_json::to_value).transpose()?,
    };
    let metadata = Some(Metadata::new(&network, origin));
    let sizes = network.sizes();
    write_model(&arguments.made.output, &Model { network, metadata })?;
    if activity.is_constant() {
        tell(
            "warning: the pruned network has collapsed: it is a constant function, useless as a surrogate",
        );
    }
    let record = Record {
        model: &arguments.made.output,
        parent: &arguments.model,
        pruning: &pruning,
        finetuning: finetuning.as_ref(),
        sizes,
        collapsed: activity.is_constant(),
        activity: &activity,
    };
    if arguments.made.json {
        print_json(&record)
    } else {
        print(&summary(&record))
    }
}

impl Arguments {
    fn pruning(&self) -> Pruning {
        Pruning {
            rate: self.rate,
            method: self.method,
            granularity: self.granularity,
            scope: self.scope,
            output_rows: if self.prune_output {
                OutputRows::Prune
            } else {
                OutputRows::Keep
            },
            seed: self.seed,
        }
    }

    /// How to finetune and on what, if it is asked for.
    fn finetuning(&self, parent: &Model) -> anyhow::Result<Option<(DatasetName, Finetuning)>> {
        let Some(Pair(rounds, epochs)) = self.finetune else {
            return Ok(None);
        };
        let origin = parent
            .metadata
            .as_ref()
            .and_then(|metadata| metadata.origin.root());
        let dataset = match (self.dataset, origin) {
            (Some(dataset), _) => dataset,
            (None, Some(Origin::Trained { dataset, .. })) => *dataset,
            _ => bail!(
                "{} does not say on which images it was trained: name them with --dataset",
                self.model.display()
            ),
        };
        let settings = TrainingSettings {
            epochs,
            ..TrainingSettings::for_dataset(dataset)
        };
        let seed = self.seed;
        Ok(Some((
            dataset,
            Finetuning {
                rounds,
                settings,
                seed,
            },
        )))
    }

    fn finetuned(
        &self,
        network: &Network,
        pruning: &Pruning,
        dataset: DatasetName,
        finetuning: &Finetuning,
    ) -> anyhow::Result<Network> {
        let outputs = network.outputs();
        ensure!(
            outputs > 1,
            "{} is no classifier, it cannot be finetuned",
            self.model.display()
        );
        let side = side_of(network.inputs())
            .with_context(|| format!("cannot finetune {}", self.model.display()))?;
        let images = self.data.load(dataset, side)?.train;
        let mut watch: Option<(usize, EpochMeter)> = None;
        let mut observer = |round: usize, progress| {
            if watch.as_ref().is_none_or(|(shown, _)| *shown != round) {
                let name = format!("finetuning round {round}/{}", finetuning.rounds);
                watch = Some((round, EpochMeter::new(&name)));
            }
            if let Some((_, meter)) = &mut watch {
                meter.show(&progress);
            }
        };
        Ok(prune_iteratively(
            network,
            pruning,
            &images,
            finetuning,
            self.device,
            &mut observer,
        )?)
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
        "sparsity {:.4}; outputs alive {} of {}{}",
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
