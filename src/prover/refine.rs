//! Bounds of hidden neurons by a little branch and bound on each: what the relaxation of the layers before a
//! neuron leaves open, decisions on neurons of these layers close.

use std::ops::ControlFlow;

use super::expand::Tree;
use super::{Event, Search, Target};
use crate::bounds::relaxation::Relaxation;
use crate::bounds::{Bounds, unstable_neurons};
use crate::instance::Region;
use crate::network::Network;
use crate::parallel;

/// Bounds made tighter, layer by layer, as far as it comes before `out_of_time`, in each layer first where
/// triangles are largest. For each bound so many `batches` of nodes are looked at, by one of so many `threads`.
///
/// # Panics
/// When network, region and bounds do not fit each other.
pub fn refine(
    network: &Network,
    region: &Region,
    known: &Bounds,
    threads: u32,
    batches: u32,
    out_of_time: &(dyn Fn() -> bool + Sync),
) -> Bounds {
    let mut layers = known.layers().to_vec();
    for index in 1..layers.len() {
        if out_of_time() {
            break;
        }
        let relaxation = Relaxation::with_bounds(network, region, &layers[..index]);
        layers[index] = relaxation.next_layer(std::mem::take(&mut layers[index]), out_of_time);
        if index == network.hidden().len() {
            break;
        }
        let tighter = |&neuron: &usize| {
            if out_of_time() {
                return None;
            }
            let interval = layers[index][neuron];
            let bound = |sign, known| {
                let target = Target { neuron, sign };
                bound(&relaxation, target, known, batches, out_of_time)
            };
            let upper = bound(1.0, interval.upper());
            let lower = -bound(-1.0, -interval.lower());
            Some((neuron, interval.within(lower, upper)))
        };
        let neurons = unstable_neurons(&layers[index]);
        for (neuron, interval) in parallel::map_while(&neurons, threads as usize, tighter) {
            layers[index][neuron] = interval;
        }
    }
    Bounds::new(layers)
}

/// What some batches of nodes prove of the target.
fn bound(
    relaxation: &Relaxation,
    target: Target,
    known: f64,
    batches: u32,
    out_of_time: &(dyn Fn() -> bool + Sync),
) -> f64 {
    let tree = Tree::new(relaxation, target, out_of_time);
    let mut search = Search::new(&tree, None);
    let mut seen = 0;
    // Below zero the neuron is stable, and a tighter bound is of no use.
    let mut observer = |event: Event<'_>| {
        seen += u32::from(matches!(event, Event::Point(_)));
        if seen > batches {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(0.0)
        }
    };
    let _ = search.run(&tree, known, 1, &mut observer);
    search.proof().bound
}
