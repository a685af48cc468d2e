//! Tightens the bounds of hidden neurons by a short branch and bound on each: branching on neurons of the layers before
//! it closes gaps that the relaxation of these layers leaves.

use std::ops::ControlFlow;

use super::expand::Tree;
use super::rows::with_rows;
use super::{Event, Search, Target};
use crate::bounds::relaxation::Relaxation;
use crate::bounds::{Bounds, unstable_neurons};
use crate::instance::Region;
use crate::network::Network;
use crate::parallel;

/// Tightens the bounds of every unstable hidden neuron by a short branch and bound, layer by layer, neurons with the
/// largest relaxation area first, until `out_of_time()`. Expands at most `batches` batches of nodes per bound; neurons
/// are shared among `threads`.
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
    let with_rows = with_rows(network, region, known.layers());
    let rows = with_rows
        .as_ref()
        .map_or(&[][..], |with_rows| &with_rows.scales);
    let (network, mut layers) = match &with_rows {
        Some(with_rows) => (&with_rows.network, with_rows.bounds.clone()),
        None => (network, known.layers().to_vec()),
    };
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
                let tree = Tree::new(&relaxation, target, rows, out_of_time);
                bound(&tree, known, batches)
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
    let neurons = layers[0].len() - rows.len();
    layers[0].truncate(neurons);
    Bounds::new(layers)
}

/// Proves an upper bound on the target of `tree`, from at most `batches` batches of nodes.
fn bound(tree: &Tree<'_>, known: f64, batches: u32) -> f64 {
    let mut search = Search::new(tree, None);
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
    let _ = search.run(tree, known, 1, &mut observer);
    search.proof().bound
}
