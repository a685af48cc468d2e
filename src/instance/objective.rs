//! What is maximised: a function of the outputs, linear or the least of several linear ones.

use super::minimum::{Affine, minimum};
use crate::exact::Dyadic;
use crate::network::{Layer, Network, NetworkError};

/// The objective of an instance, always maximised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objective {
    /// Network verification, paper (7a): `y_target - y_label`.
    Margin { label: usize, target: usize },
    /// Verification where the target must win: the least of `y_target - y_k` over all other classes `k`, of
    /// which `label` is one.
    StrictMargin { label: usize, target: usize },
    /// Function maximization, paper (8a): `y_1`.
    FirstOutput,
}

impl Objective {
    /// The classes that are compared, label and target, if it is a margin.
    pub fn classes(&self) -> Option<(usize, usize)> {
        match *self {
            Self::Margin { label, target } | Self::StrictMargin { label, target } => {
                Some((label, target))
            }
            Self::FirstOutput => None,
        }
    }

    /// Whether an input is asked for at which the objective is positive, rather than as large as possible.
    pub fn is_margin(&self) -> bool {
        self.classes().is_some()
    }

    /// The objective at the outputs `y`.
    pub fn value(&self, y: &[f64]) -> f64 {
        match *self {
            Self::Margin { label, target } => y[target] - y[label],
            Self::StrictMargin { target, .. } => others(y.len(), target)
                .map(|other| y[target] - y[other])
                .fold(f64::INFINITY, f64::min),
            Self::FirstOutput => y[0],
        }
    }

    /// The objective at outputs `y` that are not rounded.
    ///
    /// # Panics
    /// When there are too few outputs.
    pub fn exact_value(&self, y: &[Dyadic]) -> Dyadic {
        match *self {
            Self::Margin { label, target } => &y[target] - &y[label],
            Self::StrictMargin { target, .. } => {
                let margins = others(y.len(), target).map(|other| &y[target] - &y[other]);
                margins.min().expect("a margin compares two classes")
            }
            Self::FirstOutput => y[0].clone(),
        }
    }

    /// The network whose single output is this objective: the output layer `y = W h + b` is
    /// replaced by `c'W h + c'b`. Bounds on it are bounds on the objective itself, which are
    /// tighter than the difference of the bounds of two outputs. A strict margin takes a few ReLU layers
    /// more, for the least of its margins.
    ///
    /// # Errors
    /// When a difference of two weights overflows.
    pub fn fold_into(&self, network: &Network) -> Result<Network, NetworkError> {
        let output = network.output();
        let functions = match *self {
            Self::FirstOutput => vec![row(output, 0)],
            Self::Margin { label, target } => vec![row(output, target).minus(&row(output, label))],
            Self::StrictMargin { target, .. } => others(output.outputs(), target)
                .map(|other| row(output, target).minus(&row(output, other)))
                .collect(),
        };
        let mut layers = network.hidden().to_vec();
        let reads_activations = !layers.is_empty();
        layers.extend(minimum(functions, reads_activations));
        Network::new(layers)
    }
}

fn others(classes: usize, target: usize) -> impl Iterator<Item = usize> {
    (0..classes).filter(move |&class| class != target)
}

fn row(layer: &Layer, neuron: usize) -> Affine {
    Affine {
        weights: layer.row(neuron).to_vec(),
        constant: layer.biases()[neuron],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::random;

    #[test]
    fn the_least_margin_is_positive_where_the_target_wins() {
        let strict = Objective::StrictMargin {
            label: 0,
            target: 2,
        };
        assert_eq!(strict.value(&[1.0, 5.0, 3.0]), -2.0);
        assert_eq!(strict.value(&[1.0, 2.5, 3.0]), 0.5);
        assert_eq!(strict.value(&[3.0, 0.0, 3.0]), 0.0, "a tie is no win");
    }

    #[test]
    fn a_network_without_hidden_layers_may_read_negative_inputs() {
        let layer = Layer::new(
            2,
            vec![1.0, 0.5, -1.0, 0.25, 0.75, -2.0],
            vec![0.5, 0.0, 0.25],
        );
        let network = Network::new(vec![layer]).unwrap();
        let strict = Objective::StrictMargin {
            label: 0,
            target: 1,
        };
        let folded = strict.fold_into(&network).unwrap();
        for x in [[-3.0, 0.5], [2.0, -1.0], [-0.25, -4.0], [0.5, 0.75]] {
            let expected = strict.value(&network.forward(&x));
            assert!((folded.forward(&x)[0] - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn a_linear_objective_adds_no_layer() {
        let network = random(4, &[3, 3], 7).unwrap();
        let folded = Objective::FirstOutput.fold_into(&network).unwrap();
        assert_eq!(folded, network);
    }
}
