//! Progress of training on stderr.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::terminal::Meter;
use crate::numbers::Decimals;
use crate::training::{Progress, Standing};

/// A bar over the batches of all networks and, for a single network, a line per epoch. Used from several
/// threads.
pub struct TrainingMeter {
    name: String,
    networks: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    meter: Option<Meter>,
    /// Batches done by each group of networks trained together, by the index of its first network.
    done: HashMap<usize, u64>,
}

impl TrainingMeter {
    /// The progress of training `networks` networks, shown under `name`.
    pub fn new(name: &str, networks: usize) -> Self {
        Self {
            name: name.to_owned(),
            networks,
            state: Mutex::default(),
        }
    }

    pub fn networks(&self) -> usize {
        self.networks
    }

    pub fn show(&self, progress: &Progress) {
        let batches = progress.batches as u64;
        let epochs = (progress.rounds * progress.epochs) as u64;
        let before = ((progress.round - 1) * progress.epochs + progress.epoch - 1) as u64;
        let done = (before * batches + progress.batch as u64) * progress.standings.len() as u64;
        let Standing { loss, accuracy, .. } = progress.mean();
        let accuracy = accuracy.map(|accuracy| format!(", accuracy {accuracy:.4}"));
        let accuracy = accuracy.unwrap_or_default();
        let standing = format!("loss {}{accuracy}", Decimals(loss, 4));

        let mut state = self.state();
        state.done.insert(progress.first, done);
        let all = state.done.values().sum();
        let total = epochs.saturating_mul(batches);
        let total = total.saturating_mul(self.networks as u64);
        let meter = state
            .meter
            .get_or_insert_with(|| Meter::new(&self.name, total));
        meter.set(all, &standing);
        if self.networks == 1 && progress.batch == progress.batches {
            meter.print_line(&format!("{}: {standing}", epoch(progress)));
        }
    }

    /// Runs `write`, which prints to the terminal, while the bar is hidden.
    pub fn hidden<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.state().meter {
            Some(meter) => meter.hidden(write),
            None => write(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn epoch(progress: &Progress) -> String {
    let epoch = format!("epoch {}/{}", progress.epoch, progress.epochs);
    match progress.rounds {
        1 => epoch,
        rounds => format!("round {}/{rounds}, {epoch}", progress.round),
    }
}
