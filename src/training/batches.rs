//! The samples of a training where they are trained on, batch by batch.

use std::ops::Range;
use std::sync::Arc;

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::inputs::Inputs;
use super::pixels::{LitImages, LitPixels};
use super::random::Orders;
use super::resident::{Resident, one_hot};
use super::samples::Samples;
use super::settings::DataOrder;
use crate::dataset::{Split, Table};
use crate::parallel;

/// All samples, in batches.
pub struct Batches<'a> {
    samples: usize,
    batch_size: usize,
    device: Device,
    place: Place<'a>,
}

enum Place<'a> {
    /// On the device.
    Device(Box<Resident>),
    /// In the memory of the CPU: the pixels that are not black.
    LitImages(&'a Split, LitImages),
    /// There, in the batches that every network has in every epoch.
    LitBatches(&'a Split, Vec<Arc<LitPixels>>),
    /// There, as they are.
    Rows(&'a Table),
}

impl<'a> Batches<'a> {
    /// The batches of a training on `device`; with `on_host`, samples stay in the memory of the CPU.
    pub fn new(
        samples: Samples<'a>,
        batch_size: usize,
        order: DataOrder,
        device: Device,
        on_host: bool,
    ) -> Self {
        let place = match samples {
            _ if !on_host => Place::Device(Box::new(Resident::new(samples, &device))),
            Samples::Table(table) => Place::Rows(table),
            Samples::Images(images) => {
                let lit = LitImages::of(images);
                match order {
                    DataOrder::Shuffled => Place::LitImages(images, lit),
                    DataOrder::Sequential => {
                        Place::LitBatches(images, lit_batches(&lit, images.len(), batch_size))
                    }
                }
            }
        };
        Self {
            samples: samples.len(),
            batch_size,
            device,
            place,
        }
    }

    /// Where the networks are trained, too.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// Batches of an epoch.
    pub fn count(&self) -> usize {
        self.samples.div_ceil(self.batch_size)
    }

    /// The next epoch of networks with these orders; with none of them, in the order stored.
    pub fn epoch(&self, orders: &mut [Orders]) -> Epoch<'_> {
        let order = match &self.place {
            _ if orders.is_empty() => Order::Stored,
            Place::Device(_) => {
                let shape = [orders.len(), self.samples];
                let mut all = Vec::with_capacity(shape[0] * shape[1]);
                for order in orders {
                    all.extend_from_slice(order.shuffled());
                }
                let all = TensorData::new(all, shape);
                Order::Device(Box::new(Tensor::from_data(all, &self.device)))
            }
            _ => {
                let orders = orders.iter_mut().map(|order| order.shuffled().to_vec());
                Order::Host(orders.collect())
            }
        };
        let batches = self;
        Epoch { batches, order }
    }
}

/// The places of a batch in the order of an epoch.
fn places(samples: usize, batch_size: usize, batch: usize) -> Range<usize> {
    let start = batch * batch_size;
    start..samples.min(start + batch_size)
}

/// The batches in the order stored, made on all cores.
fn lit_batches(all: &LitImages, images: usize, batch_size: usize) -> Vec<Arc<LitPixels>> {
    let lit = |batch: &usize| Arc::new(all.batch(places(images, batch_size, *batch)));
    let batches: Vec<usize> = (0..images.div_ceil(batch_size)).collect();
    parallel::map(&batches, parallel::cores(), lit)
}

/// The samples in the order of an epoch.
pub struct Epoch<'a> {
    batches: &'a Batches<'a>,
    order: Order,
}

enum Order {
    /// For all networks as they are stored.
    Stored,
    /// Networks x samples.
    Device(Box<Tensor<2, Int>>),
    Host(Vec<Vec<i32>>),
}

/// A batch of samples for each network of a stack, or one for all of them.
pub struct Batch {
    pub inputs: Inputs,
    /// Networks (or 1) x samples x outputs; one-hot labels of images.
    pub targets: Tensor<3>,
    /// Number of samples.
    pub samples: usize,
}

impl Epoch<'_> {
    pub fn batch(&self, batch: usize) -> Batch {
        let all = self.batches;
        let places = places(all.samples, all.batch_size, batch);
        let samples = places.len();
        let (inputs, targets) = match (&all.place, &self.order) {
            (Place::Device(all), Order::Device(orders)) => dense(all.chosen(orders, places)),
            (Place::Device(all), _) => dense(all.range(places)),
            (Place::LitImages(images, lit), Order::Host(orders)) => {
                let lists = chosen(orders, &places);
                let labels = lists.clone().flatten();
                let labels = one_hot(images, orders.len(), labels, &all.device);
                let lit = lists.map(|list| Arc::new(lit.batch(list)));
                (Inputs::Lit(lit.collect()), labels)
            }
            (Place::LitImages(images, lit), _) => {
                let lit = Arc::new(lit.batch(places.clone()));
                let labels = one_hot(images, 1, places, &all.device);
                (Inputs::Lit(vec![lit]), labels)
            }
            (Place::LitBatches(images, lit), _) => {
                let labels = one_hot(images, 1, places, &all.device);
                (Inputs::Lit(vec![lit[batch].clone()]), labels)
            }
            (Place::Rows(table), Order::Host(orders)) => {
                let rows = chosen(orders, &places).flatten();
                dense(of_rows(table, orders.len(), rows, &all.device))
            }
            (Place::Rows(table), _) => dense(of_rows(table, 1, places, &all.device)),
        };
        Batch {
            inputs,
            targets,
            samples,
        }
    }
}

/// The samples at places of each order.
fn chosen(
    orders: &[Vec<i32>],
    places: &Range<usize>,
) -> impl Iterator<Item = impl ExactSizeIterator<Item = usize> + Clone> + Clone {
    let places = places.clone();
    orders.iter().map(move |order| {
        let chosen = order[places.clone()].iter();
        chosen.map(|&sample| sample as usize)
    })
}

fn dense([inputs, targets]: [Tensor<3>; 2]) -> (Inputs, Tensor<3>) {
    (Inputs::Dense(Box::new(inputs)), targets)
}

/// Inputs (lists x rows x inputs) and targets (lists x rows x targets) of lists of rows of one
/// length.
fn of_rows(
    table: &Table,
    lists: usize,
    rows: impl Iterator<Item = usize>,
    device: &Device,
) -> [Tensor<3>; 2] {
    let (mut inputs, mut targets) = (Vec::new(), Vec::new());
    for row in rows {
        inputs.extend(table.input(row).iter().map(|&value| value as f32));
        targets.extend(table.target(row).iter().map(|&value| value as f32));
    }
    let both = [(inputs, table.inputs()), (targets, table.targets())];
    both.map(|(values, width)| {
        let shape = [lists, values.len() / lists / width, width];
        Tensor::from_data(TensorData::new(values, shape), device)
    })
}
