//! What networks, masks and samples must be to be trained together.

use super::error::TrainingError;
use super::loss::Loss;
use super::samples::Samples;
use crate::dataset::{CLASSES, Split};
use crate::network::Network;
use crate::pruning::Mask;

pub fn check_samples(samples: Samples) -> Result<(), TrainingError> {
    match samples {
        Samples::Images(images) if images.is_empty() => Err(TrainingError::NoImages),
        Samples::Images(images) => check_labels(images),
        Samples::Table(_) => Ok(()),
    }
}

fn check_labels(data: &Split) -> Result<(), TrainingError> {
    let beyond = |&label: &u8| usize::from(label) >= CLASSES;
    match data.labels().iter().position(beyond) {
        Some(image) => Err(TrainingError::Label {
            image,
            label: data.labels()[image],
        }),
        None => Ok(()),
    }
}

/// Networks that are trained together have one shape, that of the samples.
pub fn check_shapes<'a>(
    mut networks: impl Iterator<Item = &'a Network>,
    samples: Samples,
    loss: &Loss,
) -> Result<(), TrainingError> {
    let Some(first) = networks.next() else {
        return Ok(());
    };
    check_network(first, samples, loss)?;
    let first = first.sizes();
    match networks.map(Network::sizes).find(|sizes| *sizes != first) {
        None => Ok(()),
        Some(other) => Err(TrainingError::Shapes { first, other }),
    }
}

fn check_network(network: &Network, samples: Samples, loss: &Loss) -> Result<(), TrainingError> {
    let its = [network.inputs(), network.outputs()];
    let [inputs, outputs] = [samples.inputs(), loss.outputs(samples)];
    let is_table = matches!(samples, Samples::Table(_));
    if its == [inputs, outputs] {
        Ok(())
    } else if is_table {
        let table = [inputs, outputs];
        Err(TrainingError::TableSize {
            network: its,
            table,
        })
    } else if its[0] != inputs {
        Err(TrainingError::InputSize {
            network: its[0],
            image: inputs,
        })
    } else {
        Err(TrainingError::OutputSize { found: its[1] })
    }
}

pub fn check_mask(mask: &Mask, network: &Network) -> Result<(), TrainingError> {
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
