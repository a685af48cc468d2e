//! Losses on a device: their values and their gradients at the outputs of a stack.

use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Device, Tensor, TensorData};

use super::batches::Batch;
use super::loss::Loss;

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
