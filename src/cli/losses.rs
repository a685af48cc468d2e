//! The loss that each network of a command was left with, and what is said of one that learned nothing.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::output::tell;
use crate::dataset::CLASSES;
use crate::numbers::Decimals;
use crate::training::Event;

/// The mean training loss of the last epoch, by the job's index. Called from several threads.
#[derive(Default)]
pub struct FinalLosses(Mutex<HashMap<usize, f64>>);

impl FinalLosses {
    pub fn note(&self, event: &Event) {
        let Event::Progress(progress) = event else {
            return;
        };
        let mut losses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (index, standing) in progress.standings.iter().enumerate() {
            losses.insert(progress.first + index, standing.loss);
        }
    }

    pub fn of(&self, job: usize) -> Option<f64> {
        let losses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        losses.get(&job).copied()
    }
}

/// Whether a mean cross-entropy is above that of the same probability for every class: such a network has
/// diverged, or has not begun to learn.
pub fn is_above_guessing(loss: f64) -> bool {
    loss > guessing()
}

fn guessing() -> f64 {
    (CLASSES as f64).ln()
}

/// Warns where the loss of a network is above that of guessing; it is written all the same.
pub fn warn_of_loss(path: &Path, loss: Option<f64>) {
    if let Some(loss) = loss.filter(|&loss| is_above_guessing(loss)) {
        tell(&format!(
            "warning: {} has diverged or not begun to learn: its training loss is {}, guessing has {:.3}",
            path.display(),
            Decimals(loss, 3),
            guessing()
        ));
    }
}
