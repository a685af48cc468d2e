//! Preactivations over the region stay within bounds of every kind; no kind is looser than the one
//! before it.

use ndarray::Array2;
use pipeline::bounds::{BoundKind, Bounds, Phase, interval, linear};
use pipeline::instance::Region;
use pipeline::named::Named;
use pipeline::network::{Layer, Network};
use pipeline::prover::refine;
use pipeline::tightening::bounds;
use proptest::prelude::*;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::support::{random_network, random_point, random_verification, rng, unhurried};

/// Bounds of every kind, with as much time as the linear programs need.
pub fn all_bounds(network: &Network, region: &Region) -> Vec<(BoundKind, Bounds)> {
    let limits = unhurried().limits(0.0);
    let of = |kind| bounds(kind, network, region, &limits, 1.0).unwrap();
    let kinds = BoundKind::NAMES.iter().map(|&(kind, _)| kind);
    kinds.map(|kind| (kind, of(kind))).collect()
}

/// Every preactivation at `x`, a point of the region, lies within its bounds.
pub fn assert_inside(all: &[(BoundKind, Bounds)], network: &Network, x: &[f64]) {
    let preactivations = network.preactivations(x);
    for (kind, bounds) in all {
        for (layer, g) in preactivations.iter().enumerate() {
            for (neuron, (g, bound)) in g.iter().zip(bounds.layer(layer)).enumerate() {
                assert!(
                    bound.lower() <= *g && *g <= bound.upper(),
                    "{kind}, layer {layer} neuron {neuron}: {g} is outside [{}, {}]",
                    bound.lower(),
                    bound.upper()
                );
            }
        }
    }
}

/// The bounds of each kind lie within those of the kind before.
fn assert_ever_tighter(all: &[(BoundKind, Bounds)]) {
    for pair in all.windows(2) {
        let [(_, looser), (_, tighter)] = pair else {
            unreachable!("windows of two");
        };
        let looser = looser.layers().iter().flatten();
        for (looser, tighter) in looser.zip(tighter.layers().iter().flatten()) {
            assert!(looser.lower() <= tighter.lower() && tighter.upper() <= looser.upper());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn sampled_preactivations_stay_inside(seed in any::<u64>(), zeros in 0.0..0.9f64) {
        let mut rng = rng(seed);
        let network = random_network(&[12, 8, 8, 8, 3], zeros, &mut rng);
        let ball = random_verification(&network, &mut rng).region().clone();
        for region in [Region::unit_box(12), ball] {
            let all = all_bounds(&network, &region);
            assert_ever_tighter(&all);
            for _ in 0..20 {
                let x = region.pull_inside(&random_point(12, &mut rng));
                assert_inside(&all, &network, &x);
            }
            // The extreme points of the first layer, where its bounds are attained.
            let row = network.layers()[0].row(rng.random_range(0..8));
            let extreme = region.pull_inside(&region.argmax(row));
            assert_inside(&all, &network, &extreme);
        }
    }
}

/// The same holds for bounds tightened by a short branch and bound on each neuron, which are never looser
/// than the original ones.
#[test]
fn refined_bounds_hold_and_are_tighter() {
    let mut rng = rng(11);
    let (mut open, mut still_open) = (0, 0);
    for zeros in [0.0, 0.0, 0.3, 0.6] {
        let network = random_network(&[12, 8, 8, 8, 1], zeros, &mut rng);
        for region in [Region::unit_box(12), ball(12, &mut rng)] {
            let known = linear(&network, &region, &|| false).unwrap();
            let refined = refine(&network, &region, &known, 2, 3, &|| false);
            let all = [(BoundKind::Linear, known), (BoundKind::Linear, refined)];
            assert_ever_tighter(&all);
            for _ in 0..2000 {
                let x = region.pull_inside(&random_point(12, &mut rng));
                assert_inside(&all, &network, &x);
            }
            let unstable = |bounds: &Bounds| {
                let neurons = bounds.layers().iter().flatten();
                neurons.filter(|g| g.phase() == Phase::Unstable).count()
            };
            open += unstable(&all[0].1);
            still_open += unstable(&all[1].1);
        }
    }
    assert!(still_open < open, "{still_open} of {open}");
}

fn ball(inputs: usize, rng: &mut ChaCha8Rng) -> Region {
    Region::l1_ball(random_point(inputs, rng), 1.5).unwrap()
}

#[test]
fn the_first_layer_is_exact_over_the_ball() {
    let mut rng = rng(5);
    let network = random_network(&[12, 8, 2], 0.3, &mut rng);
    let region = random_verification(&network, &mut rng).region().clone();
    let bounds = interval(&network, &region).unwrap();
    for neuron in 0..8 {
        let best = region.argmax(network.layers()[0].row(neuron));
        let attained = network.preactivations(&best)[0][neuron];
        assert!((bounds.layer(0)[neuron].upper() - attained).abs() < 1e-12);
    }
}

/// Interval arithmetic treats two neurons with the same input as independent; linear relaxations are exact
/// on `relu(x) - relu(x)` if `x` is never negative.
#[test]
fn only_linear_relaxations_see_cancellation() {
    let network = Network::new(vec![
        Layer::new(1, vec![1.0, 1.0], vec![0.5, 0.5]),
        Layer::new(2, vec![1.0, -1.0], vec![0.0]),
    ]);
    let (network, region) = (network.unwrap(), Region::unit_box(1));
    let width = |kind| {
        let bounds = bounds(kind, &network, &region, &unhurried().limits(0.0), 1.0).unwrap();
        bounds.layer(1)[0].upper() - bounds.layer(1)[0].lower()
    };
    assert!(width(BoundKind::Interval) > 1.9);
    assert!(width(BoundKind::Linear) < 1e-12);
}

/// One unstable neuron in `[-1, 3]`, by hand: `relu(g) <= 3/4 (g + 1)` and `relu(g) >= g`, so that
/// `relu(g) - g / 2`, written with a second, always positive neuron, is in `[-1/2, 3/2]`.
#[test]
fn one_unstable_neuron_by_hand() {
    let network = Network::new(vec![
        Layer::new(1, vec![4.0, 4.0], vec![-1.0, 0.0]),
        Layer::new(2, vec![1.0, -0.5], vec![0.5]),
    ]);
    let bounds = linear(&network.unwrap(), &Region::unit_box(1), &|| false).unwrap();
    let output = bounds.layer(1)[0];
    assert!(
        (output.lower() + 0.5).abs() < 1e-12 && (output.upper() - 1.5).abs() < 1e-12,
        "{output:?}"
    );
}

/// A point reached from the default one by repeated steps along the gradient of a preactivation or of its
/// negative.
fn extreme(network: &Network, region: &Region, layer: usize, neuron: usize, sign: f64) -> Vec<f64> {
    let last = &network.layers()[layer];
    let row = last.row(neuron).iter().map(|weight| sign * weight);
    let output = Layer::new(
        last.inputs(),
        row.collect(),
        vec![sign * last.biases()[neuron]],
    );
    let layers = network.layers()[..layer].iter().cloned().chain([output]);
    let preactivation = Network::new(layers.collect()).unwrap();
    let mut x = region.default_point().to_vec();
    loop {
        let row = Array2::from_shape_vec((1, x.len()), x.clone()).unwrap();
        let (value, slope) = preactivation.values_and_gradients(&row);
        let next = region.pull_inside(&region.argmax(slope.as_slice().unwrap()));
        if preactivation.forward(&next)[0] <= value[0] + 1e-12 {
            return x;
        }
        x = next;
    }
}

#[test]
fn extreme_preactivations_stay_inside() {
    let mut rng = rng(7);
    for zeros in [0.0, 0.0, 0.5, 0.9] {
        let network = random_network(&[20, 12, 12, 12, 3], zeros, &mut rng);
        let ball = random_verification(&network, &mut rng).region().clone();
        for region in [Region::unit_box(20), ball] {
            let all = all_bounds(&network, &region);
            for (layer, neurons) in network.sizes()[1..].iter().enumerate() {
                for neuron in 0..*neurons {
                    for sign in [1.0, -1.0] {
                        let x = extreme(&network, &region, layer, neuron, sign);
                        assert_inside(&all, &network, &x);
                    }
                }
            }
        }
    }
}
