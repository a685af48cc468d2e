//! The direct way: solve the MILP of the dense network itself.

use super::candidates::{Seen, try_solutions};
use super::{Event, Findings, SearchError, Settings, Verdict};
use crate::instance::Instance;
use crate::network::Network;

/// How far a bound must lie below zero, or how near to the best value, to prove something: the
/// solver's tolerances may be off by so much.
const PROOF_MARGIN: f64 = 1e-6;

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
    instance.check_network(dense).map_err(SearchError::Dense)?;
    let excludes = |bound: f64| instance.is_verification() && bound < -PROOF_MARGIN;
    let seen = try_solutions(
        dense,
        dense,
        instance,
        settings,
        &|progress| excludes(progress.dual_bound),
        observer,
    )?;
    let dual_bound = dual_bound(&seen);
    Ok(Findings {
        verdict: verdict(&seen, instance, dual_bound),
        best: seen.best,
        surrogate_objective: seen.surrogate_objective,
        dual_bound,
        solver_status: seen.outcome.status,
        seconds_to_first: seen.seconds_to_first,
        seconds_to_best: seen.seconds_to_best,
        seconds_total: seen.seconds_total,
        candidates: seen.candidates,
        size: seen.size,
    })
}

/// The solver's bound, never below what was seen: its tolerance may leave it an ulp short.
fn dual_bound(seen: &Seen) -> Option<f64> {
    let best = seen
        .best
        .as_ref()
        .map_or(f64::NEG_INFINITY, |best| best.value);
    seen.outcome.dual_bound.map(|bound| bound.max(best))
}

fn verdict(seen: &Seen, instance: &Instance, dual_bound: Option<f64>) -> Verdict {
    let best = seen.best.as_ref();
    if instance.is_verification() {
        // A model without columns is a constant: its bound is exact.
        let margin = if seen.size.columns == 0 {
            0.0
        } else {
            PROOF_MARGIN
        };
        return match dual_bound {
            _ if best.is_some_and(|best| best.is_adversarial()) => Verdict::Found,
            Some(bound) if bound <= -margin => Verdict::NoneExists,
            _ => Verdict::NotFound,
        };
    }
    match (best, dual_bound) {
        (Some(best), Some(bound))
            if seen.outcome.status.is_optimal()
                && bound - best.value <= PROOF_MARGIN * best.value.abs().max(1.0) =>
        {
            Verdict::Optimal
        }
        (Some(_), _) => Verdict::Found,
        (None, _) => Verdict::NotFound,
    }
}
