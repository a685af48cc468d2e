//! What answers soonest: gradient ascent and bounds in milliseconds, then branch and bound.

use super::climber::Climber;
use super::prove::branch_and_bound;
use super::run::Run;
use super::{Event, Findings, SearchError, Settings};
use crate::instance::Instance;
use crate::network::Network;

/// The share of the time that the first ascents may take.
const ASCENT: f64 = 0.5;
/// Starts without anything better after which proving begins. In verification a proof takes mostly less time
/// than more ascents, and points come out of it, too.
const VERIFICATION: usize = 16;
const MAXIMIZATION: usize = 200;

/// Ascends first, and where that leaves the question open proves what it can in the time that is left, by
/// branch and bound, whose points are tried, too; a share of that time goes to further ascents.
///
/// # Errors
/// As [`super::gradient`] and [`super::prove`].
pub fn portfolio(
    dense: &Network,
    instance: &Instance,
    settings: &Settings,
    observer: &mut dyn FnMut(&Event),
) -> Result<Findings, SearchError> {
    let mut run = Run::new(dense, instance, settings)?;
    let ascent = run.clock().share(ASCENT);
    let mut climber = Climber::start(&mut run, &ascent, observer);
    let patience = if instance.is_verification() {
        VERIFICATION
    } else {
        MAXIMIZATION
    };
    climber.climb(&mut run, &ascent, patience, observer)?;
    if !run.is_decided() {
        branch_and_bound(&mut run, Some(climber), observer)?;
    }
    Ok(run.findings())
}
