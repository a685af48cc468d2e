//! Bounds of all layers by linear relaxations: with slopes chosen by each ReLU's own bounds, or
//! optimised for each bound.

use super::interval::later_layer;
use super::relaxation::{Descent, Relaxation, TOGETHER};
use super::{Bounds, BoundsError, Interval, Phase};
use crate::instance::Region;
use crate::network::Network;

/// The most steps that are taken for the bounds of one layer.
const STEPS: usize = 20;
/// The length of the first of them.
const FIRST: f64 = 0.3;
/// The most multiplications that these steps may take for one layer: about ten seconds' worth.
const WORK: usize = 100_000_000_000;

/// Bounds of every layer of `network` over `region` (CROWN), nowhere looser than those of interval
/// arithmetic, which the layers have that are not reached before `out_of_time`. As these, they hold for real numbers and
/// for what a forward pass in f64 computes.
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

/// Tightens `known` bounds, mostly those of [`linear`], by linear relaxations whose slopes are optimised for each bound
/// of an unstable neuron, and of an output, by itself (alpha-CROWN: Xu et al., ICLR 2021, arXiv 2011.13824), until
/// `out_of_time`. Takes some tens of times as long as [`linear`].
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

/// As many steps as the work allows.
fn steps(rows: usize, relaxation: &Relaxation) -> usize {
    let of_one = 2 * rows * relaxation.work();
    STEPS.min(WORK / of_one.max(1))
}

/// Known bounds, those of some neurons made tighter by `values`: their largest values, and after these
/// the largest ones of their negatives.
fn within(mut known: Vec<Interval>, neurons: &[usize], values: &[f64]) -> Vec<Interval> {
    let (upper, lower) = values.split_at(neurons.len());
    for (&neuron, (&upper, &lower)) in neurons.iter().zip(upper.iter().zip(lower)) {
        known[neuron] = known[neuron].within(-lower, upper);
    }
    known
}
