//! The one loop that trains and finetunes: a stack of networks, from start to end.

use super::batches::Images;
use super::fleet::Outcomes;
use super::optimiser::Adam;
use super::random::Orders;
use super::stack::Stack;
use super::tally::Tally;
use super::{DataOrder, Device, Event, Job, Observer, TrainingError, TrainingSettings};
use crate::network::Network;

/// Batches between two reports; each one waits for the device.
const REPORT_EVERY: usize = 100;

/// How far the training of some networks is: reported every hundred batches and at the end of
/// every epoch, where `batch == batches`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// The first network of those that are trained together, and their number.
    pub first: usize,
    pub networks: usize,
    /// The round of iterative pruning, from 1; else there is one.
    pub round: usize,
    pub rounds: usize,
    /// The epoch, from 1.
    pub epoch: usize,
    pub epochs: usize,
    /// Batches of this epoch that are done.
    pub batch: usize,
    pub batches: usize,
    /// Mean cross-entropy, in nats, of this epoch's images so far, each before its step; the mean
    /// of the networks that have not diverged.
    pub loss: f64,
    /// Share of this epoch's images so far that were classified correctly, each before its step.
    pub accuracy: f64,
}

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
        let device = self.device.open()?;
        let mut stack = Stack::upload(jobs, &device, self.device.is_host());
        let mut adam = Adam::new(self.settings.weight_decay, &device);
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
                let means = tally.means().map_err(|error| self.failed(error))?;
                let [loss, accuracy] = self.note(&means, epoch, diverged);
                (self.observer)(Event::Progress(Progress {
                    first: self.first,
                    networks: diverged.len(),
                    round: self.round,
                    rounds: self.rounds,
                    epoch: epoch + 1,
                    epochs: self.settings.epochs,
                    batch: done,
                    batches,
                    loss,
                    accuracy,
                }));
            }
        }
        Ok(stack)
    }

    /// Notes who has diverged; the mean loss and accuracy of the others.
    fn note(&self, means: &[[f64; 2]], epoch: usize, diverged: &mut [Option<usize>]) -> [f64; 2] {
        let (mut sums, mut sound) = ([0.0; 2], 0.0);
        for (means, diverged) in means.iter().zip(diverged) {
            if means[0].is_finite() {
                sums = [sums[0] + means[0], sums[1] + means[1]];
                sound += 1.0;
            } else {
                diverged.get_or_insert(epoch);
            }
        }
        sums.map(|sum| sum / sound)
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
