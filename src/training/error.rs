//! What can go wrong in a training.

use thiserror::Error;

use super::device::{Device, DeviceError};
use crate::dataset::CLASSES;
use crate::network::NetworkError;
use crate::numbers::Shortest;
use crate::pruning::PruningError;

/// Why a network could not be trained.
#[derive(Debug, Error, PartialEq)]
pub enum TrainingError {
    #[error("training setting {field} is {}, expected {expected}", Shortest(*value))]
    Setting {
        field: &'static str,
        value: f64,
        expected: &'static str,
    },
    #[error("the training data has no images")]
    NoImages,
    #[error("image {image} of the training data has label {label}, expected 0 to 9")]
    Label { image: usize, label: u8 },
    #[error("the layer sizes do not form a network")]
    Sizes(#[source] NetworkError),
    #[error("the network takes {network} inputs, but an image has {image} pixels")]
    InputSize { network: usize, image: usize },
    #[error("the network has {found} outputs, expected {CLASSES}, one per class")]
    OutputSize { found: usize },
    #[error(
        "the network has {} inputs and {} outputs, but the table {} inputs and {} targets",
        network[0], network[1], table[0], table[1]
    )]
    TableSize {
        network: [usize; 2],
        table: [usize; 2],
    },
    #[error("images are trained with the loss cross-entropy")]
    LossOfImages,
    #[error("tables are trained with the loss squared-error or quantile")]
    LossOfTable,
    #[error("the quantile loss has {levels} levels, but the table {targets} targets")]
    Levels { levels: usize, targets: usize },
    #[error(
        "the quantile level of output {output} is {}, expected a number above 0 and below 1",
        Shortest(*level)
    )]
    Level { output: usize, level: f64 },
    #[error("the parameters of the best epoch are to be kept, but there are no validation samples")]
    NoValidation,
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

/// The most characters of a device's message.
const MESSAGE: usize = 300;

impl TrainingError {
    /// The error of a device from Burn's message, of which the end, the root cause, is kept, without
    /// its headings.
    pub(super) fn device_failed(device: Device, message: &str) -> Self {
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
