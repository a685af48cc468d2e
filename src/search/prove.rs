//! Branch and bound over the dense network's phases: the proof, and what it meets on its way.

use std::ops::ControlFlow;
use std::time::Instant;

use super::gradient::ascend;
use super::trial::Trial;
use super::{Event, Findings, SearchError, Settings, Verdict};
use crate::bounds::{Bounds, Interval};
use crate::formulation::FormulationError;
use crate::instance::Instance;
use crate::network::Network;
use crate::prover::{self, Proof};
use crate::solver::Progress;

/// How far a bound must lie below zero to prove that there is no adversarial input, as a share of the
/// largest value that the objective might take: the dense network and its folded one round differently.
const PROOF_MARGIN: f64 = 1e-9;
/// How near a bound must come to the best value to prove it optimal, likewise.
const GAP: f64 = 1e-6;
/// Of the points at which relaxations are largest these many are tried, and after them one in so many:
/// an ascent takes as long as some tens of nodes.
const ALL: u64 = 100;
const FEW: u64 = 16;

/// Proves on the dense network that there is no adversarial input, or that the best input is optimal, by
/// branch and bound ([`crate::prover`]) over `settings.bounds`. Points at which the relaxations
/// are largest are tried, after a short ascent from them.
///
/// # Errors
/// When the network does not fit the instance, or a weight overflows.
pub fn prove(
    dense: &Network,
    instance: &Instance,
    settings: &Settings,
    observer: &mut dyn FnMut(&Event),
) -> Result<Findings, SearchError> {
    instance.check_network(dense).map_err(SearchError::Dense)?;
    let started = Instant::now();
    let region = instance.region();
    let folded = instance.objective().fold_into(dense);
    let folded = folded.map_err(FormulationError::Objective)?;
    let bounds = Bounds::of(settings.bounds, &folded, region).map_err(FormulationError::Bounds)?;
    let objective = bounds.layer(folded.hidden().len())[0];
    let out_of_time =
        || settings.stop.is_raised() || started.elapsed().as_secs_f64() >= settings.time_limit;
    let mut trial = Trial::new(dense, dense, instance, started);
    let (mut best, mut points) = (f64::NEG_INFINITY, 0_u64);
    let mut judge = |event: prover::Event<'_>| {
        match event {
            prover::Event::Point(x) => {
                points += 1;
                if points > ALL && !points.is_multiple_of(FEW) {
                    return ControlFlow::Continue(threshold(instance, &objective, best));
                }
                let (x, value) = ascend(&folded, region, x.to_vec(), &out_of_time);
                if value > best {
                    best = value;
                    if trial.settles(&x, observer) {
                        return ControlFlow::Break(());
                    }
                }
            }
            prover::Event::Progress { bound, nodes } => {
                observer(&Event::Progress(Progress {
                    primal_bound: best,
                    dual_bound: bound,
                    nodes: i64::try_from(nodes).unwrap_or(i64::MAX),
                }));
            }
        }
        ControlFlow::Continue(threshold(instance, &objective, best))
    };
    let threads = settings.threads as usize;
    let proof = prover::prove(&folded, region, &bounds, threads, &out_of_time, &mut judge);
    let tried = trial.tried();
    let best = tried
        .best
        .as_ref()
        .map_or(f64::NEG_INFINITY, |best| best.value);
    Ok(Findings {
        verdict: verdict(instance, &objective, &proof, best),
        best: tried.best,
        surrogate_objective: None,
        dual_bound: Some(proof.bound.max(best)),
        solver_status: None,
        seconds_to_first: tried.seconds_to_first,
        seconds_to_best: tried.seconds_to_best,
        seconds_total: started.elapsed().as_secs_f64(),
        candidates: tried.candidates,
        size: None,
        left_behind: false,
    })
}

/// The largest value that is of no more interest.
fn threshold(instance: &Instance, objective: &Interval, best: f64) -> f64 {
    if instance.is_verification() {
        -PROOF_MARGIN * largest(objective)
    } else {
        best + 0.5 * GAP * largest(objective)
    }
}

fn verdict(instance: &Instance, objective: &Interval, proof: &Proof, best: f64) -> Verdict {
    if instance.is_verification() {
        if best > 0.0 {
            Verdict::Found
        } else if proof.bound <= -PROOF_MARGIN * largest(objective) {
            Verdict::NoneExists
        } else {
            Verdict::NotFound
        }
    } else if best == f64::NEG_INFINITY {
        Verdict::NotFound
    } else if proof.bound - best <= GAP * largest(objective) {
        Verdict::Optimal
    } else {
        Verdict::Found
    }
}

fn largest(objective: &Interval) -> f64 {
    objective
        .lower()
        .abs()
        .max(objective.upper().abs())
        .max(1.0)
}
