//! How often a network is right.

use std::thread;

use crate::dataset::Split;
use crate::network::{Network, argmax};

/// The share of images whose largest output, in the f64 forward pass, is the label; of equal
/// outputs the first counts. NaN where there are no images.
///
/// # Panics
/// When an image has not as many pixels as the network has inputs.
pub fn accuracy(network: &Network, data: &Split) -> f64 {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let share = data.len().div_ceil(workers).max(1);
    let correct: usize = thread::scope(|scope| {
        let starts = (0..data.len()).step_by(share);
        let handles: Vec<_> = starts
            .map(|start| {
                let images = start..data.len().min(start + share);
                scope.spawn(move || {
                    images
                        .filter(|&image| is_right(network, data, image))
                        .count()
                })
            })
            .collect();
        let counts = handles.into_iter().map(|handle| handle.join());
        counts
            .map(|count| count.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .sum()
    });
    correct as f64 / data.len() as f64
}

fn is_right(network: &Network, data: &Split, image: usize) -> bool {
    let outputs = network.forward(&data.input(image));
    argmax(&outputs) == usize::from(data.labels()[image])
}
