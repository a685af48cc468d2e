//! What answers soonest: gradient ascent and bounds in milliseconds, then branch and bound.

use super::gradient::climb;
use super::prove::branch_and_bound;
use super::run::Run;
use super::{Event, Findings, SearchError, Settings};
use crate::instance::Instance;
use crate::network::Network;

/// The share of the time that the ascent may take.
const ASCENT: f64 = 0.5;

/// Ascends first, and where that leaves the question open proves what it can in the time that is left,
/// by branch and bound, whose points are tried, too.
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
    climb(&mut run, &ascent, observer)?;
    if !run.is_decided() {
        branch_and_bound(&mut run, observer)?;
    }
    Ok(run.findings())
}
