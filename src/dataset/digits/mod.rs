//! Digits drawn by the program: a small stand-in for MNIST that needs no file and no network.
//!
//! Reading order: `shapes` (the ten digits as strokes), `hand` (how one drawing of a digit differs
//! from the next), `pen` (strokes to pixels), `random` (the random numbers).
//!
//! The bytes are the same on every machine: random numbers are ChaCha8 with a fixed key, and the
//! floating-point arithmetic is +, -, *, / and square root alone, which IEEE 754 defines to the
//! last bit.

mod hand;
mod pen;
mod random;
mod shapes;

use super::{CLASSES, Dataset, DatasetName, SIDE, Split};
use random::Random;

pub(super) const TRAIN_IMAGES: usize = 10_000;
const TEST_IMAGES: usize = 2_000;

/// Draws the data set: 10,000 training and 2,000 test images, equally many of each class, in random
/// order.
pub(super) fn draw() -> Dataset {
    Dataset {
        name: DatasetName::Digits,
        train: split(TRAIN_IMAGES, 1),
        test: split(TEST_IMAGES, 2),
    }
}

fn split(count: usize, seed: u8) -> Split {
    let mut random = Random::new(seed);
    let mut labels: Vec<u8> = (0..CLASSES as u8).cycle().take(count).collect();
    random.shuffle(&mut labels);
    let images = labels
        .iter()
        .flat_map(|&digit| hand::write(digit.into(), &mut random))
        .collect();
    Split::new(SIDE, images, labels)
}

#[cfg(test)]
mod tests;
