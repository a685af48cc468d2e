//! The linear relaxation of a network over a region, and bounds from its dual.
//!
//! A linear function of one layer's activations is bounded layer by layer: each ReLU with bounds
//! `[l, u]` lies between two lines, below `u (g - l) / (u - l)` and above `alpha g` for any `alpha` in
//! `[0, 1]`, so the function is bounded by one of the preactivations, these are linear in the
//! activations before them, and so on to the inputs, where the maximum over box and ball is exact
//! (CROWN: Zhang et al., NeurIPS 2018, arXiv 1811.00866; DeepPoly: Singh et al., POPL 2019).
//! In a node, where some ReLUs have a fixed phase, `beta g >= 0` is added for each of them, with any `beta` of
//! the right sign (beta-CROWN: Wang et al., NeurIPS 2021, arXiv 2103.06624).
//!
//! Every `alpha` and `beta` gives a bound; the best ones solve the dual of the triangle relaxation,
//! and [`FunctionBatch::tighten`] descends towards them. Many functions are bounded at once, as the rows of
//! one [`FunctionBatch`]: then nearly all work is products of matrices.

mod batch;
mod descent;
mod lines;
mod support;

pub use batch::FunctionBatch;
pub use descent::Descent;
pub use lines::Lines;

/// Number of neurons bounded together: few enough that one evaluation takes milliseconds on the largest networks.
pub(super) const TOGETHER: usize = 32;

use ndarray::{Array1, Array2, ArrayView2};

use super::{BoundsError, Interval};
use crate::bounds::interval::first_layer;
use crate::instance::Region;
use crate::network::{Layer, Network};
use support::Support;

/// A network over a region, with bounds on its first layers.
#[derive(Debug)]
pub struct Relaxation {
    layers: Vec<AffineMap>,
    support: Support,
    bounded: Vec<Bounded>,
}

/// A layer as matrices: weights `W` (outputs x inputs) and biases `b`.
#[derive(Debug)]
struct AffineMap {
    weights: Array2<f64>,
    biases: Array1<f64>,
}

/// A hidden layer with bounds.
#[derive(Debug)]
struct Bounded {
    bounds: Vec<Interval>,
    /// Maximum rounding error in a multiple of each neuron's preactivation, as a share of the multiplier.
    rounding: Array1<f64>,
}

impl Relaxation {
    /// Bounds the first layer of `network` over `region` exactly.
    ///
    /// # Errors
    /// When a bound overflows.
    pub fn new(network: &Network, region: &Region) -> Result<Self, BoundsError> {
        let layers: Vec<AffineMap> = network.layers().iter().map(AffineMap::of).collect();
        let support = Support::of(region, &layers[0].weights);
        let mut relaxation = Self {
            layers,
            support,
            bounded: Vec::new(),
        };
        let largest = largest_inputs(region);
        let bounds = first_layer(&network.layers()[0], region)?;
        relaxation.add(bounds, &largest);
        Ok(relaxation)
    }

    /// Takes `bounds` of the first layers as given.
    ///
    /// # Panics
    /// When the bounds are of another network.
    pub fn with_bounds(network: &Network, region: &Region, bounds: &[Vec<Interval>]) -> Self {
        let layers: Vec<AffineMap> = network.layers().iter().map(AffineMap::of).collect();
        let support = Support::of(region, &layers[0].weights);
        let mut relaxation = Self {
            layers,
            support,
            bounded: Vec::new(),
        };
        let mut largest = largest_inputs(region);
        for layer in bounds {
            relaxation.add(layer.clone(), &largest);
            largest = largest_activations(layer);
        }
        relaxation
    }

    /// The bounds of the layers bounded so far, first layer first.
    pub fn bounds(&self) -> impl Iterator<Item = &[Interval]> {
        self.bounded.iter().map(|layer| layer.bounds.as_slice())
    }

    /// Number of bounded layers.
    pub fn depth(&self) -> usize {
        self.bounded.len()
    }

    /// Maximum rounding error in the preactivation of a bounded neuron.
    pub fn rounding(&self) -> f64 {
        let neurons = self.bounded.iter().flat_map(|layer| &layer.rounding);
        neurons.fold(0.0, |most: f64, rounding| most.max(*rounding))
    }

    /// The bounds of all bounded layers.
    pub fn into_bounds(self) -> Vec<Vec<Interval>> {
        self.bounded.into_iter().map(|layer| layer.bounds).collect()
    }

    /// Adds the bounds of the next layer.
    pub fn add_layer(&mut self, bounds: Vec<Interval>) {
        let before = self.bounded.last().expect("the first layer is bounded");
        let largest = largest_activations(&before.bounds);
        self.add(bounds, &largest);
    }

    fn add(&mut self, bounds: Vec<Interval>, largest: &[f64]) {
        let layer = &self.layers[self.bounded.len()];
        assert_eq!(bounds.len(), layer.biases.len(), "a bound for each neuron");
        // A generous bound on the rounding errors of the forward pass, of the products here, and of the sums of their
        // remainders (Higham, Accuracy and Stability, section 3.1).
        let (outputs, inputs) = layer.weights.dim();
        let unit = 4.0 * f64::EPSILON * (outputs + inputs + self.layers.len() + 16) as f64;
        let largest = Array1::from(largest.to_vec());
        let terms = layer.weights.mapv(f64::abs).dot(&largest) + layer.biases.mapv(f64::abs);
        self.bounded.push(Bounded {
            bounds,
            rounding: terms * unit,
        });
    }

    /// A batch of the preactivations `neurons` of the next unbounded layer, first all as they are, then all
    /// negated (2 `neurons` x inputs of that layer).
    pub fn both_signs(&self, neurons: &[usize]) -> FunctionBatch {
        let layer = &self.layers[self.depth()];
        let chosen = layer.weights.select(ndarray::Axis(0), neurons);
        let constants = || neurons.iter().map(|&neuron| layer.biases[neuron]);
        let coefficients = ndarray::concatenate![ndarray::Axis(0), chosen, chosen.mapv(|w| -w)];
        let constants = constants().chain(constants().map(|b| -b)).collect();
        FunctionBatch::new(self, coefficients, constants)
    }

    /// Bounds the next unbounded layer, within the `known` bounds, which neurons keep that are not reached before
    /// `out_of_time()`.
    pub fn next_layer(
        &self,
        mut known: Vec<Interval>,
        out_of_time: &dyn Fn() -> bool,
    ) -> Vec<Interval> {
        let all: Vec<usize> = (0..known.len()).collect();
        for neurons in all.chunks(TOGETHER) {
            if out_of_time() {
                break;
            }
            let mut batch = self.both_signs(neurons);
            batch.evaluate(self);
            let (upper, lower) = batch.values().split_at(neurons.len());
            for (&neuron, (upper, lower)) in neurons.iter().zip(upper.iter().zip(lower)) {
                known[neuron] = known[neuron].within(-lower, *upper);
            }
        }
        known
    }

    /// A batch of `rows` identical rows, each `sign` times preactivation `neuron` of the next unbounded layer
    /// (rows x inputs of that layer).
    pub fn repeated(&self, neuron: usize, sign: f64, rows: usize) -> FunctionBatch {
        let layer = &self.layers[self.depth()];
        let coefficients = layer.weights.row(neuron).mapv(|weight| sign * weight);
        let coefficients = coefficients.broadcast((rows, coefficients.len()));
        let coefficients = coefficients.expect("a row fits any number of rows");
        let constant = sign * layer.biases[neuron];
        FunctionBatch::new(self, coefficients.to_owned(), vec![constant; rows])
    }

    /// Approximate number of multiplications in one evaluation of a row.
    pub fn work(&self) -> usize {
        let bounded = &self.layers[..self.depth()];
        bounded.iter().map(|layer| layer.weights.len()).sum()
    }

    /// The largest possible sum of the magnitudes of the terms of each row, with `coefficients`
    /// (rows x neurons) over the activations of the last bounded layer.
    fn terms(&self, coefficients: &Array2<f64>, constants: &[f64]) -> Vec<f64> {
        let last = self.bounded.last().expect("the first layer is bounded");
        let largest = Array1::from(largest_activations(&last.bounds));
        let sums = coefficients.mapv(f64::abs).dot(&largest);
        sums.iter()
            .zip(constants)
            .map(|(s, c)| s + c.abs())
            .collect()
    }
}

impl AffineMap {
    fn of(layer: &Layer) -> Self {
        let shape = (layer.outputs(), layer.inputs());
        let weights = ArrayView2::from_shape(shape, layer.weights()).expect("a layer is full");
        Self {
            weights: weights.to_owned(),
            biases: Array1::from(layer.biases().to_vec()),
        }
    }
}

fn largest_inputs(region: &Region) -> Vec<f64> {
    let sides = region.lower().iter().zip(region.upper());
    sides.map(|(l, u)| l.abs().max(u.abs())).collect()
}

fn largest_activations(bounds: &[Interval]) -> Vec<f64> {
    bounds.iter().map(|g| g.upper().max(0.0)).collect()
}
