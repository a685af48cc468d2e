//! What is maximised: a linear function of the outputs.

use crate::network::{Layer, Network, NetworkError};

/// The objective of an instance, always maximised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objective {
    /// Network verification, paper (7a): `y_target - y_label`.
    Margin { label: usize, target: usize },
    /// Function maximization, paper (8a): `y_1`.
    FirstOutput,
}

impl Objective {
    /// The objective at the outputs `y`.
    pub fn value(&self, y: &[f64]) -> f64 {
        match *self {
            Self::Margin { label, target } => y[target] - y[label],
            Self::FirstOutput => y[0],
        }
    }

    /// The network whose single output is this objective: the output layer `y = W h + b` is
    /// replaced by `c'W h + c'b`. Bounds on it are bounds on the objective itself, which are
    /// tighter than the difference of the bounds of two outputs.
    ///
    /// # Errors
    /// When a difference of two weights overflows.
    pub fn fold_into(&self, network: &Network) -> Result<Network, NetworkError> {
        let output = network.output();
        let (row, bias) = match *self {
            Self::FirstOutput => (output.row(0).to_vec(), output.biases()[0]),
            Self::Margin { label, target } => {
                let pairs = output.row(target).iter().zip(output.row(label));
                let bias = output.biases()[target] - output.biases()[label];
                (pairs.map(|(t, l)| t - l).collect(), bias)
            }
        };
        let mut layers = network.hidden().to_vec();
        layers.push(Layer::new(output.inputs(), row, vec![bias]));
        Network::new(layers)
    }
}
