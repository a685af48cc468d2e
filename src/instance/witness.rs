//! The independent check: nothing found counts until this says so.

use super::{Instance, Objective};
use crate::network::Network;

/// An input in the region with what the dense network, in f64, says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Witness {
    /// The input, in the region without tolerance.
    pub input: Vec<f64>,
    /// The dense network's objective at the input.
    pub value: f64,
    objective: Objective,
    is_positive: bool,
}

impl Witness {
    /// Whether the input answers the question: an adversarial one in verification, any one in
    /// maximization.
    pub fn is_what_was_asked(&self) -> bool {
        self.is_adversarial() || !self.objective.is_margin()
    }

    /// Whether the input is adversarial: `y_target > y_label` (Algorithm 1's stopping test), or, where that
    /// is asked, `y_target > y_k` for every other class, in f64 and in real arithmetic.
    pub fn is_adversarial(&self) -> bool {
        self.objective.is_margin() && self.is_positive
    }
}

/// Checks a candidate input: it is pulled into the region where a solver's tolerance left it
/// outside, and only then evaluated on the dense network in f64.
///
/// `None` when the candidate has another size than the region or an entry that is not finite.
pub fn check(dense: &Network, instance: &Instance, candidate: &[f64]) -> Option<Witness> {
    let sound =
        candidate.len() == instance.region().len() && candidate.iter().all(|x| x.is_finite());
    if !sound {
        return None;
    }
    let input = instance.region().pull_inside(candidate);
    let objective = instance.objective();
    let preactivations = dense.preactivations(&input);
    let value = objective.value(preactivations.last()?);
    (instance.region().contains(&input) && value.is_finite()).then(|| Witness {
        // A tie, say of equal neurons in another order, is no win: a positive value must be more than rounding.
        // Where that would take long to see, it does not count.
        is_positive: value > 0.0
            && (value > objective.rounding_of_pass(dense, &input, &preactivations)
                || dense.is_evaluated_exactly()
                    && objective
                        .exact_value(&dense.exact_forward(&input))
                        .is_positive()),
        input,
        value,
        objective,
    })
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
