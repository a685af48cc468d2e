//! Gradient ascent on the dense network itself: it finds good inputs in milliseconds and proves
//! nothing, but for what the bounds prove.

use std::collections::HashSet;

use super::ascent::{Point, ascend};
use super::clock::Clock;
use super::polish::Polish;
use super::run::Run;
use super::starts::Starts;
use super::{Event, Findings, SearchError, Settings};
use crate::instance::Instance;
use crate::network::{Layer, Network};
use crate::tightening::Bounded;

/// Starts without anything better after which the search ends.
const PATIENCE: usize = 200;
/// Starts of one batch.
const BATCH: usize = 16;
/// Inputs times hidden neurons up to which linear programs over pieces take milliseconds to a second.
const POLISHED: usize = 400_000;
/// Linear programs for one polish.
const PROGRAMS: usize = 50;
/// How near to the best value an ascent must end to be polished, relative to it.
const NEAR: f64 = 0.1;

/// Ascends from many starts until the first adversarial input (verification), until many starts have
/// brought nothing better, or to the limits. The dual bound is that of `settings.bounds`; where it
/// excludes adversarial inputs, the search ends.
///
/// # Errors
/// When the network does not fit the instance, or a weight overflows.
pub fn gradient(
    dense: &Network,
    instance: &Instance,
    settings: &Settings,
    observer: &mut dyn FnMut(&Event),
) -> Result<Findings, SearchError> {
    let mut run = Run::new(dense, instance, settings)?;
    let clock = run.clock();
    climb(&mut run, &clock, observer)?;
    Ok(run.findings())
}

/// Ascends until the question is decided, many starts have brought nothing better, or the clock says
/// stop. One ascent takes less time than the bounds and is mostly enough, so bounds come second.
///
/// # Errors
/// When a weight or a bound overflows, or a linear program fails.
pub(super) fn climb(
    run: &mut Run<'_>,
    clock: &Clock,
    observer: &mut dyn FnMut(&Event),
) -> Result<(), SearchError> {
    let region = run.region();
    let out_of_time = || clock.is_over();
    let mut starts = Starts::new(region, run.settings().seed);
    for end in ascend(&run.folded(), region, &[starts.next(None)], &out_of_time) {
        run.offer(end, observer);
    }
    if run.is_decided() {
        return Ok(());
    }
    let bounded = run.bounded()?;
    let mut polished = HashSet::new();
    let mut without_better = 0;
    while !run.is_decided() && without_better < PATIENCE && !clock.is_over() {
        let batch: Vec<Vec<f64>> = (0..BATCH).map(|_| starts.next(run.best())).collect();
        for mut end in ascend(&bounded.network, region, &batch, &out_of_time) {
            without_better += 1;
            if is_promising(run, end.1) && polished.insert(end.1.to_bits()) {
                end = polish(run, &bounded, end, clock)?;
            }
            if run.offer(end, observer) {
                without_better = 0;
            }
            if run.is_decided() {
                break;
            }
        }
    }
    Ok(())
}

/// The point itself, or a better one that linear programs lead to.
///
/// # Errors
/// When a linear program fails.
pub(super) fn polish(
    run: &Run<'_>,
    bounded: &Bounded,
    point: Point,
    clock: &Clock,
) -> Result<Point, SearchError> {
    let hidden = bounded.network.hidden();
    let neurons: usize = hidden.iter().map(Layer::outputs).sum();
    if run.region().len() * neurons > POLISHED {
        return Ok(point);
    }
    let polish = Polish {
        network: &bounded.network,
        region: run.region(),
        bounds: &bounded.bounds,
        out_of_time: &|| clock.is_over(),
        settings: &run.settings().for_solver(clock.passed()),
    };
    Ok(polish.polish(point, PROGRAMS)?)
}

/// Whether what an ascent brought is worth some linear programs.
fn is_promising(run: &Run<'_>, value: f64) -> bool {
    let best = run.best_value();
    value > best - NEAR * best.abs()
}
