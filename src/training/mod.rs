//! Training and finetuning of networks: the only place that knows Burn.
//!
//! [`train`] draws a network from a seed and fits it to labelled images; [`finetune`] fits a
//! pruned network further, its pruned weights held at zero. Both minimise the cross-entropy of
//! the ten outputs with Adam, in f32, on a [`Device`] chosen at run time, and hand back plain
//! [`Network`]s. All randomness is drawn on the host from the seed, so a seed means the same
//! initial weights and the same order of the images on every device.

mod accuracy;
mod batches;
mod device;
mod fit;
mod iterative;
mod model;
mod optimiser;
mod random;
mod settings;
#[cfg(test)]
mod tests;

use thiserror::Error;

pub use accuracy::accuracy;
pub use device::{Device, DeviceError};
pub use fit::Progress;
pub use iterative::{Finetuning, IterativeError, prune_iteratively};
pub use settings::{DataOrder, StepDecay, TrainingSettings};

use crate::dataset::{CLASSES, Split};
use crate::network::{Network, NetworkError, check_sizes};
use crate::pruning::Mask;

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
    #[error("training diverged in epoch {epoch} of {epochs}: the loss or a weight is not finite")]
    Diverged { epoch: usize, epochs: usize },
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error("device {device} failed while training: {message}")]
    DeviceFailed { device: Device, message: String },
}

/// Trains a network with the `hidden` layer sizes from a seed: Xavier-uniform weights, biases as
/// PyTorch's linear layers draw them. Inputs are the pixels of an image, outputs the ten classes.
///
/// # Errors
/// Settings out of range, data without images or with labels above 9, an empty hidden layer, a
/// device that is not there, and a training that diverges.
pub fn train(
    hidden: &[usize],
    data: &Split,
    settings: &TrainingSettings,
    seed: u64,
    device: Device,
    observer: &mut dyn FnMut(Progress),
) -> Result<Network, TrainingError> {
    check_data(data)?;
    let pixels = data.side() * data.side();
    let sizes: Vec<usize> = [&[pixels], hidden, &[CLASSES]].concat();
    check_sizes(&sizes).map_err(TrainingError::Hidden)?;
    let start = random::initial_network(&sizes, seed);
    let task = fit::Task {
        data,
        settings,
        seed,
        device,
    };
    task.fit(&start, None, observer)
}

/// Trains a pruned network further, with a fresh optimiser: every weight that `mask` prunes is
/// exactly zero from the start and after every step.
///
/// # Errors
/// As [`train`], and a mask or images that do not fit the network.
pub fn finetune(
    network: &Network,
    mask: &Mask,
    data: &Split,
    settings: &TrainingSettings,
    seed: u64,
    device: Device,
    observer: &mut dyn FnMut(Progress),
) -> Result<Network, TrainingError> {
    check_data(data)?;
    check_network(network, data)?;
    check_mask(mask, network)?;
    let task = fit::Task {
        data,
        settings,
        seed,
        device,
    };
    task.fit(&mask.apply(network), Some(mask), observer)
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
