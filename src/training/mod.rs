//! Training and finetuning of networks: the only place that knows Burn.
//!
//! [`train`] fits networks of one shape to [`Samples`] (labelled images, or a table of numbers with
//! targets), many at once: [`Job::new`] and [`Job::with_sizes`] draw a network from a seed,
//! [`Job::finetuning`] takes a pruned one, whose pruned weights are held at zero. A [`Loss`]
//! (cross-entropy, squared error or quantile), plus the penalties and regularisers of each network, is
//! minimised with Adam, in f32, on a [`Device`] chosen at run time; the results are plain
//! [`Network`]s. All randomness is drawn on the host from the seed, so a seed means the same initial
//! weights and the same order of the samples on every device.
//!
//! ```text
//! jobs -> fleet: a stack on each core (of one network), or on the GPU (of as many as fit)
//!           -> fit: epochs and batches
//!                batches -> stack (forward, gradients), criterion (loss) -> regularisation -> optimiser (Adam)
//! ```
//!
//! # Example
//!
//! Two networks learn the largest of two numbers:
//!
//! ```
//! use pipeline::dataset::Table;
//! use pipeline::training::{Device, Job, Loss, TrainingSettings, train};
//!
//! let inputs: Vec<[f64; 2]> = (0..400)
//!     .map(|row| [f64::from(row % 20) / 10.0 - 1.0, f64::from(row / 20) / 10.0 - 1.0])
//!     .collect();
//! let targets: Vec<[f64; 1]> = inputs.iter().map(|[a, b]| [a.max(*b)]).collect();
//! let table = Table::new(&inputs, &targets)?;
//! let settings = TrainingSettings {
//!     learning_rate: 1e-2,
//!     ..TrainingSettings::for_table(Loss::SquaredError, 60)
//! };
//! let jobs = [Job::with_sizes(&[2, 8, 1], 0)?, Job::with_sizes(&[2, 8, 1], 1)?];
//! for network in train(&jobs, &table, &settings, Device::Cpu, &|_| {})? {
//!     let output = network?.forward(&[0.5, -0.5])[0];
//!     assert!((output - 0.5).abs() < 0.05, "{output}");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accuracy;
mod batches;
mod best;
mod check;
mod criterion;
mod device;
mod error;
mod errors;
mod fit;
mod fleet;
mod inputs;
mod iterative;
mod job;
mod loss;
mod optimiser;
mod pixels;
mod progress;
mod quantiles;
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
pub use errors::Errors;
pub use fleet::stack_size;
pub use iterative::{Finetuning, PruningJob, prune_iteratively};
pub use job::Job;
pub use loss::Loss;
pub use progress::{Event, Observer, Progress, Standing};
pub use quantiles::{QuantileErrors, quantile_levels};
pub use regulariser::{LayerGradient, LayerView, Penalty, Regulariser, Snapshot};
pub use samples::{Samples, TrainingData};
pub use settings::{DataOrder, StepDecay, TrainingSettings};

use crate::network::Network;
use fit::Fit;
use fleet::Fleet;

/// Trains networks of one shape on the same samples with the same settings: on the CPU one on each
/// core, on a GPU in stacks of as many as fit into its memory. Each trained network is independent of
/// the others and of how many are trained together: bit for bit on the CPU, up to rounding on a GPU.
/// The outcomes are in the order of the jobs; a training that diverges fails alone.
///
/// # Errors
/// When settings are out of range, when there are no images or labels above 9, when the loss does not
/// fit the samples, when networks do not fit the samples or each other, and when the device is missing
/// or fails.
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
