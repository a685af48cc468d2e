//! The LP relaxation of a network at one input: the least output that the lines around the ReLUs allow there.
//!
//! The bounds that define the lines are those of interval arithmetic over the whole domain, as in the MILP. Since the
//! input is fixed, the first layer's activations are within a box, and only that box differs between inputs: the linear
//! program is warm-started from one input to the next.

use super::intervals::Sides;
use super::parameters::Parameters;
use crate::limits::Limits;
use crate::milp::{Affine, Column, Problem, Sense};
use crate::solver::{LinearProgram, LinearSolution, SolverError};

/// Bounds nearer to zero than this count as stable.
const STABLE: f64 = 1e-8;
/// Maximum seconds for one program, which takes milliseconds.
const SECONDS: f64 = 10.0;

/// The linear program of a network, for one input after the other.
pub struct SampleLp<'a> {
    network: &'a Parameters,
    bounds: &'a [Sides],
    program: LinearProgram,
    /// The activations of the hidden layers.
    columns: Vec<Vec<Column>>,
    /// The rows of each neuron after the first hidden layer.
    rows: Vec<Vec<Rows>>,
}

/// The rows that keep a neuron between its lines; the activation of an inactive one is fixed at zero.
#[derive(Debug, Clone, Copy)]
enum Rows {
    Inactive,
    /// `x = g`.
    Active(usize),
    /// `x >= g`, and `x <= s (g - lower)` with `s = upper / (upper - lower)`.
    Unstable {
        above: usize,
        below: usize,
    },
}

/// The phase of a neuron by its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Inactive,
    Active,
    Unstable,
}

/// The optimum at one input, and its derivatives.
#[derive(Debug, Clone)]
pub struct Least {
    pub value: f64,
    /// With respect to the parameters, where the bounds are constant.
    pub gradient: Parameters,
    /// With respect to the bounds of each hidden layer.
    pub slopes: Vec<Sides>,
}

pub fn phase(lower: f64, upper: f64) -> Phase {
    // A neuron that is always zero is inactive: nothing depends on it.
    if upper <= STABLE {
        Phase::Inactive
    } else if lower >= -STABLE {
        Phase::Active
    } else {
        Phase::Unstable
    }
}

impl<'a> SampleLp<'a> {
    /// The program of a network with one output and these bounds on its preactivations.
    ///
    /// # Errors
    /// When HiGHS refuses the problem.
    pub fn new(network: &'a Parameters, bounds: &'a [Sides]) -> Result<Self, SolverError> {
        let (output, hidden) = network.0.split_last().expect("a network has layers");
        let mut problem = Problem::new(Sense::Minimize);
        let mut columns: Vec<Vec<Column>> = Vec::new();
        let mut rows = Vec::new();
        for (index, layer) in hidden.iter().enumerate() {
            let sides = &bounds[index];
            let own: Vec<Column> = (0..layer.neurons())
                .map(|neuron| {
                    let is_inactive =
                        phase(sides.lower[neuron], sides.upper[neuron]) == Phase::Inactive;
                    let upper = if is_inactive { 0.0 } else { f64::INFINITY };
                    problem.add_continuous(format!("x{index}_{neuron}"), 0.0, upper)
                })
                .collect();
            if let Some(before) = columns.last() {
                let neuron_rows = |neuron: usize| {
                    let (lower, upper) = (sides.lower[neuron], sides.upper[neuron]);
                    // x - scale W x_before
                    let terms = |scale: f64| {
                        let inputs = before.iter().enumerate();
                        let inputs = inputs.map(|(input, &column)| {
                            (column, -scale * layer.of_input(input)[neuron])
                        });
                        std::iter::once((own[neuron], 1.0))
                            .chain(inputs)
                            .collect::<Vec<_>>()
                    };
                    (
                        lower,
                        upper,
                        layer.biases[neuron],
                        terms(1.0),
                        terms(upper / (upper - lower)),
                    )
                };
                let mut of_layer = Vec::new();
                for neuron in 0..layer.neurons() {
                    let (lower, upper, bias, plain, scaled) = neuron_rows(neuron);
                    let first = problem.rows.len();
                    let infinity = f64::INFINITY;
                    of_layer.push(match phase(lower, upper) {
                        Phase::Inactive => Rows::Inactive,
                        Phase::Active => {
                            problem.add_row(format!("g{index}_{neuron}"), bias, bias, plain);
                            Rows::Active(first)
                        }
                        Phase::Unstable => {
                            let side = upper / (upper - lower) * (bias - lower);
                            problem.add_row(format!("a{index}_{neuron}"), bias, infinity, plain);
                            problem.add_row(format!("b{index}_{neuron}"), -infinity, side, scaled);
                            Rows::Unstable {
                                above: first,
                                below: first + 1,
                            }
                        }
                    });
                }
                rows.push(of_layer);
            }
            columns.push(own);
        }
        let last = columns.last().map_or(&[][..], Vec::as_slice).iter();
        problem.set_objective(&Affine {
            constant: output.biases[0],
            terms: last
                .enumerate()
                .map(|(input, &column)| (column, output.of_input(input)[0]))
                .collect(),
        });
        Ok(Self {
            network,
            bounds,
            program: LinearProgram::new(&problem, &Limits::default())?,
            columns,
            rows,
        })
    }

    /// The least output at `input`; `None` if the solver has no answer.
    pub fn least(&mut self, input: &[f64]) -> Option<Least> {
        let first = self.network.preactivations(0, input);
        let sides = &self.bounds[0];
        for (neuron, &g) in first.iter().enumerate() {
            let (lower, upper) = (sides.lower[neuron], sides.upper[neuron]);
            let (least, most) = match phase(lower, upper) {
                Phase::Inactive => (0.0, 0.0),
                Phase::Active => (g, g),
                Phase::Unstable => {
                    let least = g.max(0.0);
                    (least, least.max(upper / (upper - lower) * (g - lower)))
                }
            };
            self.program
                .set_bounds(self.columns[0][neuron], least, most);
        }
        let solution = self.program.solve(SECONDS).ok().flatten()?;
        Some(self.derivatives(input, &first, &solution))
    }

    /// By the envelope theorem: the optimum grows with a row's side by its dual.
    fn derivatives(&self, input: &[f64], first: &[f64], solution: &LinearSolution) -> Least {
        let hidden = self.columns.len();
        let mut gradient = self.network.zeros();
        let mut slopes: Vec<Sides> = self
            .bounds
            .iter()
            .map(|sides| Sides::zeros(sides.lower.len()))
            .collect();
        let values = |layer: usize| -> Vec<f64> {
            self.columns[layer]
                .iter()
                .map(|column| solution.columns[column.0])
                .collect()
        };
        let mut inputs = input.to_vec();
        for layer in 0..hidden {
            let (sides, slopes) = (&self.bounds[layer], &mut slopes[layer]);
            let g = match layer {
                0 => first.to_vec(),
                _ => self.network.preactivations(layer, &inputs),
            };
            let own = values(layer);
            for neuron in 0..g.len() {
                let (lower, upper) = (sides.lower[neuron], sides.upper[neuron]);
                let line = upper / (upper - lower);
                let (of_g, of_line) =
                    match layer.checked_sub(1).map(|index| self.rows[index][neuron]) {
                        None => {
                            let dual = solution.column_duals[self.columns[0][neuron].0];
                            self.of_box(neuron, g[neuron], own[neuron], dual)
                        }
                        Some(Rows::Inactive) => (0.0, 0.0),
                        Some(Rows::Active(row)) => (solution.row_duals[row], 0.0),
                        Some(Rows::Unstable { above, below }) => {
                            let of_line = solution.row_duals[below];
                            (solution.row_duals[above] + line * of_line, of_line)
                        }
                    };
                if of_line != 0.0 {
                    let square = (upper - lower) * (upper - lower);
                    slopes.upper[neuron] = of_line * -lower * (g[neuron] - lower) / square;
                    slopes.lower[neuron] = of_line * upper * (g[neuron] - upper) / square;
                }
                let sum = &mut gradient.0[layer];
                sum.biases[neuron] = of_g;
                for (input, x) in inputs.iter().enumerate() {
                    sum.of_input_mut(input)[neuron] = of_g * x;
                }
            }
            inputs = own;
        }
        let output = &mut gradient.0[hidden];
        output.biases[0] = 1.0;
        output.weights.clone_from(&inputs);
        Least {
            value: self.network.preactivations(hidden, &inputs)[0],
            gradient,
            slopes,
        }
    }

    /// For a neuron of the first layer at `x` in its box, whose reduced cost is `dual`: the derivatives with respect to
    /// its preactivation, and to its upper line.
    fn of_box(&self, neuron: usize, g: f64, x: f64, dual: f64) -> (f64, f64) {
        let (lower, upper) = (self.bounds[0].lower[neuron], self.bounds[0].upper[neuron]);
        match phase(lower, upper) {
            Phase::Inactive => (0.0, 0.0),
            Phase::Active => (dual, 0.0),
            Phase::Unstable => {
                let line = upper / (upper - lower);
                let (least, most) = (g.max(0.0), line * (g - lower));
                // Which end the activation is at; in a box without width, the sign of the reduced cost says it.
                let is_at_top = if most - least > 0.0 {
                    most - x < x - least
                } else {
                    dual < 0.0
                };
                match is_at_top {
                    true => (line * dual, dual),
                    false if g > 0.0 => (dual, 0.0),
                    false => (0.0, 0.0),
                }
            }
        }
    }
}
