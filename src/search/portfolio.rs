//! What answers soonest: gradient ascent and bounds in milliseconds, then the dense network's MILP.

use super::exact::exact;
use super::gradient::gradient;
use super::{Candidate, Event, Findings, SearchError, Settings, Verdict};
use crate::instance::Instance;
use crate::network::Network;

/// The share of the time that the ascent may take.
const ASCENT: f64 = 0.5;
/// How much the solver's bound may fall short of a value, relative to it.
const TOLERANCE: f64 = 1e-6;

/// Ascends first, and where that leaves the question open solves the MILP of the dense network in
/// the time that is left.
///
/// # Errors
/// As [`gradient`] and [`exact`].
pub fn portfolio(
    dense: &Network,
    instance: &Instance,
    settings: &Settings,
    observer: &mut dyn FnMut(&Event),
) -> Result<Findings, SearchError> {
    let ascent = Settings {
        time_limit: ASCENT * settings.time_limit,
        ..settings.clone()
    };
    let first = gradient(dense, instance, &ascent, observer)?;
    let is_decided = match first.verdict {
        Verdict::Found => instance.is_verification(),
        verdict => verdict == Verdict::NoneExists,
    };
    if is_decided || settings.stop.is_raised() {
        return Ok(first);
    }
    let passed = first.seconds_total;
    let rest = Settings {
        time_limit: (settings.time_limit - passed).max(0.0),
        ..settings.clone()
    };
    let best = best_value(&first);
    let mut later = |event: &Event| match event {
        Event::Improved(candidate) if candidate.dense_value > best => {
            observer(&Event::Improved(after(passed, *candidate)));
        }
        Event::Improved(_) => {}
        event => observer(event),
    };
    let second = exact(dense, instance, &rest, &mut later)?;
    Ok(joined(first, second))
}

/// What both found, the second of which began when the first had ended. A bound of the solver that an
/// input of the ascent refutes proves nothing.
fn joined(first: Findings, second: Findings) -> Findings {
    let passed = first.seconds_total;
    let in_all = |seconds: f64| passed + seconds;
    let value = best_value(&first).max(best_value(&second));
    let is_refuted = |bound: f64| value > bound + TOLERANCE * bound.abs().max(1.0);
    let refuted = second.dual_bound.is_some_and(is_refuted);
    let solver_bound = second.dual_bound.filter(|_| !refuted);
    let verdict = match second.verdict {
        Verdict::NotFound => first.verdict,
        _ if refuted => first.verdict,
        verdict => verdict,
    };
    let (best, seconds_to_best) = if best_value(&first) >= best_value(&second) {
        (first.best, first.seconds_to_best)
    } else {
        (second.best, second.seconds_to_best.map(in_all))
    };
    let mut candidates = first.candidates;
    candidates.extend(second.candidates.iter().map(|c| after(passed, *c)));
    Findings {
        verdict,
        best,
        surrogate_objective: second.surrogate_objective,
        // Within its tolerances the solver's bound may fall short of the best value.
        dual_bound: least(first.dual_bound, solver_bound).map(|bound| bound.max(value)),
        solver_status: second.solver_status,
        seconds_to_first: (first.seconds_to_first).or(second.seconds_to_first.map(in_all)),
        seconds_to_best,
        seconds_total: in_all(second.seconds_total),
        candidates,
        size: second.size,
        left_behind: second.left_behind,
    }
}

fn best_value(findings: &Findings) -> f64 {
    let best = findings.best.as_ref();
    best.map_or(f64::NEG_INFINITY, |best| best.value)
}

fn after(passed: f64, candidate: Candidate) -> Candidate {
    Candidate {
        seconds: passed + candidate.seconds,
        ..candidate
    }
}

fn least(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
