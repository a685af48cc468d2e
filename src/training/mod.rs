//! Training and finetuning of networks: the only place that knows Burn.
//!
//! [`train`] fits networks of one shape to labelled images, many at once: [`Job::new`] draws a
//! network from a seed, [`Job::finetuning`] takes a pruned one, whose pruned weights are held at
//! zero. The cross-entropy of the ten outputs is minimised with Adam, in f32, on a [`Device`] chosen
//! at run time; what comes back are plain [`Network`]s. All randomness is drawn on the host from the
//! seed, so a seed means the same initial weights and the same order of the images on every device.
//!
//! ```text
//! jobs -> fleet: a stack for each core, or as many as a GPU's memory takes
//!           -> fit: epochs and batches
//!                batches -> stack (forward, gradients) -> optimiser (Adam)
//! ```

mod accuracy;
mod batches;
mod best;
mod check;
mod device;
mod error;
mod fit;
mod fleet;
mod inputs;
mod iterative;
mod job;
mod loss;
mod optimiser;
mod pixels;
mod progress;
mod random;
mod regularisation;
mod regulariser;
mod resident;
mod samples;
mod settings;
mod stack;
mod tally;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use accuracy::accuracy;
pub use device::{Device, DeviceError};
pub use error::TrainingError;
pub use fleet::stack_size;
pub use iterative::{Finetuning, PruningJob, prune_iteratively};
pub use job::Job;
pub use loss::Loss;
pub use progress::{Event, Observer, Progress, Standing};
pub use regulariser::{LayerGradient, LayerView, Penalty, Regulariser, Snapshot};
pub use samples::{Samples, TrainingData};
pub use settings::{DataOrder, StepDecay, TrainingSettings};

use crate::network::Network;
use fit::Fit;
use fleet::Fleet;

/// Trains networks of one shape on the same images with the same settings: on the processor one
/// on each core, on a GPU stacked to as many at a time as its memory takes. What comes
/// of a network does not depend on the others, nor on how many are trained together, beyond the
/// rounding of a GPU. The outcomes are in the order of the jobs; a training that diverges
/// fails alone.
///
/// # Errors
/// Settings out of range, data without images or with labels above 9, networks that do not fit the
/// data or each other, a device that is not there or that fails.
pub fn train<'a>(
    jobs: &[Job],
    data: impl Into<TrainingData<'a>>,
    settings: &TrainingSettings,
    device: Device,
    observer: Observer,
) -> Result<Vec<Result<Network, TrainingError>>, TrainingError> {
    jobs.iter().try_for_each(|job| job.check(settings))?;
    let networks = jobs.iter().map(|job| &job.start);
    let fleet = Fleet::new(networks, data.into(), settings, device, observer)?;
    fleet.run(|stack: Range<usize>, fit: Fit| fit.run(&jobs[stack]))
}

/// [`train`] of one network.
///
/// # Errors
/// As [`train`], and when the training diverges.
pub fn train_one<'a>(
    job: Job,
    data: impl Into<TrainingData<'a>>,
    settings: &TrainingSettings,
    device: Device,
    observer: Observer,
) -> Result<Network, TrainingError> {
    let mut outcomes = train(&[job], data, settings, device, observer)?;
    outcomes.pop().expect("a job has an outcome")
}
