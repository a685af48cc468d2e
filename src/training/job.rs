//! A network to be trained: from a seed, a given one, or one that was pruned.

use std::sync::Arc;

use super::check::check_mask;
use super::error::TrainingError;
use super::random::{initial_network, normal_network};
use super::regulariser::{Penalty, Regulariser};
use super::settings::{NOT_NEGATIVE, TrainingSettings};
use crate::dataset::CLASSES;
use crate::network::{Network, check_sizes};
use crate::pruning::Mask;

/// A network to be trained.
#[derive(Debug, Clone)]
pub struct Job {
    pub(super) start: Network,
    pub(super) mask: Option<Mask>,
    pub(super) seed: u64,
    learning_rate: Option<f64>,
    weight_decay: Option<f64>,
    /// With their strengths.
    pub(super) penalties: Vec<(Penalty, f64)>,
    pub(super) regularisers: Vec<(Arc<dyn Regulariser>, f64)>,
}

impl Job {
    /// A new classifier of images of `side` x `side` pixels, with the `hidden` layer sizes:
    /// [`Job::with_sizes`], its inputs the pixels of an image, its outputs the ten classes.
    ///
    /// # Errors
    /// When a hidden layer is empty.
    pub fn new(side: usize, hidden: &[usize], seed: u64) -> Result<Self, TrainingError> {
        let sizes: Vec<usize> = [&[side * side], hidden, &[CLASSES]].concat();
        Self::with_sizes(&sizes, seed)
    }

    /// A new network with the layer sizes `[inputs, hidden.., outputs]`, drawn from a seed:
    /// Xavier-uniform weights, biases as PyTorch's linear layers draw them. The seed gives the order
    /// of the samples, too.
    ///
    /// # Errors
    /// When a layer is empty, and when there are too many weights.
    pub fn with_sizes(sizes: &[usize], seed: u64) -> Result<Self, TrainingError> {
        check_sizes(sizes).map_err(TrainingError::Sizes)?;
        Ok(Self::from_network(initial_network(sizes, seed), seed))
    }

    /// The same with normal weights, of variance 2/fan-in in hidden layers (Kaiming) and 2/(fan-in + fan-out) in the
    /// last one (Xavier), and zero biases, as regression networks start in arXiv 2604.22746.
    ///
    /// # Errors
    /// When a layer is empty, and when there are too many weights.
    pub fn with_normal_weights(sizes: &[usize], seed: u64) -> Result<Self, TrainingError> {
        check_sizes(sizes).map_err(TrainingError::Sizes)?;
        Ok(Self::from_network(normal_network(sizes, seed), seed))
    }

    /// A given network to be trained, rounded to f32. The seed gives the order of the samples.
    pub fn from_network(start: Network, seed: u64) -> Self {
        Self {
            start,
            mask: None,
            seed,
            learning_rate: None,
            weight_decay: None,
            penalties: Vec::new(),
            regularisers: Vec::new(),
        }
    }

    /// A pruned network to be trained further, with a fresh optimiser: every weight that `mask`
    /// prunes is exactly zero from the start and after every step. The seed gives the order of the
    /// samples.
    ///
    /// # Errors
    /// When the mask does not fit the network.
    pub fn finetuning(network: &Network, mask: Mask, seed: u64) -> Result<Self, TrainingError> {
        check_mask(&mask, network)?;
        let start = Self::from_network(mask.apply(network), seed);
        Ok(Self {
            mask: Some(mask),
            ..start
        })
    }

    /// Replaces the learning rate of the settings for this network.
    pub fn with_learning_rate(mut self, rate: f64) -> Self {
        self.learning_rate = Some(rate);
        self
    }

    /// Replaces the weight decay of the settings for this network.
    pub fn with_weight_decay(mut self, decay: f64) -> Self {
        self.weight_decay = Some(decay);
        self
    }

    /// Adds `strength` times a penalty to the loss of this network.
    pub fn with_penalty(mut self, penalty: Penalty, strength: f64) -> Self {
        self.penalties.push((penalty, strength));
        self
    }

    /// Adds `strength` times a penalty that is computed on the CPU to the loss of this network.
    pub fn with_regulariser(mut self, regulariser: Arc<dyn Regulariser>, strength: f64) -> Self {
        self.regularisers.push((regulariser, strength));
        self
    }

    pub(super) fn is_regularised(&self) -> bool {
        !(self.penalties.is_empty() && self.regularisers.is_empty())
    }

    /// Refuses numbers of its own that no training can be run with.
    pub(super) fn check(&self, settings: &TrainingSettings) -> Result<(), TrainingError> {
        let penalties = self.penalties.iter().map(|&(_, strength)| strength);
        let regularisers = self.regularisers.iter().map(|&(_, strength)| strength);
        let is_strength = |strength: f64| strength.is_finite() && strength >= 0.0;
        let mut strengths = penalties.chain(regularisers);
        if let Some(value) = strengths.find(|&strength| !is_strength(strength)) {
            return Err(TrainingError::Setting {
                field: "strength of a regulariser",
                value,
                expected: NOT_NEGATIVE,
            });
        }
        let own = TrainingSettings {
            learning_rate: self.learning_rate.unwrap_or(settings.learning_rate),
            weight_decay: self.decay(settings),
            ..settings.clone()
        };
        own.check()
    }

    /// The mask of a layer's weights (out x in): 1 where a weight is kept, 0 where it is pruned.
    pub(super) fn kept(&self, layer: usize) -> Vec<f32> {
        match &self.mask {
            None => vec![1.0; self.start.layers()[layer].weights().len()],
            Some(mask) => {
                let flags = mask.layers()[layer].iter();
                flags.map(|&keep| f32::from(u8::from(keep))).collect()
            }
        }
    }

    pub(super) fn decay(&self, settings: &TrainingSettings) -> f64 {
        self.weight_decay.unwrap_or(settings.weight_decay)
    }

    /// The learning rate in an epoch, counted from 0.
    pub(super) fn rate(&self, settings: &TrainingSettings, epoch: usize) -> f64 {
        settings.decayed(self.learning_rate.unwrap_or(settings.learning_rate), epoch)
    }
}
