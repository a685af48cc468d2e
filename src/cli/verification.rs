//! Verification questions: instances from an image, or from an input in a file.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, bail, ensure};
use clap::Args;

use super::arguments::{DataArguments, side_of};
use super::destination::Input;
use super::number_file::numbers;
use super::origins::warn_of_other_origin;
use super::question::{Centre, NetworkArguments, Networks, Question, Verification};
use crate::dataset::{Dataset, DatasetName, Split, SplitName};
use crate::instance::{Distance, ImageQuestion, LabelSource, Target, draw};
use crate::milp::Sense;
use crate::network::Network;

/// Arguments of network verification.
#[derive(Debug, Clone, Args)]
pub struct VerifyArguments {
    #[command(flatten)]
    networks: NetworkArguments,
    /// Data set of the image
    #[arg(long, required_unless_present = "input")]
    dataset: Option<DatasetName>,
    /// Index of the image
    #[arg(long, value_name = "INDEX", required_unless_present_any = ["data_seed", "input"])]
    image: Option<usize>,
    /// Split that contains the image: train or test
    #[arg(
        long,
        value_name = "SPLIT",
        default_value_t,
        conflicts_with = "data_seed"
    )]
    split: SplitName,
    /// Input to use instead of an image: a file of numbers from 0 to 1, as text or JSON
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dataset", "image", "split", "data_seed"])]
    input: Option<PathBuf>,
    /// Largest distance from the image (see --region)
    #[arg(
        long,
        required_unless_present = "data_seed",
        allow_negative_numbers = true
    )]
    epsilon: Option<f64>,
    /// Metric of the distance from the image: l1 (the sum of all changes, as in the paper), linf (the largest change),
    /// or rows (the sum over the pixel rows of the largest change in each, as in the published runs)
    #[arg(long, value_name = "REGION", default_value_t)]
    region: Distance,
    /// Draw image and epsilon from this seed, as in the published runs (0, 10, ..., 90); replaces --image and --epsilon
    #[arg(long, value_name = "SEED", conflicts_with_all = ["image", "epsilon"])]
    data_seed: Option<u32>,
    /// Class j that the adversarial input must leave [default: the network's prediction]
    #[arg(long, value_name = "J")]
    label: Option<usize>,
    /// Class j' that it must reach, or all for any class but the label [default: the runner-up]
    #[arg(long, value_name = "J2|all", value_parser = target)]
    target: Option<Target>,
    /// Network whose two largest outputs give the label and the target: dense (the paper) or surrogate (the
    /// published runs)
    #[arg(long, default_value_t = LabelSource::Dense)]
    labels: LabelSource,
    /// Require that the target's output exceeds all others, not only that of the label: the network then classifies
    /// the input as the target
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    data: DataArguments,
}

fn target(text: &str) -> Result<Target, String> {
    match (text, usize::from_str(text)) {
        ("all", _) => Ok(Target::All),
        (_, Ok(class)) => Ok(Target::Class(class)),
        _ => Err(String::from("expected the number of a class, or all")),
    }
}

impl VerifyArguments {
    pub fn question(&self) -> anyhow::Result<Question> {
        let networks = self.networks.read()?;
        self.warn_of_origins(&networks);
        let dense = networks.dense.network;
        let surrogate = networks.surrogate.map(|model| model.network);
        let cannot_verify = || format!("cannot verify {}", self.networks.network.display());
        let (image, centre, epsilon) = self.centre(&dense).with_context(cannot_verify)?;
        let question = ImageQuestion {
            image: image.clone(),
            epsilon,
            distance: self.region,
            label: self.label,
            target: self.target.unwrap_or_default(),
            is_strict: self.strict,
        };
        let judge = match (self.labels, &surrogate) {
            (LabelSource::Dense, _) => &dense,
            (LabelSource::Surrogate, Some(surrogate)) => surrogate,
            (LabelSource::Surrogate, None) => bail!("--labels surrogate needs --surrogate"),
        };
        let asked = question.ask(&dense, judge).with_context(cannot_verify)?;
        for instance in &asked.instances {
            instance.check_network(&dense).with_context(cannot_verify)?;
        }
        let verification = Verification {
            image,
            centre,
            epsilon,
            distance: self.region,
            predicted: asked.predicted,
            label: asked.label,
            targets: asked.targets,
            strict: self.strict,
        };
        verification.warn();
        Ok(Question {
            paths: self.networks.clone(),
            dense,
            dense_sha256: networks.dense_sha256,
            surrogate,
            instances: asked.instances,
            constrained: None,
            verification: Some(verification),
            sense: Sense::Maximize,
            objective: None,
            subject_to: Vec::new(),
        })
    }

    /// The files that [`VerifyArguments::question`] reads.
    pub fn inputs(&self) -> Vec<Input> {
        let mut inputs = self.networks.inputs();
        if let Some(dataset) = self.dataset {
            inputs.extend(self.data.inputs(dataset));
        }
        let input = self.input.iter();
        inputs.extend(input.map(|path| (String::from("the input"), path.clone())));
        inputs
    }

    fn warn_of_origins(&self, networks: &Networks) {
        let Some(dataset) = self.dataset else {
            return;
        };
        let path = &self.networks.network;
        warn_of_other_origin(path, networks.dense.metadata.as_ref(), dataset);
        if let (Some(path), Some(model)) = (&self.networks.surrogate, &networks.surrogate) {
            warn_of_other_origin(path, model.metadata.as_ref(), dataset);
        }
    }

    /// The centre of the region, its source, and epsilon.
    fn centre(&self, dense: &Network) -> anyhow::Result<(Vec<f64>, Centre, f64)> {
        let (index, epsilon, option) = match (self.data_seed, self.image, self.epsilon) {
            (Some(seed), ..) => {
                let drawn = draw(seed);
                let option = format!("the image of --data-seed {seed}");
                (drawn.image, drawn.epsilon, option)
            }
            (None, Some(image), Some(epsilon)) => (image, epsilon, String::from("--image")),
            (None, None, Some(epsilon)) => {
                let path = self
                    .input
                    .as_ref()
                    .context("--image or --input is needed")?;
                let centre = Centre::File(path.clone());
                return Ok((numbers(path, dense.inputs())?, centre, epsilon));
            }
            _ => bail!("--image and --epsilon, or --data-seed, are needed"),
        };
        let dataset = self.dataset.context("--dataset is needed")?;
        let dataset = self.data.load(dataset, side_of(dense.inputs())?)?;
        let (image, class) = image_of(&dataset, self.split, index, &option)?;
        let centre = Centre::Image {
            dataset: dataset.name,
            split: self.split,
            index,
            class,
        };
        Ok((image, centre, epsilon))
    }
}

/// An image as network input, and its class; `named_by` names the source of the index in the error message.
pub fn image_of(
    dataset: &Dataset,
    split: SplitName,
    index: usize,
    named_by: &str,
) -> anyhow::Result<(Vec<f64>, usize)> {
    let (images, kind): (&Split, _) = match split {
        SplitName::Train => (&dataset.train, "training"),
        SplitName::Test => (&dataset.test, "test"),
    };
    ensure!(
        index < images.len(),
        "{named_by} is {index}, but {} has {} {kind} images (0 to {})",
        dataset.name,
        images.len(),
        images.len() - 1
    );
    Ok((images.input(index), usize::from(images.labels()[index])))
}
