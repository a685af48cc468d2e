//! What a training tells while it goes on.

use super::error::TrainingError;
use crate::network::Network;

/// Where a training tells how far it is; from several threads at once.
pub type Observer<'a> = &'a (dyn Fn(Event) + Sync);

/// What a training tells.
#[derive(Debug)]
pub enum Event<'a> {
    Progress(Progress),
    /// The training of a job has ended.
    Done {
        job: usize,
        outcome: &'a Result<Network, TrainingError>,
    },
    /// So many networks at once were too many for the device; they are trained anew, half of them
    /// at a time.
    TooMany {
        networks: usize,
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
    pub rounds: usize,
    /// The epoch, from 1.
    pub epoch: usize,
    pub epochs: usize,
    /// Batches of this epoch that are done.
    pub batch: usize,
    pub batches: usize,
    /// How each network does in this epoch so far.
    pub standings: Vec<Standing>,
}

/// How a network does on the images of an epoch so far, each before its step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// Mean cross-entropy in nats; not finite where the training has diverged.
    pub loss: f64,
    /// Share of the images that were classified correctly.
    pub accuracy: f64,
}

impl Progress {
    /// The mean standing of the networks that have not diverged.
    pub fn mean(&self) -> Standing {
        let sound = || self.standings.iter().filter(|each| each.loss.is_finite());
        let mean =
            |value: fn(&Standing) -> f64| sound().map(value).sum::<f64>() / sound().count() as f64;
        Standing {
            loss: mean(|each| each.loss),
            accuracy: mean(|each| each.accuracy),
        }
    }
}
