//! The training images where they are trained on, batch by batch.

use std::ops::Range;
use std::sync::Arc;

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::optimiser::{Parameter, host_values};
use super::pixels::LitPixels;
use super::random::Orders;
use super::{DataOrder, TrainingSettings};
use crate::dataset::{CLASSES, Split};

/// All images and labels.
pub struct Images<'a> {
    data: &'a Split,
    batch_size: usize,
    device: Device,
    place: Place,
}

enum Place {
    /// On the device: inputs (images x pixels, byte / 255) and one-hot labels (images x classes).
    Device(Box<[Tensor<2>; 2]>),
    /// In the processor's memory as they are stored; with the batches where every network has the
    /// same in every epoch.
    Host(Option<Vec<Arc<LitPixels>>>),
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
            place: Place::Host(None),
        };
        images.place = match settings.order {
            _ if !on_host => images.upload(),
            DataOrder::Shuffled => Place::Host(None),
            DataOrder::Sequential => {
                let batches = 0..images.batches();
                let lit = |batch| Arc::new(LitPixels::of(data, images.places(batch)));
                Place::Host(Some(batches.map(lit).collect()))
            }
        };
        images
    }

    fn upload(&self) -> Place {
        let data = self.data;
        let scaled: Vec<f32> = data
            .images()
            .iter()
            .map(|&byte| f32::from(byte) / 255.0)
            .collect();
        let shape = [data.len(), data.side() * data.side()];
        let inputs = Tensor::from_data(TensorData::new(scaled, shape), &self.device);
        let labels = self.one_hot(1, 0..data.len()).squeeze_dim(0);
        Place::Device(Box::new([inputs, labels]))
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
            Place::Host(_) => {
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
                let gathered = |rows: &Tensor<2>| {
                    let columns = rows.dims()[1];
                    let rows = rows.clone().select(0, chosen.clone());
                    rows.reshape([networks, count, columns])
                };
                let [inputs, labels] = all.each_ref().map(gathered);
                (Inputs::Dense(Box::new(inputs)), labels)
            }
            (Place::Device(all), _) => {
                let rows = |rows: &Tensor<2>| rows.clone().slice([places.clone()]);
                let [inputs, labels] = all.each_ref().map(|all| rows(all).unsqueeze_dim(0));
                (Inputs::Dense(Box::new(inputs)), labels)
            }
            (Place::Host(_), Order::Host(orders)) => {
                let lists = orders.iter().map(|order| {
                    let chosen = order[places.clone()].iter();
                    chosen.map(|&image| image as usize)
                });
                let lit = |list| Arc::new(LitPixels::of(images.data, list));
                let labels = images.one_hot(orders.len(), lists.clone().flatten());
                (Inputs::Lit(lists.map(lit).collect()), labels)
            }
            (Place::Host(batches), _) => {
                let lit = match batches {
                    Some(batches) => batches[batch].clone(),
                    None => Arc::new(LitPixels::of(images.data, places.clone())),
                };
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
