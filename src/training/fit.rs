//! The one loop that trains and finetunes.

use burn::optim::Adam;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor};

use super::batches::{Images, Tally};
use super::model::Model;
use super::optimiser::adam;
use super::random::Orders;
use super::{DataOrder, Device, TrainingError, TrainingSettings};
use crate::dataset::Split;
use crate::network::Network;
use crate::pruning::Mask;

/// Batches between two reports; each one waits for the device.
const REPORT_EVERY: usize = 100;

/// How far a training is: reported every hundred batches and at the end of every epoch, where
/// `batch == batches`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// The epoch, from 1.
    pub epoch: usize,
    pub epochs: usize,
    /// Batches of this epoch that are done.
    pub batch: usize,
    pub batches: usize,
    /// Mean cross-entropy, in nats, of this epoch's images so far, each before its step.
    pub loss: f64,
    /// Share of this epoch's images so far that were classified correctly, each before its step.
    pub accuracy: f64,
}

/// What to train on and how.
pub struct Task<'a> {
    pub data: &'a Split,
    pub settings: &'a TrainingSettings,
    pub seed: u64,
    pub device: Device,
}

impl Task<'_> {
    /// Trains from `start`, whose weights outside the mask are zero and stay so.
    pub fn fit(
        &self,
        start: &Network,
        mask: Option<&Mask>,
        observer: &mut dyn FnMut(Progress),
    ) -> Result<Network, TrainingError> {
        self.settings.check()?;
        let device = self.device.open()?;
        let images = Images::upload(self.data, &device);
        let adam = adam(self.settings);
        let mut model = Model::upload(start, mask, &device);
        let mut orders = Orders::new(self.data.len(), self.seed);
        for epoch in 0..self.settings.epochs {
            let order = match self.settings.order {
                DataOrder::Sequential => None,
                DataOrder::Shuffled => Some(Tensor::from_data(orders.shuffled(), &device)),
            };
            model = self.epoch(model, &adam, epoch, &images, order, observer)?;
        }
        self.download(model)
    }

    fn epoch(
        &self,
        mut model: Model,
        adam: &Adam,
        epoch: usize,
        images: &Images,
        order: Option<Tensor<1, Int>>,
        observer: &mut dyn FnMut(Progress),
    ) -> Result<Model, TrainingError> {
        let learning_rate = self.settings.learning_rate_in(epoch);
        let (count, size) = (self.data.len(), self.settings.batch_size);
        let batches = count.div_ceil(size);
        let mut tally = Tally::default();
        for batch in 0..batches {
            let range = batch * size..count.min((batch + 1) * size);
            let (inputs, labels) = images.batch(range, order.as_ref());
            let logits = model.forward(inputs);
            let loss = cross_entropy(logits.clone(), labels.clone());
            let gradients = model.gradients(&loss, self.settings.gradient_norm);
            tally.add(loss.without_autodiff(), logits.without_autodiff(), labels);
            model = model.step(adam, learning_rate, gradients);

            let done = batch + 1;
            if done % REPORT_EVERY == 0 || done == batches {
                let (loss, accuracy) = tally.means().map_err(|error| self.failed(error))?;
                if !loss.is_finite() {
                    return Err(self.diverged(epoch));
                }
                model = model.flush();
                observer(Progress {
                    epoch: epoch + 1,
                    epochs: self.settings.epochs,
                    batch: done,
                    batches,
                    loss,
                    accuracy,
                });
            }
        }
        Ok(model)
    }

    fn download(&self, model: Model) -> Result<Network, TrainingError> {
        let layers = model.download().map_err(|error| self.failed(error))?;
        // The last step may overflow after the last finite loss.
        let last = self.settings.epochs.saturating_sub(1);
        Network::new(layers).map_err(|_| self.diverged(last))
    }

    fn diverged(&self, epoch: usize) -> TrainingError {
        TrainingError::Diverged {
            epoch: epoch + 1,
            epochs: self.settings.epochs,
        }
    }

    fn failed(&self, error: impl ToString) -> TrainingError {
        TrainingError::DeviceFailed {
            device: self.device,
            message: error.to_string(),
        }
    }
}

/// The mean cross-entropy (one entry) of outputs (batch x classes) before the softmax.
fn cross_entropy(logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    let chosen = log_softmax(logits, 1).gather(1, labels.unsqueeze_dim(1));
    chosen.mean().neg()
}
