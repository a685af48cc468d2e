//! The whole MILP of an instance: VNN(N), paper (7), and FM(N), paper (8).

use serde::{Deserialize, Serialize};

use super::reading::reading;
use super::room::{Room, solver_room};
use super::{Embedding, Inputs, Neuron, add_inputs, embed};
use crate::bounds::{Bounds, Interval};
use crate::instance::Region;
use crate::milp::{Problem, Sense};
use crate::network::Network;

/// The MILP whose optimum is the largest objective of a network over the region.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkMilp {
    /// The problem itself, a maximisation.
    pub problem: Problem,
    /// The inputs at a point of the problem.
    pub inputs: Inputs,
    /// The embedded network.
    pub embedding: Embedding,
    /// Proved bounds on the objective.
    pub objective: Interval,
    /// The margin by which a bound proved by HiGHS may be wrong because of its tolerances.
    pub room: Room,
    /// Counts of columns, rows, coefficients and stable neurons.
    pub size: ModelSize,
}

impl NetworkMilp {
    /// The point of the problem at the input `x`; `network` is the formulated network. Feasible, up to rounding, if `x`
    /// is in the region.
    ///
    /// # Panics
    /// When `x` does not have as many entries as the network has inputs.
    pub fn point(&self, network: &Network, x: &[f64]) -> Vec<f64> {
        let mut columns = vec![0.0; self.problem.columns.len()];
        self.inputs.set_columns(x, &mut columns);
        self.embedding
            .set_columns(&network.preactivations(x), &mut columns);
        columns
    }
}

/// Size of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSize {
    /// Binary columns, one per unstable neuron in the model.
    pub binaries: usize,
    /// Number of columns, the binary ones included.
    pub columns: usize,
    /// Number of constraints.
    pub rows: usize,
    /// Number of coefficients in the rows.
    pub nonzeros: usize,
    /// Neurons in the model that are never negative and need no binary.
    pub stable_active: usize,
    /// Neurons that are never positive and are not in the model.
    pub stable_inactive: usize,
}

/// Builds the MILP that maximises the one output of `network`, a presolved network, over `region`. Big-M coefficients
/// and ReLU phases come from `bounds`, which are of this network over this region. Inputs that nothing reads have no
/// columns.
///
/// # Panics
/// When network, region and bounds do not fit each other.
pub fn formulate(network: &Network, region: &Region, bounds: &Bounds) -> NetworkMilp {
    let mut problem = Problem::new(Sense::Maximize);
    let inputs = add_inputs(&mut problem, region, &reading(network, bounds).inputs);
    let embedding = embed(&mut problem, "", network, bounds, inputs.expressions());
    problem.set_objective(&embedding.outputs[0]);
    let size = size_of(&problem, &embedding);
    NetworkMilp {
        room: solver_room(network, region, bounds, &embedding, &problem),
        problem,
        inputs,
        embedding,
        objective: bounds.layer(network.hidden().len())[0],
        size,
    }
}

fn size_of(problem: &Problem, embedding: &Embedding) -> ModelSize {
    let count = |wanted: fn(&Neuron) -> bool| {
        let neurons = embedding.neurons.iter().flatten();
        neurons.filter(|neuron| wanted(neuron)).count()
    };
    ModelSize {
        binaries: problem.integers(),
        columns: problem.columns.len(),
        rows: problem.rows.len(),
        nonzeros: problem.nonzeros(),
        stable_active: count(|neuron| matches!(neuron, Neuron::Active { .. })),
        stable_inactive: count(|neuron| matches!(neuron, Neuron::Inactive)),
    }
}
