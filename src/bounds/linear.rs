//! Linear relaxation bounds (CROWN: Zhang et al., NeurIPS 2018, arXiv 1811.00866; DeepPoly: Singh et
//! al., POPL 2019), with exact concretisation over the region.
//!
//! A preactivation is a linear function of the activations before it. Each unstable ReLU among
//! these lies between two lines over its bounds `[l, u]`: below `u (g - l) / (u - l)`, and above
//! `g` or `0`, whichever cuts off less. So the function is bounded by one of the preactivations
//! before, and layer by layer by one of the inputs, whose maximum over box and L1 ball is exact.

use ndarray::{Array2, ArrayView2};

use super::interval::{first_layer, later_layer};
use super::{Bounds, BoundsError, Interval, Phase};
use crate::instance::Region;
use crate::network::{Layer, Network};

/// Bounds of every layer of `network` over `region`, nowhere looser than those of interval
/// arithmetic. As these, they hold for real numbers and for what a forward pass in f64 computes.
///
/// # Errors
/// As [`super::interval`].
pub fn linear(network: &Network, region: &Region) -> Result<Bounds, BoundsError> {
    let mut lines: Vec<Vec<Line>> = Vec::new();
    let mut bounds = vec![first_layer(&network.layers()[0], region)?];
    for (index, layer) in network.layers().iter().enumerate().skip(1) {
        let before = &bounds[index - 1];
        let by_intervals = later_layer(layer, before)?;
        lines.push(lines_of(&network.layers()[index - 1], region, &bounds));
        let by_lines = Rows::of(layer, before).maxima(network, &lines, region);
        let (upper, lower) = by_lines.split_at(layer.outputs());
        let both = upper.iter().zip(lower).zip(&by_intervals);
        bounds.push(
            both.map(|((&u, &l), known)| tighter(known, -l, u))
                .collect(),
        );
    }
    Ok(Bounds::new(bounds))
}

/// The part of `known` within other bounds that hold, too; where these overflowed, `known`.
fn tighter(known: &Interval, lower: f64, upper: f64) -> Interval {
    // NaN is neither the larger nor the smaller one.
    let (lower, upper) = (known.lower().max(lower), known.upper().min(upper));
    Interval::new(lower, upper).unwrap_or(*known)
}

/// The two lines around a ReLU, and how large things get there:
/// `lower_slope g <= max(0, g) <= upper_slope g + upper_offset` for every preactivation `g` that is
/// possible.
struct Line {
    lower_slope: f64,
    upper_slope: f64,
    upper_offset: f64,
    /// The largest `|g|`.
    preactivation: f64,
    /// The largest sum of the magnitudes of the terms of `g`.
    terms: f64,
}

/// The lines of the last layer that `bounds` are for, which is `layer`.
fn lines_of(layer: &Layer, region: &Region, bounds: &[Vec<Interval>]) -> Vec<Line> {
    let index = bounds.len() - 1;
    let inputs = match index {
        0 => largest_inputs(region),
        _ => largest_activations(&bounds[index - 1]),
    };
    let neurons = bounds[index].iter().enumerate();
    neurons
        .map(|(neuron, bound)| Line::of(bound, terms(layer, neuron, &inputs)))
        .collect()
}

impl Line {
    fn of(bound: &Interval, terms: f64) -> Self {
        let (lower, upper) = (bound.lower(), bound.upper());
        let (lower_slope, upper_slope, upper_offset) = match bound.phase() {
            Phase::Active => (1.0, 1.0, 0.0),
            Phase::Inactive => (0.0, 0.0, 0.0),
            Phase::Unstable => {
                // Rounded up: the line may lie above `u` at `u`, but not below.
                let slope = (upper / (upper - lower).next_down()).next_up();
                let lower_slope = if upper > -lower { 1.0 } else { 0.0 };
                (lower_slope, slope, (-lower * slope).next_up())
            }
        };
        Self {
            lower_slope,
            upper_slope,
            upper_offset,
            preactivation: lower.abs().max(upper.abs()),
            terms,
        }
    }
}

/// Linear functions of one layer's activations, or of the inputs, each at least as large as a
/// preactivation that is to be bounded; `slack` makes up for what was rounded.
struct Rows {
    coefficients: Array2<f64>,
    constants: Vec<f64>,
    slack: Vec<f64>,
}

impl Rows {
    /// The preactivations of `layer`, and after them their negatives.
    fn of(layer: &Layer, before: &[Interval]) -> Self {
        let (outputs, inputs) = (layer.outputs(), layer.inputs());
        let largest = largest_activations(before);
        let mut coefficients = Array2::zeros((2 * outputs, inputs));
        let (mut constants, mut slack) = (vec![0.0; 2 * outputs], vec![0.0; 2 * outputs]);
        for neuron in 0..outputs {
            let (row, bias) = (layer.row(neuron), layer.biases()[neuron]);
            for (index, sign) in [(neuron, 1.0), (outputs + neuron, -1.0)] {
                for (coefficient, weight) in coefficients.row_mut(index).iter_mut().zip(row) {
                    *coefficient = sign * weight;
                }
                constants[index] = sign * bias;
                // The forward pass computes the sum in f64.
                slack[index] = rounding(inputs) * terms(layer, neuron, &largest);
            }
        }
        Self {
            coefficients,
            constants,
            slack,
        }
    }

    /// The maximum of each over the region, with the slack.
    fn maxima(mut self, network: &Network, lines: &[Vec<Line>], region: &Region) -> Vec<f64> {
        for (layer, lines) in network.layers().iter().zip(lines).rev() {
            self.before_relu(lines);
            self.before_layer(layer, lines);
        }
        let largest = largest_inputs(region);
        let rows = self.coefficients.rows().into_iter();
        let rows = rows.zip(self.constants.iter().zip(&self.slack));
        rows.map(|(row, (constant, slack))| {
            let c = row.to_vec();
            let (mut value, mut terms) = (*constant, constant.abs());
            for ((c, x), largest) in c.iter().zip(region.argmax(&c)).zip(&largest) {
                value += c * x;
                terms += c.abs() * largest;
            }
            value + slack + 2.0 * rounding(c.len()) * terms
        })
        .collect()
    }

    /// From activations to preactivations: each ReLU is replaced by the line that bounds it where
    /// its coefficient has that sign.
    fn before_relu(&mut self, lines: &[Line]) {
        let rows = self.coefficients.rows_mut().into_iter();
        let rest = self.constants.iter_mut().zip(&mut self.slack);
        for (mut row, (constant, slack)) in rows.zip(rest) {
            let mut terms = constant.abs();
            for (coefficient, line) in row.iter_mut().zip(lines) {
                let slope = if *coefficient > 0.0 {
                    let offset = *coefficient * line.upper_offset;
                    *constant += offset;
                    terms += offset;
                    line.upper_slope
                } else {
                    line.lower_slope
                };
                *coefficient *= slope;
                *slack += f64::EPSILON * coefficient.abs() * line.preactivation;
            }
            *slack += rounding(lines.len()) * terms;
        }
    }

    /// From the preactivations of a layer to what it reads.
    fn before_layer(&mut self, layer: &Layer, lines: &[Line]) {
        let shape = (layer.outputs(), layer.inputs());
        let weights = ArrayView2::from_shape(shape, layer.weights()).expect("a layer is full");
        // Of the product here, and of the sum in the forward pass.
        let rounding = rounding(layer.outputs()) + rounding(layer.inputs());
        let rows = self.coefficients.rows().into_iter();
        let rest = self.constants.iter_mut().zip(&mut self.slack);
        for (row, (constant, slack)) in rows.zip(rest) {
            let mut terms = constant.abs();
            for ((coefficient, bias), line) in row.iter().zip(layer.biases()).zip(lines) {
                *constant += coefficient * bias;
                terms += coefficient.abs() * line.terms;
            }
            *slack += rounding * terms;
        }
        self.coefficients = self.coefficients.dot(&weights);
    }
}

/// The sum of the magnitudes of the terms of a preactivation, for inputs of at most these magnitudes.
fn terms(layer: &Layer, neuron: usize, inputs: &[f64]) -> f64 {
    let products = layer.row(neuron).iter().zip(inputs);
    let sum: f64 = products.map(|(weight, input)| weight.abs() * input).sum();
    sum + layer.biases()[neuron].abs()
}

/// A bound of the relative rounding error of a sum of `terms` products, in any order (Higham, Accuracy
/// and Stability, section 3.1).
fn rounding(terms: usize) -> f64 {
    f64::EPSILON * (terms as f64 + 4.0)
}

fn largest_inputs(region: &Region) -> Vec<f64> {
    let sides = region.lower().iter().zip(region.upper());
    sides.map(|(l, u)| l.abs().max(u.abs())).collect()
}

fn largest_activations(bounds: &[Interval]) -> Vec<f64> {
    bounds.iter().map(|g| g.upper().max(0.0)).collect()
}
