//! The optimum over all activation patterns.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use pipeline::instance::{Instance, Objective};
use pipeline::network::Network;

use super::dictionary::Dictionary;
use super::dyadic::{forward, rational};
use super::forms::{Form, IntegerLayer, Steps, negated};
use super::relaxation::PartialPattern;

/// The largest objective over a region.
#[derive(Debug, Clone)]
pub struct Optimum {
    pub value: BigRational,
    /// An input that attains it.
    pub at: Vec<BigRational>,
}

/// The effort allowed in the search for an optimum.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Maximal number of linear programs.
    pub programs: usize,
    /// Whether a set of patterns is skipped if a relaxation shows that none of them is better than the best known.
    pub prunes: bool,
}

/// The largest objective of `instance` in real arithmetic (the smallest, times -1, if `sign` is -1). Only values above
/// that of `start`, a point of the region, are searched for. `None` if that takes more linear programs than allowed.
pub fn maximum(
    network: &Network,
    instance: &Instance,
    sign: i32,
    start: &[f64],
    effort: Effort,
) -> Option<Optimum> {
    let steps = Steps::of(instance.region());
    let mut exponent = steps.exponent;
    let layers = network.layers().iter().map(|layer| {
        let layer = IntegerLayer::new(layer, exponent);
        exponent = layer.exponent;
        layer
    });
    let start: Vec<_> = start.iter().map(|&x| rational(x)).collect();
    let value = objective(instance.objective(), &forward(network, &start)) * BigInt::from(sign);
    let mut enumeration = Enumeration {
        layers: layers.collect(),
        coefficients: coefficients(instance.objective(), network.outputs(), sign),
        best: Optimum { value, at: start },
        left: effort.programs,
        prunes: effort.prunes,
        steps,
    };
    let dictionary = enumeration.steps.dictionary();
    let inputs: Vec<_> = enumeration.steps.inputs.iter().cloned().map(Some).collect();
    enumeration.layer(0, &inputs, &dictionary)?;
    Some(enumeration.best)
}

/// The objective at exact outputs.
pub fn objective(objective: &Objective, y: &[BigRational]) -> BigRational {
    let terms = coefficients(objective, y.len(), 1).into_iter().zip(y);
    terms
        .map(|(coefficient, y)| y * BigInt::from(coefficient))
        .sum()
}

/// The coefficients of the outputs in the objective: that of a random instance is an output, or the difference of two.
fn coefficients(objective: &Objective, outputs: usize, sign: i32) -> Vec<i32> {
    let [function] = objective.functions() else {
        unreachable!("no random instance is strict");
    };
    let mut coefficients = vec![0; outputs];
    for &(output, coefficient) in &function.outputs {
        coefficients[output] = sign * coefficient as i32;
    }
    coefficients
}

struct Enumeration {
    steps: Steps,
    layers: Vec<IntegerLayer>,
    /// The coefficients of the outputs in the objective.
    coefficients: Vec<i32>,
    best: Optimum,
    /// Linear programs that may still be solved.
    left: usize,
    /// Whether a set of patterns is skipped if a relaxation shows that none of them is better.
    prunes: bool,
}

impl Enumeration {
    /// Enumerates all patterns of the layers from `index` on. `None` if there are too many.
    fn layer(
        &mut self,
        index: usize,
        before: &[Option<Form>],
        dictionary: &Dictionary,
    ) -> Option<()> {
        let count = self.steps.inputs[0].len() - 1;
        let g = self.layers[index].apply(before, count);
        if index + 1 == self.layers.len() {
            return self.pattern(&self.objective_of(&g), dictionary);
        }
        self.neurons(index, &g, Vec::new(), dictionary)
    }

    /// Enumerates all phases of the neurons of layer `index` whose phase is not yet in `after`.
    fn neurons(
        &mut self,
        index: usize,
        g: &[Form],
        mut after: Vec<Option<Form>>,
        dictionary: &Dictionary,
    ) -> Option<()> {
        while let Some(form) = g.get(after.len()) {
            if !self.steps.maximum(form).is_positive() {
                after.push(None);
                continue;
            }
            let negative = negated(form);
            if !self.steps.maximum(&negative).is_positive() {
                after.push(Some(form.clone()));
                continue;
            }
            let mut dictionary = dictionary.clone();
            if self.prunes && self.is_pruned(index, g, &after, &mut dictionary)? {
                return Some(());
            }
            // The phase at the current point first.
            let mut phases = [(form, Some(form)), (&negative, None)];
            if !dictionary.meets(form) {
                phases.reverse();
            }
            for (condition, activation) in phases {
                let mut child = dictionary.clone();
                child.require(condition);
                self.left = self.left.checked_sub(1)?;
                if child.make_feasible() {
                    let mut after = after.clone();
                    after.push(activation.cloned());
                    self.neurons(index, g, after, &child)?;
                }
            }
            return Some(());
        }
        self.layer(index + 1, &after, dictionary)
    }

    /// Whether no pattern with these phases is better than the best known. Otherwise the current point becomes a
    /// maximiser of the relaxation.
    fn is_pruned(
        &mut self,
        index: usize,
        g: &[Form],
        decided: &[Option<Form>],
        dictionary: &mut Dictionary,
    ) -> Option<bool> {
        let partial = PartialPattern {
            layers: &self.layers,
            index,
            g,
            decided,
            steps: &self.steps,
        };
        let (upper, exponent) = partial.upper(&self.coefficients);
        let is_no_better = |numerator: BigInt, denominator: BigInt| {
            let value = BigRational::new(numerator, denominator << exponent);
            value <= self.best.value
        };
        if is_no_better(self.steps.maximum(&upper), BigInt::from(1)) {
            return Some(true);
        }
        self.left = self.left.checked_sub(1)?;
        let (numerator, denominator) = dictionary.maximize(&upper);
        Some(is_no_better(numerator, denominator))
    }

    /// The objective as a form, from those of the outputs.
    fn objective_of(&self, outputs: &[Form]) -> Form {
        let mut sum = vec![BigInt::zero(); outputs[0].len()];
        for (coefficient, output) in self.coefficients.iter().zip(outputs) {
            for (sum, term) in sum.iter_mut().zip(output) {
                *sum += term * coefficient;
            }
        }
        sum
    }

    /// Maximises `objective` over one pattern.
    fn pattern(&mut self, objective: &Form, dictionary: &Dictionary) -> Option<()> {
        let over_all = self.value(self.steps.maximum(objective), BigInt::from(1));
        if over_all <= self.best.value {
            return Some(());
        }
        self.left = self.left.checked_sub(1)?;
        let mut dictionary = dictionary.clone();
        let (numerator, denominator) = dictionary.maximize(objective);
        let value = self.value(numerator, denominator);
        if value > self.best.value {
            let at = self.inputs(&dictionary);
            self.best = Optimum { value, at };
        }
        Some(())
    }

    /// Converts a value of an output's form to the number it represents.
    fn value(&self, numerator: BigInt, denominator: BigInt) -> BigRational {
        let exponent = self.layers.last().expect("a layer").exponent;
        BigRational::new(numerator, denominator << exponent)
    }

    /// The inputs at the current point of the linear program.
    fn inputs(&self, dictionary: &Dictionary) -> Vec<BigRational> {
        let (steps, denominator) = dictionary.point();
        let input = |form: &Form| {
            let mut numerator = &form[0] * &denominator;
            for (coefficient, step) in form[1..].iter().zip(&steps) {
                if !coefficient.is_zero() {
                    numerator += coefficient * step;
                }
            }
            BigRational::new(numerator, &denominator << self.steps.exponent)
        };
        self.steps.inputs.iter().map(input).collect()
    }
}
