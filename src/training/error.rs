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
    /// A setting is out of its range.
    #[error("training setting {field} is {}, expected {expected}", Shortest(*value))]
    Setting {
        /// Name of the setting.
        field: &'static str,
        /// The number that was given.
        value: f64,
        /// Its range, in words.
        expected: &'static str,
    },
    /// There are no images to train or finetune on.
    #[error("the training data has no images")]
    NoImages,
    /// A label is not a class.
    #[error("image {image} of the training data has label {label}, expected 0 to 9")]
    Label {
        /// Index of its image, from 0.
        image: usize,
        /// The label found, above 9.
        label: u8,
    },
    /// A network with these layer sizes cannot be created.
    #[error("the layer sizes do not form a network")]
    Sizes(#[source] NetworkError),
    /// A classifier does not take one input per pixel.
    #[error("the network takes {network} inputs, but an image has {image} pixels")]
    InputSize {
        /// Inputs of the network.
        network: usize,
        /// Pixels of an image.
        image: usize,
    },
    /// A classifier does not have one output per class.
    #[error("the network has {found} outputs, expected {CLASSES}, one per class")]
    OutputSize {
        /// Outputs of the network.
        found: usize,
    },
    /// Network and table differ in the number of inputs or outputs.
    #[error(
        "the network has {} inputs and {} outputs, expected {} and {} for the table and the loss",
        network[0], network[1], table[0], table[1]
    )]
    TableSize {
        /// Inputs and outputs of the network.
        network: [usize; 2],
        /// Inputs per row of the table, and its targets per row or the levels of the quantile loss.
        table: [usize; 2],
    },
    /// Increasing outputs are to be trained with another loss than the quantile loss.
    #[error("increasing outputs are trained with the loss quantile")]
    IncreasingWithoutQuantiles,
    /// Images are to be trained on with a loss for tables.
    #[error("images are trained with the loss cross-entropy")]
    LossOfImages,
    /// A table is to be trained on with a loss for images.
    #[error("tables are trained with the loss squared-error or quantile")]
    LossOfTable,
    /// The quantile loss does not have one level per target.
    #[error("the quantile loss has {levels} levels, but the table {targets} targets")]
    Levels {
        /// Number of levels.
        levels: usize,
        /// Targets per row of the table.
        targets: usize,
    },
    /// A level of the quantile loss is not strictly between 0 and 1.
    #[error(
        "the quantile level of output {output} is {}, expected a number above 0 and below 1",
        Shortest(*level)
    )]
    Level {
        /// The output that it is for, from 0.
        output: usize,
        /// The level that was given.
        level: f64,
    },
    /// The best epoch is to be kept, but there are no samples to tell it by.
    #[error("the parameters of the best epoch are to be kept, but there are no validation samples")]
    NoValidation,
    /// A mask has another number of layers than the network.
    #[error("the mask has {mask} layers, but the network has {network}")]
    MaskLayers {
        /// Layers of the mask.
        mask: usize,
        /// Layers of the network.
        network: usize,
    },
    /// A layer of a mask does not have one flag per weight.
    #[error("layer {layer} of the mask has {mask} flags, but the network has {network} weights")]
    MaskSize {
        /// Index of the layer, from 0.
        layer: usize,
        /// Flags in that layer of the mask.
        mask: usize,
        /// Weights in that layer of the network.
        network: usize,
    },
    /// Networks that are to be trained together differ in their layer sizes.
    #[error(
        "networks that are trained together have one shape, but there are {first:?} and {other:?}"
    )]
    Shapes {
        /// Layer sizes of the first network, the input first.
        first: Vec<usize>,
        /// Layer sizes of the first one that differs from it.
        other: Vec<usize>,
    },
    /// The loss, or a weight after the last step, is NaN or infinite.
    #[error("training diverged in epoch {epoch} of {epochs}: the loss or a weight is not finite")]
    Diverged {
        /// The epoch in which this was noticed, from 1.
        epoch: usize,
        /// Number of epochs of the training, or of the round of finetuning.
        epochs: usize,
    },
    /// The network cannot be pruned as its settings ask.
    #[error(transparent)]
    Pruning(#[from] PruningError),
    /// The device is missing from the build or from the machine.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The device stopped working during the training, for example out of memory.
    #[error("device {device} failed while training: {message}")]
    DeviceFailed {
        /// The device that failed.
        device: Device,
        /// The end of Burn's message, which names the root cause.
        message: String,
    },
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
