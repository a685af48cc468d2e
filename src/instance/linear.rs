//! Linear functions of a network's inputs and outputs.

use crate::exact::{Dyadic, ExactSum};
use crate::network::Layer;

/// `constant + sum of c_k x_k + sum of d_j y_j` over inputs `x` and outputs `y`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Linear {
    /// Inputs with their coefficients.
    pub inputs: Vec<(usize, f64)>,
    /// Outputs with their coefficients.
    pub outputs: Vec<(usize, f64)>,
    /// Constant term.
    pub constant: f64,
}

impl Linear {
    /// The output with index `output`.
    pub fn output(output: usize) -> Self {
        Self {
            outputs: vec![(output, 1.0)],
            ..Self::default()
        }
    }

    /// The output `first` minus the output `second`.
    pub fn difference(first: usize, second: usize) -> Self {
        Self {
            outputs: vec![(first, 1.0), (second, -1.0)],
            ..Self::default()
        }
    }

    /// The function times -1.
    #[must_use]
    pub fn negated(mut self) -> Self {
        let coefficients = self.inputs.iter_mut().chain(&mut self.outputs);
        coefficients.for_each(|(_, coefficient)| *coefficient = -*coefficient);
        self.constant = -self.constant;
        self
    }

    /// The outputs `(first, second)` if the function is their difference.
    pub fn as_difference(&self) -> Option<(usize, usize)> {
        match (&self.inputs[..], &self.outputs[..]) {
            ([], [(first, one), (second, other)])
                if [*one, -other, self.constant] == [1.0, 1.0, 0.0] =>
            {
                Some((*first, *second))
            }
            _ => None,
        }
    }

    /// Whether the function is an output or the negative of one.
    pub fn is_output(&self) -> bool {
        let is_one = matches!(&self.outputs[..], [(_, coefficient)] if coefficient.abs() == 1.0);
        is_one && self.inputs.is_empty() && self.constant == 0.0
    }

    /// Evaluates the function in f64.
    ///
    /// # Panics
    /// When there are too few inputs or outputs.
    pub fn value(&self, x: &[f64], y: &[f64]) -> f64 {
        let of_outputs = self.outputs.iter().map(|&(j, d)| d * y[j]);
        let of_inputs = self.inputs.iter().map(|&(k, c)| c * x[k]);
        of_outputs
            .chain(of_inputs)
            .fold(self.constant, |sum, term| sum + term)
    }

    /// Evaluates the function in real arithmetic.
    ///
    /// # Panics
    /// As [`Self::value`].
    pub fn exact_value(&self, x: &[f64], y: &[Dyadic]) -> Dyadic {
        let of_outputs = self.outputs.iter().map(|&(j, d)| &Dyadic::of(d) * &y[j]);
        let of_inputs = self
            .inputs
            .iter()
            .map(|&(k, c)| &Dyadic::of(c) * &Dyadic::of(x[k]));
        of_outputs
            .chain(of_inputs)
            .fold(Dyadic::of(self.constant), |sum, term| &sum + &term)
    }

    /// Composes the function's outputs with the output layer: weights over the layer's inputs and a constant, each
    /// rounded once, and what rounding took from each.
    pub(super) fn composed_with(&self, output: &Layer) -> (Folded, Folded) {
        let folded = |start: f64, values: &dyn Fn(usize) -> f64| {
            let (mut sum, mut underflow) = (ExactSum::default(), 0.0);
            sum.add(start);
            for &(j, d) in &self.outputs {
                sum.add_product(d, values(j));
                underflow += underflow_error(d, values(j));
            }
            (sum.value(), sum.rest() + underflow)
        };
        let weights = (0..output.inputs()).map(|k| folded(0.0, &|j| output.row(j)[k]));
        let (weights, lost): (Vec<f64>, Vec<f64>) = weights.unzip();
        let (constant, of_constant) = folded(self.constant, &|j| output.biases()[j]);
        let rounded = Folded { weights, constant };
        let lost = Folded {
            weights: lost,
            constant: of_constant,
        };
        (rounded, lost)
    }

    /// The coefficients of all inputs, a vector of length `inputs`.
    pub fn input_coefficients(&self, inputs: usize) -> Vec<f64> {
        let mut coefficients = vec![0.0; inputs];
        for &(input, coefficient) in &self.inputs {
            coefficients[input] += coefficient;
        }
        coefficients
    }

    /// The numbers of inputs and outputs that the function needs: the largest index of each, plus one.
    pub fn sizes(&self) -> (usize, usize) {
        let end =
            |terms: &[(usize, f64)]| terms.iter().map(|(index, _)| index.saturating_add(1)).max();
        (
            end(&self.inputs).unwrap_or(0),
            end(&self.outputs).unwrap_or(0),
        )
    }
}

/// Bound on what `a * b` loses to underflow.
fn underflow_error(a: f64, b: f64) -> f64 {
    let is_exact = a.abs() == 1.0 || a == 0.0 || b == 0.0;
    if is_exact || (a * b).abs() >= f64::MIN_POSITIVE / f64::EPSILON {
        0.0
    } else {
        f64::MIN_POSITIVE
    }
}

/// Weights and a constant.
pub(super) struct Folded {
    pub weights: Vec<f64>,
    pub constant: f64,
}
