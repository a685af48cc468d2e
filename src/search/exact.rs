//! The direct way: solve the MILP of the dense network itself.

use super::candidates::{Integrality, Seen, try_solutions};
use super::{Event, Findings, SearchError, Settings, Verdict};
use crate::formulation::Model;
use crate::instance::Instance;
use crate::network::Network;

/// How far a bound must lie below zero, or how near to the best value, to prove something: this
/// share of the largest value that the objective might take. The solver's tolerances, which the
/// formulation keeps small beside every neuron's range, may be off by so much.
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
    let decisive = |model: &Model| instance.is_verification().then(|| -margin(model));
    let seen = try_solutions(
        dense,
        dense,
        instance,
        settings,
        integrality,
        &decisive,
        observer,
    )?;
    let dual_bound = dual_bound(&seen);
    let verdict = verdict(&seen, instance, dual_bound);
    Ok(seen.findings(verdict, dual_bound))
}

/// What the solver's tolerances may amount to in the objective.
pub(super) fn margin(model: &Model) -> f64 {
    if model.size.columns == 0 {
        // A constant: nothing was left to the solver.
        return 0.0;
    }
    let range = model.objective;
    PROOF_MARGIN * range.lower().abs().max(range.upper().abs()).max(1.0)
}

/// The solver's bound where the inputs seen do not refute it. Within its tolerances it may fall
/// short of the best of them, which is then the bound.
fn dual_bound(seen: &Seen) -> Option<f64> {
    let best = seen.tried.best.as_ref();
    let best = best.map_or(f64::NEG_INFINITY, |best| best.value);
    let bound = seen.outcome.dual_bound?;
    (best <= bound + margin(&seen.model)).then(|| bound.max(best))
}

fn verdict(seen: &Seen, instance: &Instance, dual_bound: Option<f64>) -> Verdict {
    let margin = margin(&seen.model);
    match (&seen.tried.best, dual_bound) {
        (best, bound) if instance.is_verification() => {
            if best.as_ref().is_some_and(|best| best.is_adversarial()) {
                Verdict::Found
            } else if bound.is_some_and(|bound| bound <= -margin) {
                Verdict::NoneExists
            } else {
                Verdict::NotFound
            }
        }
        (Some(best), Some(bound))
            if seen.outcome.status.is_optimal() && bound - best.value <= margin =>
        {
            Verdict::Optimal
        }
        (Some(_), _) => Verdict::Found,
        (None, _) => Verdict::NotFound,
    }
}
