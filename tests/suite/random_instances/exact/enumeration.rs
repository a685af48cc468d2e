//! The optimum over all activation patterns.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use pipeline::instance::{Instance, Objective};
use pipeline::network::Network;

use super::dictionary::Dictionary;
use super::dyadic::{forward, rational};
use super::forms::{Form, IntegerLayer, Steps, negated};
use super::relaxation::Place;

/// The largest objective over a region.
#[derive(Debug, Clone)]
pub struct Optimum {
    pub value: BigRational,
    /// An input that has it.
    pub at: Vec<BigRational>,
}

/// How the optimum is searched for.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// The most linear programs that are solved.
    pub programs: usize,
    /// Whether patterns are left out together where a relaxation shows that none of them is better
    /// than one that is known.
    pub prunes: bool,
}

/// The largest objective of `instance` in real arithmetic (the smallest, times -1, where `sign` is
/// -1). Only values above that of `start`, a point of the region, are searched for. `None` where
/// that takes more linear programs than allowed.
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

/// The objective at outputs that are not rounded.
pub fn objective(objective: &Objective, y: &[BigRational]) -> BigRational {
    let terms = coefficients(objective, y.len(), 1).into_iter().zip(y);
    terms
        .map(|(coefficient, y)| y * BigInt::from(coefficient))
        .sum()
}

/// Of the outputs in what is maximised: that of a random instance is an output, or the difference of two.
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
    /// Of the outputs in what is maximised.
    coefficients: Vec<i32>,
    best: Optimum,
    /// Linear programs that may still be solved.
    left: usize,
    /// Whether patterns are left out together where a relaxation shows that none of them is better.
    prunes: bool,
}

impl Enumeration {
    /// All patterns of the layers from `index` on. `None` when there are too many.
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

    /// All phases of the neurons of layer `index` whose phase is not in `after` yet.
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
            // First the phase at the current point.
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

    /// Whether no pattern with these phases is better than what is known. Otherwise the point at hand
    /// becomes one where the relaxation is largest.
    fn is_pruned(
        &mut self,
        index: usize,
        g: &[Form],
        decided: &[Option<Form>],
        dictionary: &mut Dictionary,
    ) -> Option<bool> {
        let place = Place {
            layers: &self.layers,
            index,
            g,
            decided,
            steps: &self.steps,
        };
        let (upper, exponent) = place.upper(&self.coefficients);
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

    /// What is maximised, of the forms of the outputs.
    fn objective_of(&self, outputs: &[Form]) -> Form {
        let mut sum = vec![BigInt::zero(); outputs[0].len()];
        for (coefficient, output) in self.coefficients.iter().zip(outputs) {
            for (sum, term) in sum.iter_mut().zip(output) {
                *sum += term * coefficient;
            }
        }
        sum
    }

    /// The best input of one pattern.
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

    /// A value of an output's form as the number that it stands for.
    fn value(&self, numerator: BigInt, denominator: BigInt) -> BigRational {
        let exponent = self.layers.last().expect("a layer").exponent;
        BigRational::new(numerator, denominator << exponent)
    }

    /// The inputs where the linear program is.
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
