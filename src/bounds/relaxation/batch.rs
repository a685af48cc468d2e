//! A batch of linear functions that are bounded together.

use ndarray::Array2;

use super::support::Points;
use super::{Lines, Relaxation};
use crate::bounds::LinearFunction;
use crate::network::multiply;

/// Linear functions of the last bounded layer's activations (rows x neurons), each with its own lines around the
/// ReLUs, so that each may belong to another node.
#[derive(Debug)]
pub struct FunctionBatch {
    coefficients: Array2<f64>,
    constants: Vec<f64>,
    slack: Vec<f64>,
    lines: Vec<Lines>,
    /// The coefficients of the activations at the last evaluation, layer by layer (rows x neurons).
    pub(super) at: Vec<Array2<f64>>,
    /// The coefficients of the preactivations, likewise.
    lambda: Vec<Array2<f64>>,
    /// The coefficients of the inputs at the last evaluation (rows x inputs).
    inputs: Array2<f64>,
    points: Points,
    values: Vec<f64>,
}

impl FunctionBatch {
    pub(super) fn new(
        relaxation: &Relaxation,
        coefficients: Array2<f64>,
        constants: Vec<f64>,
    ) -> Self {
        let rows = coefficients.nrows();
        let terms = relaxation.terms(&coefficients, &constants);
        let unit = 4.0 * f64::EPSILON * (coefficients.ncols() + relaxation.depth() + 16) as f64;
        let lines = relaxation.lines(rows);
        let zeros = |width| Array2::zeros((rows, width));
        let widths = || relaxation.bounds().map(<[_]>::len);
        Self {
            coefficients,
            constants,
            slack: terms.iter().map(|terms| unit * terms).collect(),
            at: widths().map(zeros).collect(),
            lambda: widths().map(zeros).collect(),
            inputs: zeros(relaxation.layers[0].weights.ncols()),
            lines,
            points: Points::default(),
            values: vec![f64::INFINITY; rows],
        }
    }

    /// The lines of one layer.
    pub fn lines(&self, layer: usize) -> &Lines {
        &self.lines[layer]
    }

    /// The lines of one layer, mutable.
    pub fn lines_mut(&mut self, layer: usize) -> &mut Lines {
        &mut self.lines[layer]
    }

    pub(super) fn lines_and_coefficients(&mut self, layer: usize) -> (&mut Lines, &Array2<f64>) {
        (&mut self.lines[layer], &self.at[layer])
    }

    /// The bounds from the last evaluation.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Bounds every row by its lines: the largest value that it can take, rounding included.
    pub fn evaluate(&mut self, relaxation: &Relaxation) {
        let depth = self.lines.len();
        let mut values = self.constants.clone();
        let mut slack = self.slack.clone();
        self.at[depth - 1].assign(&self.coefficients);
        for layer in (0..depth).rev() {
            let affine = &relaxation.layers[layer];
            let lambda = &mut self.lambda[layer];
            self.lines[layer].multipliers(&self.at[layer], lambda);
            self.lines[layer].add_offsets(&self.at[layer], &mut values);
            let constant = lambda.dot(&affine.biases);
            let rounding = &relaxation.bounded[layer].rounding;
            for (row, (value, slack)) in values.iter_mut().zip(&mut slack).enumerate() {
                *value += constant[row];
                let lambda = lambda.row(row);
                let terms = lambda.iter().zip(rounding).map(|(m, r)| m.abs() * r);
                *slack += terms.sum::<f64>();
            }
            let before = match layer {
                0 => &mut self.inputs,
                _ => &mut self.at[layer - 1],
            };
            multiply(
                &self.lambda[layer].view(),
                &affine.weights.view(),
                &mut before.view_mut(),
            );
        }
        relaxation
            .support
            .maximise(&self.inputs, &mut self.points, &mut values);
        for (value, slack) in values.iter_mut().zip(&slack) {
            *value += slack;
            // After an overflow nothing is proved.
            if value.is_nan() || *value == f64::NEG_INFINITY {
                *value = f64::INFINITY;
            }
        }
        self.values = values;
    }

    /// Chooses the slopes and multipliers of a row so that the coefficients of its preactivations are as close to
    /// `lambda` (layer by layer) as possible, and bounds the row with them.
    pub fn adopt(&mut self, relaxation: &Relaxation, row: usize, lambda: &[Vec<f64>]) {
        self.evaluate(relaxation);
        for layer in (0..self.lines.len()).rev() {
            let coefficients = self.at[layer].row(row).to_vec();
            self.lines[layer].adopt(row, &coefficients, &lambda[layer]);
            // Updates the coefficients of the layers before.
            self.evaluate(relaxation);
        }
    }

    /// Computes the preactivations `g`, layer by layer (rows x neurons), that the lines give at the maximisers of
    /// the last evaluation: the derivatives of each row's bound with respect to `lambda`.
    pub(super) fn preactivations(&self, relaxation: &Relaxation, g: &mut [Array2<f64>]) {
        let support = &relaxation.support;
        support.first_layer(&self.inputs, &self.points, &mut g[0]);
        g[0] += &relaxation.layers[0].biases;
        for layer in 1..self.lines.len() {
            let (before, after) = g.split_at_mut(layer);
            let before = &before[layer - 1];
            let mut h = Array2::zeros(before.raw_dim());
            self.lines[layer - 1].activations(&self.at[layer - 1], before, &mut h);
            let affine = &relaxation.layers[layer];
            multiply(&h.view(), &affine.weights.t(), &mut after[0].view_mut());
            after[0] += &affine.biases;
        }
    }

    /// The linear function of the inputs above a row that the last evaluation gave, over the region's box.
    pub(in crate::bounds) fn function_above(
        &self,
        relaxation: &Relaxation,
        row: usize,
    ) -> LinearFunction {
        let weights = self.inputs.row(row).to_vec();
        let (most, size) = relaxation.support.most_over_box(&weights);
        // The sums here and there are rounded differently.
        let unit = 4.0 * f64::EPSILON * (weights.len() + 4) as f64;
        LinearFunction {
            constant: self.values[row] - most + unit * (size + self.values[row].abs()),
            weights,
        }
    }

    /// The point of box and ball at which the bound of `row` is attained.
    pub fn point(&self, relaxation: &Relaxation, row: usize) -> Vec<f64> {
        let c = self.inputs.row(row);
        relaxation
            .support
            .point(c.as_slice().expect("rows are contiguous"))
    }

    /// The branching score of each neuron in `row`, layer by layer: minus infinity for stable and fixed
    /// neurons.
    pub fn branching_scores(&self, row: usize) -> Vec<Vec<f64>> {
        let layers = self.lines.iter().zip(&self.at);
        layers
            .map(|(lines, at)| {
                let mut scores = vec![0.0; at.ncols()];
                lines.branching_scores(row, at, &mut scores);
                scores
            })
            .collect()
    }
}
