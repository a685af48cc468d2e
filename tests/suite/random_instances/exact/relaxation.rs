//! An affine upper bound on the objective, for the neurons whose phase is still open: from the outputs backwards, each
//! open ReLU is replaced by a line above or below it, depending on the sign of its coefficient. All numbers are
//! integers, so that nothing is rounded.

use num_bigint::BigInt;
use num_traits::{Signed, Zero};

use super::forms::{Form, IntegerLayer, Range, Steps, negated};

/// Bits of the slopes of lines, which are rounded up.
const BITS: u64 = 12;

/// The state of the enumeration: all phases of the layers before `index` are decided, and `decided` of that layer's.
pub struct PartialPattern<'a> {
    pub layers: &'a [IntegerLayer],
    pub index: usize,
    pub g: &'a [Form],
    pub decided: &'a [Option<Form>],
    pub steps: &'a Steps,
}

/// An upper bound: the sum of coefficients times activations, plus a constant.
struct Sum {
    coefficients: Vec<BigInt>,
    constant: BigInt,
    /// The sum is an integer divided by two to this power.
    exponent: u64,
}

impl PartialPattern<'_> {
    /// A function of the steps that is nowhere below the sum of `objective` times the outputs, and the exponent of its
    /// denominator, a power of two.
    pub fn upper(&self, objective: &[i32]) -> (Form, u64) {
        let ranges = self.ranges();
        let last = self.layers.last().expect("a layer");
        let mut sum = Sum {
            coefficients: objective.iter().map(|&c| BigInt::from(c)).collect(),
            constant: BigInt::zero(),
            exponent: last.exponent,
        };
        sum.through_layer(last);
        for layer in (self.index + 1..self.layers.len() - 1).rev() {
            let ranges = &ranges[layer - self.index];
            sum.through_relu(|j| Some(&ranges[j]));
            sum.through_layer(&self.layers[layer]);
        }
        let on = (BigInt::zero(), BigInt::zero());
        sum.through_relu(|j| match self.decided.get(j) {
            Some(None) => None,
            Some(Some(_)) => Some(&on),
            None => Some(&ranges[0][j]),
        });
        let mut form = vec![BigInt::zero(); self.g.first().map_or(1, Vec::len)];
        form[0] = sum.constant;
        for (coefficient, g) in sum.coefficients.iter().zip(self.g) {
            if !coefficient.is_zero() {
                for (entry, g) in form.iter_mut().zip(g) {
                    *entry += coefficient * g;
                }
            }
        }
        (form, sum.exponent)
    }

    /// The ranges of the preactivations of this hidden layer and those after it.
    fn ranges(&self) -> Vec<Vec<Range>> {
        let range = |g: &Form| {
            let least = -self.steps.maximum(&negated(g));
            (least, self.steps.maximum(g))
        };
        let mut all: Vec<Vec<Range>> = vec![self.g.iter().map(range).collect()];
        let own = all[0]
            .iter()
            .enumerate()
            .map(|(j, range)| match self.decided.get(j) {
                Some(None) => (BigInt::zero(), BigInt::zero()),
                _ => positive(range),
            });
        let mut before: Vec<Range> = own.collect();
        for layer in &self.layers[self.index + 1..self.layers.len() - 1] {
            let ranges = layer.ranges(&before);
            before = ranges.iter().map(positive).collect();
            all.push(ranges);
        }
        all
    }
}

fn positive((least, most): &Range) -> Range {
    let zero = BigInt::zero();
    (least.max(&zero).clone(), most.max(&zero).clone())
}

impl Sum {
    /// Replaces the preactivations of `layer` by the activations that it reads.
    fn through_layer(&mut self, layer: &IntegerLayer) {
        let (constant, coefficients) = layer.transposed(&self.coefficients);
        self.constant += constant;
        self.coefficients = coefficients;
    }

    /// Replaces the activations of a layer by its preactivations, whose ranges are given; `None` for an inactive
    /// neuron.
    fn through_relu<'r>(&mut self, range: impl Fn(usize) -> Option<&'r Range>) {
        let one = BigInt::from(1) << BITS;
        self.constant *= &one;
        self.exponent += BITS;
        for (j, coefficient) in self.coefficients.iter_mut().enumerate() {
            match range(j) {
                None => coefficient.set_zero(),
                Some((least, _)) if !least.is_negative() => *coefficient *= &one,
                Some((_, most)) if !most.is_positive() => coefficient.set_zero(),
                Some((least, most)) if coefficient.is_positive() => {
                    // relu(g) <= slope (g - least) for every slope from most / (most - least) on.
                    let width = most - least;
                    *coefficient *= (most * &one + &width - 1) / width;
                    self.constant -= &*coefficient * least;
                }
                // relu(g) >= g, and relu(g) >= 0.
                Some((least, most)) if (most + least).is_positive() => *coefficient *= &one,
                Some(_) => coefficient.set_zero(),
            }
        }
    }
}
