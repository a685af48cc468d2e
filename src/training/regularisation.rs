//! The penalties and regularisers of the networks of a stack, and their gradients.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData, TensorReadError};

use super::inputs::Inputs;
use super::job::Job;
use super::optimiser::{Adam, PerNetwork};
use super::regulariser::{LayerGradient, LayerView, Regulariser, Snapshot};
use super::stack::{GradientSlices, Gradients, LayerSlices, Stack};
use crate::parallel;

/// The penalties and regularisers of a training.
pub struct Regularisation {
    norms: Option<Norms>,
    networks: Vec<Terms>,
    step: usize,
}

/// Strengths of the penalties on absolute values and on squares (both networks x 1 x 1), for weights
/// and for biases.
struct Norms([[Tensor<3>; 2]; 2]);

/// The regularisers of one network.
struct Terms {
    seed: u64,
    terms: Vec<Term>,
    /// Whether the network has penalties or regularisers.
    is_regularised: bool,
}

struct Term {
    regulariser: Arc<dyn Regulariser>,
    strength: f64,
    /// At the last batch on which it acted.
    penalty: f64,
}

/// The gradients of the weights (in x out) and of the biases of one layer of one network.
type HostGradient = [Vec<f32>; 2];

impl Regularisation {
    pub fn new(jobs: &[Job], device: &Device) -> Self {
        let term = |(regulariser, strength): &(Arc<dyn Regulariser>, f64)| Term {
            regulariser: Arc::clone(regulariser),
            strength: *strength,
            penalty: 0.0,
        };
        let terms = |job: &Job| Terms {
            seed: job.seed,
            terms: job.regularisers.iter().map(term).collect(),
            is_regularised: job.is_regularised(),
        };
        Self {
            norms: Norms::new(jobs, device),
            networks: jobs.iter().map(terms).collect(),
            step: 0,
        }
    }

    /// One step of Adam along the gradients of the loss on a batch and of all penalties and regularisers, clipped to a norm
    /// where one is given.
    pub fn step(
        &mut self,
        mut stack: Stack,
        inputs: &Inputs,
        gradients: Gradients,
        adam: &Adam,
        norm: Option<f64>,
    ) -> Stack {
        if norm.is_some() || !self.acts() || !stack.steps_on_host() {
            let gradients = self.add_gradients(&mut stack, inputs, gradients);
            return stack.step(gradients, adam, norm);
        }
        // Without tensors for what is computed in the memory of the CPU anyway: in small networks they take longer.
        let gradients = self.add_norms(&stack, gradients);
        stack.step_on_host(gradients, adam, |values, gradients| {
            let more = self.host_gradients(values, inputs);
            add_to(gradients, &more);
        })
    }

    /// Adds the gradients of all penalties and regularisers on the next batch, times their strengths.
    pub fn add_gradients(
        &mut self,
        stack: &mut Stack,
        inputs: &Inputs,
        gradients: Gradients,
    ) -> Gradients {
        let gradients = self.add_norms(stack, gradients);
        if !self.acts() {
            self.step += 1;
            return gradients;
        }
        let more = stack.read(|values| self.host_gradients(values, inputs));
        let more = stack.masked(uploaded(&more, &gradients));
        let both = gradients.into_iter().zip(more);
        both.map(|([weights, biases], more)| {
            let [more_weights, more_biases] = more;
            [weights + more_weights, biases + more_biases]
        })
        .collect()
    }

    fn add_norms(&self, stack: &Stack, gradients: Gradients) -> Gradients {
        match &self.norms {
            None => gradients,
            Some(norms) => norms.add_gradients(stack, gradients),
        }
    }

    /// Whether a regulariser acts on the next batch.
    fn acts(&self) -> bool {
        self.networks.iter().any(|network| network.acts(self.step))
    }

    /// The gradients of each network's terms that act on the next batch.
    fn host_gradients(
        &mut self,
        layers: &[LayerSlices],
        inputs: &Inputs,
    ) -> Vec<Vec<HostGradient>> {
        let step = self.step;
        self.step += 1;
        let networks = &self.networks;
        let lists = match networks.iter().any(|network| network.reads_inputs(step)) {
            true => inputs.lists(),
            false => vec![Vec::new()],
        };
        let all = networks.iter().zip(lists.iter().cycle()).enumerate();
        let snapshots = all.map(|(index, (terms, inputs))| {
            let its = |layer| of_network(layer, index, networks.len());
            Snapshot {
                layers: layers.iter().map(its).collect(),
                inputs,
                step,
                seed: terms.seed,
            }
        });
        let work: Vec<_> = networks.iter().zip(snapshots).collect();
        let results = parallel::map(&work, parallel::cores(), |(terms, snapshot)| {
            terms.evaluate(snapshot)
        });
        let mut gradients = Vec::with_capacity(results.len());
        for (terms, (gradient, penalties)) in self.networks.iter_mut().zip(results) {
            let terms = terms.terms.iter_mut().filter(|term| term.acts(step));
            terms
                .zip(penalties)
                .for_each(|(term, penalty)| term.penalty = penalty);
            gradients.push(gradient);
        }
        gradients
    }

    /// The sum of the penalties of each network, each times its strength; none of a network without
    /// any. Waits for the device.
    pub fn penalties(&self, stack: &Stack) -> Result<Vec<Option<f64>>, TensorReadError> {
        let norms = match &self.norms {
            None => vec![0.0; self.networks.len()],
            Some(norms) => norms.penalties(stack)?,
        };
        let penalty = |(network, norms): (&Terms, f64)| {
            let terms = network
                .terms
                .iter()
                .map(|term| term.strength * term.penalty);
            network.is_regularised.then(|| norms + terms.sum::<f64>())
        };
        Ok(self.networks.iter().zip(norms).map(penalty).collect())
    }
}

/// Adds the gradients of each network to those of the stack.
fn add_to(gradients: &mut [GradientSlices], more: &[Vec<HostGradient>]) {
    for (layer, both) in gradients.iter_mut().enumerate() {
        for (part, sums) in both.iter_mut().enumerate() {
            let own = more.iter().flat_map(|network| &network[layer][part]);
            sums.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
        }
    }
}

/// The gradients of each network on the device of those of the stack, in the same shapes.
fn uploaded(more: &[Vec<HostGradient>], gradients: &Gradients) -> Gradients {
    let device = gradients[0][0].device();
    let upload = |part: usize, layer: usize, shape: [usize; 3]| {
        let values = more.iter().flat_map(|network| &network[layer][part]);
        let values: Vec<f32> = values.copied().collect();
        Tensor::from_data(TensorData::new(values, shape), &device)
    };
    let shapes = gradients
        .iter()
        .map(|both| both.each_ref().map(Tensor::dims));
    let layers = shapes
        .enumerate()
        .map(|(layer, [weights, biases])| [upload(0, layer, weights), upload(1, layer, biases)]);
    layers.collect()
}

/// The parameters of one network in the layer of a stack of `count` networks.
fn of_network<'a>(
    [weights, biases]: &LayerSlices<'a>,
    index: usize,
    count: usize,
) -> LayerView<'a> {
    let its = |values: &'a [f32]| {
        let length = values.len() / count;
        &values[index * length..(index + 1) * length]
    };
    LayerView {
        weights: its(weights),
        biases: its(biases),
    }
}

impl Terms {
    fn acts(&self, step: usize) -> bool {
        self.terms.iter().any(|term| term.acts(step))
    }

    fn reads_inputs(&self, step: usize) -> bool {
        let reads = |term: &Term| term.acts(step) && term.regulariser.reads_inputs();
        self.terms.iter().any(reads)
    }

    /// The gradient of the terms that act at the snapshot's step, times their strengths, and the
    /// penalty of each of them.
    fn evaluate(&self, snapshot: &Snapshot) -> (Vec<HostGradient>, Vec<f64>) {
        let mut sum: Option<Vec<HostGradient>> = None;
        let mut penalties = Vec::new();
        for term in self.terms.iter().filter(|term| term.acts(snapshot.step)) {
            let mut own = zeros(snapshot);
            let mut layers: Vec<LayerGradient> = own
                .iter_mut()
                .map(|[weights, biases]| LayerGradient { weights, biases })
                .collect();
            penalties.push(term.regulariser.penalty(snapshot, &mut layers));
            let strength = term.strength as f32;
            let numbers = own.iter_mut().flatten().flatten();
            numbers.for_each(|number| *number *= strength);
            match &mut sum {
                None => sum = Some(own),
                Some(sum) => {
                    let numbers = sum.iter_mut().flatten().flatten();
                    let own = own.iter().flatten().flatten();
                    numbers.zip(own).for_each(|(sum, own)| *sum += own);
                }
            }
        }
        let sum = sum.unwrap_or_else(|| zeros(snapshot));
        (sum, penalties)
    }
}

fn zeros(snapshot: &Snapshot) -> Vec<HostGradient> {
    let zeros =
        |layer: &LayerView| [layer.weights, layer.biases].map(|values| vec![0.0; values.len()]);
    snapshot.layers.iter().map(zeros).collect()
}

impl Term {
    fn acts(&self, step: usize) -> bool {
        step.is_multiple_of(self.regulariser.every().max(1))
    }
}

impl Norms {
    /// None where no network has such a penalty.
    fn new(jobs: &[Job], device: &Device) -> Option<Self> {
        if jobs.iter().all(|job| job.penalties.is_empty()) {
            return None;
        }
        let of_part = |is_bias: bool| {
            [1, 2].map(|power| {
                let strength = |job: &Job| -> f64 {
                    let its = job
                        .penalties
                        .iter()
                        .filter(|(penalty, _)| penalty.is_of(is_bias, power));
                    its.map(|(_, strength)| strength).sum()
                };
                PerNetwork::new(jobs.iter().map(strength), device).1
            })
        };
        Some(Self([of_part(false), of_part(true)]))
    }

    fn add_gradients(&self, stack: &Stack, gradients: Gradients) -> Gradients {
        let trained = stack.trained();
        let both = stack.parameters().zip(gradients).enumerate();
        both.map(|(layer, (parameters, [weights, biases]))| {
            if layer >= trained {
                return [weights, biases];
            }
            let [of_weights, of_biases] = &self.0;
            let [w, b] = parameters;
            [
                weights + slopes(w, of_weights),
                biases + slopes(b, of_biases),
            ]
        })
        .collect()
    }

    /// Strength times penalty of each network.
    fn penalties(&self, stack: &Stack) -> Result<Vec<f64>, TensorReadError> {
        let both = stack
            .parameters()
            .take(stack.trained())
            .flat_map(|parameters| parameters.into_iter().zip(&self.0));
        let penalties = both.map(|(values, [abs, square])| {
            let terms = values.clone().abs() * abs.clone() + values.square() * square.clone();
            terms.sum_dim(1).sum_dim(2)
        });
        let sum = penalties
            .reduce(|sum, penalty| sum + penalty)
            .expect("a network has layers");
        let sum = sum.try_into_data_as::<f32>()?;
        Ok(sum.iter::<f32>().map(f64::from).collect())
    }
}

fn slopes(values: Tensor<3>, [abs, square]: &[Tensor<3>; 2]) -> Tensor<3> {
    values.clone().sign() * abs.clone() + values.mul_scalar(2.0) * square.clone()
}
