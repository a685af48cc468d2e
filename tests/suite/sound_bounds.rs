//! No preactivation of any input of the region ever leaves its bounds.

use pipeline::bounds::interval;
use pipeline::instance::Region;
use pipeline::network::Network;
use proptest::prelude::*;
use rand::RngExt;

use crate::support::{random_network, random_point, random_verification, rng};

/// Every preactivation at `x`, a point of the region, lies within its bounds.
pub fn assert_inside(network: &Network, region: &Region, x: &[f64]) {
    assert!(region.contains(x));
    let bounds = interval(network, region).unwrap();
    for (layer, g) in network.preactivations(x).iter().enumerate() {
        for (neuron, (g, bound)) in g.iter().zip(bounds.layer(layer)).enumerate() {
            assert!(
                bound.lower() <= *g && *g <= bound.upper(),
                "layer {layer} neuron {neuron}: {g} is outside [{}, {}]",
                bound.lower(),
                bound.upper()
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn sampled_preactivations_stay_inside(seed in any::<u64>(), zeros in 0.0..0.9f64) {
        let mut rng = rng(seed);
        let network = random_network(&[12, 8, 8, 3], zeros, &mut rng);
        let ball = random_verification(&network, &mut rng).region().clone();
        for region in [Region::unit_box(12), ball] {
            for _ in 0..20 {
                let x = region.project(&random_point(12, &mut rng));
                assert_inside(&network, &region, &x);
            }
            // The extreme points of the first layer, where its bounds are attained.
            let row = network.layers()[0].row(rng.random_range(0..8));
            let extreme = region.project(&region.argmax(row));
            assert_inside(&network, &region, &extreme);
        }
    }
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
