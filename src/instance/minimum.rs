//! The minimum of several affine functions as ReLU layers, so that it can be the objective wherever a network with one
//! output is expected.
//!
//! `min(a, b) = a - max(0, a - b)`, pairwise until one value is left. A value that passes through a layer unchanged is
//! carried by neurons that are never negative, so that bounds and models keep it as the linear function it is.

use crate::network::Layer;

/// Lift of carrying neurons above zero, as a fraction of the sum of their weights: bounds include a margin for
/// rounding, and a neuron whose lower bound this takes below zero is not certain to be linear.
const LIFT: f64 = 1.0 / (1 << 20) as f64;

/// An affine function of a layer's inputs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AffineRow {
    pub weights: Vec<f64>,
    pub constant: f64,
}

impl AffineRow {
    /// `self - other`.
    pub fn minus(&self, other: &Self) -> Self {
        let weights = self.weights.iter().zip(&other.weights);
        Self {
            weights: weights.map(|(a, b)| a - b).collect(),
            constant: self.constant - other.constant,
        }
    }
}

/// Layers whose single output is the minimum of `values`, functions of the inputs of the first of these layers:
/// activations of a ReLU layer if `reads_activations`, or inputs, which may be negative.
///
/// # Panics
/// When there are no values.
pub(super) fn minimum(mut values: Vec<AffineRow>, reads_activations: bool) -> Vec<Layer> {
    let mut nonnegative = reads_activations;
    let mut layers = Vec::new();
    while values.len() > 1 {
        let mut next = NextLayer::new(values[0].weights.len(), nonnegative);
        let smaller: Vec<Sum> = values.chunks(2).map(|pair| next.minimum_of(pair)).collect();
        values = smaller.iter().map(|sum| next.affine(sum)).collect();
        layers.push(next.layer());
        nonnegative = true;
    }
    let last = values.pop().expect("there is a value");
    layers.push(Layer::new(
        last.weights.len(),
        last.weights,
        vec![last.constant],
    ));
    layers
}

/// An affine function of the neurons of a layer that is not complete yet.
struct Sum {
    terms: Vec<(usize, f64)>,
    constant: f64,
}

/// A ReLU layer under construction.
struct NextLayer {
    inputs: usize,
    /// Whether its inputs are never negative.
    nonnegative: bool,
    weights: Vec<f64>,
    biases: Vec<f64>,
}

impl NextLayer {
    fn new(inputs: usize, nonnegative: bool) -> Self {
        Self {
            inputs,
            nonnegative,
            weights: Vec::new(),
            biases: Vec::new(),
        }
    }

    /// Adds neurons for the minimum of one or two values.
    fn minimum_of(&mut self, values: &[AffineRow]) -> Sum {
        let mut sum = self.carry(&values[0]);
        if let [a, b] = values {
            let difference = a.minus(b);
            let neuron = self.neuron(&difference.weights, difference.constant);
            sum.terms.push((neuron, -1.0));
        }
        sum
    }

    /// Adds two neurons whose difference is the value itself.
    fn carry(&mut self, value: &AffineRow) -> Sum {
        let mut sum = Sum {
            terms: Vec::new(),
            constant: value.constant,
        };
        for sign in [1.0, -1.0] {
            let signed = value.weights.iter().map(|weight| sign * weight);
            let part: Vec<f64> = if self.nonnegative {
                signed.map(|weight| weight.max(0.0)).collect()
            } else {
                signed.collect()
            };
            if part.iter().all(|&weight| weight == 0.0) {
                continue;
            }
            let lift = if self.nonnegative { lift(&part) } else { 0.0 };
            let neuron = self.neuron(&part, lift);
            sum.terms.push((neuron, sign));
            sum.constant -= sign * lift;
        }
        sum
    }

    fn neuron(&mut self, weights: &[f64], bias: f64) -> usize {
        self.weights.extend(weights);
        self.biases.push(bias);
        self.biases.len() - 1
    }

    fn affine(&self, sum: &Sum) -> AffineRow {
        // A layer for constants alone has no neurons, but a network needs one.
        let mut weights = vec![0.0; self.biases.len().max(1)];
        for &(neuron, factor) in &sum.terms {
            weights[neuron] += factor;
        }
        AffineRow {
            weights,
            constant: sum.constant,
        }
    }

    fn layer(mut self) -> Layer {
        if self.biases.is_empty() {
            self.neuron(&vec![0.0; self.inputs], 0.0);
        }
        Layer::new(self.inputs, self.weights, self.biases)
    }
}

/// Bound on what the lifts take from the constants of neurons that carry a value, in the first layer and in the later
/// ones, which carry with weights of 1; `sum` is the sum of its absolute weights, plus 1.
pub(super) fn lift_error(sum: f64) -> f64 {
    2.0 * LIFT * f64::EPSILON * sum
}

/// The lift for `weights`: a power of two, to keep rounding small.
fn lift(weights: &[f64]) -> f64 {
    let sum: f64 = weights.iter().sum();
    LIFT * sum.log2().floor().exp2().min(f64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::network::Network;

    fn values(inputs: usize) -> impl Strategy<Value = Vec<AffineRow>> {
        let weights = prop::collection::vec(prop_oneof![Just(0.0), -2.0..2.0], inputs);
        let value =
            (weights, -1.0..1.0).prop_map(|(weights, constant)| AffineRow { weights, constant });
        prop::collection::vec(value, 1..12)
    }

    fn least(values: &[AffineRow], x: &[f64]) -> f64 {
        let at = |value: &AffineRow| {
            let products = value.weights.iter().zip(x).map(|(w, x)| w * x);
            value.constant + products.sum::<f64>()
        };
        values.iter().map(at).fold(f64::INFINITY, f64::min)
    }

    proptest! {
        #[test]
        fn layers_give_the_least(values in values(3), x in prop::collection::vec(0.0..3.0, 3)) {
            let expected = least(&values, &x);
            for reads_activations in [true, false] {
                let network = Network::new(minimum(values.clone(), reads_activations)).unwrap();
                let found = network.forward(&x)[0];
                prop_assert!((found - expected).abs() < 1e-12, "{} is not {}", found, expected);
            }
        }

        #[test]
        fn inputs_may_be_negative(values in values(3), x in prop::collection::vec(-3.0..3.0, 3)) {
            let network = Network::new(minimum(values.clone(), false)).unwrap();
            let (found, expected) = (network.forward(&x)[0], least(&values, &x));
            prop_assert!((found - expected).abs() < 1e-12, "{} is not {}", found, expected);
        }
    }
}
