//! A network to be trained: from a seed, or one that was pruned.

use super::check::check_mask;
use super::error::TrainingError;
use super::random::initial_network;
use super::settings::TrainingSettings;
use crate::dataset::CLASSES;
use crate::network::{Network, check_sizes};
use crate::pruning::Mask;

/// A network to be trained.
#[derive(Debug, Clone)]
pub struct Job {
    pub(super) start: Network,
    pub(super) mask: Option<Mask>,
    pub(super) seed: u64,
    pub(super) learning_rate: Option<f64>,
}

impl Job {
    /// A new network of images of `side` x `side` pixels, with the `hidden` layer sizes, drawn from
    /// a seed: Xavier-uniform weights, biases as PyTorch's linear layers draw them. Inputs are the
    /// pixels of an image, outputs the ten classes. The seed gives the order of the images, too.
    ///
    /// # Errors
    /// When a hidden layer is empty.
    pub fn new(side: usize, hidden: &[usize], seed: u64) -> Result<Self, TrainingError> {
        let sizes: Vec<usize> = [&[side * side], hidden, &[CLASSES]].concat();
        check_sizes(&sizes).map_err(TrainingError::Hidden)?;
        Ok(Self {
            start: initial_network(&sizes, seed),
            mask: None,
            seed,
            learning_rate: None,
        })
    }

    /// A pruned network to be trained further, with a fresh optimiser: every weight that `mask`
    /// prunes is exactly zero from the start and after every step. The seed gives the order of the
    /// images.
    ///
    /// # Errors
    /// When the mask does not fit the network.
    pub fn finetuning(network: &Network, mask: Mask, seed: u64) -> Result<Self, TrainingError> {
        check_mask(&mask, network)?;
        Ok(Self {
            start: mask.apply(network),
            mask: Some(mask),
            seed,
            learning_rate: None,
        })
    }

    /// The same with a learning rate of its own in place of that of the settings.
    pub fn with_learning_rate(mut self, rate: f64) -> Self {
        self.learning_rate = Some(rate);
        self
    }

    /// One where a weight is kept and zero where it is pruned.
    pub(super) fn kept(&self, layer: usize) -> Vec<f32> {
        match &self.mask {
            None => vec![1.0; self.start.layers()[layer].weights().len()],
            Some(mask) => {
                let flags = mask.layers()[layer].iter();
                flags.map(|&keep| f32::from(u8::from(keep))).collect()
            }
        }
    }

    /// The learning rate in an epoch, the first one being 0.
    pub(super) fn rate(&self, settings: &TrainingSettings, epoch: usize) -> f64 {
        settings.decayed(self.learning_rate.unwrap_or(settings.learning_rate), epoch)
    }
}
