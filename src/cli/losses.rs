//! The final training loss of each network of a command, and the warning about networks that learned nothing.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::output::tell;
use crate::dataset::CLASSES;
use crate::numbers::Decimals;
use crate::training::Event;

/// The mean training loss of the last epoch by job index. Used from several threads.
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

/// Whether a mean cross-entropy exceeds that of equal probabilities for all classes: such a network has diverged or
/// not begun to learn.
pub fn is_above_guessing(loss: f64) -> bool {
    loss > guessing()
}

fn guessing() -> f64 {
    (CLASSES as f64).ln()
}

/// Warns if the loss of a network exceeds that of guessing; the network is written nevertheless.
pub fn warn_of_loss(path: &Path, loss: Option<f64>) {
    if let Some(loss) = loss.filter(|&loss| is_above_guessing(loss)) {
        tell(&format!(
            "warning: {} has diverged or not begun to learn: its training loss is {}, that of guessing {:.3}",
            path.display(),
            Decimals(loss, 3),
            guessing()
        ));
    }
}
