//! The independent check: a found input counts only if it passes.

use std::cmp::Ordering;

use super::Instance;
use crate::exact::Dyadic;
use crate::network::Network;

/// An input in the region and its value on the dense network, in f64.
#[derive(Debug, Clone, PartialEq)]
pub struct Witness {
    /// The input, in the region without tolerance.
    pub input: Vec<f64>,
    /// The dense network's objective at the input.
    pub value: f64,
    /// The most by which the value may differ from that in real arithmetic.
    rounding: f64,
    is_positive: bool,
    answers: bool,
}

impl Witness {
    /// Whether the input answers the question, in f64 and in real arithmetic: an adversarial input in verification, any
    /// input in maximization.
    pub fn answers(&self) -> bool {
        self.answers
    }

    /// Whether the objective is positive, in f64 and in real arithmetic; for a margin, whether the input is
    /// adversarial, by Algorithm 1's stopping test `y_target > y_label` or, if strict, `y_target > y_k` for every other
    /// class.
    pub fn is_adversarial(&self) -> bool {
        self.is_positive
    }

    pub(crate) fn rounding(&self) -> f64 {
        self.rounding
    }

    /// Whether the value is larger than that of `other`, in real arithmetic where rounding of more than `little` leaves
    /// that open and the network is small enough to be evaluated exactly.
    pub(crate) fn exceeds(
        &self,
        other: &Self,
        dense: &Network,
        instance: &Instance,
        little: f64,
    ) -> bool {
        let (difference, rounding) = (self.value - other.value, self.rounding + other.rounding);
        if rounding <= little || difference.abs() > rounding || !dense.is_evaluated_exactly() {
            return difference > 0.0;
        }
        self.exact_value(dense, instance) > other.exact_value(dense, instance)
    }

    /// The value in real arithmetic.
    pub(crate) fn exact_value(&self, dense: &Network, instance: &Instance) -> Dyadic {
        let outputs = dense.exact_forward(&self.input);
        instance.objective().exact_value(&self.input, &outputs)
    }
}

/// Checks a candidate input: pulls it into the region if a solver's tolerance left it outside, and only then evaluates
/// it on the dense network in f64.
///
/// Returns `None` if the candidate has another size than the region or an entry that is not finite, or if no point of
/// the region near it or no finite value there is found.
pub fn check(dense: &Network, instance: &Instance, candidate: &[f64]) -> Option<Witness> {
    let sound =
        candidate.len() == instance.region().inputs() && candidate.iter().all(|x| x.is_finite());
    if !sound {
        return None;
    }
    let input = instance.region().pull_inside(candidate);
    let objective = instance.objective();
    let preactivations = dense.preactivations(&input);
    let value = objective.value(&input, preactivations.last()?);
    if !(instance.region().contains(&input) && value.is_finite()) {
        return None;
    }
    let rounding = objective.rounding_of_pass(dense, &input, &preactivations);
    let signs = Signs::of(value, rounding, dense, instance, &input);
    Some(Witness {
        rounding,
        is_positive: signs.is_positive,
        answers: signs.answers,
        input,
        value,
    })
}

/// The signs of an objective's functions in real arithmetic.
struct Signs {
    is_positive: bool,
    answers: bool,
}

impl Signs {
    /// A tie, for example between equal neurons in another order, is not a win: a value must exceed its rounding error.
    /// A value that would take too long to evaluate exactly does not count.
    fn of(value: f64, rounding: f64, dense: &Network, instance: &Instance, input: &[f64]) -> Self {
        let is_far_above = value > 0.0 && value > rounding;
        if is_far_above || !instance.is_decision() && value <= 0.0 {
            return Self {
                is_positive: is_far_above,
                answers: true,
            };
        }
        let is_below = match instance.is_strict() {
            true => value <= 0.0,
            false => value < 0.0 && -value > rounding,
        };
        if is_below || !dense.is_evaluated_exactly() {
            return Self {
                is_positive: false,
                answers: !instance.is_decision(),
            };
        }
        let exact = instance.signs(input, &dense.exact_forward(input));
        Self {
            // Positive in f64, too.
            is_positive: value > 0.0 && exact.iter().all(|sign| *sign == Ordering::Greater),
            answers: instance.is_answered_by(value, &exact),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Layer;

    fn two_classes() -> Network {
        // y0 = x, y1 = 1 - x
        Network::new(vec![Layer::new(1, vec![1.0, -1.0], vec![0.0, 1.0])]).unwrap()
    }

    #[test]
    fn a_candidate_outside_is_projected_before_it_is_evaluated() {
        let instance = Instance::verification(vec![0.6], 0.05, 0, 1).unwrap();
        let witness = check(&two_classes(), &instance, &[0.3]).unwrap();
        assert!((witness.input[0] - 0.55).abs() < 1e-12);
        assert!(
            !witness.is_adversarial(),
            "adversarial outside the region only"
        );
        let instance = Instance::verification(vec![0.6], 0.2, 0, 1).unwrap();
        assert!(
            check(&two_classes(), &instance, &[0.45])
                .unwrap()
                .is_adversarial()
        );
    }

    #[test]
    fn of_two_values_that_rounding_makes_equal_the_larger_one_is_the_exact_one() {
        let layer = Layer::new(3, vec![1e17, 1.0, -1e17], vec![0.0]);
        let dense = Network::new(vec![layer]).unwrap();
        let instance = Instance::maximization(3);
        let at = |x: f64| check(&dense, &instance, &[1.0, x, 1.0]).unwrap();
        let (low, high) = (at(0.25), at(0.5));
        assert_eq!(low.value, high.value);
        assert!(high.exceeds(&low, &dense, &instance, 0.0));
        assert!(!low.exceeds(&high, &dense, &instance, 0.0));
        assert!(!high.exceeds(&low, &dense, &instance, f64::INFINITY));
    }

    #[test]
    fn a_tie_is_not_adversarial() {
        let instance = Instance::verification(vec![0.6], 0.2, 0, 1).unwrap();
        assert!(
            !check(&two_classes(), &instance, &[0.5])
                .unwrap()
                .is_adversarial()
        );
    }

    #[test]
    fn candidates_that_are_not_inputs_are_refused() {
        let instance = Instance::verification(vec![0.6], 0.2, 0, 1).unwrap();
        assert_eq!(check(&two_classes(), &instance, &[f64::NAN]), None);
        assert_eq!(check(&two_classes(), &instance, &[0.5, 0.5]), None);
    }
}
