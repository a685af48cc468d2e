//! The relaxation of a network as a linear program whose multipliers prove bounds.

use crate::bounds::relaxation::Relaxation;
use crate::bounds::{Bounds, Interval};
use crate::formulation::{Embedding, Inputs, Neuron, add_inputs, embed};
use crate::instance::Region;
use crate::milp::{Affine, Column, Problem, Sense};
use crate::network::Network;
use crate::solver::{LinearProgram, Settings, SolverError};

/// The network over the region, each ReLU between its two lines. What it proves is computed from multipliers
/// ([`Problem::bound_by`]) of a problem whose rows have room for rounding, so that no tolerance of
/// the solver comes into a bound, and it holds for what a forward pass in f64 computes.
pub struct Program {
    program: LinearProgram,
    /// The same problem, its rows wider by `room`.
    roomy: Problem,
    room: f64,
    inputs: Inputs,
    embedding: Embedding,
}

/// What one solve proves, and where its optimal point is.
#[derive(Debug, Clone)]
pub struct Optimum {
    /// Proved: the objective is nowhere larger.
    pub bound: f64,
    pub input: Vec<f64>,
    /// By how much the point leaves open whether each hidden neuron is active: 0 where it is on the ReLU.
    pub gaps: Vec<Vec<f64>>,
    /// By how much the objective grows with each hidden neuron's preactivation; 0 of those that have no row.
    pub multipliers: Vec<Vec<f64>>,
}

impl Program {
    /// # Errors
    /// When HiGHS refuses the problem or an option.
    ///
    /// # Panics
    /// When network, region and bounds do not fit each other.
    pub fn new(
        network: &Network,
        region: &Region,
        bounds: &[Vec<Interval>],
        settings: &Settings,
    ) -> Result<Self, SolverError> {
        let mut problem = Problem::new(Sense::Maximize);
        let inputs = add_inputs(&mut problem, region, &vec![true; region.len()]);
        let known = Bounds::new(bounds.to_vec());
        let embedding = embed(&mut problem, "", network, &known, inputs.expressions());
        let program = LinearProgram::new(&problem, settings)?;
        let room = room(network, region, bounds);
        Ok(Self {
            program,
            roomy: with_room(problem, room),
            room,
            inputs,
            embedding,
        })
    }

    /// Maximises `sign` times an output over the part of the region in which neurons are in phases that are
    /// `decided`, as layer, place in it and whether it is active. `None` where the solver has no answer
    /// within `seconds`.
    ///
    /// A part may be empty, which a solver says without a proof. So leaving a phase is not forbidden
    /// but costs `penalty`, and the multipliers prove what they do for the part itself.
    ///
    /// # Errors
    /// When HiGHS fails.
    pub fn maximise(
        &mut self,
        (output, sign): (usize, f64),
        decided: &[(usize, usize, bool)],
        penalty: f64,
        seconds: f64,
    ) -> Result<Option<Optimum>, SolverError> {
        let objective = Affine::combination(0.0, [(sign, &self.embedding.outputs[output])]);
        let phases: Vec<(Column, bool)> = decided
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
        self.roomy.set_objective(&objective);
        for &(z, active) in &phases {
            let value = f64::from(u8::from(active));
            self.set_binary(z, value, value);
        }
        let bound = self.roomy.bound_by(&solution.row_duals) + self.room;
        for &(z, _) in &phases {
            self.set_binary(z, 0.0, 1.0);
        }
        Ok(Some(Optimum {
            bound,
            input: self.inputs.at(&solution.columns),
            gaps: self.embedding.gaps(&solution.columns),
            multipliers: self.embedding.multipliers(&solution.row_duals),
        }))
    }

    /// The binary of a neuron; stable ones and those that nothing reads have none.
    fn binary(&self, layer: usize, neuron: usize) -> Option<Column> {
        match self.embedding.neurons[layer][neuron] {
            Neuron::Unstable { z, .. } => Some(z),
            _ => None,
        }
    }

    fn set_binary(&mut self, Column(z): Column, lower: f64, upper: f64) {
        let column = &mut self.roomy.columns[z];
        (column.lower, column.upper) = (lower, upper);
    }
}

/// The problem with all rows wider by `room`.
fn with_room(mut problem: Problem, room: f64) -> Problem {
    for row in &mut problem.rows {
        row.lower -= room;
        row.upper += room;
    }
    problem
}

/// What rounding may amount to in one row.
fn room(network: &Network, region: &Region, bounds: &[Vec<Interval>]) -> f64 {
    let of_distance = region.budget().map_or(0.0, |ball| {
        4.0 * f64::EPSILON * (region.len() + 16) as f64 * ball.radius()
    });
    Relaxation::with_bounds(network, region, bounds).rounding() + of_distance
}
