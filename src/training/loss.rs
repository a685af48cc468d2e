//! Loss functions: their values and their gradients at the outputs of a stack.

use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::batches::Batch;
use super::error::TrainingError;
use super::samples::Samples;

/// What a training minimises, on average over the samples.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Of images: the negative log-likelihood of the label under the softmax of the outputs, in
    /// nats.
    #[default]
    CrossEntropy,
    /// Of tables: the squared error, on average over the outputs.
    SquaredError,
    /// Of tables: the quantile (pinball) loss `max(q e, (q - 1) e)` of `e = target - output`, on
    /// average over the outputs. It has a level q for each output, strictly between 0 and 1, and is
    /// smallest where an output is the q-quantile of its target given the inputs.
    Quantile(Vec<f64>),
}

impl Loss {
    /// Whether this is the loss of image classifiers, which settings in JSON leave out.
    pub(super) fn is_cross_entropy(&self) -> bool {
        *self == Self::CrossEntropy
    }

    /// Checks that every level is one.
    pub(super) fn check(&self) -> Result<(), TrainingError> {
        let Self::Quantile(levels) = self else {
            return Ok(());
        };
        let is_level = |level: &f64| *level > 0.0 && *level < 1.0;
        match levels.iter().position(|level| !is_level(level)) {
            None => Ok(()),
            Some(output) => Err(TrainingError::Level {
                output,
                level: levels[output],
            }),
        }
    }

    /// Checks that this is a loss of such samples.
    pub(super) fn check_samples(&self, samples: Samples) -> Result<(), TrainingError> {
        match (self, samples) {
            (Self::CrossEntropy, Samples::Images(_)) | (Self::SquaredError, Samples::Table(_)) => {
                Ok(())
            }
            (Self::Quantile(levels), Samples::Table(table)) if levels.len() == table.targets() => {
                Ok(())
            }
            (Self::Quantile(levels), Samples::Table(table)) => Err(TrainingError::Levels {
                levels: levels.len(),
                targets: table.targets(),
            }),
            (_, Samples::Images(_)) => Err(TrainingError::LossOfImages),
            (_, Samples::Table(_)) => Err(TrainingError::LossOfTable),
        }
    }
}

/// A loss where its networks are trained.
pub enum Criterion {
    CrossEntropy,
    SquaredError,
    /// The levels, 1 x 1 x outputs.
    Quantile(Box<Tensor<3>>),
}

/// The scores of the networks on a batch; each networks x 1 x 1.
pub struct Scores {
    /// Sums of the loss over the samples.
    pub losses: Tensor<3>,
    /// Of images: numbers of those whose label has the largest output, or one of them.
    pub correct: Option<Tensor<3>>,
}

impl Criterion {
    pub fn new(loss: &Loss, device: &Device) -> Self {
        match loss {
            Loss::CrossEntropy => Self::CrossEntropy,
            Loss::SquaredError => Self::SquaredError,
            Loss::Quantile(levels) => {
                let levels: Vec<f32> = levels.iter().map(|&level| level as f32).collect();
                let shape = [1, 1, levels.len()];
                let levels = Tensor::from_data(TensorData::new(levels, shape), device);
                Self::Quantile(Box::new(levels))
            }
        }
    }

    /// The scores of outputs (networks x samples x outputs), for cross-entropy before the softmax,
    /// and the gradient at them of the mean loss of each network.
    pub fn judge(&self, outputs: Tensor<3>, batch: &Batch) -> (Scores, Tensor<3>) {
        match self {
            Self::CrossEntropy => cross_entropy(outputs, batch),
            Self::SquaredError => squared_error(outputs, batch),
            Self::Quantile(levels) => quantile(outputs, batch, levels),
        }
    }
}

fn cross_entropy(outputs: Tensor<3>, batch: &Batch) -> (Scores, Tensor<3>) {
    let log = log_softmax(outputs, 2);
    let chosen = (log.clone() * batch.targets.clone()).sum_dim(2);
    let right = chosen.clone().greater_equal(log.clone().max_dim(2));
    let scores = Scores {
        losses: chosen.sum_dim(1).neg(),
        correct: Some(right.float().sum_dim(1)),
    };
    let deltas = (log.exp() - batch.targets.clone()).div_scalar(batch.samples as f32);
    (scores, deltas)
}

fn squared_error(outputs: Tensor<3>, batch: &Batch) -> (Scores, Tensor<3>) {
    let errors = outputs - batch.targets.clone();
    let deltas = errors.clone().mul_scalar(2.0 / terms(&errors, batch));
    (summed(errors.square()), deltas)
}

fn quantile(outputs: Tensor<3>, batch: &Batch, levels: &Tensor<3>) -> (Scores, Tensor<3>) {
    let errors = batch.targets.clone() - outputs;
    // The loss has a kink where output and target are equal: there the derivative is that of larger
    // outputs.
    let exceeded = errors.clone().greater_elem(0.0).float();
    let deltas = (exceeded + levels.clone())
        .neg()
        .add_scalar(1.0)
        .div_scalar(terms(&errors, batch));
    let losses = errors.clone() * levels.clone() + relu(errors.neg());
    (summed(losses), deltas)
}

/// Terms of the mean loss of a network on a batch: one for each sample and output.
fn terms(errors: &Tensor<3>, batch: &Batch) -> f32 {
    (batch.samples * errors.dims()[2]) as f32
}

/// The scores of losses of each output (networks x samples x outputs).
fn summed(losses: Tensor<3>) -> Scores {
    Scores {
        losses: losses.mean_dim(2).sum_dim(1),
        correct: None,
    }
}
