//! Samples that lie on the device for a whole training.

use std::ops::Range;

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::samples::Samples;
use crate::dataset::{CLASSES, Split};

const BYTES_PER_WORD: usize = 4;

/// The inputs and targets of all samples, as tensors.
pub struct Resident {
    inputs: Stored,
    /// Samples x outputs.
    targets: Tensor<2>,
}

enum Stored {
    /// Images x words, see [`packed`].
    Packed {
        words: Tensor<2, Int>,
        pixels: usize,
    },
    /// Rows x inputs.
    Numbers(Tensor<2>),
}

impl Resident {
    pub fn new(samples: Samples, device: &Device) -> Self {
        match samples {
            Samples::Images(images) => {
                let words = packed(images);
                let shape = [images.len(), words.len() / images.len()];
                Self {
                    inputs: Stored::Packed {
                        words: Tensor::from_data(TensorData::new(words, shape), device),
                        pixels: samples.inputs(),
                    },
                    targets: one_hot(images, 1, 0..images.len(), device).squeeze_dim(0),
                }
            }
            Samples::Table(table) => {
                let upload = |values: &[f64], width: usize| {
                    let values: Vec<f32> = values.iter().map(|&value| value as f32).collect();
                    let shape = [table.len(), width];
                    Tensor::from_data(TensorData::new(values, shape), device)
                };
                Self {
                    inputs: Stored::Numbers(upload(table.all_inputs(), table.inputs())),
                    targets: upload(table.all_targets(), table.targets()),
                }
            }
        }
    }

    /// The samples of a range: inputs (1 x samples x inputs) and targets (1 x samples x outputs).
    pub fn range(&self, samples: Range<usize>) -> [Tensor<3>; 2] {
        let targets = self.targets.clone().slice([samples.clone()]);
        let inputs = match &self.inputs {
            Stored::Packed { words, pixels } => {
                let words = words.clone().slice([samples]);
                unpacked(words.unsqueeze_dim(0), *pixels)
            }
            Stored::Numbers(numbers) => numbers.clone().slice([samples]).unsqueeze_dim(0),
        };
        [inputs, targets.unsqueeze_dim(0)]
    }

    /// The samples at places of orders (networks x samples): inputs (networks x samples x inputs)
    /// and targets (networks x samples x outputs).
    pub fn chosen(&self, orders: &Tensor<2, Int>, places: Range<usize>) -> [Tensor<3>; 2] {
        let networks = orders.dims()[0];
        let count = places.len();
        let chosen = orders.clone().slice([0..networks, places]);
        let chosen = chosen.reshape([networks * count]);
        let lists = [networks as i32, count as i32, -1];
        let inputs = match &self.inputs {
            Stored::Packed { words, pixels } => {
                let words = words.clone().select(0, chosen.clone());
                unpacked(words.reshape(lists), *pixels)
            }
            Stored::Numbers(numbers) => numbers.clone().select(0, chosen.clone()).reshape(lists),
        };
        let targets = self.targets.clone().select(0, chosen);
        [inputs, targets.reshape(lists)]
    }
}

/// Inputs (lists x images x pixels, byte / 255) from their words.
fn unpacked(words: Tensor<3, Int>, pixels: usize) -> Tensor<3> {
    let byte = |place: usize| {
        let shifted = words.clone().bitwise_right_shift_scalar(8 * place as i32);
        shifted.bitwise_and_scalar(255)
    };
    let bytes = Tensor::cat((0..BYTES_PER_WORD).map(byte).collect(), 2);
    let [lists, images, _] = bytes.dims();
    let bytes = bytes.slice([0..lists, 0..images, 0..pixels]);
    bytes.float().div_scalar(255.0)
}

/// The pixels of all images, four bytes in a word: as floats, 60,000 images of 28 x 28 pixels are
/// more than the largest buffer that every GPU has. Word w of an image holds the pixels w, w + n,
/// w + 2n and w + 3n, from the lowest byte on, where n is its number of words.
fn packed(data: &Split) -> Vec<i32> {
    let pixels = data.side() * data.side();
    let words = pixels.div_ceil(BYTES_PER_WORD);
    let pack = |image: &[u8], word: usize| {
        let byte = |place: usize| image.get(word + place * words).copied().unwrap_or(0);
        i32::from_le_bytes([0, 1, 2, 3].map(byte))
    };
    let images = data.images().chunks_exact(pixels);
    images
        .flat_map(|image| (0..words).map(move |word| pack(image, word)))
        .collect()
}

/// One-hot labels (lists x images x classes) of lists of images of one length.
pub fn one_hot(
    data: &Split,
    lists: usize,
    images: impl Iterator<Item = usize>,
    device: &Device,
) -> Tensor<3> {
    let mut flags = Vec::new();
    for image in images {
        let label = usize::from(data.labels()[image]);
        flags.extend((0..CLASSES).map(|class| f32::from(u8::from(class == label))));
    }
    let shape = [lists, flags.len() / lists / CLASSES, CLASSES];
    Tensor::from_data(TensorData::new(flags, shape), device)
}
