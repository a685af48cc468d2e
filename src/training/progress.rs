//! What a training reports while it runs.

use super::error::TrainingError;
use crate::network::Network;

/// Receives the events of a training; called from several threads at once.
pub type Observer<'a> = &'a (dyn Fn(Event) + Sync);

/// What a training reports.
#[derive(Debug)]
pub enum Event<'a> {
    /// Every hundred batches and after each epoch: how far some networks are.
    Progress(Progress),
    /// The training of a job has ended.
    Done {
        /// Index of the job, from 0.
        job: usize,
        /// The trained network, or why its training failed.
        outcome: &'a Result<Network, TrainingError>,
    },
    /// The device failed on a stack of `networks` networks, which is trained again in two halves.
    TooMany {
        /// Number of networks in the stack.
        networks: usize,
        /// The failure of the device.
        failed: &'a TrainingError,
    },
}

/// How far the training of some networks is: reported every hundred batches and at the end of
/// every epoch, where `batch == batches`.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The first network of those that are trained together.
    pub first: usize,
    /// The round of iterative pruning, from 1; else there is one.
    pub round: usize,
    /// Rounds of iterative pruning; 1 if there is none.
    pub rounds: usize,
    /// The epoch, from 1.
    pub epoch: usize,
    /// Epochs of the training, or of each round.
    pub epochs: usize,
    /// Batches of this epoch that are done.
    pub batch: usize,
    /// Batches of an epoch.
    pub batches: usize,
    /// How each network does in this epoch so far.
    pub standings: Vec<Standing>,
    /// How each network does on the validation samples, where there are some, after an epoch.
    pub validation: Option<Vec<Standing>>,
}

/// How a network does on samples: on those of an epoch so far, each batch before its step, or on the
/// validation samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// Mean of the [`Loss`](super::Loss), cross-entropy in nats; not finite where the training has
    /// diverged.
    pub loss: f64,
    /// Of images: the share of those that were classified correctly.
    pub accuracy: Option<f64>,
    /// The sum of the network's penalties, each times its strength, if it has any: of those on the
    /// device after the last step, of regularisers at the last batch on which they acted.
    pub penalty: Option<f64>,
}

impl Progress {
    /// The mean standing of the networks that have not diverged, of those with regularisers for the
    /// penalty.
    pub fn mean(&self) -> Standing {
        let mean = |value: fn(&Standing) -> Option<f64>| {
            let is_known = self.standings.iter().any(|each| value(each).is_some());
            let sound = self.standings.iter().filter(|each| each.loss.is_finite());
            let values: Vec<f64> = sound.filter_map(value).collect();
            is_known.then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        Standing {
            loss: mean(|each| Some(each.loss)).unwrap_or(f64::NAN),
            accuracy: mean(|each| each.accuracy),
            penalty: mean(|each| each.penalty),
        }
    }
}
