//! Iterative pruning: in each round prune a little more, then finetune what is left.

use serde::{Deserialize, Serialize};

use super::{Device, Progress, TrainingError, TrainingSettings, finetune};
use crate::dataset::Split;
use crate::network::Network;
use crate::pruning::{Mask, Pruning, PruningError, prune_further, rates};

/// How a network is finetuned while it is pruned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finetuning {
    /// Rounds of pruning; each removes the same share of what is left.
    pub rounds: usize,
    /// The retraining after each round.
    pub settings: TrainingSettings,
    /// Seed of the order of the images; round k shuffles by `seed + k 2^32`.
    pub seed: u64,
}

/// Prunes `network` to the rate of `pruning` in rounds, each followed by finetuning with the
/// pruned weights held at zero (paper section 4.1: 5 rounds of 5 epochs). The observer hears of
/// each round, from 1, and its training.
///
/// # Errors
/// When the rate is outside [0, 1), or as [`finetune`].
pub fn prune_iteratively(
    network: &Network,
    pruning: &Pruning,
    images: &Split,
    finetuning: &Finetuning,
    device: Device,
    observer: &mut dyn FnMut(usize, Progress),
) -> Result<Network, IterativeError> {
    let mut network = network.clone();
    let mut mask = Mask::nonzero(&network);
    for (round, rate) in (1..).zip(rates(pruning.rate, finetuning.rounds)) {
        let step = Pruning {
            rate,
            ..pruning.clone()
        };
        mask = prune_further(&network, &mask, &step)?;
        network = finetune(
            &network,
            &mask,
            images,
            &finetuning.settings,
            finetuning.seed.wrapping_add((round as u64) << 32),
            device,
            &mut |progress| observer(round, progress),
        )?;
    }
    Ok(network)
}

/// Why a network could not be pruned in rounds.
#[derive(Debug, thiserror::Error)]
pub enum IterativeError {
    #[error(transparent)]
    Pruning(#[from] PruningError),
    #[error(transparent)]
    Training(#[from] TrainingError),
}
