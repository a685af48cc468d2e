//! One network as rows: equations (1) to (5) of the paper with big-M from proved bounds.
//!
//! An unstable neuron with `g` in `[l, u]` becomes `h - s = W h' + b` with `h, s >= 0` and `h <= u z`, `s <= -l (1 -
//! z)`: one row with the weights and two short ones. A stable neuron needs no binary: an active one is `h = W h' + b`,
//! an inactive one is zero and has no column, nor have neurons that only inactive ones read.

use super::reading::reading;
use crate::bounds::{Bounds, Phase};
use crate::exact::rounded_once;
use crate::milp::{Affine, Column, Problem};
use crate::network::{Layer, Network};

/// The columns of one hidden neuron in the problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Neuron {
    /// Nothing in the rest of the problem reads it: no column.
    Unread,
    /// Stable and zero: no column.
    Inactive,
    /// Stable and linear: the activation's column.
    Active {
        /// Column of the activation, which equals the preactivation.
        h: Column,
    },
    /// A binary decides: activation, slack (`s = h - g`) and binary.
    Unstable {
        /// Column of the activation, `max(0, g)`.
        h: Column,
        /// Column of the slack, `max(0, -g)`.
        s: Column,
        /// Binary column: 1 if the neuron is active, 0 if it is inactive.
        z: Column,
    },
}

/// A network embedded in a problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// The outputs `y`, as expressions over the last hidden layer's columns.
    pub outputs: Vec<Affine>,
    /// Every hidden neuron, layer by layer.
    pub neurons: Vec<Vec<Neuron>>,
    /// The row that defines each neuron's preactivation, `h - s = g`, if it has one.
    pub rows: Vec<Vec<Option<usize>>>,
}

impl Embedding {
    /// How far each hidden neuron is from its ReLU at a point of the relaxation: the smaller of `h` and `s`, one of
    /// which is zero on the ReLU.
    pub fn gaps(&self, columns: &[f64]) -> Vec<Vec<f64>> {
        let gap = |neuron: &Neuron| match *neuron {
            Neuron::Unstable { h, s, .. } => columns[h.0].min(columns[s.0]).max(0.0),
            _ => 0.0,
        };
        let layers = self.neurons.iter();
        layers
            .map(|neurons| neurons.iter().map(gap).collect())
            .collect()
    }

    /// The rate at which an objective grows with each hidden neuron's preactivation, given by `row_duals`; 0 for
    /// neurons without a row.
    pub fn multipliers(&self, row_duals: &[f64]) -> Vec<Vec<f64>> {
        let of = |row: &Option<usize>| row.map_or(0.0, |row| row_duals[row]);
        let layers = self.rows.iter();
        layers.map(|rows| rows.iter().map(of).collect()).collect()
    }

    /// Sets the network's columns to their values at these preactivations.
    pub(crate) fn set_columns(&self, preactivations: &[Vec<f64>], columns: &mut [f64]) {
        let layers = self.neurons.iter().zip(preactivations);
        for (neuron, &g) in layers.flat_map(|(neurons, g)| neurons.iter().zip(g)) {
            match *neuron {
                Neuron::Unread | Neuron::Inactive => {}
                Neuron::Active { h } => columns[h.0] = g,
                Neuron::Unstable { h, s, z } => {
                    columns[h.0] = g.max(0.0);
                    columns[s.0] = (-g).max(0.0);
                    columns[z.0] = f64::from(u8::from(g > 0.0));
                }
            }
        }
    }
}

/// Adds the rows of `y = network(inputs)` to `problem`.
///
/// `bounds` must hold for every value that `inputs` can take in `problem`. Columns are named
/// `h{layer}_{neuron}`, `s..`, `z..` (layers from 1), with `prefix` before them: networks in one problem need different
/// ones, or its names are not unique, which problem files refuse.
///
/// # Panics
/// When `inputs` or `bounds` are of another size than the network.
///
/// A network of one neuron, `y = 2 max(0, x - 0.25)` on `x` in `[0, 1]`, row by row:
///
/// ```
/// use pipeline::bounds::interval;
/// use pipeline::formulation::embed;
/// use pipeline::instance::Region;
/// use pipeline::milp::{Affine, Problem, Sense};
/// use pipeline::network::{Layer, Network};
///
/// let network = Network::new(vec![
///     Layer::new(1, vec![1.0], vec![-0.25]),
///     Layer::new(1, vec![2.0], vec![0.0]),
/// ])?;
/// let bounds = interval(&network, &Region::unit_box(1))?;
/// let mut problem = Problem::new(Sense::Maximize);
/// let x = Affine::column(problem.add_continuous("x".into(), 0.0, 1.0));
/// let embedding = embed(&mut problem, "", &network, &bounds, &[x]);
///
/// let columns: Vec<_> = problem.columns.iter().map(|c| c.name.as_str()).collect();
/// assert_eq!(columns, ["x", "h1_0", "s1_0", "z1_0"]);
/// let rows: Vec<_> = problem.rows.iter().map(|row| (row.name.as_str(), row.terms.len())).collect();
/// assert_eq!(rows, [
///     ("g1_0", 3),   // h - s - x = -0.25
///     ("on1_0", 2),  // h <= 0.75 z
///     ("off1_0", 2), // s <= 0.25 (1 - z)
/// ]);
/// assert_eq!(embedding.outputs[0].terms.len(), 1); // y = 2 h
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn embed(
    problem: &mut Problem,
    prefix: &str,
    network: &Network,
    bounds: &Bounds,
    inputs: &[Affine],
) -> Embedding {
    assert_eq!(inputs.len(), network.inputs(), "one expression per input");
    let read = reading(network, bounds).neurons;
    let mut before = inputs.to_vec();
    let (mut neurons, mut rows) = (Vec::new(), Vec::new());
    for (index, layer) in network.hidden().iter().enumerate() {
        let names = LayerNames {
            prefix,
            layer: index + 1,
        };
        let mut added = Vec::with_capacity(layer.outputs());
        let mut own = Vec::with_capacity(layer.outputs());
        for (neuron, &read) in read[index].iter().enumerate() {
            let next = problem.rows.len();
            added.push(if read {
                let g = preactivation(layer, neuron, &before);
                let interval = bounds.layer(index)[neuron];
                let limits = (interval.lower(), interval.upper());
                add_neuron(problem, &names, neuron, g, interval.phase(), limits)
            } else {
                Neuron::Unread
            });
            own.push((problem.rows.len() > next).then_some(next));
        }
        before = added.iter().map(activation).collect();
        neurons.push(added);
        rows.push(own);
    }
    let output = network.output();
    let outputs = 0..network.outputs();
    Embedding {
        outputs: outputs.map(|i| preactivation(output, i, &before)).collect(),
        neurons,
        rows,
    }
}

struct LayerNames<'a> {
    prefix: &'a str,
    layer: usize,
}

impl LayerNames<'_> {
    fn name(&self, letter: &str, neuron: usize) -> String {
        format!("{}{letter}{}_{neuron}", self.prefix, self.layer)
    }
}

fn preactivation(layer: &Layer, neuron: usize, before: &[Affine]) -> Affine {
    let (weights, bias) = (layer.row(neuron).iter().copied(), layer.biases()[neuron]);
    let weighted = weights.clone().zip(before);
    let mut g = Affine::combination(bias, weighted.filter(|(weight, _)| *weight != 0.0));
    // Many roundings in a row's side would exceed the margin of a bound from multipliers.
    let constants = before.iter().map(|before| before.constant);
    g.constant = rounded_once(bias, weights.zip(constants));
    g
}

fn activation(neuron: &Neuron) -> Affine {
    match *neuron {
        Neuron::Unread | Neuron::Inactive => Affine::constant(0.0),
        Neuron::Active { h } | Neuron::Unstable { h, .. } => Affine::column(h),
    }
}

fn add_neuron(
    problem: &mut Problem,
    names: &LayerNames<'_>,
    neuron: usize,
    g: Affine,
    phase: Phase,
    (lower, upper): (f64, f64),
) -> Neuron {
    match phase {
        Phase::Inactive => Neuron::Inactive,
        Phase::Active => {
            let h = problem.add_continuous(names.name("h", neuron), lower, upper);
            add_equation(problem, names.name("g", neuron), vec![(h, 1.0)], g);
            Neuron::Active { h }
        }
        Phase::Unstable => {
            let h = problem.add_continuous(names.name("h", neuron), 0.0, upper);
            let s = problem.add_continuous(names.name("s", neuron), 0.0, -lower);
            let z = problem.add_binary(names.name("z", neuron));
            add_equation(
                problem,
                names.name("g", neuron),
                vec![(h, 1.0), (s, -1.0)],
                g,
            );
            let free = f64::NEG_INFINITY;
            problem.add_row(
                names.name("on", neuron),
                free,
                0.0,
                vec![(h, 1.0), (z, -upper)],
            );
            problem.add_row(
                names.name("off", neuron),
                free,
                -lower,
                vec![(s, 1.0), (z, -lower)],
            );
            Neuron::Unstable { h, s, z }
        }
    }
}

/// Adds the row `terms = g`.
fn add_equation(problem: &mut Problem, name: String, mut terms: Vec<(Column, f64)>, g: Affine) {
    terms.extend(g.terms.iter().map(|&(column, c)| (column, -c)));
    problem.add_row(name, g.constant, g.constant, terms);
}
