//! What networks, masks and images must be to be trained together.

use super::error::TrainingError;
use crate::dataset::{CLASSES, Split};
use crate::network::Network;
use crate::pruning::Mask;

pub fn check_data(data: &Split) -> Result<(), TrainingError> {
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
pub fn check_shapes<'a>(
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
