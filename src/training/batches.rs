//! The training images where they are trained on, batch by batch.

use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::optimiser::{Parameter, host_values};
use super::pixels::{LitImages, LitPixels};
use super::random::Orders;
use super::settings::{DataOrder, TrainingSettings};
use crate::dataset::{CLASSES, Split};

const BYTES_PER_WORD: usize = 4;

/// All images and labels.
pub struct Images<'a> {
    data: &'a Split,
    batch_size: usize,
    device: Device,
    place: Place,
}

enum Place {
    /// On the device: packed inputs (images x words, see [`packed`]) and one-hot labels (images x
    /// classes).
    Device(Box<(Tensor<2, Int>, Tensor<2>)>),
    /// In the processor's memory as they are stored.
    Host(LitImages),
    /// There, in the batches that every network has in every epoch.
    Batches(Vec<Arc<LitPixels>>),
}

impl<'a> Images<'a> {
    /// The images of a training on `device`; on the host they stay in the processor's memory.
    pub fn new(
        data: &'a Split,
        settings: &TrainingSettings,
        device: Device,
        on_host: bool,
    ) -> Self {
        let mut images = Self {
            data,
            batch_size: settings.batch_size,
            device,
            place: Place::Batches(Vec::new()),
        };
        images.place = match settings.order {
            _ if !on_host => images.upload(),
            DataOrder::Shuffled => Place::Host(LitImages::of(data)),
            DataOrder::Sequential => Place::Batches(images.all_batches()),
        };
        images
    }

    /// The batches in the order stored, made on all cores.
    fn all_batches(&self) -> Vec<Arc<LitPixels>> {
        let all = LitImages::of(self.data);
        let lit = |batch| Arc::new(all.batch(self.places(batch)));
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let batches: Vec<usize> = (0..self.batches()).collect();
        let share = batches.len().div_ceil(workers).max(1);
        thread::scope(|scope| {
            let make = |share: &[usize]| share.iter().copied().map(lit).collect::<Vec<_>>();
            let shares = batches.chunks(share);
            let workers: Vec<_> = shares
                .map(|share| scope.spawn(move || make(share)))
                .collect();
            let made = workers.into_iter().map(|worker| worker.join());
            made.flat_map(|made| made.unwrap_or_else(|panic| resume_unwind(panic)))
                .collect()
        })
    }

    fn upload(&self) -> Place {
        let data = self.data;
        let words = packed(data);
        let shape = [data.len(), words.len() / data.len()];
        let inputs = Tensor::from_data(TensorData::new(words, shape), &self.device);
        let labels = self.one_hot(1, 0..data.len()).squeeze_dim(0);
        Place::Device(Box::new((inputs, labels)))
    }

    /// Where the networks are trained, too.
    pub fn device(&self) -> &Device {
        &self.device
    }

    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Batches of an epoch.
    pub fn batches(&self) -> usize {
        self.data.len().div_ceil(self.batch_size)
    }

    /// The places of a batch in the order of an epoch.
    fn places(&self, batch: usize) -> Range<usize> {
        let start = batch * self.batch_size;
        start..self.data.len().min(start + self.batch_size)
    }

    /// The next epoch of networks with these orders; with none of them, in the order stored.
    pub fn epoch(&self, orders: &mut [Orders]) -> Epoch<'_> {
        let order = match &self.place {
            _ if orders.is_empty() => Order::Stored,
            Place::Host(_) | Place::Batches(_) => {
                let orders = orders.iter_mut().map(|order| order.shuffled().to_vec());
                Order::Host(orders.collect())
            }
            Place::Device(_) => {
                let shape = [orders.len(), self.len()];
                let mut all = Vec::with_capacity(shape[0] * shape[1]);
                for order in orders {
                    all.extend_from_slice(order.shuffled());
                }
                let all = TensorData::new(all, shape);
                Order::Device(Box::new(Tensor::from_data(all, &self.device)))
            }
        };
        let images = self;
        Epoch { images, order }
    }

    /// Inputs (lists x images x pixels, byte / 255) from their words.
    fn unpacked(&self, words: Tensor<3, Int>) -> Inputs {
        let byte = |place: usize| {
            let shifted = words.clone().bitwise_right_shift_scalar(8 * place as i32);
            shifted.bitwise_and_scalar(255)
        };
        let bytes = Tensor::cat((0..BYTES_PER_WORD).map(byte).collect(), 2);
        let [lists, images, _] = bytes.dims();
        let pixels = self.data.side() * self.data.side();
        let bytes = bytes.slice([0..lists, 0..images, 0..pixels]);
        Inputs::Dense(Box::new(bytes.float().div_scalar(255.0)))
    }

    /// One-hot labels (lists x images x classes) of lists of images of one length.
    fn one_hot(&self, lists: usize, images: impl Iterator<Item = usize>) -> Tensor<3> {
        let mut flags = Vec::new();
        for image in images {
            let label = usize::from(self.data.labels()[image]);
            flags.extend((0..CLASSES).map(|class| f32::from(u8::from(class == label))));
        }
        let shape = [lists, flags.len() / lists / CLASSES, CLASSES];
        Tensor::from_data(TensorData::new(flags, shape), &self.device)
    }
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

/// The images in the order of an epoch.
pub struct Epoch<'a> {
    images: &'a Images<'a>,
    order: Order,
}

enum Order {
    /// For all networks as they are stored.
    Stored,
    /// Networks x images.
    Device(Box<Tensor<2, Int>>),
    Host(Vec<Vec<i32>>),
}

/// A batch of images for each network of a stack, or one for all of them.
pub struct Batch {
    pub inputs: Inputs,
    /// One-hot: networks (or 1) x images x classes.
    pub labels: Tensor<3>,
    pub images: usize,
}

impl Epoch<'_> {
    pub fn batch(&self, batch: usize) -> Batch {
        let images = self.images;
        let places = images.places(batch);
        let count = places.len();
        let (inputs, labels) = match (&images.place, &self.order) {
            (Place::Device(all), Order::Device(orders)) => {
                let networks = orders.dims()[0];
                let chosen = orders.clone().slice([0..networks, places]);
                let chosen = chosen.reshape([networks * count]);
                let (inputs, labels) = &**all;
                let inputs = inputs.clone().select(0, chosen.clone());
                let labels = labels.clone().select(0, chosen);
                (
                    images.unpacked(inputs.reshape([networks as i32, count as i32, -1])),
                    labels.reshape([networks, count, CLASSES]),
                )
            }
            (Place::Device(all), _) => {
                let (inputs, labels) = &**all;
                let inputs = inputs.clone().slice([places.clone()]);
                let labels = labels.clone().slice([places]);
                (
                    images.unpacked(inputs.unsqueeze_dim(0)),
                    labels.unsqueeze_dim(0),
                )
            }
            (Place::Host(all), Order::Host(orders)) => {
                let lists = orders.iter().map(|order| {
                    let chosen = order[places.clone()].iter();
                    chosen.map(|&image| image as usize)
                });
                let labels = images.one_hot(orders.len(), lists.clone().flatten());
                let lit = lists.map(|list| Arc::new(all.batch(list)));
                (Inputs::Lit(lit.collect()), labels)
            }
            (Place::Host(all), _) => {
                let lit = Arc::new(all.batch(places.clone()));
                (Inputs::Lit(vec![lit]), images.one_hot(1, places))
            }
            (Place::Batches(all), _) => {
                let lit = all[batch].clone();
                (Inputs::Lit(vec![lit]), images.one_hot(1, places))
            }
        };
        Batch {
            inputs,
            labels,
            images: count,
        }
    }
}

/// The inputs of a batch.
pub enum Inputs {
    /// Networks (or 1) x images x pixels.
    Dense(Box<Tensor<3>>),
    /// Of each network, or one for all.
    Lit(Vec<Arc<LitPixels>>),
}

impl Inputs {
    /// The inputs times the weights of the first layer: networks x images x neurons.
    pub fn product(&self, weights: &mut Parameter) -> Tensor<3> {
        let lit = match self {
            Self::Dense(inputs) => return (**inputs).clone().matmul(weights.value()),
            Self::Lit(lit) => lit,
        };
        let ([networks, pixels, neurons], device) = (weights.dims(), weights.device());
        let shape = [networks, lit[0].images(), neurons];
        let mut sums = vec![0.0; shape.iter().product()];
        weights.read(|weights| {
            let weights = weights.chunks_exact(pixels * neurons);
            let sums = sums.chunks_exact_mut(shape[1] * neurons);
            for ((weights, sums), lit) in weights.zip(sums).zip(lit.iter().cycle()) {
                lit.add_product(weights, sums);
            }
        });
        Tensor::from_data(TensorData::new(sums, shape), &device)
    }

    /// The transposed inputs times the gradient at the neurons of the first layer (networks x
    /// images x neurons), which is the gradient of its weights.
    pub fn transposed_product(&self, deltas: Tensor<3>) -> Tensor<3> {
        let lit = match self {
            Self::Dense(inputs) => return (**inputs).clone().swap_dims(1, 2).matmul(deltas),
            Self::Lit(lit) => lit,
        };
        let ([networks, images, neurons], device) = (deltas.dims(), deltas.device());
        let shape = [networks, lit[0].pixels(), neurons];
        let deltas = host_values(deltas);
        let mut products = vec![0.0; shape.iter().product()];
        let deltas = deltas.chunks_exact(images * neurons);
        let its = products.chunks_exact_mut(shape[1] * neurons);
        for ((deltas, products), lit) in deltas.zip(its).zip(lit.iter().cycle()) {
            lit.transposed_product(deltas, products);
        }
        Tensor::from_data(TensorData::new(products, shape), &device)
    }
}
