//! The one loop that trains and finetunes: a stack of networks, from start to end.

use super::batches::Images;
use super::device::Device;
use super::error::TrainingError;
use super::job::Job;
use super::optimiser::Adam;
use super::progress::{Event, Observer, Progress};
use super::random::Orders;
use super::settings::{DataOrder, TrainingSettings};
use super::stack::Stack;
use super::tally::Tally;
use crate::network::Network;

/// Batches between two reports; each one waits for the device.
const REPORT_EVERY: usize = 100;

/// What came of each network.
pub type Outcomes = Vec<Result<Network, TrainingError>>;

/// How some networks are trained as one, among others.
#[derive(Clone, Copy)]
pub struct Fit<'a> {
    /// Place of the first of them among all.
    pub first: usize,
    /// As in [`Progress`].
    pub round: usize,
    pub rounds: usize,
    pub images: &'a Images<'a>,
    pub settings: &'a TrainingSettings,
    pub device: Device,
    pub observer: Observer<'a>,
}

impl Fit<'_> {
    /// The same in a round of iterative pruning.
    pub fn in_round(self, round: usize, rounds: usize) -> Self {
        Self {
            round,
            rounds,
            ..self
        }
    }

    /// Trains networks of one shape.
    pub fn run(&self, jobs: &[Job]) -> Result<Outcomes, TrainingError> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let device = self.images.device();
        let mut stack = Stack::upload(jobs, device, self.device.is_host());
        let mut adam = Adam::new(self.settings.weight_decay, device);
        let mut orders: Vec<Orders> = match self.settings.order {
            DataOrder::Sequential => Vec::new(),
            DataOrder::Shuffled => {
                let order = |job: &Job| Orders::new(self.images.len(), job.seed);
                jobs.iter().map(order).collect()
            }
        };
        let mut diverged = vec![None; jobs.len()];
        for epoch in 0..self.settings.epochs {
            adam.set_rates(jobs.iter().map(|job| job.rate(self.settings, epoch)));
            stack = self.epoch(stack, &mut adam, epoch, &mut orders, &mut diverged)?;
            if diverged.iter().all(Option::is_some) {
                break;
            }
        }
        self.download(stack, &diverged)
    }

    fn epoch(
        &self,
        mut stack: Stack,
        adam: &mut Adam,
        epoch: usize,
        orders: &mut [Orders],
        diverged: &mut [Option<usize>],
    ) -> Result<Stack, TrainingError> {
        let images = self.images.epoch(orders);
        let batches = self.images.batches();
        let mut tally = Tally::default();
        for batch in 0..batches {
            let batch_of_images = images.batch(batch);
            adam.advance();
            let scores;
            (stack, scores) = stack.step(&batch_of_images, adam, self.settings.gradient_norm);
            tally.add(scores, batch_of_images.images);

            let done = batch + 1;
            if done % REPORT_EVERY == 0 || done == batches {
                stack = stack.flush();
                let standings = tally.standings().map_err(|error| self.failed(error))?;
                for (standing, diverged) in standings.iter().zip(diverged.iter_mut()) {
                    if !standing.loss.is_finite() {
                        diverged.get_or_insert(epoch);
                    }
                }
                (self.observer)(Event::Progress(Progress {
                    first: self.first,
                    round: self.round,
                    rounds: self.rounds,
                    epoch: epoch + 1,
                    epochs: self.settings.epochs,
                    batch: done,
                    batches,
                    standings,
                }));
            }
        }
        Ok(stack)
    }

    fn download(
        &self,
        stack: Stack,
        diverged: &[Option<usize>],
    ) -> Result<Outcomes, TrainingError> {
        let networks = stack.download().map_err(|error| self.failed(error))?;
        // The last step may overflow after the last finite loss.
        let last = self.settings.epochs.saturating_sub(1);
        let outcomes = networks
            .into_iter()
            .zip(diverged)
            .map(|(layers, diverged)| {
                let network = Network::new(layers).ok().filter(|_| diverged.is_none());
                network.ok_or(TrainingError::Diverged {
                    epoch: diverged.unwrap_or(last) + 1,
                    epochs: self.settings.epochs,
                })
            });
        Ok(outcomes.collect())
    }

    fn failed(&self, error: impl ToString) -> TrainingError {
        TrainingError::device_failed(self.device, &error.to_string())
    }
}
