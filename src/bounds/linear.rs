//! Bounds of all layers by linear relaxations, with slopes chosen from each ReLU's own bounds or
//! optimised for each bound.

use super::interval::later_layer;
use super::relaxation::{Descent, Relaxation, TOGETHER};
use super::{Bounds, BoundsError, Interval, Phase};
use crate::instance::Region;
use crate::network::Network;

/// Maximum number of descent steps for the bounds of one layer.
const STEPS: usize = 20;
/// Length of the first step.
const FIRST: f64 = 0.3;
/// Maximum number of multiplications in these steps for one layer: about ten seconds.
const WORK: usize = 100_000_000_000;

/// Bounds every layer of `network` over `region` by linear relaxations (CROWN), nowhere looser than interval
/// arithmetic, which bounds the layers that are not reached before `out_of_time()`. Like interval bounds, they hold in
/// real arithmetic and for a forward pass in f64.
///
/// # Errors
/// As [`super::interval`].
pub fn linear(
    network: &Network,
    region: &Region,
    out_of_time: &dyn Fn() -> bool,
) -> Result<Bounds, BoundsError> {
    let mut relaxation = Relaxation::new(network, region)?;
    for layer in &network.layers()[1..] {
        let before = relaxation
            .bounds()
            .last()
            .expect("the first layer is bounded");
        let bounds = later_layer(layer, before)?;
        relaxation.add_layer(relaxation.next_layer(bounds, out_of_time));
    }
    Ok(Bounds::new(relaxation.into_bounds()))
}

/// Tightens `known` bounds, usually those of [`linear`], by linear relaxations whose slopes are optimised separately
/// for each bound of an unstable neuron or an output (alpha-CROWN: Xu et al., ICLR 2021, arXiv 2011.13824), until
/// `out_of_time()`. Takes tens of times as long as [`linear`].
///
/// # Panics
/// When the bounds are of another network.
pub fn alpha(
    network: &Network,
    region: &Region,
    known: &Bounds,
    out_of_time: &dyn Fn() -> bool,
) -> Bounds {
    let mut relaxation = Relaxation::with_bounds(network, region, &known.layers()[..1]);
    for (index, bounds) in known.layers().iter().enumerate().skip(1) {
        let is_output = index == network.hidden().len();
        let matters = |&neuron: &usize| is_output || bounds[neuron].phase() == Phase::Unstable;
        let neurons: Vec<usize> = (0..bounds.len()).filter(matters).collect();
        let steps = steps(2 * neurons.len(), &relaxation);
        let mut bounds = bounds.clone();
        for neurons in neurons.chunks(TOGETHER) {
            if out_of_time() {
                break;
            }
            let mut batch = relaxation.both_signs(neurons);
            let descent = Descent {
                steps,
                first: FIRST,
            };
            let values = batch.tighten(&relaxation, descent, &|_| out_of_time());
            bounds = within(bounds, neurons, &values);
        }
        relaxation.add_layer(bounds);
    }
    Bounds::new(relaxation.into_bounds())
}

/// The number of descent steps that [`WORK`] allows for `rows` rows.
fn steps(rows: usize, relaxation: &Relaxation) -> usize {
    let of_one = 2 * rows * relaxation.work();
    STEPS.min(WORK / of_one.max(1))
}

/// Tightens the `known` bounds of `neurons` by `values`: first their upper bounds, then the upper bounds of
/// their negatives.
fn within(mut known: Vec<Interval>, neurons: &[usize], values: &[f64]) -> Vec<Interval> {
    let (upper, lower) = values.split_at(neurons.len());
    for (&neuron, (&upper, &lower)) in neurons.iter().zip(upper.iter().zip(lower)) {
        known[neuron] = known[neuron].within(-lower, upper);
    }
    known
}
