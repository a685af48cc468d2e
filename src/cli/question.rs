//! From arguments to a question: the networks, the instance, and what a record says of them.

use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use clap::Args;

use super::arguments::{DataArguments, side_of};
use crate::dataset::DatasetName;
use crate::formats::read_model;
use crate::instance::{Instance, LabelSource, Labels, draw, runner_up_labels};
use crate::network::Network;

/// The networks of a question.
#[derive(Debug, Clone, Args)]
pub struct NetworkArguments {
    /// The dense network D: what is asked is asked of it
    #[arg(long, value_name = "MODEL")]
    pub network: PathBuf,
    /// The sparse surrogate S: its MILP is solved in place of D's
    #[arg(long, value_name = "MODEL")]
    pub surrogate: Option<PathBuf>,
}

/// Arguments of network verification.
#[derive(Debug, Clone, Args)]
pub struct VerifyArguments {
    #[command(flatten)]
    networks: NetworkArguments,
    /// Data set of the image
    #[arg(long)]
    dataset: DatasetName,
    /// Index of the image in the training set
    #[arg(long, value_name = "INDEX", required_unless_present = "data_seed")]
    image: Option<usize>,
    /// Radius of the L1 ball around the image
    #[arg(
        long,
        required_unless_present = "data_seed",
        allow_negative_numbers = true
    )]
    epsilon: Option<f64>,
    /// Draw image and epsilon from this seed, as the published runs did (0, 10, ..., 90)
    #[arg(long, value_name = "SEED", conflicts_with_all = ["image", "epsilon"])]
    data_seed: Option<u32>,
    /// Class j that the adversarial input must leave; by default the network's prediction
    #[arg(long, value_name = "J")]
    label: Option<usize>,
    /// Class j' that it must prefer; by default the runner-up
    #[arg(long, value_name = "J2")]
    target: Option<usize>,
    /// Whose two largest outputs give the label and the target: dense (the paper) or surrogate (the
    /// published runs)
    #[arg(long, default_value_t = LabelSource::Dense)]
    labels: LabelSource,
    #[command(flatten)]
    data: DataArguments,
}

/// Arguments of function maximization.
#[derive(Debug, Clone, Args)]
pub struct MaximizeArguments {
    #[command(flatten)]
    networks: NetworkArguments,
}

/// A checked question.
#[derive(Debug)]
pub struct Question {
    pub paths: NetworkArguments,
    pub dense: Network,
    pub surrogate: Option<Network>,
    pub instance: Instance,
    pub image: Option<ImageFacts>,
}

/// What a verification record says of its image.
#[derive(Debug, Clone)]
pub struct ImageFacts {
    pub dataset: DatasetName,
    pub index: usize,
    pub epsilon: f64,
    /// The image's class in the data set.
    pub class: usize,
    /// Whether the dense network predicts that class.
    pub correctly_classified: bool,
    pub labels: Labels,
}

impl Question {
    /// The network whose MILP is solved.
    pub fn solved(&self) -> &Network {
        self.surrogate.as_ref().unwrap_or(&self.dense)
    }
}

impl VerifyArguments {
    pub fn question(&self) -> anyhow::Result<Question> {
        let (dense, surrogate) = self.networks.read()?;
        let (index, epsilon) = self.image_and_epsilon()?;
        let cannot_verify = || format!("cannot verify {}", self.networks.network.display());
        let side = side_of(dense.inputs()).with_context(cannot_verify)?;
        let dataset = self.data.load(self.dataset, side)?;
        let images = dataset.train.len();
        ensure!(
            index < images,
            "--image is {index}, but {} has {images} training images (0 to {})",
            self.dataset,
            images - 1
        );
        let image = dataset.train.input(index);
        let class = usize::from(dataset.train.labels()[index]);
        let predicted = runner_up_labels(&dense, &image)
            .with_context(cannot_verify)?
            .label;
        let labels = self.labels(&dense, surrogate.as_ref(), &image)?;
        let instance = Instance::verification(image, epsilon, labels.label, labels.target)?;
        instance.check_network(&dense).with_context(cannot_verify)?;
        Ok(Question {
            paths: self.networks.clone(),
            dense,
            surrogate,
            instance,
            image: Some(ImageFacts {
                dataset: self.dataset,
                index,
                epsilon,
                class,
                correctly_classified: predicted == class,
                labels,
            }),
        })
    }

    fn image_and_epsilon(&self) -> anyhow::Result<(usize, f64)> {
        match (self.data_seed, self.image, self.epsilon) {
            (Some(seed), ..) => {
                let drawn = draw(seed);
                Ok((drawn.image, drawn.epsilon))
            }
            (None, Some(image), Some(epsilon)) => Ok((image, epsilon)),
            _ => bail!("--image and --epsilon, or --data-seed, are needed"),
        }
    }

    /// `--label` and `--target` where given, the two largest outputs otherwise; of a given label
    /// the target is the largest other output, and the other way round.
    fn labels(
        &self,
        dense: &Network,
        surrogate: Option<&Network>,
        image: &[f64],
    ) -> anyhow::Result<Labels> {
        let judge = match (self.labels, surrogate) {
            (LabelSource::Dense, _) => dense,
            (LabelSource::Surrogate, Some(surrogate)) => surrogate,
            (LabelSource::Surrogate, None) => bail!("--labels surrogate needs --surrogate"),
        };
        let best = runner_up_labels(judge, image)?;
        let other_than = |class| {
            if class == best.label {
                best.target
            } else {
                best.label
            }
        };
        let label = match (self.label, self.target) {
            (Some(label), _) => label,
            (None, Some(target)) => other_than(target),
            (None, None) => best.label,
        };
        let target = self.target.unwrap_or_else(|| other_than(label));
        Ok(Labels { label, target })
    }
}

impl MaximizeArguments {
    pub fn question(&self) -> anyhow::Result<Question> {
        let (dense, surrogate) = self.networks.read()?;
        let instance = Instance::maximization(dense.inputs());
        instance
            .check_network(&dense)
            .with_context(|| format!("cannot maximise {}", self.networks.network.display()))?;
        Ok(Question {
            paths: self.networks.clone(),
            dense,
            surrogate,
            instance,
            image: None,
        })
    }
}

impl NetworkArguments {
    /// The dense network and the surrogate, of the same shape outside.
    fn read(&self) -> anyhow::Result<(Network, Option<Network>)> {
        let dense = read_model(&self.network)?.network;
        let Some(path) = &self.surrogate else {
            return Ok((dense, None));
        };
        let surrogate = read_model(path)?.network;
        for (what, of_surrogate, of_dense) in [
            ("inputs", surrogate.inputs(), dense.inputs()),
            ("outputs", surrogate.outputs(), dense.outputs()),
        ] {
            ensure!(
                of_surrogate == of_dense,
                "the surrogate {} has {of_surrogate} {what}, but the dense network {} has {of_dense}",
                path.display(),
                self.network.display()
            );
        }
        Ok((dense, Some(surrogate)))
    }
}
