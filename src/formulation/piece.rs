//! One linear piece of a network: within an activation pattern the network is affine, so its maximum there is that of a
//! linear program (Perakis and Tsiourvas, arXiv 2201.05009; Tong, Cai and Serra, CPAIOR 2024).

use ndarray::{Array1, Array2, ArrayView2};

use super::{Inputs, add_inputs};
use crate::instance::Region;
use crate::milp::{Affine, Column, Problem, Sense};
use crate::network::{Layer, Network};

/// The linear program over one piece.
#[derive(Debug)]
pub struct Piece {
    /// Maximises the one output; has a row for each neuron that must keep its phase.
    pub problem: Problem,
    /// The inputs at a point of the problem.
    pub inputs: Inputs,
    /// The neuron of each row, as its layer and its index in the layer.
    pub neurons: Vec<(usize, usize)>,
}

/// Builds the linear program that maximises the one output of `network` over the piece in which hidden neurons are
/// active according to `pattern`. Only neurons for which `must_hold` is true have rows, as the others cannot leave
/// their phases.
///
/// # Panics
/// When network, region and pattern do not fit each other.
pub fn piece(
    network: &Network,
    region: &Region,
    pattern: &[Vec<bool>],
    must_hold: &dyn Fn(usize, usize) -> bool,
) -> Piece {
    let mut problem = Problem::new(Sense::Maximize);
    let inputs = add_inputs(&mut problem, region, &vec![true; region.inputs()]);
    // The region's rows come first.
    let rows_before = problem.rows.len();
    let mut neurons = Vec::new();
    // The activations before a layer, as `weights x + constants`.
    let mut before: Option<(Array2<f64>, Array1<f64>)> = None;
    for (index, layer) in network.layers().iter().enumerate() {
        let (mut weights, mut constants) = compose(layer, before.take());
        let Some(pattern) = pattern.get(index) else {
            let row = weights.row(0);
            problem.set_objective(&expression(&inputs, constants[0], row.iter()));
            break;
        };
        for (neuron, &active) in pattern.iter().enumerate() {
            if must_hold(index, neuron) {
                let g = expression(&inputs, constants[neuron], weights.row(neuron).iter());
                add_row(&mut problem, neurons.len(), g, active);
                neurons.push((index, neuron));
            }
            if !active {
                weights.row_mut(neuron).fill(0.0);
                constants[neuron] = 0.0;
            }
        }
        before = Some((weights, constants));
    }
    debug_assert_eq!(problem.rows.len(), rows_before + neurons.len());
    Piece {
        problem,
        inputs,
        neurons,
    }
}

/// Composes `layer` with the functions `before` it, or with the inputs themselves.
fn compose(
    layer: &Layer,
    before: Option<(Array2<f64>, Array1<f64>)>,
) -> (Array2<f64>, Array1<f64>) {
    let shape = (layer.outputs(), layer.inputs());
    let own = ArrayView2::from_shape(shape, layer.weights()).expect("a layer is full");
    let biases = Array1::from(layer.biases().to_vec());
    match before {
        None => (own.to_owned(), biases),
        Some((weights, constants)) => (own.dot(&weights), own.dot(&constants) + biases),
    }
}

/// `constant + weights x` over the columns of the inputs.
fn expression<'a>(
    inputs: &Inputs,
    mut constant: f64,
    weights: impl Iterator<Item = &'a f64>,
) -> Affine {
    let mut terms: Vec<(Column, f64)> = Vec::new();
    for (weight, input) in weights.zip(inputs.expressions()) {
        constant += weight * input.constant;
        let own = input.terms.iter().map(|&(column, c)| (column, weight * c));
        terms.extend(own.filter(|(_, c)| *c != 0.0));
    }
    Affine { constant, terms }
}

/// Adds the row `g >= 0` or `g <= 0`.
fn add_row(problem: &mut Problem, index: usize, g: Affine, active: bool) {
    let (lower, upper) = if active {
        (-g.constant, f64::INFINITY)
    } else {
        (f64::NEG_INFINITY, -g.constant)
    };
    problem.add_row(format!("phase{index}"), lower, upper, g.terms);
}
