//! Rescaling of neurons to ranges that a solver can work with.
//!
//! A MILP solver works with absolute tolerances and drops small coefficients, so it would solve a network whose neurons
//! vary by 1e-9, or by 1e9, wrongly, although scaling a neuron's weights up and its readers' down leaves the function
//! unchanged (ReLU is positively homogeneous). So neurons far off are rescaled, by powers of two, without rounding.

use crate::bounds::Bounds;
use crate::exact::times_power_of_two;
use crate::network::{Layer, Network};

/// Binary orders of magnitude around 1 within which a neuron's range is not rescaled.
const USUAL: i32 = 10;

/// Rescales hidden neurons so that the largest absolute value of each preactivation, over the region of `bounds`, is
/// within about `2^-10` to `2^10`; the function is unchanged.
pub(super) fn scaled(network: &Network, bounds: &Bounds) -> Network {
    let hidden = &bounds.layers()[..network.hidden().len()];
    if hidden
        .iter()
        .flatten()
        .all(|bound| exponent(bound.size()) == 0)
    {
        return network.clone();
    }
    let mut exponents = vec![0; network.inputs()];
    let mut layers = Vec::with_capacity(network.layers().len());
    for (index, layer) in network.layers().iter().enumerate() {
        let hidden = index < network.hidden().len();
        let own: Vec<i32> = (0..layer.outputs())
            .map(|neuron| {
                if hidden {
                    exponent(bounds.layer(index)[neuron].size())
                } else {
                    0
                }
            })
            .collect();
        layers.push(scaled_layer(layer, &exponents, &own));
        exponents = own;
    }
    // If a scaled weight would overflow, or lose digits below the smallest numbers, the network is unchanged.
    Network::new(layers)
        .ok()
        .filter(|scaled| has_all_digits(network, scaled))
        .unwrap_or_else(|| network.clone())
}

/// Whether no number of the scaled network has become subnormal or zero.
fn has_all_digits(network: &Network, scaled: &Network) -> bool {
    let layers = network.layers().iter().zip(scaled.layers());
    let mut numbers = layers.flat_map(|(before, after)| {
        let biases = before.biases().iter().zip(after.biases());
        before.weights().iter().zip(after.weights()).chain(biases)
    });
    numbers.all(|(before, after)| before == after || after.abs() >= f64::MIN_POSITIVE)
}

/// The power of two by which `largest` is off, 0 if it is usual.
fn exponent(largest: f64) -> i32 {
    let exponent = largest.log2().floor();
    if largest > 0.0 && exponent.abs() > f64::from(USUAL) {
        exponent as i32
    } else {
        0
    }
}

/// Row `i` divided by `2^own[i]`, column `j` multiplied by `2^before[j]`.
fn scaled_layer(layer: &Layer, before: &[i32], own: &[i32]) -> Layer {
    let rows = own.iter().enumerate();
    let weights = rows.flat_map(|(neuron, own)| {
        let row = layer.row(neuron).iter().zip(before);
        row.map(move |(weight, before)| times_power_of_two(*weight, i64::from(before - own)))
    });
    let biases = layer.biases().iter().zip(own);
    Layer::new(
        layer.inputs(),
        weights.collect(),
        biases
            .map(|(bias, own)| times_power_of_two(*bias, i64::from(-own)))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounds::interval;
    use crate::instance::Region;

    #[test]
    fn a_network_that_would_underflow_is_unchanged() {
        let layers = vec![
            Layer::new(2, vec![1e300, 1e-30, 1e300, 0.0], vec![0.0, 0.0]),
            Layer::new(2, vec![1.0, -1.0], vec![0.0]),
        ];
        let network = Network::new(layers).unwrap();
        let bounds = interval(&network, &Region::unit_box(2)).unwrap();
        assert_eq!(scaled(&network, &bounds), network);
    }

    fn network(scale: f64) -> Network {
        Network::new(vec![
            Layer::new(2, vec![scale, -scale, 0.5, 0.5], vec![scale / 4.0, 0.0]),
            Layer::new(2, vec![1.0 / scale, 2.0], vec![-0.5]),
        ])
        .unwrap()
    }

    #[test]
    fn the_function_is_the_same_and_its_scale_usual() {
        let x = [0.75, 0.25];
        for power in [-900, -60, -30, 30, 60, 900] {
            let network = network(2.0_f64.powi(power));
            let bounds = interval(&network, &Region::unit_box(2)).unwrap();
            let scaled = scaled(&network, &bounds);
            assert_eq!(scaled.forward(&x), network.forward(&x), "2^{power}");
            let weights = scaled.layers().iter().flat_map(|layer| layer.weights());
            assert!(weights.into_iter().all(|w| (0.1..10.0).contains(&w.abs())));
        }
    }

    #[test]
    fn a_usual_network_is_unchanged() {
        let network = network(3.0);
        let bounds = interval(&network, &Region::unit_box(2)).unwrap();
        assert_eq!(scaled(&network, &bounds), network);
    }
}
