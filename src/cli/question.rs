//! Questions from arguments: the networks, the instances, and the facts for records.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;

use super::destination::Input;
use super::output::tell;
use crate::dataset::{DatasetName, SplitName};
use crate::formats::{ModelFile, file_sha256, read_model};
use crate::instance::{Constrained, Distance, Instance, Witness};
use crate::milp::Sense;
use crate::network::{Network, argmax};

/// The networks of a question.
#[derive(Debug, Clone, Args)]
pub struct NetworkArguments {
    /// Dense network D to optimise over
    #[arg(long, value_name = "MODEL")]
    pub network: PathBuf,
    /// Sparse surrogate S, whose MILP is solved instead of D's
    #[arg(long, value_name = "MODEL")]
    pub surrogate: Option<PathBuf>,
}

/// A checked question.
#[derive(Debug)]
pub struct Question {
    pub paths: NetworkArguments,
    pub dense: Network,
    /// Checksum of the dense network's file.
    pub dense_sha256: String,
    pub surrogate: Option<Network>,
    /// One, or one for each target of a verification.
    pub instances: Vec<Instance>,
    /// The question of an optimum, with the constraints on outputs.
    pub constrained: Option<Constrained>,
    pub verification: Option<Verification>,
    /// The sense of the question; for minimization, the instance has the negated objective.
    pub sense: Sense,
    /// The objective as written, if given.
    pub objective: Option<String>,
    /// The constraints as written.
    pub subject_to: Vec<String>,
}

/// The facts of a verification question.
#[derive(Debug, Clone)]
pub struct Verification {
    /// The centre of the region.
    pub image: Vec<f64>,
    pub centre: Centre,
    pub epsilon: f64,
    pub distance: Distance,
    /// The class that the dense network predicts for the image.
    pub predicted: usize,
    pub label: usize,
    /// One for each instance.
    pub targets: Vec<usize>,
    /// Whether the target's output must exceed all others.
    pub strict: bool,
}

/// The source of the centre of a verification's region.
#[derive(Debug, Clone)]
pub enum Centre {
    Image {
        dataset: DatasetName,
        split: SplitName,
        index: usize,
        /// The image's class in the data set.
        class: usize,
    },
    File(PathBuf),
}

impl Display for Centre {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            Self::Image {
                index,
                split: SplitName::Train,
                ..
            } => write!(f, "image {index}"),
            Self::Image {
                index,
                split: SplitName::Test,
                ..
            } => write!(f, "test image {index}"),
            Self::File(path) => write!(f, "the input of {}", path.display()),
        }
    }
}

/// The networks as read from their files.
pub struct Networks {
    pub dense: ModelFile,
    pub dense_sha256: String,
    pub surrogate: Option<ModelFile>,
}

impl Question {
    /// Whether a constraint is an equation.
    pub fn has_equation(&self) -> bool {
        let is_equation = |row: &String| !row.contains("<=") && !row.contains(">=");
        self.subject_to.iter().any(is_equation)
    }

    /// The network whose MILP is solved.
    pub fn solved(&self) -> &Network {
        self.surrogate.as_ref().unwrap_or(&self.dense)
    }

    /// The first instance, or the one that was answered.
    pub fn instance(&self) -> &Instance {
        &self.instances[0]
    }

    /// The same question, answered by the largest margin.
    pub fn seeking_optimum(mut self) -> Self {
        let instances = self.instances.into_iter();
        self.instances = instances.map(Instance::seeking_optimum).collect();
        self
    }

    /// Moves the answered instance and its target to the front.
    pub fn answered_by(&mut self, index: usize) {
        self.instances.swap(0, index);
        if let Some(verification) = &mut self.verification {
            verification.targets.swap(0, index);
        }
    }

    /// The class that the dense network gives an input found in verification.
    pub fn found_class(&self, found: Option<&Witness>) -> Option<usize> {
        let found = found.filter(|_| self.verification.is_some())?;
        Some(argmax(&self.dense.forward(&found.input)))
    }
}

impl Verification {
    /// The target of the first instance, or of the one that was answered.
    pub fn target(&self) -> usize {
        self.targets[0]
    }

    /// The image's class, if it is from a data set.
    pub fn class(&self) -> Option<usize> {
        match self.centre {
            Centre::Image { class, .. } => Some(class),
            Centre::File(_) => None,
        }
    }

    pub fn dataset(&self) -> Option<DatasetName> {
        match self.centre {
            Centre::Image { dataset, .. } => Some(dataset),
            Centre::File(_) => None,
        }
    }

    /// The index of the image and its split.
    pub fn index(&self) -> Option<(usize, SplitName)> {
        match self.centre {
            Centre::Image { index, split, .. } => Some((index, split)),
            Centre::File(_) => None,
        }
    }

    pub fn is_correctly_classified(&self) -> Option<bool> {
        self.class().map(|class| class == self.predicted)
    }

    /// Warns if the network misclassifies the image, or the label is not the predicted class: a found input then does
    /// not change a correct classification.
    pub fn warn(&self) {
        let Self {
            centre,
            predicted,
            label,
            ..
        } = self;
        if let Centre::Image { dataset, class, .. } = centre
            && class != predicted
        {
            tell(&format!(
                "warning: the network misclassifies {centre}: its class in {dataset} is {class}, predicted is {predicted}"
            ));
        }
        if label != predicted {
            tell(&format!(
                "warning: the label is class {label}, but the network classifies {centre} as {predicted}"
            ));
        }
    }
}

impl NetworkArguments {
    /// The dense network and the surrogate, with equal numbers of inputs and outputs.
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
