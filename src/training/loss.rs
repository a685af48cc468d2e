//! Loss functions, and which samples they are for.

use serde::{Deserialize, Serialize};

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
    /// smallest where an output is the q-quantile of its target given the inputs. A single target is
    /// that of every output.
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

    /// Outputs of a network of these samples.
    pub(super) fn outputs(&self, samples: Samples) -> usize {
        match self {
            Self::Quantile(levels) => levels.len(),
            Self::CrossEntropy | Self::SquaredError => samples.targets(),
        }
    }

    /// Checks that this is a loss of such samples.
    pub(super) fn check_samples(&self, samples: Samples) -> Result<(), TrainingError> {
        match (self, samples) {
            (Self::CrossEntropy, Samples::Images(_)) | (Self::SquaredError, Samples::Table(_)) => {
                Ok(())
            }
            (Self::Quantile(levels), Samples::Table(table))
                if [1, levels.len()].contains(&table.targets()) =>
            {
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
