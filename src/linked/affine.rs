//! Networks whose phases are fixed: every preactivation and output as a function of the inputs.

use super::LinkedProblem;
use super::formulation::input_expressions;
use crate::milp::{Affine, Problem};
use crate::network::Network;

/// The phases of all hidden neurons: of each copy, in the order of evaluation, of each layer.
pub(super) type Phases = Vec<Vec<Vec<bool>>>;

impl LinkedProblem {
    /// The phases of the dense networks; `None` where a value is not finite.
    pub(super) fn phases(&self, columns: &[f64]) -> Option<Phases> {
        let mut phases = Vec::with_capacity(self.order.len());
        for &at in &self.order {
            let x = self.inputs_of(at, columns);
            if x.iter().any(|x| !x.is_finite()) {
                return None;
            }
            let mut preactivations = self.networks[at.network].network.preactivations(&x);
            preactivations.pop();
            let active = |g: Vec<f64>| g.iter().map(|g| *g > 0.0).collect();
            phases.push(preactivations.into_iter().map(active).collect());
        }
        Some(phases)
    }

    /// The networks with these phases, in the order of evaluation.
    pub(super) fn affine(&self, phases: &Phases) -> Vec<AffineNetwork> {
        let copies = self.order.iter().zip(phases);
        let networks = copies
            .map(|(at, phases)| AffineNetwork::of(&self.networks[at.network].network, phases));
        networks.collect()
    }

    /// Adds the rows that give outputs their values.
    pub(super) fn add_outputs(&self, problem: &mut Problem, networks: &[AffineNetwork]) {
        for (place, (&at, affine)) in self.order.iter().zip(networks).enumerate() {
            let inputs = input_expressions(self, at);
            let outputs = self.copy(at).outputs.iter().zip(&affine.outputs);
            for (index, (output, function)) in outputs.enumerate() {
                let Some(output) = output else { continue };
                let value = Affine::column(output.column);
                let y = function.over(&inputs);
                let parts = [(1.0, &value), (-output.factor, &y)];
                let row = Affine::combination(-output.offset, parts);
                let side = -row.constant;
                problem.add_row(format!("y{place}_{index}"), side, side, row.terms);
            }
        }
    }
}

/// A network whose phases are fixed: every preactivation as a function of the inputs.
pub(super) struct AffineNetwork {
    pub hidden: Vec<Vec<Function>>,
    pub outputs: Vec<Function>,
}

/// `constant + sum of weight * input`.
#[derive(Debug, Clone)]
pub(super) struct Function {
    constant: f64,
    weights: Vec<f64>,
}

impl Function {
    pub fn over(&self, inputs: &[Affine]) -> Affine {
        let terms = self.weights.iter().copied().zip(inputs);
        Affine::combination(self.constant, terms.filter(|(weight, _)| *weight != 0.0))
    }
}

impl AffineNetwork {
    fn of(network: &Network, phases: &[Vec<bool>]) -> Self {
        let inputs = network.inputs();
        // The functions that a layer reads, with the positions at which it reads them.
        let unit = |input: usize| {
            let weights = (0..inputs).map(|other| f64::from(u8::from(other == input)));
            Function {
                constant: 0.0,
                weights: weights.collect(),
            }
        };
        let mut read: Vec<(usize, Function)> =
            (0..inputs).map(|input| (input, unit(input))).collect();
        let mut layers = Vec::with_capacity(network.layers().len());
        for (index, layer) in network.layers().iter().enumerate() {
            let neurons = layer.biases().iter().enumerate();
            let functions: Vec<Function> = neurons
                .map(|(neuron, &bias)| {
                    let mut sum = Function {
                        constant: bias,
                        weights: vec![0.0; inputs],
                    };
                    let row = layer.row(neuron);
                    for (place, function) in &read {
                        let weight = row[*place];
                        if weight == 0.0 {
                            continue;
                        }
                        sum.constant += weight * function.constant;
                        for (own, other) in sum.weights.iter_mut().zip(&function.weights) {
                            *own += weight * other;
                        }
                    }
                    sum
                })
                .collect();
            if let Some(phases) = phases.get(index) {
                let active = functions.iter().cloned().enumerate();
                read = active.filter(|(neuron, _)| phases[*neuron]).collect();
            }
            layers.push(functions);
        }
        let outputs = layers.pop().expect("a network has layers");
        Self {
            hidden: layers,
            outputs,
        }
    }
}
