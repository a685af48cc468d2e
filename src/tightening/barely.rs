//! Neurons that only rounding may have made unstable: exact arithmetic proves on which side of zero they stay.

use std::time::Instant;

use crate::bounds::{Bounds, Interval, Phase};
use crate::formulation::{PieceMaximum, Role, exact_maximum};
use crate::instance::Region;
use crate::network::{Layer, Network};

/// How far such a neuron may reach across zero, as a share of the largest magnitude in its layer.
const BARELY: f64 = 1e-9;
/// Maximum number of weights times inputs for which this is tried.
const SMALL: usize = 100_000;
/// Maximum seconds for all neurons: usually it takes milliseconds, but the programs of deep layers are large.
const SECONDS: f64 = 0.5;

/// Makes neurons of a small network that barely cross zero stable in `bounds` if they are proved to be, over the
/// relaxation of the layers before them. Otherwise a tie, such as that of a network without biases at the point where
/// all is zero, would take as many nodes as there are phases.
pub(super) fn settle(
    network: &Network,
    region: &Region,
    bounds: Bounds,
    out_of_time: &dyn Fn() -> bool,
) -> Bounds {
    if network.weights() * network.inputs() > SMALL {
        return bounds;
    }
    let started = Instant::now();
    let out_of_time = &|| out_of_time() || started.elapsed().as_secs_f64() > SECONDS;
    let mut layers = bounds.layers().to_vec();
    for index in 0..network.hidden().len() {
        let largest = layers[index]
            .iter()
            .fold(0.0, |most: f64, g| most.max(g.size()));
        for neuron in 0..layers[index].len() {
            let known = layers[index][neuron];
            if known.phase() != Phase::Unstable || out_of_time() {
                continue;
            }
            let never_exceeds_zero = |sign| {
                is_never_positive(network, region, &layers[..index], neuron, sign, out_of_time)
            };
            if known.upper() < BARELY * largest && never_exceeds_zero(1.0) {
                layers[index][neuron] = known.within(known.lower(), 0.0);
            } else if -known.lower() < BARELY * largest && never_exceeds_zero(-1.0) {
                layers[index][neuron] = known.within(0.0, known.upper());
            }
        }
    }
    Bounds::new(layers)
}

/// Whether `sign` times preactivation `neuron` of the layer after those in `before` is proved nowhere positive.
fn is_never_positive(
    network: &Network,
    region: &Region,
    before: &[Vec<Interval>],
    neuron: usize,
    sign: f64,
    out_of_time: &dyn Fn() -> bool,
) -> bool {
    let layer = &network.layers()[before.len()];
    let weights = layer
        .row(neuron)
        .iter()
        .map(|weight| sign * weight)
        .collect();
    let mut layers = network.layers()[..before.len()].to_vec();
    layers.push(Layer::new(
        layer.inputs(),
        weights,
        vec![sign * layer.biases()[neuron]],
    ));
    let Ok(upto) = Network::new(layers) else {
        return false;
    };
    let roles: Vec<Vec<Role>> = before
        .iter()
        .map(|bounds| bounds.iter().map(Role::of).collect())
        .collect();
    match exact_maximum(&upto, region, &roles, out_of_time) {
        Some(PieceMaximum::At { value, .. }) => value <= 0.0,
        Some(PieceMaximum::Empty) | None => false,
    }
}
