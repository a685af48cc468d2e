//! From arguments to a question: the networks, the instance, and what a record says of them.

use std::fmt::Display;
use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use clap::Args;

use super::arguments::{DataArguments, side_of};
use super::destination::Input;
use super::origins::warn_of_other_origin;
use super::output::tell;
use crate::dataset::{Dataset, DatasetName};
use crate::formats::{Model, file_sha256, read_model};
use crate::instance::{Distance, Instance, LabelSource, Labels, Witness, draw, runner_up_labels};
use crate::milp::Sense;
use crate::network::{Network, largest};

/// The networks of a question.
#[derive(Debug, Clone, Args)]
pub struct NetworkArguments {
    /// The dense network D, of which the question is asked
    #[arg(long, value_name = "MODEL")]
    pub network: PathBuf,
    /// The sparse surrogate S, whose MILP is solved in place of D's
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
    /// Largest distance from the image (see --region)
    #[arg(
        long,
        required_unless_present = "data_seed",
        allow_negative_numbers = true
    )]
    epsilon: Option<f64>,
    /// How the distance from the image is measured: l1 (the sum of all changes, as the paper says), linf (the largest
    /// change), or rows (the sum over the rows of pixels of the largest change in each, as the published runs have it)
    #[arg(long, value_name = "REGION", default_value_t)]
    region: Distance,
    /// Draw image and epsilon from this seed, as the published runs did (0, 10, ..., 90); takes the place of
    /// --image and --epsilon
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
    /// Ask for an input that the network classifies as the target, whose output then exceeds all others, not
    /// only that of the label
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    data: DataArguments,
}

/// A checked question.
#[derive(Debug)]
pub struct Question {
    pub paths: NetworkArguments,
    pub dense: Network,
    /// Checksum of the dense network's file.
    pub dense_sha256: String,
    pub surrogate: Option<Network>,
    pub instance: Instance,
    pub image: Option<ImageFacts>,
    /// Of what is asked: where that is to be small, the instance has the negative of it.
    pub sense: Sense,
    /// As it was written, if it was.
    pub objective: Option<String>,
}

/// What a verification record says of its image.
#[derive(Debug, Clone)]
pub struct ImageFacts {
    pub dataset: DatasetName,
    pub index: usize,
    pub epsilon: f64,
    pub distance: Distance,
    /// The image's class in the data set.
    pub class: usize,
    /// The class that the dense network gives the image.
    pub predicted: usize,
    pub labels: Labels,
    /// Whether the target must win over all classes.
    pub strict: bool,
}

/// The networks as they were read.
pub struct Networks {
    pub dense: Model,
    pub dense_sha256: String,
    pub surrogate: Option<Model>,
}

impl Question {
    /// The network whose MILP is solved.
    pub fn solved(&self) -> &Network {
        self.surrogate.as_ref().unwrap_or(&self.dense)
    }

    /// The same question, answered by the largest margin.
    pub fn seeking_optimum(self) -> Self {
        Self {
            instance: self.instance.seeking_optimum(),
            ..self
        }
    }

    /// The class that the dense network gives an input found in verification.
    pub fn found_class(&self, found: Option<&Witness>) -> Option<usize> {
        let found = found.filter(|_| self.image.is_some())?;
        Some(largest(&self.dense.forward(&found.input)))
    }
}

impl ImageFacts {
    pub fn is_correctly_classified(&self) -> bool {
        self.predicted == self.class
    }

    /// Says where the network does not give the image its class, or the label is not what it predicts: what is
    /// found is then no change of a right classification.
    fn warn(&self) {
        let Self {
            index,
            dataset,
            class,
            predicted,
            ..
        } = self;
        if !self.is_correctly_classified() {
            tell(&format!(
                "warning: the network misclassifies image {index}: its class in {dataset} is {class}, predicted is {predicted}"
            ));
        }
        let label = self.labels.label;
        if label != *predicted {
            tell(&format!(
                "warning: the label is class {label}, but the network classifies image {index} as {predicted}"
            ));
        }
    }
}

impl VerifyArguments {
    pub fn question(&self) -> anyhow::Result<Question> {
        let networks = self.networks.read()?;
        self.warn_of_origins(&networks);
        let dense = networks.dense.network;
        let surrogate = networks.surrogate.map(|model| model.network);
        let (index, epsilon) = self.image_and_epsilon()?;
        let cannot_verify = || format!("cannot verify {}", self.networks.network.display());
        let side = side_of(dense.inputs()).with_context(cannot_verify)?;
        let dataset = self.data.load(self.dataset, side)?;
        let image = training_image(&dataset, index, self.index_option())?;
        let class = usize::from(dataset.train.labels()[index]);
        let predicted = runner_up_labels(&dense, &image)
            .with_context(cannot_verify)?
            .label;
        let labels = self.labels(&dense, surrogate.as_ref(), &image)?;
        let Labels { label, target } = labels;
        labels.check(dense.outputs()).with_context(cannot_verify)?;
        let mut instance = Instance::near(image, epsilon, self.region, label, target)?;
        if self.strict {
            instance = instance.strict(dense.outputs());
        }
        instance.check_network(&dense).with_context(cannot_verify)?;
        let facts = ImageFacts {
            dataset: self.dataset,
            index,
            epsilon,
            distance: self.region,
            class,
            predicted,
            labels,
            strict: self.strict,
        };
        facts.warn();
        Ok(Question {
            paths: self.networks.clone(),
            dense,
            dense_sha256: networks.dense_sha256,
            surrogate,
            instance,
            image: Some(facts),
            sense: Sense::Maximize,
            objective: None,
        })
    }

    /// The files that [`VerifyArguments::question`] reads.
    pub fn inputs(&self) -> Vec<Input> {
        let mut inputs = self.networks.inputs();
        inputs.extend(self.data.inputs(self.dataset));
        inputs
    }

    fn warn_of_origins(&self, networks: &Networks) {
        let path = &self.networks.network;
        warn_of_other_origin(path, networks.dense.metadata.as_ref(), self.dataset);
        if let (Some(path), Some(model)) = (&self.networks.surrogate, &networks.surrogate) {
            warn_of_other_origin(path, model.metadata.as_ref(), self.dataset);
        }
    }

    /// The option that names the image, for messages.
    fn index_option(&self) -> String {
        match self.data_seed {
            Some(seed) => format!("the image of --data-seed {seed}"),
            None => String::from("--image"),
        }
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

impl NetworkArguments {
    /// The dense network and the surrogate, of the same numbers of inputs and outputs.
    pub fn read(&self) -> anyhow::Result<Networks> {
        let networks = Networks {
            dense: read_model(&self.network)?,
            dense_sha256: file_sha256(&self.network)?,
            surrogate: self.surrogate.as_deref().map(read_model).transpose()?,
        };
        let (Some(path), Some(model)) = (&self.surrogate, &networks.surrogate) else {
            return Ok(networks);
        };
        let (dense, surrogate) = (&networks.dense.network, &model.network);
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
        Ok(networks)
    }

    pub fn inputs(&self) -> Vec<Input> {
        let surrogate = self.surrogate.iter().map(|path| ("the surrogate", path));
        std::iter::once(("the network", &self.network))
            .chain(surrogate)
            .map(|(what, path)| (what.to_owned(), path.clone()))
            .collect()
    }
}

/// A training image as a network reads it; `named_by` says in the message of a missing one where the index is
/// from.
pub fn training_image(
    dataset: &Dataset,
    index: usize,
    named_by: impl Display,
) -> anyhow::Result<Vec<f64>> {
    let images = dataset.train.len();
    ensure!(
        index < images,
        "{named_by} is {index}, but {} has {images} training images (0 to {})",
        dataset.name,
        images - 1
    );
    Ok(dataset.train.input(index))
}
