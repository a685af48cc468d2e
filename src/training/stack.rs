//! Networks of one shape as one: their weights stacked to tensors of networks x in x out, so that
//! one operation of the device works on all of them. No network's numbers depend on another's.

use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData, TensorReadError};

use super::batches::Batch;
use super::criterion::{Criterion, Scores};
use super::inputs::Inputs;
use super::job::Job;
use super::optimiser::{Adam, Opened, Parameter, clip_norms};
use crate::network::Layer;

/// Networks under training.
pub struct Stack {
    layers: Vec<StackedLayer>,
    /// Number of first layers that are trained; the others stay as they are.
    trained: usize,
}

/// One layer of all networks: weights (networks x in x out, as Burn multiplies them) and biases
/// (networks x 1 x out).
struct StackedLayer {
    weights: Parameter,
    biases: Parameter,
}

/// The gradients of a stack: of the weights and of the biases of every layer.
pub type Gradients = Vec<[Tensor<3>; 2]>;

/// The weights and biases of a layer of all networks, in the memory of the CPU.
pub type LayerSlices<'a> = [&'a [f32]; 2];

/// Their gradients there, to be changed.
pub type GradientSlices<'a> = [&'a mut [f32]; 2];

impl Stack {
    /// Copies networks of one shape, rounded to f32, to a device.
    ///
    /// # Panics
    /// When there are none.
    pub fn upload(jobs: &[Job], device: &Device, on_host: bool) -> Self {
        let masked = jobs.iter().any(|job| job.mask.is_some());
        let upload = |layer: usize, shape: [usize; 2]| {
            let its = |job: &Job| job.start.layers()[layer].clone();
            let weights = |job: &Job| transposed(&narrowed(its(job).weights()), shape[0]);
            let biases = |job: &Job| narrowed(its(job).biases());
            let kept = |job: &Job| transposed(&job.kept(layer), shape[0]);
            let kept = masked.then(|| stacked(jobs, shape, device, kept));
            StackedLayer {
                weights: Parameter::new(stacked(jobs, shape, device, weights), kept, on_host),
                biases: Parameter::new(stacked(jobs, [1, shape[1]], device, biases), None, on_host),
            }
        };
        let sizes = jobs[0].start.sizes();
        let shapes = sizes.windows(2).map(|pair| [pair[0], pair[1]]);
        let layers: Vec<StackedLayer> = (0..)
            .zip(shapes)
            .map(|(layer, shape)| upload(layer, shape))
            .collect();
        Self {
            trained: layers.len(),
            layers,
        }
    }

    /// Keeps the last `count` layers as they are.
    pub fn fix_last(&mut self, count: usize) {
        self.trained = self.layers.len().saturating_sub(count);
    }

    /// Number of first layers that are trained.
    pub fn trained(&self) -> usize {
        self.trained
    }

    /// The networks' scores on a batch.
    pub fn scores(&mut self, batch: &Batch, criterion: &Criterion) -> Scores {
        let outputs = self.forward(&batch.inputs).pop();
        criterion
            .judge(outputs.expect("a network has layers"), batch)
            .0
    }

    /// One step of Adam on every network, along gradients that are clipped to a norm where one is given.
    pub fn step(self, mut gradients: Gradients, adam: &Adam, norm: Option<f64>) -> Self {
        if let Some(limit) = norm {
            gradients = clip_norms(gradients, limit);
        }
        let trained = self.trained;
        let both = self.layers.into_iter().zip(gradients).enumerate();
        let layers = both.map(
            |(index, (layer, [weights, biases]))| match index < trained {
                true => StackedLayer {
                    weights: layer.weights.step(weights, adam),
                    biases: layer.biases.step(biases, adam),
                },
                false => layer,
            },
        );
        Self {
            layers: layers.collect(),
            trained,
        }
    }

    /// Whether [`Stack::step_on_host`] is possible: in the memory of the CPU, without pruned weights.
    pub fn steps_on_host(&self) -> bool {
        let mut weights = self.layers.iter().map(|layer| &layer.weights);
        weights.all(|weights| weights.is_on_host() && !weights.is_masked())
    }

    /// [`Stack::step`] along gradients that `change` changes first, which sees parameters and gradients as plain numbers.
    pub fn step_on_host(
        self,
        gradients: Gradients,
        adam: &Adam,
        change: impl FnOnce(&[LayerSlices], &mut [GradientSlices]),
    ) -> Self {
        let both = self.layers.into_iter().zip(gradients);
        let mut opened: Vec<[Opened; 2]> = both
            .map(|(layer, [weights, biases])| {
                [layer.weights.opened(weights), layer.biases.opened(biases)]
            })
            .collect();
        let (values, mut gradients): (Vec<LayerSlices>, Vec<GradientSlices>) = opened
            .iter_mut()
            .map(|[weights, biases]| {
                (
                    [&weights.values[..], &biases.values[..]],
                    [&mut weights.gradient[..], &mut biases.gradient[..]],
                )
            })
            .unzip();
        change(&values, &mut gradients);
        let trained = self.trained;
        let opened = opened.into_iter().enumerate();
        let layers = opened.map(|(index, both)| {
            let [weights, biases] = match index < trained {
                true => both.map(|opened| opened.step(adam)),
                false => both.map(Opened::closed),
            };
            StackedLayer { weights, biases }
        });
        Self {
            layers: layers.collect(),
            trained,
        }
    }

    /// The gradients of each network's mean loss on a batch with respect to the weights and the
    /// biases of every layer; zero at pruned weights, and in layers that are not trained.
    pub fn loss_gradients(&mut self, batch: &Batch, criterion: &Criterion) -> (Gradients, Scores) {
        let mut outputs = self.forward(&batch.inputs);
        let last = outputs.pop().expect("a network has layers");
        let (scores, deltas) = criterion.judge(last, batch);
        (self.gradients(&batch.inputs, &outputs, deltas), scores)
    }

    /// Weights (networks x in x out) and biases (networks x 1 x out) of every layer.
    pub fn parameters(&self) -> impl Iterator<Item = [Tensor<3>; 2]> {
        let layers = self.layers.iter();
        layers.map(|layer| [layer.weights.value(), layer.biases.value()])
    }

    /// Calls `read` with the parameters in the memory of the CPU, in the order of
    /// [`Stack::parameters`].
    pub fn read<R>(&mut self, read: impl FnOnce(&[LayerSlices]) -> R) -> R {
        let mut read = Some(read);
        let mut result = None;
        read_layers(&mut self.layers, &[], &mut |layers| {
            result = read.take().map(|read| read(layers));
        });
        result.expect("layers are read once")
    }

    /// Gradients with zeros at pruned weights, see [`Parameter::masked`], and in layers that are not trained.
    pub fn masked(&self, gradients: Gradients) -> Gradients {
        let both = self.layers.iter().zip(gradients).enumerate();
        both.map(
            |(index, (layer, [weights, biases]))| match index < self.trained {
                true => [layer.weights.masked(weights), biases],
                false => [weights, biases].map(|fixed| fixed.zeros_like()),
            },
        )
        .collect()
    }

    /// The networks without subnormal numbers, see [`Parameter::flush`].
    pub fn flush(self) -> Self {
        let flushed = self.layers.into_iter().map(|layer| StackedLayer {
            weights: layer.weights.flush(),
            biases: layer.biases.flush(),
        });
        Self {
            layers: flushed.collect(),
            trained: self.trained,
        }
    }

    /// The outputs of every layer (networks x samples x neurons), after their ReLU but the last.
    fn forward(&mut self, inputs: &Inputs) -> Vec<Tensor<3>> {
        let last = self.layers.len() - 1;
        let mut outputs: Vec<Tensor<3>> = Vec::new();
        for (index, layer) in self.layers.iter_mut().enumerate() {
            let product = match outputs.last() {
                None => inputs.product(&mut layer.weights),
                Some(before) => before.clone().matmul(layer.weights.value()),
            };
            let sums = product + layer.biases.value();
            outputs.push(if index < last { relu(sums) } else { sums });
        }
        outputs
    }

    /// [`Stack::loss_gradients`] from the outputs of the hidden layers and the gradient at the last
    /// outputs.
    fn gradients(&self, inputs: &Inputs, hidden: &[Tensor<3>], mut deltas: Tensor<3>) -> Gradients {
        let (first, others) = self.layers.split_first().expect("a network has layers");
        let mut gradients = Vec::with_capacity(self.layers.len());
        for (index, (layer, before)) in others.iter().zip(hidden).enumerate().rev() {
            gradients.push(if index + 1 < self.trained {
                let weights = before.clone().swap_dims(1, 2).matmul(deltas.clone());
                [layer.weights.masked(weights), deltas.clone().sum_dim(1)]
            } else {
                [&layer.weights, &layer.biases].map(|fixed| fixed.value().zeros_like())
            });
            let passed = deltas.matmul(layer.weights.value().swap_dims(1, 2));
            // (Burn's masks are slower than its products.)
            deltas = passed * before.clone().greater_elem(0.0).float();
        }
        let biases = deltas.clone().sum_dim(1);
        let weights = first.weights.masked(inputs.transposed_product(deltas));
        gradients.push([weights, biases]);
        gradients.reverse();
        gradients
    }
}

/// The layers of each network, whose weights need not be finite, from [`Stack::parameters`].
pub fn download(
    parameters: impl Iterator<Item = [Tensor<3>; 2]>,
) -> Result<Vec<Vec<Layer>>, TensorReadError> {
    let mut networks = Vec::new();
    for [weights, biases] in parameters {
        let [count, inputs, outputs] = weights.dims();
        let weights = widened(weights.swap_dims(1, 2))?;
        let biases = widened(biases)?;
        networks.resize_with(count, Vec::new);
        let weights = weights.chunks_exact(inputs * outputs);
        let both = weights.zip(biases.chunks_exact(outputs));
        for (network, (weights, biases)) in networks.iter_mut().zip(both) {
            network.push(Layer::new(inputs, weights.to_vec(), biases.to_vec()));
        }
    }
    Ok(networks)
}

/// Reads `layers` after those of `before`.
fn read_layers(
    layers: &mut [StackedLayer],
    before: &[LayerSlices],
    read: &mut dyn FnMut(&[LayerSlices]),
) {
    let Some((first, others)) = layers.split_first_mut() else {
        return read(before);
    };
    let StackedLayer { weights, biases } = first;
    weights.read(|weights| {
        biases.read(|biases| read_layers(others, &[before, &[[weights, biases]]].concat(), read));
    });
}

/// One tensor of networks x rows x columns.
fn stacked(
    jobs: &[Job],
    shape: [usize; 2],
    device: &Device,
    values: impl Fn(&Job) -> Vec<f32>,
) -> Tensor<3> {
    let all: Vec<f32> = jobs.iter().flat_map(values).collect();
    let shape = [jobs.len(), shape[0], shape[1]];
    Tensor::from_data(TensorData::new(all, shape), device)
}

/// Values in the order of a layer's weights (out x in) as in x out.
fn transposed(values: &[f32], inputs: usize) -> Vec<f32> {
    let outputs = values.len() / inputs;
    let entry = |at: usize| values[(at % outputs) * inputs + at / outputs];
    (0..values.len()).map(entry).collect()
}

fn narrowed(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}

fn widened(tensor: Tensor<3>) -> Result<Vec<f64>, TensorReadError> {
    let data = tensor.try_into_data_as::<f32>()?;
    Ok(data.iter::<f32>().map(f64::from).collect())
}
