//! Training and finetuning of networks: the only place that knows Burn.
//!
//! [`train`] fits networks of one shape to labelled images, many at once: [`Job::new`] draws a
//! network from a seed, [`Job::finetuning`] takes a pruned one, whose pruned weights are held at
//! zero. The cross-entropy of the ten outputs is minimised with Adam, in f32, on a [`Device`] chosen
//! at run time; what comes back are plain [`Network`]s. All randomness is drawn on the host from the
//! seed, so a seed means the same initial weights and the same order of the images on every device.
//!
//! ```text
//! jobs -> fleet: a stack for each core, or as many as a card's memory takes
//!           -> fit: epochs and batches
//!                batches -> stack (forward, gradients) -> optimiser (Adam)
//! ```

mod accuracy;
mod batches;
mod device;
mod fit;
mod fleet;
mod iterative;
mod optimiser;
mod pixels;
mod random;
mod settings;
mod stack;
mod tally;
#[cfg(test)]
mod tests;

use std::ops::Range;

use thiserror::Error;

pub use accuracy::accuracy;
pub use device::{Device, DeviceError};
pub use fit::{Progress, Standing};
pub use fleet::stack_size;
pub use iterative::{Finetuning, PruningJob, prune_iteratively};
pub use settings::{DataOrder, StepDecay, TrainingSettings};

use crate::dataset::{CLASSES, Split};
use crate::network::{Network, NetworkError, check_sizes};
use crate::pruning::{Mask, PruningError};
use fit::Fit;
use fleet::Fleet;

/// Why a network could not be trained.
#[derive(Debug, Error, PartialEq)]
pub enum TrainingError {
    #[error("training setting {field} is {value}, expected {expected}")]
    Setting {
        field: &'static str,
        value: f64,
        expected: &'static str,
    },
    #[error("the training data has no images")]
    NoImages,
    #[error("image {image} of the training data has label {label}, expected 0 to 9")]
    Label { image: usize, label: u8 },
    #[error("the hidden layers make no network")]
    Hidden(#[source] NetworkError),
    #[error("the network takes {network} inputs, but an image has {image} pixels")]
    InputSize { network: usize, image: usize },
    #[error("the network has {found} outputs, expected {CLASSES}, one per class")]
    OutputSize { found: usize },
    #[error("the mask has {mask} layers, but the network has {network}")]
    MaskLayers { mask: usize, network: usize },
    #[error("layer {layer} of the mask has {mask} flags, but the network has {network} weights")]
    MaskSize {
        layer: usize,
        mask: usize,
        network: usize,
    },
    #[error(
        "networks that are trained together have one shape, but there are {first:?} and {other:?}"
    )]
    Shapes {
        first: Vec<usize>,
        other: Vec<usize>,
    },
    #[error("training diverged in epoch {epoch} of {epochs}: the loss or a weight is not finite")]
    Diverged { epoch: usize, epochs: usize },
    #[error(transparent)]
    Pruning(#[from] PruningError),
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error("device {device} failed while training: {message}")]
    DeviceFailed { device: Device, message: String },
}

/// The longest message of a device.
const MESSAGE: usize = 300;

impl TrainingError {
    /// The end of what Burn says, which is the root of it, without its headings.
    fn device_failed(device: Device, message: &str) -> Self {
        let headings = ["Caused by:", "Asked at:", "No backtrace available", ""];
        let lines = message.lines().map(str::trim);
        let lines: Vec<&str> = lines.filter(|line| !headings.contains(line)).collect();
        let message = lines.join(": ");
        let end = message.char_indices().rev().nth(MESSAGE - 1);
        Self::DeviceFailed {
            device,
            message: message[end.map_or(0, |(at, _)| at)..].to_owned(),
        }
    }
}

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

/// A network to be trained.
#[derive(Debug, Clone)]
pub struct Job {
    start: Network,
    mask: Option<Mask>,
    seed: u64,
    learning_rate: Option<f64>,
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
            start: random::initial_network(&sizes, seed),
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
    fn kept(&self, layer: usize) -> Vec<f32> {
        match &self.mask {
            None => vec![1.0; self.start.layers()[layer].weights().len()],
            Some(mask) => {
                let flags = mask.layers()[layer].iter();
                flags.map(|&keep| f32::from(u8::from(keep))).collect()
            }
        }
    }

    /// The learning rate in an epoch, the first one being 0.
    fn rate(&self, settings: &TrainingSettings, epoch: usize) -> f64 {
        settings.decayed(self.learning_rate.unwrap_or(settings.learning_rate), epoch)
    }
}

/// Trains networks of one shape on the same images with the same settings: on the processor one
/// on each core, on a graphics card stacked to as many at a time as its memory takes. What comes
/// of a network does not depend on the others, nor on how many are trained together, beyond the
/// rounding of a graphics card. The outcomes are in the order of the jobs; a training that diverges
/// fails alone.
///
/// # Errors
/// Settings out of range, data without images or with labels above 9, networks that do not fit the
/// data or each other, a device that is not there or that fails.
pub fn train(
    jobs: &[Job],
    data: &Split,
    settings: &TrainingSettings,
    device: Device,
    observer: Observer,
) -> Result<Vec<Result<Network, TrainingError>>, TrainingError> {
    for rate in jobs.iter().filter_map(|job| job.learning_rate) {
        settings.with_learning_rate(rate).check()?;
    }
    let networks = jobs.iter().map(|job| &job.start);
    let fleet = Fleet::new(networks, data, settings, device, observer)?;
    fleet.run(|stack: Range<usize>, fit: Fit| fit.run(&jobs[stack]))
}

/// [`train`] of one network.
///
/// # Errors
/// As [`train`], and when the training diverges.
pub fn train_one(
    job: Job,
    data: &Split,
    settings: &TrainingSettings,
    device: Device,
    observer: Observer,
) -> Result<Network, TrainingError> {
    let mut outcomes = train(&[job], data, settings, device, observer)?;
    outcomes.pop().expect("a job has an outcome")
}

fn check_data(data: &Split) -> Result<(), TrainingError> {
    if data.is_empty() {
        return Err(TrainingError::NoImages);
    }
    let beyond = |&label: &u8| usize::from(label) >= CLASSES;
    match data.labels().iter().position(beyond) {
        Some(image) => Err(TrainingError::Label {
            image,
            label: data.labels()[image],
        }),
        None => Ok(()),
    }
}

/// Networks that are trained together have one shape, that of the data.
fn check_shapes<'a>(
    mut networks: impl Iterator<Item = &'a Network>,
    data: &Split,
) -> Result<(), TrainingError> {
    let Some(first) = networks.next() else {
        return Ok(());
    };
    check_network(first, data)?;
    let first = first.sizes();
    match networks.map(Network::sizes).find(|sizes| *sizes != first) {
        None => Ok(()),
        Some(other) => Err(TrainingError::Shapes { first, other }),
    }
}

fn check_network(network: &Network, data: &Split) -> Result<(), TrainingError> {
    let image = data.side() * data.side();
    if network.inputs() != image {
        let network = network.inputs();
        return Err(TrainingError::InputSize { network, image });
    }
    match network.outputs() {
        CLASSES => Ok(()),
        found => Err(TrainingError::OutputSize { found }),
    }
}

fn check_mask(mask: &Mask, network: &Network) -> Result<(), TrainingError> {
    if mask.layers().len() != network.layers().len() {
        return Err(TrainingError::MaskLayers {
            mask: mask.layers().len(),
            network: network.layers().len(),
        });
    }
    let sizes = mask.layers().iter().zip(network.layers());
    for (layer, (flags, weights)) in sizes.enumerate() {
        if flags.len() != weights.weights().len() {
            return Err(TrainingError::MaskSize {
                layer,
                mask: flags.len(),
                network: weights.weights().len(),
            });
        }
    }
    Ok(())
}
