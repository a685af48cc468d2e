//! The mean loss and accuracy of each network of a stack over an epoch.

use burn::tensor::{Tensor, TensorReadError};

use super::criterion::Scores;
use super::progress::Standing;

/// Loss and accuracy of each network in an epoch so far. Sums stay on the device until they are
/// read, so that adding a batch does not wait for the device.
#[derive(Default)]
pub struct Tally {
    waiting: Option<Scores>,
    /// Per network.
    losses: Vec<f64>,
    correct: Option<Vec<f64>>,
    samples: usize,
}

impl Tally {
    /// Adds the scores of a batch of `samples` samples for each network.
    pub fn add(&mut self, scores: Scores, samples: usize) {
        self.samples += samples;
        self.waiting = Some(match self.waiting.take() {
            None => scores,
            Some(before) => Scores {
                losses: before.losses + scores.losses,
                correct: before.correct.zip(scores.correct).map(|(a, b)| a + b),
            },
        });
    }

    /// How each network does; waits for the device.
    pub fn standings(&mut self) -> Result<Vec<Standing>, TensorReadError> {
        if let Some(scores) = self.waiting.take() {
            add(&mut self.losses, scores.losses)?;
            if let Some(correct) = scores.correct {
                add(self.correct.get_or_insert_default(), correct)?;
            }
        }
        let samples = self.samples as f64;
        let standing = |(network, loss): (usize, &f64)| Standing {
            loss: loss / samples,
            accuracy: self.correct.as_ref().map(|all| all[network] / samples),
            penalty: None,
        };
        Ok(self.losses.iter().enumerate().map(standing).collect())
    }
}

fn add(sums: &mut Vec<f64>, more: Tensor<3>) -> Result<(), TensorReadError> {
    let more = more.try_into_data_as::<f32>()?;
    sums.resize(more.num_elements(), 0.0);
    for (sum, more) in sums.iter_mut().zip(more.iter::<f32>()) {
        *sum += f64::from(more);
    }
    Ok(())
}
