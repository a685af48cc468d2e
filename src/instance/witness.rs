//! The independent check: nothing found counts until this says so.

use super::{Instance, Objective, Region, is_within_l1};
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

/// Checks a candidate input: it is projected onto the region where a solver's tolerance left it
/// outside, and only then evaluated on the dense network in f64.
///
/// `None` when the candidate has another size than the region or an entry that is not finite.
pub fn check(dense: &Network, instance: &Instance, candidate: &[f64]) -> Option<Witness> {
    let sound =
        candidate.len() == instance.region().len() && candidate.iter().all(|x| x.is_finite());
    if !sound {
        return None;
    }
    let input = exactly_inside(instance.region(), candidate);
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

/// The projection of `candidate`, which also the exact distance leaves in the ball: of a sum of hundreds of
/// terms the last digit is rounded.
fn exactly_inside(region: &Region, candidate: &[f64]) -> Vec<f64> {
    let mut point = region.project(candidate);
    let Some(ball) = region.ball() else {
        return point;
    };
    let mut shrink = f64::EPSILON;
    while !is_within_l1(&point, &ball.centre, ball.radius) {
        let sides = region.lower().iter().zip(region.upper());
        let pairs = point.iter_mut().zip(&ball.centre);
        for ((x, centre), (lower, upper)) in pairs.zip(sides) {
            let nearer = centre + (*x - centre) * (1.0 - shrink);
            *x = nearer.clamp(*lower, *upper);
        }
        // At 1 it is the centre, which lies in every ball.
        shrink = (2.0 * shrink).min(1.0);
    }
    point
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn what_counts_lies_in_the_ball_exactly(
            centre in prop::collection::vec(0.0..=1.0_f64, 300),
            steps in prop::collection::vec(-1.0..1.0_f64, 300),
            radius in 0.01..8.0_f64,
        ) {
            let region = Region::l1_ball(centre.clone(), radius).unwrap();
            let far: Vec<f64> = centre.iter().zip(steps).map(|(c, step)| c + step).collect();
            let point = exactly_inside(&region, &far);
            prop_assert!(region.contains(&point));
            prop_assert!(is_within_l1(&point, &centre, radius));
            let distance: f64 = point.iter().zip(&centre).map(|(x, c)| (x - c).abs()).sum();
            prop_assert!(distance >= radius * (1.0 - 1e-12), "{} of {}", distance, radius);
        }
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
