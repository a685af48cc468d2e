//! How a network is trained: plain data that can be stored with a result.

use serde::{Deserialize, Serialize};

use super::error::TrainingError;
use super::loss::Loss;
use super::quantiles::quantile_levels;
use crate::dataset::DatasetName;
use crate::named::{Named, in_words};

/// What is expected of a number that may be zero.
pub(super) const NOT_NEGATIVE: &str = "a finite number, not below zero";

/// Everything about a training but the data, the network and the seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingSettings {
    /// Passes over the training samples.
    pub epochs: usize,
    /// Samples per step of the optimiser; the last batch of an epoch may be smaller.
    pub batch_size: usize,
    /// Learning rate of Adam in the first epoch.
    pub learning_rate: f64,
    /// How the learning rate falls, if it does.
    pub step_decay: Option<StepDecay>,
    /// Coefficient of the parameter that is added to its gradient (L2 in the gradient, as in
    /// PyTorch's Adam; biases included).
    pub weight_decay: f64,
    /// Whether the samples are shuffled in every epoch.
    pub order: DataOrder,
    /// Largest Euclidean norm of the gradient of all parameters together.
    pub gradient_norm: Option<f64>,
    /// What is minimised; cross-entropy is not written to JSON.
    #[serde(default, skip_serializing_if = "Loss::is_cross_entropy")]
    pub loss: Loss,
    /// Keep the parameters of the epoch with the smallest loss on the validation samples, where an
    /// epoch must improve on the best one before it by more than this number. Otherwise those of the
    /// last epoch are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_best: Option<f64>,
    /// Last layers whose weights and biases stay as they are, fewer than there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub fixed_layers: usize,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// The learning rate is multiplied by `factor` after every `epochs` epochs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepDecay {
    /// Epochs between two falls of the learning rate, at least one.
    pub epochs: usize,
    /// What the learning rate is multiplied by, above zero.
    pub factor: f64,
}

/// In which order an epoch goes through the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataOrder {
    /// As they are stored.
    Sequential,
    /// In a fresh random order, drawn from the seed, in every epoch.
    Shuffled,
}

impl Named for DataOrder {
    const WHAT: &'static str = "order of the samples";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Sequential, "sequential"),
        (Self::Shuffled, "shuffled"),
    ];
}

in_words!(DataOrder);

impl TrainingSettings {
    /// The settings of the paper (arXiv 2505.01985, section 4) and, where it is silent, of its
    /// authors' published runs; those for the built-in digits, which it does not use, are our own.
    pub fn for_dataset(name: DatasetName) -> Self {
        let adam = Self {
            epochs: 5,
            batch_size: 64,
            learning_rate: 1e-3,
            step_decay: None,
            weight_decay: 1e-3,
            order: DataOrder::Sequential,
            gradient_norm: None,
            loss: Loss::CrossEntropy,
            keep_best: None,
            fixed_layers: 0,
        };
        match name {
            DatasetName::Mnist => adam,
            DatasetName::FashionMnist => Self {
                epochs: 40,
                batch_size: 32,
                step_decay: Some(StepDecay {
                    epochs: 10,
                    factor: 0.1,
                }),
                weight_decay: 1e-4,
                order: DataOrder::Shuffled,
                gradient_norm: Some(0.1),
                ..adam
            },
            DatasetName::Digits => Self {
                epochs: 8,
                weight_decay: 1e-4,
                order: DataOrder::Shuffled,
                ..adam
            },
        }
    }

    /// Settings for a table: Adam with the usual learning rate of 1e-3 on shuffled batches of 64
    /// rows, without weight decay.
    pub fn for_table(loss: Loss, epochs: usize) -> Self {
        Self {
            epochs,
            batch_size: 64,
            learning_rate: 1e-3,
            step_decay: None,
            weight_decay: 0.0,
            order: DataOrder::Shuffled,
            gradient_norm: None,
            loss,
            keep_best: None,
            fixed_layers: 0,
        }
    }

    /// Settings for networks of `count` quantiles of one target as in the public code of arXiv 2403.11707: 2,000 epochs of
    /// batches of 256, a learning rate of 5e-4, the best epoch kept.
    pub fn for_quantiles(count: usize) -> Self {
        Self {
            batch_size: 256,
            learning_rate: 5e-4,
            keep_best: Some(0.0),
            ..Self::for_table(Loss::Quantile(quantile_levels(count)), 2000)
        }
    }

    /// Settings for regression networks as in arXiv 2604.22746: squared error, 200 epochs, the best one kept.
    pub fn for_regression() -> Self {
        Self {
            keep_best: Some(1e-6),
            ..Self::for_table(Loss::SquaredError, 200)
        }
    }

    /// The learning rate in an epoch, counted from 0, of a training that begins with `rate`.
    pub(super) fn decayed(&self, rate: f64, epoch: usize) -> f64 {
        match self.step_decay {
            None => rate,
            Some(decay) => {
                let steps = i32::try_from(epoch / decay.epochs).unwrap_or(i32::MAX);
                rate * decay.factor.powi(steps)
            }
        }
    }

    /// Checks that every number is in its range.
    pub(super) fn check(&self) -> Result<(), TrainingError> {
        let positive = |value: f64| value.is_finite() && value > 0.0;
        let not_negative = |value: f64| value.is_finite() && value >= 0.0;
        let finite_positive = "a finite number above zero";
        let at_least_one = "at least one";
        let decay = self.step_decay.unwrap_or(StepDecay {
            epochs: 1,
            factor: 1.0,
        });
        let clip = self.gradient_norm.unwrap_or(1.0);
        let improvement = self.keep_best.unwrap_or(0.0);
        let checks = [
            (
                "batch_size",
                self.batch_size as f64,
                self.batch_size > 0,
                at_least_one,
            ),
            (
                "learning_rate",
                self.learning_rate,
                positive(self.learning_rate),
                finite_positive,
            ),
            (
                "step_decay.epochs",
                decay.epochs as f64,
                decay.epochs > 0,
                at_least_one,
            ),
            (
                "step_decay.factor",
                decay.factor,
                positive(decay.factor),
                finite_positive,
            ),
            (
                "weight_decay",
                self.weight_decay,
                not_negative(self.weight_decay),
                NOT_NEGATIVE,
            ),
            ("gradient_norm", clip, positive(clip), finite_positive),
            (
                "keep_best",
                improvement,
                not_negative(improvement),
                NOT_NEGATIVE,
            ),
        ];
        match checks.into_iter().find(|&(_, _, holds, _)| !holds) {
            None => self.loss.check(),
            Some((field, value, _, expected)) => Err(TrainingError::Setting {
                field,
                value,
                expected,
            }),
        }
    }
}
