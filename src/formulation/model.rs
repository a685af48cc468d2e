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
    pub problem: Problem,
    /// How a point of the problem is read as an input.
    pub inputs: Inputs,
    /// The network in the problem.
    pub embedding: Embedding,
    /// Proved bounds of the objective.
    pub objective: Interval,
    /// By how much a bound that HiGHS proves may be wrong, for its tolerances.
    pub room: Room,
    pub size: ModelSize,
}

impl NetworkMilp {
    /// The point of the problem that stands for the input `x`; `network` is the one that was formulated. Feasible,
    /// up to rounding, where `x` is in the region.
    ///
    /// # Panics
    /// When `x` has not as many entries as the network has inputs.
    pub fn point(&self, network: &Network, x: &[f64]) -> Vec<f64> {
        let mut columns = vec![0.0; self.problem.columns.len()];
        self.inputs.place(x, &mut columns);
        self.embedding
            .place(&network.preactivations(x), &mut columns);
        columns
    }
}

/// Size of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelSize {
    pub binaries: usize,
    pub columns: usize,
    pub rows: usize,
    pub nonzeros: usize,
    /// Neurons in the model that are never negative, so without a binary.
    pub stable_active: usize,
    /// Neurons that are never positive, so not in the model.
    pub stable_inactive: usize,
}

/// The MILP of maximising the one output of `network`, a presolved one, over `region`. Its big-M
/// coefficients and phases come from `bounds`, which are of this network over this region. Inputs that
/// nothing reads have no columns.
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
