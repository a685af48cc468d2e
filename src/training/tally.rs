//! How the networks of a stack do in an epoch.

use burn::tensor::{Tensor, TensorReadError};

use super::progress::Standing;
use super::stack::Scores;

/// Loss and accuracy of each network in an epoch so far. Sums stay on the device until they are
/// asked for, so that counting a batch does not wait for it.
#[derive(Default)]
pub struct Tally {
    waiting: Option<Scores>,
    /// Per network.
    losses: Vec<f64>,
    correct: Vec<f64>,
    images: usize,
}

impl Tally {
    pub fn add(&mut self, scores: Scores, images: usize) {
        self.images += images;
        self.waiting = Some(match self.waiting.take() {
            None => scores,
            Some(before) => Scores {
                losses: before.losses + scores.losses,
                correct: before.correct + scores.correct,
            },
        });
    }

    /// How each network does; waits for the device.
    pub fn standings(&mut self) -> Result<Vec<Standing>, TensorReadError> {
        if let Some(scores) = self.waiting.take() {
            add(&mut self.losses, scores.losses)?;
            add(&mut self.correct, scores.correct)?;
        }
        let images = self.images as f64;
        let both = self.losses.iter().zip(&self.correct);
        let standing = |(loss, correct): (&f64, &f64)| Standing {
            loss: loss / images,
            accuracy: correct / images,
        };
        Ok(both.map(standing).collect())
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
