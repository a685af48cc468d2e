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
    let seen = try_solutions(
        dense,
        dense,
        instance,
        settings,
        integrality,
        true,
        observer,
    )?;
    let dual_bound = dual_bound(&seen);
    let verdict = verdict(&seen, instance, dual_bound);
    Ok(seen.findings(verdict, dual_bound))
}

/// What is proved of the dense network, where the inputs seen do not refute it.
fn dual_bound(seen: &Seen) -> Option<f64> {
    let best = seen.best_value();
    let bound = seen.outcome.dual_bound? + seen.rounding;
    (best <= bound + seen.best_error).then(|| bound.max(best))
}

fn verdict(seen: &Seen, instance: &Instance, dual_bound: Option<f64>) -> Verdict {
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
            let range = (best.value - seen.least).max(0.0);
            let of_rounding = seen.best_error + seen.rounding;
            // With the room for the solver's tolerances, which they are chosen for.
            if bound - best.value <= GAP * range + of_rounding {
                Verdict::Optimal
            } else {
                Verdict::Found
            }
        }
        (Some(_), None) => Verdict::Found,
        (None, _) => Verdict::NotFound,
    }
}
