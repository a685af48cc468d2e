//! The objective: a linear function of inputs and outputs, or the minimum of several.

use super::Region;
use super::linear::Linear;
use super::minimum::{AffineRow, minimum};
use crate::exact::Dyadic;
use crate::network::{Layer, Network, NetworkError};

/// The objective of an instance, always maximised.
#[derive(Debug, Clone, PartialEq)]
pub struct Objective {
    functions: Vec<Linear>,
}

impl Objective {
    /// A linear function.
    pub fn new(function: Linear) -> Self {
        Self::least(vec![function])
    }

    /// The minimum of several functions.
    ///
    /// # Panics
    /// When there is none.
    pub fn least(functions: Vec<Linear>) -> Self {
        assert!(!functions.is_empty(), "a function to maximise");
        Self { functions }
    }

    /// Network verification, paper (7a): `y_target - y_label`.
    pub fn margin(label: usize, target: usize) -> Self {
        Self::new(Linear::difference(target, label))
    }

    /// Strict verification: the minimum of `y_target - y_k` over all other classes `k`.
    ///
    /// # Panics
    /// When there is no other class.
    pub fn strict_margin(classes: usize, target: usize) -> Self {
        let others = (0..classes).filter(|&class| class != target);
        Self::least(
            others
                .map(|other| Linear::difference(target, other))
                .collect(),
        )
    }

    /// The functions whose minimum the objective is.
    pub fn functions(&self) -> &[Linear] {
        &self.functions
    }

    /// Evaluates the objective in f64 at the inputs `x` and the network's outputs `y`.
    ///
    /// # Panics
    /// When there are too few inputs or outputs.
    pub fn value(&self, x: &[f64], y: &[f64]) -> f64 {
        let values = self.functions.iter().map(|function| function.value(x, y));
        // NaN is kept.
        values.fold(f64::INFINITY, |least, value| {
            if value < least || value.is_nan() {
                value
            } else {
                least
            }
        })
    }

    /// Evaluates the objective in real arithmetic, with exact outputs `y`.
    ///
    /// # Panics
    /// As [`Self::value`].
    pub fn exact_value(&self, x: &[f64], y: &[Dyadic]) -> Dyadic {
        let values = self
            .functions
            .iter()
            .map(|function| function.exact_value(x, y));
        values.min().expect("a function to maximise")
    }

    /// The network whose single output is this objective over the region's box: the output layer `y = W h + b` is
    /// replaced by `d'W h + d'b + c'x`. Bounds on its output are bounds on the objective itself, tighter than the
    /// difference of the bounds of two outputs. The minimum of several functions takes a few more ReLU layers, and a
    /// function that reads inputs takes a neuron in each layer, which carries their sum, lifted above zero.
    ///
    /// # Errors
    /// When a weight overflows.
    ///
    /// # Panics
    /// When network and region do not fit the objective.
    pub fn fold_into(&self, network: &Network, region: &Region) -> Result<Network, NetworkError> {
        let mut hidden = network.hidden().to_vec();
        let functions = self.functions.iter();
        let mut functions: Vec<AffineRow> = functions
            .map(|function| {
                let (folded, _) = function.composed_with(network.output());
                AffineRow {
                    weights: folded.weights,
                    constant: folded.constant,
                }
            })
            .collect();
        for (index, function) in self.functions.iter().enumerate() {
            if function.inputs.is_empty() {
                continue;
            }
            let sum = function.input_coefficients(region.inputs());
            if hidden.is_empty() {
                let weights = functions[index].weights.iter_mut().zip(sum);
                weights.for_each(|(weight, own)| *weight += own);
                continue;
            }
            let lift = lift(&sum, region);
            carry(&mut hidden, sum, lift);
            for (other, affine) in functions.iter_mut().enumerate() {
                affine.weights.push(if other == index { 1.0 } else { 0.0 });
            }
            functions[index].constant -= lift;
        }
        let reads_activations = !hidden.is_empty();
        hidden.extend(minimum(functions, reads_activations));
        Network::new(hidden)
    }
}

/// The lift, a power of two, that keeps a sum of inputs above zero in the whole region, with a margin for rounding.
pub(super) fn lift(sum: &[f64], region: &Region) -> f64 {
    let sides = region.lower().iter().zip(region.upper());
    let sizes = sum
        .iter()
        .zip(sides)
        .map(|(c, (l, u))| c.abs() * l.abs().max(u.abs()));
    let size: f64 = sizes.sum();
    if size > 0.0 {
        2.0 * size.log2().ceil().exp2()
    } else {
        1.0
    }
}

/// Adds a neuron to each layer: in the first it is the lifted sum of inputs, which the others pass on.
fn carry(hidden: &mut [Layer], sum: Vec<f64>, lift: f64) {
    for (index, layer) in hidden.iter_mut().enumerate() {
        let mut rows: Vec<Vec<f64>> = (0..layer.outputs())
            .map(|row| layer.row(row).to_vec())
            .collect();
        let mut biases = layer.biases().to_vec();
        if index == 0 {
            rows.push(sum.clone());
            biases.push(lift);
        } else {
            rows.iter_mut().for_each(|row| row.push(0.0));
            let mut own = vec![0.0; layer.inputs()];
            own.push(1.0);
            rows.push(own);
            biases.push(0.0);
        }
        let inputs = rows[0].len();
        *layer = Layer::new(inputs, rows.concat(), biases);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Layer;
    use crate::network::random;

    #[test]
    fn the_least_margin_is_positive_where_the_target_wins() {
        let strict = Objective::strict_margin(3, 2);
        assert_eq!(strict.value(&[], &[1.0, 5.0, 3.0]), -2.0);
        assert_eq!(strict.value(&[], &[1.0, 2.5, 3.0]), 0.5);
        assert_eq!(strict.value(&[], &[3.0, 0.0, 3.0]), 0.0, "a tie is no win");
    }

    #[test]
    fn a_network_without_hidden_layers_may_read_negative_inputs() {
        let layer = Layer::new(
            2,
            vec![1.0, 0.5, -1.0, 0.25, 0.75, -2.0],
            vec![0.5, 0.0, 0.25],
        );
        let network = Network::new(vec![layer]).unwrap();
        let strict = Objective::strict_margin(3, 1);
        let region = Region::new_box(vec![-4.0; 2], vec![4.0; 2]).unwrap();
        let folded = strict.fold_into(&network, &region).unwrap();
        for x in [[-3.0, 0.5], [2.0, -1.0], [-0.25, -4.0], [0.5, 0.75]] {
            let expected = strict.value(&x, &network.forward(&x));
            assert!((folded.forward(&x)[0] - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn a_linear_objective_adds_no_layer() {
        let network = random(4, &[3, 3], 7).unwrap();
        let first = Objective::new(Linear::output(0));
        let folded = first.fold_into(&network, &Region::unit_box(4)).unwrap();
        assert_eq!(folded, network);
    }

    #[test]
    fn inputs_are_carried_through_the_layers() {
        let network = random(3, &[4, 4], 7).unwrap();
        let region = Region::new_box(vec![-2.0, 0.0, 5.0], vec![1.0, 0.5, 6.0]).unwrap();
        let first = Linear {
            inputs: vec![(0, 1.5), (2, -3.0)],
            outputs: vec![(0, 2.0)],
            constant: 0.25,
        };
        let second = Linear {
            inputs: vec![(1, -1.0)],
            ..Linear::default()
        };
        let objectives = [
            Objective::new(first.clone()),
            Objective::new(second.clone()),
            Objective::least(vec![first, second, Linear::output(0).negated()]),
        ];
        for objective in objectives {
            let folded = objective.fold_into(&network, &region).unwrap();
            for x in [[-2.0, 0.25, 5.0], [1.0, 0.5, 6.0], [0.0, 0.0, 5.5]] {
                let expected = objective.value(&x, &network.forward(&x));
                assert!((folded.forward(&x)[0] - expected).abs() < 1e-9);
            }
        }
    }
}
