//! The whole MILP of an instance: VNN(N), paper (7), and FM(N), paper (8).

use serde::{Deserialize, Serialize};

use super::{Embedding, Inputs, Neuron, add_inputs, embed};
use crate::bounds::{BoundsError, interval};
use crate::instance::Instance;
use crate::milp::{Problem, Sense};
use crate::network::{Network, compact};

/// The MILP whose optimum is the largest objective of a network over the region.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub problem: Problem,
    /// How a point of the problem is read as an input.
    pub inputs: Inputs,
    pub size: ModelSize,
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

/// The MILP of maximising the instance's objective over `network`.
///
/// Output layer and objective are folded into one, neurons that are constant or that nothing
/// reads are dropped, and so are the columns of inputs without weights: what is left has the
/// same objective at every input.
///
/// # Errors
/// When a bound overflows f64.
///
/// # Panics
/// When the network does not fit the instance ([`Instance::check_network`]).
pub fn formulate(network: &Network, instance: &Instance) -> Result<Model, BoundsError> {
    let network = compact(&instance.objective().fold_into(network));
    let bounds = interval(&network, instance.region())?;
    let mut problem = Problem::new(Sense::Maximize);
    let inputs = add_inputs(&mut problem, instance.region(), &inputs_read(&network));
    let embedding = embed(&mut problem, "", &network, &bounds, inputs.expressions());
    problem.set_objective(&embedding.outputs[0]);
    let size = size_of(&problem, &embedding);
    Ok(Model {
        problem,
        inputs,
        size,
    })
}

fn inputs_read(network: &Network) -> Vec<bool> {
    let first = &network.layers()[0];
    let reads = |input: usize| (0..first.outputs()).any(|neuron| first.row(neuron)[input] != 0.0);
    (0..network.inputs()).map(reads).collect()
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
