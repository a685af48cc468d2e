//! The relaxation of a network as a linear program whose multipliers prove bounds.

use std::ops::Range;

use crate::bounds::relaxation::Relaxation;
use crate::bounds::{Bounds, Interval};
use crate::formulation::{Embedding, Inputs, Neuron, add_inputs, embed};
use crate::instance::Region;
use crate::limits::Limits;
use crate::milp::{Affine, Column, Problem, Sense};
use crate::network::Network;
use crate::solver::{LinearProgram, SolverError};

/// A network over a region, with each ReLU between its two lines. Bounds are computed from dual multipliers
/// ([`Problem::safe_dual_bound`]) of a problem whose rows are widened by a margin for rounding, so that they do not
/// depend on the solver's tolerances and hold for a forward pass in f64.
pub struct RelaxationLp {
    program: LinearProgram,
    /// The same problem with rows widened by `rounding_margin`.
    widened: Problem,
    rounding_margin: f64,
    inputs: Inputs,
    region_rows: Range<usize>,
    embedding: Embedding,
}

/// The optimal point of one solve, and the bound that it proves.
#[derive(Debug, Clone)]
pub struct Optimum {
    /// Proved upper bound on the objective.
    pub bound: f64,
    /// The network's input at the point.
    pub input: Vec<f64>,
    /// Distance of each hidden neuron from its ReLU at the point: 0 if it is on the ReLU.
    pub gaps: Vec<Vec<f64>>,
    /// By how much the objective grows with each hidden neuron's preactivation; 0 for neurons without a row.
    pub multipliers: Vec<Vec<f64>>,
    /// By how much the objective grows with the right-hand side of each row of the region.
    pub region_duals: Vec<f64>,
    /// The point in the columns of [`RelaxationLp::problem`].
    pub columns: Vec<f64>,
    /// The dual value of each row of [`RelaxationLp::problem`]: the derivative of the optimum with respect to the row's
    /// active side.
    pub row_duals: Vec<f64>,
}

impl RelaxationLp {
    /// Builds the linear program of `network` over `region` from `bounds`.
    ///
    /// # Errors
    /// When HiGHS refuses the problem or an option.
    ///
    /// # Panics
    /// When network, region and bounds do not fit each other.
    pub fn new(
        network: &Network,
        region: &Region,
        bounds: &[Vec<Interval>],
        limits: &Limits,
    ) -> Result<Self, SolverError> {
        let mut problem = Problem::new(Sense::Maximize);
        let inputs = add_inputs(&mut problem, region, &vec![true; region.inputs()]);
        // They come last of the rows so far.
        let rows = problem.rows.len();
        let region_rows = rows - region.rows().len()..rows;
        let known = Bounds::new(bounds.to_vec());
        let embedding = embed(&mut problem, "", network, &known, inputs.expressions());
        let program = LinearProgram::new(&problem, limits)?;
        let rounding_margin = rounding_margin(network, region, bounds);
        Ok(Self {
            program,
            widened: widened(problem, rounding_margin),
            rounding_margin,
            inputs,
            region_rows,
            embedding,
        })
    }

    /// Maximises `sign` times `output` over the node in which `fixed_phases` hold, given as (layer, neuron, active).
    /// `None` if the solver has no answer within `seconds`.
    ///
    /// A node may be empty, which the solver reports without a proof. So violating a phase is not forbidden
    /// but costs `penalty`, and the multipliers prove a bound for the node itself.
    ///
    /// # Errors
    /// When HiGHS fails.
    pub fn maximise(
        &mut self,
        (output, sign): (usize, f64),
        fixed_phases: &[(usize, usize, bool)],
        penalty: f64,
        seconds: f64,
    ) -> Result<Option<Optimum>, SolverError> {
        let objective = Affine::combination(0.0, [(sign, &self.embedding.outputs[output])]);
        let phases: Vec<(Column, bool)> = fixed_phases
            .iter()
            .filter_map(|&(layer, neuron, active)| Some((self.binary(layer, neuron)?, active)))
            .collect();
        let penalties: Vec<(Column, f64)> = phases
            .iter()
            .map(|&(z, active)| (z, if active { penalty } else { -penalty }))
            .collect();
        self.program.set_objective(&objective, &penalties);
        let Some(solution) = self.program.solve(seconds)? else {
            return Ok(None);
        };
        self.widened.set_objective(&objective);
        for &(z, active) in &phases {
            let value = f64::from(u8::from(active));
            self.set_binary(z, value, value);
        }
        let bound = self.widened.safe_dual_bound(&solution.row_duals) + self.rounding_margin;
        for &(z, _) in &phases {
            self.set_binary(z, 0.0, 1.0);
        }
        Ok(Some(Optimum {
            bound,
            input: self.inputs.at(&solution.columns),
            gaps: self.embedding.gaps(&solution.columns),
            multipliers: self.embedding.multipliers(&solution.row_duals),
            region_duals: solution.row_duals[self.region_rows.clone()].to_vec(),
            columns: solution.columns,
            row_duals: solution.row_duals,
        }))
    }

    /// The problem of the optimum's columns and row duals, up to the rounding margin in its rows.
    pub fn problem(&self) -> &Problem {
        &self.widened
    }

    /// The columns and rows of the network in the problem.
    pub fn embedding(&self) -> &Embedding {
        &self.embedding
    }

    /// The binary of a neuron; stable and unread neurons have none.
    fn binary(&self, layer: usize, neuron: usize) -> Option<Column> {
        match self.embedding.neurons[layer][neuron] {
            Neuron::Unstable { z, .. } => Some(z),
            _ => None,
        }
    }

    fn set_binary(&mut self, Column(z): Column, lower: f64, upper: f64) {
        let column = &mut self.widened.columns[z];
        (column.lower, column.upper) = (lower, upper);
    }
}

/// Widens all rows of `problem` by `rounding_margin`.
fn widened(mut problem: Problem, rounding_margin: f64) -> Problem {
    for row in &mut problem.rows {
        row.lower -= rounding_margin;
        row.upper += rounding_margin;
    }
    problem
}

/// Maximum rounding error in one row.
fn rounding_margin(network: &Network, region: &Region, bounds: &[Vec<Interval>]) -> f64 {
    let of_distance = region.budget().map_or(0.0, |ball| {
        4.0 * f64::EPSILON * (region.inputs() + 16) as f64 * ball.radius()
    });
    let of_rows = region.rows().iter().map(|row| {
        let sides = |input: usize| region.lower()[input].abs().max(region.upper()[input].abs());
        let terms = row.inputs.iter().map(|&(input, a)| a.abs() * sides(input));
        let size = row.constant.abs() + terms.sum::<f64>();
        4.0 * f64::EPSILON * (row.inputs.len() + 4) as f64 * size
    });
    let of_rows = of_rows.fold(0.0, f64::max);
    Relaxation::with_bounds(network, region, bounds).rounding() + of_distance + of_rows
}
