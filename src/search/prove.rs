//! Branch and bound over the dense network's phases: the proof, and what it meets on its way.

use std::ops::ControlFlow;

use super::ascent::ascend;
use super::climber::Climber;
use super::run::Run;
use super::{Event, Findings, SearchError, Settings};
use crate::instance::Instance;
use crate::network::Network;
use crate::prover;
use crate::solver::Progress;

/// Of the points at which relaxations are largest these many are tried, and after them one in so many:
/// an ascent takes as long as some tens of nodes.
const ALL: u64 = 100;
const FEW: u64 = 16;
/// The share of the time that goes to the climber.
const CLIMBING: f64 = 0.2;

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
    let mut run = Run::new(dense, instance, settings)?;
    branch_and_bound(&mut run, None, observer)?;
    Ok(run.findings())
}

/// Branches until the question is decided or the time is over. A climber goes on beside it.
///
/// # Errors
/// When a weight or a bound overflows, or a linear program fails.
pub(super) fn branch_and_bound(
    run: &mut Run<'_>,
    mut climber: Option<Climber>,
    observer: &mut dyn FnMut(&Event),
) -> Result<(), SearchError> {
    let bounded = run.bounded()?;
    if run.is_decided() {
        return Ok(());
    }
    let region = run.region();
    let clock = run.clock();
    let settings = run.settings().for_solver(clock.passed());
    let out_of_time = || clock.is_over();
    let (mut points, mut climbed, mut failure) = (0_u64, 0.0, None);
    let begun = clock.passed();
    let mut judge = |event: prover::Event<'_>| {
        match event {
            prover::Event::Point(x) => {
                points += 1;
                if points <= ALL || points.is_multiple_of(FEW) {
                    for end in ascend(&bounded.network, region, &[x.to_vec()], &out_of_time) {
                        run.offer(end, observer);
                    }
                }
            }
            prover::Event::Progress { bound, nodes } => {
                run.prove(bound);
                observer(&Event::Progress(Progress {
                    primal_bound: run.best_value(),
                    dual_bound: bound,
                    nodes: i64::try_from(nodes).unwrap_or(i64::MAX),
                }));
                if let Some(climber) = &mut climber
                    && climbed <= CLIMBING * (clock.passed() - begun)
                {
                    let before = clock.passed();
                    failure = climber.batch(run, &clock, observer).err();
                    climbed += clock.passed() - before;
                }
            }
        }
        if run.is_decided() || failure.is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(run.threshold())
        }
    };
    let proof = prover::prove(
        &bounded.network,
        region,
        &bounded.bounds,
        &settings,
        &out_of_time,
        &mut judge,
    );
    run.prove(proof.bound);
    failure.map_or(Ok(()), Err)
}
