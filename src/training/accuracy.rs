//! The accuracy of a classifier.

use crate::dataset::Split;
use crate::network::{Network, argmax};
use crate::parallel;

/// Images that a thread takes at a time.
const SHARE: usize = 256;

/// The share of images whose largest output, in the f64 forward pass, is the label; of equal
/// outputs the first counts. NaN where there are no images.
///
/// # Panics
/// When an image has not as many pixels as the network has inputs.
pub fn accuracy(network: &Network, data: &Split) -> f64 {
    let images: Vec<usize> = (0..data.len()).collect();
    let shares: Vec<&[usize]> = images.chunks(SHARE).collect();
    let correct: usize = parallel::map(&shares, parallel::cores(), |share| {
        let right = share
            .iter()
            .filter(|&&image| is_right(network, data, image));
        right.count()
    })
    .into_iter()
    .sum();
    correct as f64 / data.len() as f64
}

fn is_right(network: &Network, data: &Split, image: usize) -> bool {
    let outputs = network.forward(&data.input(image));
    argmax(&outputs) == usize::from(data.labels()[image])
}
