//! Bounds of every kind, including those that use linear programs.
//!
//! A linear program maximises and minimises a neuron's preactivation over the relaxation of the layers
//! before it, with all their neurons at once (Fischetti and Jo, Constraints 23, 2018).

mod barely;
mod relaxation_lp;

use barely::settle;
pub use relaxation_lp::{Optimum, RelaxationLp};

use std::time::{Duration, Instant};

use crate::bounds::relaxation::Relaxation;
use crate::bounds::{
    BoundKind, Bounds, BoundsError, Interval, alpha, interval, linear, unstable_neurons,
};
use crate::instance::Region;
use crate::limits::Limits;
use crate::network::{Layer, Network};
use crate::solver::SolverError;

/// Maximum number of weights for a linear program, which then takes milliseconds to a second.
const LARGEST: usize = 400_000;

/// Bounds `network` over `region` by `kind`, within `limits.time_limit` seconds; the bounds are looser if that is too
/// short or the stop flag is raised. All kinds after [`BoundKind::Interval`] settle neurons of small networks that barely
/// cross zero by exact arithmetic. [`BoundKind::Alpha`] optimises the bounds of [`BoundKind::Linear`] until a `share`
/// of the time limit has passed; [`BoundKind::Tightening`] also tightens them by linear programs until then.
///
/// # Errors
/// When a bound overflows.
pub fn bounds(
    kind: BoundKind,
    network: &Network,
    region: &Region,
    limits: &Limits,
    share: f64,
) -> Result<Bounds, BoundsError> {
    let started = Instant::now();
    let left = |share: f64| share * limits.time_limit - started.elapsed().as_secs_f64();
    let is_over = |share: f64| limits.stop.is_raised() || left(share) <= 0.0;
    match kind {
        BoundKind::Box => return interval(network, &region.surrounding_box()),
        BoundKind::Interval => return interval(network, region),
        BoundKind::Linear | BoundKind::Alpha | BoundKind::Tightening => {}
    }
    let mut bounds = linear(network, region, &|| is_over(1.0))?;
    if kind != BoundKind::Linear {
        bounds = alpha(network, region, &bounds, &|| is_over(share));
    }
    if kind == BoundKind::Tightening && network.weights() <= LARGEST {
        let limits = Limits {
            time_limit: left(share).max(0.0),
            ..limits.clone()
        };
        bounds = tighten(network, region, bounds, &limits);
    }
    Ok(settle(network, region, bounds, &|| is_over(share)))
}

/// Tightens `known` bounds by linear programs, within `limits.time_limit`: layer by layer, neurons with the
/// largest relaxation area first. Bounds for which the solver has no answer stay as they are.
pub fn tighten(network: &Network, region: &Region, known: Bounds, limits: &Limits) -> Bounds {
    let started = Instant::now();
    let limit = Duration::try_from_secs_f64(limits.time_limit).unwrap_or(Duration::MAX);
    let mut layers = known.layers().to_vec();
    let depth = network.layers().len();
    for index in 1..depth {
        let is_over = || limits.stop.is_raised() || started.elapsed() >= limit;
        if is_over() {
            break;
        }
        let passed = started.elapsed();
        // Later layers gain most, from the gains of the layers before them.
        let share = limit.saturating_sub(passed) / u32::try_from(depth - index).unwrap_or(1);
        let relaxation = Relaxation::with_bounds(network, region, &layers[..index]);
        layers[index] = relaxation.next_layer(std::mem::take(&mut layers[index]), &is_over);
        let until = Instant::now().checked_add(share);
        // A solver that fails leaves the bounds as they are.
        let _ = tighten_layer(network, region, &mut layers, index, limits, until);
    }
    Bounds::new(layers)
}

/// Tightens both bounds of the unstable neurons of layer `index`, or of all outputs.
fn tighten_layer(
    network: &Network,
    region: &Region,
    layers: &mut [Vec<Interval>],
    index: usize,
    limits: &Limits,
    until: Option<Instant>,
) -> Result<(), SolverError> {
    let left = || match until {
        Some(until) => until
            .saturating_duration_since(Instant::now())
            .as_secs_f64(),
        None => f64::INFINITY,
    };
    let neurons = match &layers[index][..] {
        outputs if index == network.hidden().len() => (0..outputs.len()).collect(),
        hidden => unstable_neurons(hidden),
    };
    if neurons.is_empty() || left() <= 0.0 || limits.stop.is_raised() {
        return Ok(());
    }
    let first: Vec<Layer> = network.layers()[..=index].to_vec();
    let first = Network::new(first).expect("the first layers of a network form one");
    let mut program = RelaxationLp::new(&first, region, &layers[..=index], limits)?;
    for neuron in neurons {
        for sign in [1.0, -1.0] {
            if left() <= 0.0 || limits.stop.is_raised() {
                return Ok(());
            }
            let Some(optimum) = program.maximise((neuron, sign), &[], 0.0, left())? else {
                continue;
            };
            let known = &mut layers[index][neuron];
            *known = if sign > 0.0 {
                known.within(known.lower(), optimum.bound)
            } else {
                known.within(-optimum.bound, known.upper())
            };
        }
    }
    Ok(())
}
