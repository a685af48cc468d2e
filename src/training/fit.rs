//! The one loop that trains and finetunes: a stack of networks, from start to end.

use burn::tensor::TensorReadError;

use super::batches::Batches;
use super::best::{Best, Parameters};
use super::criterion::Criterion;
use super::device::Device;
use super::error::TrainingError;
use super::job::Job;
use super::optimiser::Adam;
use super::progress::{Event, Observer, Progress, Standing};
use super::random::Orders;
use super::regularisation::Regularisation;
use super::settings::{DataOrder, TrainingSettings};
use super::stack::{Stack, download};
use super::tally::Tally;
use crate::network::Network;

/// Batches between two reports; each one waits for the device.
const REPORT_EVERY: usize = 100;

/// The trained networks, or why they failed, in the order of their jobs.
pub type Outcomes = Vec<Result<Network, TrainingError>>;

/// How some networks are trained as one, among others.
#[derive(Clone, Copy)]
pub struct Fit<'a> {
    /// Place of the first of them among all.
    pub first: usize,
    /// As in [`Progress`].
    pub round: usize,
    pub rounds: usize,
    pub batches: &'a Batches<'a>,
    /// Other samples, to validate on after every epoch.
    pub validation: Option<&'a Batches<'a>>,
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
        let mut stack = Stack::upload(jobs, self.batches.device(), self.device.is_host());
        stack.fix_last(self.settings.fixed_layers);
        let mut run = Run::new(self, jobs, &stack);
        for epoch in 0..self.settings.epochs {
            stack = run.epoch(stack, epoch)?;
            if run.diverged.iter().all(Option::is_some) {
                break;
            }
        }
        let parameters = match run.best {
            None => stack.parameters().collect(),
            Some(best) => best.into_parameters(),
        };
        self.download(parameters, &run.diverged)
    }

    fn download(
        &self,
        parameters: Parameters,
        diverged: &[Option<usize>],
    ) -> Result<Outcomes, TrainingError> {
        let networks = download(parameters.into_iter()).map_err(|error| self.failed(error))?;
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

/// The state of one training but for its networks.
struct Run<'a> {
    fit: &'a Fit<'a>,
    jobs: &'a [Job],
    criterion: Criterion,
    regularisation: Regularisation,
    adam: Adam,
    /// Of each network; none where all take the samples as they are stored.
    orders: Vec<Orders>,
    best: Option<Best>,
    /// The epoch in which each network diverged, from 0.
    diverged: Vec<Option<usize>>,
}

impl<'a> Run<'a> {
    fn new(fit: &'a Fit, jobs: &'a [Job], stack: &Stack) -> Self {
        let device = fit.batches.device();
        let order = |job: &Job| Orders::new(fit.batches.samples(), job.seed);
        Self {
            fit,
            jobs,
            criterion: Criterion::new(&fit.settings.loss, device),
            regularisation: Regularisation::new(jobs, device),
            adam: Adam::new(jobs.iter().map(|job| job.decay(fit.settings)), device),
            orders: match fit.settings.order {
                DataOrder::Sequential => Vec::new(),
                DataOrder::Shuffled => jobs.iter().map(order).collect(),
            },
            best: fit.settings.keep_best.map(|improvement| {
                Best::new(improvement, jobs.len(), stack.parameters().collect())
            }),
            diverged: vec![None; jobs.len()],
        }
    }

    fn epoch(&mut self, mut stack: Stack, epoch: usize) -> Result<Stack, TrainingError> {
        let Fit {
            batches, settings, ..
        } = *self.fit;
        let rates = self.jobs.iter().map(|job| job.rate(settings, epoch));
        self.adam.set_rates(rates);
        let samples = batches.epoch(&mut self.orders);
        let mut tally = Tally::default();
        for index in 0..batches.count() {
            let batch = samples.batch(index);
            self.adam.advance();
            let (gradients, scores) = stack.loss_gradients(&batch, &self.criterion);
            stack = self.regularisation.step(
                stack,
                &batch.inputs,
                gradients,
                &self.adam,
                settings.gradient_norm,
            );
            tally.add(scores, batch.samples);

            let done = index + 1;
            if done.is_multiple_of(REPORT_EVERY) || done == batches.count() {
                stack = stack.flush();
                let reported = self.report(&mut stack, &mut tally, epoch, done);
                reported.map_err(|error| self.fit.failed(error))?;
            }
        }
        Ok(stack)
    }

    /// Notes which networks have diverged, and reports how all of them do after `done` batches of an
    /// epoch, at its end also on the validation samples.
    fn report(
        &mut self,
        stack: &mut Stack,
        tally: &mut Tally,
        epoch: usize,
        done: usize,
    ) -> Result<(), TensorReadError> {
        let mut standings = tally.standings()?;
        let penalties = self.regularisation.penalties(stack)?;
        for (standing, penalty) in standings.iter_mut().zip(penalties) {
            standing.penalty = penalty;
        }
        for (standing, diverged) in standings.iter().zip(&mut self.diverged) {
            if !standing.loss.is_finite() {
                diverged.get_or_insert(epoch);
            }
        }
        let is_end = done == self.fit.batches.count();
        let validation = match self.fit.validation {
            Some(batches) if is_end => Some(self.validate(stack, batches)?),
            _ => None,
        };
        let fit = self.fit;
        (fit.observer)(Event::Progress(Progress {
            first: fit.first,
            round: fit.round,
            rounds: fit.rounds,
            epoch: epoch + 1,
            epochs: fit.settings.epochs,
            batch: done,
            batches: fit.batches.count(),
            standings,
            validation,
        }));
        Ok(())
    }

    /// How the networks do on validation samples; keeps the parameters of those that are better than
    /// before.
    fn validate(
        &mut self,
        stack: &mut Stack,
        batches: &Batches,
    ) -> Result<Vec<Standing>, TensorReadError> {
        let samples = batches.epoch(&mut []);
        let mut tally = Tally::default();
        for batch in (0..batches.count()).map(|index| samples.batch(index)) {
            tally.add(stack.scores(&batch, &self.criterion), batch.samples);
        }
        let standings = tally.standings()?;
        if let Some(best) = &mut self.best {
            let losses: Vec<f64> = standings.iter().map(|each| each.loss).collect();
            best.update(&losses, stack.parameters().collect());
        }
        Ok(standings)
    }
}
