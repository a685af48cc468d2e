//! Iterative pruning: in each round prune a little more, then finetune what is left.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::device::Device;
use super::error::TrainingError;
use super::fit::Fit;
use super::fleet::Fleet;
use super::job::Job;
use super::progress::Observer;
use super::samples::TrainingData;
use super::settings::TrainingSettings;
use crate::network::Network;
use crate::pruning::{Mask, Pruning, prune_further, rates};

/// How a network is finetuned while it is pruned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finetuning {
    /// Rounds of pruning; each removes the same share of what is left.
    pub rounds: usize,
    /// The retraining after each round.
    pub settings: TrainingSettings,
    /// Seed of the order of the samples; round k shuffles by `seed + k 2^32`.
    pub seed: u64,
}

/// A network to be pruned in rounds.
#[derive(Debug, Clone)]
pub struct PruningJob<'a> {
    /// The network to prune; its zero weights count as pruned and stay zero.
    pub network: &'a Network,
    /// Which weights are pruned; the rate is that after the last round.
    pub pruning: &'a Pruning,
    /// As in [`Finetuning`].
    pub seed: u64,
}

/// Prunes networks of one shape, each to the rate of its pruning, in rounds, each followed by
/// finetuning with the pruned weights held at zero (paper section 4.1: 5 rounds of 5 epochs).
/// Networks are trained together as by [`train`](super::train). A network that diverges fails alone.
///
/// # Errors
/// When a rate is outside [0, 1), or as [`train`](super::train).
pub fn prune_iteratively<'a>(
    jobs: &[PruningJob],
    data: impl Into<TrainingData<'a>>,
    rounds: usize,
    settings: &TrainingSettings,
    device: Device,
    observer: Observer,
) -> Result<Vec<Result<Network, TrainingError>>, TrainingError> {
    for job in jobs {
        job.pruning.check()?;
    }
    let networks = jobs.iter().map(|job| job.network);
    let fleet = Fleet::new(networks, data.into(), settings, device, observer)?;
    fleet.run(|stack: Range<usize>, fit: Fit| {
        let jobs = &jobs[stack];
        let start = |job: &PruningJob| Ok((job.network.clone(), Mask::nonzero(job.network)));
        let mut states: Vec<State> = jobs.iter().map(start).collect();
        for round in 1..=rounds {
            prune_and_finetune(jobs, &mut states, fit.in_round(round, rounds))?;
        }
        let networks = states.into_iter().map(|state| Ok(state?.0));
        Ok(networks.collect())
    })
}

/// A network and what is left of it, or why its training failed.
type State = Result<(Network, Mask), TrainingError>;

/// One round of those that have not failed.
fn prune_and_finetune(
    jobs: &[PruningJob],
    states: &mut [State],
    fit: Fit,
) -> Result<(), TrainingError> {
    let mut places = Vec::new();
    let mut trainings = Vec::new();
    for (place, (job, state)) in jobs.iter().zip(&*states).enumerate() {
        let Ok((network, mask)) = state else { continue };
        let pruning = Pruning {
            rate: rates(job.pruning.rate, fit.rounds)[fit.round - 1],
            ..job.pruning.clone()
        };
        let mask = prune_further(network, mask, &pruning)?;
        let seed = job.seed.wrapping_add((fit.round as u64) << 32);
        trainings.push(Job::finetuning(network, mask.clone(), seed)?);
        places.push((place, mask));
    }
    let outcomes = fit.run(&trainings)?;
    for ((place, mask), outcome) in places.into_iter().zip(outcomes) {
        states[place] = outcome.map(|network| (network, mask));
    }
    Ok(())
}
