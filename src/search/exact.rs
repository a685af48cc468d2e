//! The direct way: solve the MILP of the dense network itself.

use super::candidates::{Integrality, Seen, try_solutions};
use super::run::GAP;
use super::{Event, Findings, SearchError, Settings, Verdict};
use crate::instance::Instance;
use crate::network::Network;

/// Solves VNN(D) until the first adversarial input or the proof that there is none, or FM(D) to
/// optimality, within the limits.
///
/// # Errors
/// When the network does not fit the instance, or the solver fails.
pub fn exact(
    dense: &Network,
    instance: &Instance,
    settings: &Settings,
    observer: &mut dyn FnMut(&Event),
) -> Result<Findings, SearchError> {
    of_dense(dense, instance, settings, Integrality::Kept, observer)
}

/// Solves the model of the dense network, or its relaxation, and says what that proves.
pub(super) fn of_dense(
    dense: &Network,
    instance: &Instance,
    settings: &Settings,
    integrality: Integrality,
    observer: &mut dyn FnMut(&Event),
) -> Result<Findings, SearchError> {
    instance.check_network(dense).map_err(SearchError::Dense)?;
    let seen = try_solutions(dense, None, instance, settings, integrality, observer)?;
    let dual_bound = dual_bound(dense, instance, &seen);
    let verdict = verdict(dense, instance, &seen, dual_bound);
    Ok(seen.findings(verdict, dual_bound))
}

/// What is proved of the dense network, where the inputs seen do not refute it. Rounded, the best value may lie above it.
fn dual_bound(dense: &Network, instance: &Instance, seen: &Seen) -> Option<f64> {
    let bound = seen.outcome.dual_bound? + seen.rounding;
    let Some(best) = &seen.tried.best else {
        return Some(bound);
    };
    let error = instance.objective().rounding_at(dense, &best.input);
    (best.value - error <= bound).then(|| bound.max(best.value))
}

fn verdict(dense: &Network, instance: &Instance, seen: &Seen, dual_bound: Option<f64>) -> Verdict {
    match (&seen.tried.best, dual_bound) {
        (best, bound) if instance.is_verification() => {
            if best.as_ref().is_some_and(|best| best.is_adversarial()) {
                Verdict::Found
            } else if bound.is_some_and(|bound| bound <= 0.0) {
                Verdict::NoneExists
            } else {
                Verdict::NotFound
            }
        }
        (Some(best), Some(bound)) => {
            // The tolerances are chosen for this range. Of a constant, rounding is all that there is.
            let (least, most) = seen.range;
            let of_range = GAP * most.max(best.value) - GAP * least;
            let of_range = if of_range.is_finite() { of_range } else { 0.0 };
            let of_rounding = seen.rounding + instance.objective().rounding_at(dense, &best.input);
            let of_rounding = of_rounding.min(GAP * best.value.abs());
            let gap = of_range.max(of_rounding) + 4.0 * f64::EPSILON * bound.abs();
            // With the room for the solver's tolerances, which they are chosen for.
            if bound - best.value <= gap {
                Verdict::Optimal
            } else {
                Verdict::Found
            }
        }
        (Some(_), None) => Verdict::Found,
        (None, _) => Verdict::NotFound,
    }
}
