//! The forward pass without rounding.

use super::Network;
use crate::exact::Dyadic;

/// Number of weights up to which an exact forward pass takes some hundredths of a second.
const MAX_EXACT_WEIGHTS: usize = 50_000;

impl Network {
    /// Whether the network is small enough to be evaluated exactly many times.
    pub fn is_evaluated_exactly(&self) -> bool {
        self.weights() <= MAX_EXACT_WEIGHTS
    }

    /// The outputs at input `x` in real arithmetic; slow, since the numbers have hundreds of
    /// digits.
    ///
    /// # Panics
    /// When `x` does not have [`Network::inputs`] entries, or one is not finite.
    pub fn exact_forward(&self, x: &[f64]) -> Vec<Dyadic> {
        assert_eq!(x.len(), self.inputs(), "input size of the network");
        let mut values: Vec<Dyadic> = x.iter().map(|x| Dyadic::of(*x)).collect();
        for (index, layer) in self.layers().iter().enumerate() {
            let is_output = index + 1 == self.layers().len();
            values = (0..layer.outputs())
                .map(|neuron| {
                    let terms = layer.row(neuron).iter().zip(&values);
                    let terms = terms.filter(|(weight, value)| **weight != 0.0 && !value.is_zero());
                    let bias = Dyadic::of(layer.biases()[neuron]);
                    let sum = terms.fold(bias, |sum, (weight, value)| {
                        &sum + &(&Dyadic::of(*weight) * value)
                    });
                    if is_output || sum.is_positive() {
                        sum
                    } else {
                        Dyadic::default()
                    }
                })
                .collect();
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Layer, random};
    use super::*;

    #[test]
    fn outputs_are_those_of_the_forward_pass_where_that_does_not_round() {
        let layers = vec![
            Layer::new(2, vec![1.0, -0.5, 2.0, 3.0], vec![0.25, -4.0]),
            Layer::new(2, vec![1.5, -1.0, 1.0, 1.0], vec![0.0, 1.0]),
        ];
        let network = Network::new(layers).unwrap();
        for x in [[0.0, 0.0], [1.0, 0.5], [0.75, 1.0]] {
            let expected: Vec<_> = network.forward(&x).iter().map(|y| Dyadic::of(*y)).collect();
            assert_eq!(network.exact_forward(&x), expected);
        }
    }

    #[test]
    fn outputs_are_near_those_of_the_forward_pass() {
        let network = random(5, &[7, 6], 3).unwrap();
        let x = [0.1, 0.9, 0.4, 0.0, 1.0];
        let (exact, rounded) = (network.exact_forward(&x), network.forward(&x));
        let error = &exact[0] - &Dyadic::of(rounded[0]);
        assert!(error < Dyadic::of(1e-14) && -&error < Dyadic::of(1e-14));
    }
}
