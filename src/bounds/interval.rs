//! Interval arithmetic, with the first layer exact over the region.
//!
//! Over a box, interval arithmetic is exact for the first layer. Over a ball intersected with the box,
//! the maximum of each preactivation is a fractional knapsack ([`Region::argmax`]). Later layers treat
//! the interval of each input separately.

use super::{Bounds, BoundsError, Interval};
use crate::instance::Region;
use crate::network::{Layer, Network};

/// Bounds every layer of `network` over `region` by interval arithmetic.
///
/// # Errors
/// When a bound overflows: weights so large that f64 cannot hold the sums.
pub fn interval(network: &Network, region: &Region) -> Result<Bounds, BoundsError> {
    let (first, later) = network
        .layers()
        .split_first()
        .expect("a network has at least one layer");
    let mut layers = vec![first_layer(first, region)?];
    for layer in later {
        let before = layers.last().expect("the first layer is there");
        let bounds = later_layer(layer, before)?;
        layers.push(bounds);
    }
    Ok(Bounds::new(layers))
}

pub(super) fn first_layer(layer: &Layer, region: &Region) -> Result<Vec<Interval>, BoundsError> {
    let sizes = region.lower().iter().zip(region.upper());
    let largest: Vec<f64> = sizes.map(|(l, u)| l.abs().max(u.abs())).collect();
    let neurons = layer.biases().iter().enumerate();
    neurons
        .map(|(neuron, &bias)| {
            let row = layer.row(neuron);
            let opposite: Vec<f64> = row.iter().map(|w| -w).collect();
            let upper = bias + dot(row, &region.argmax(row));
            let lower = bias + dot(row, &region.argmax(&opposite));
            let magnitude = row.iter().zip(&largest).map(|(w, x)| w.abs() * x).sum();
            let terms = row.iter().filter(|w| **w != 0.0).count();
            outward(lower, upper, magnitude, bias, terms)
        })
        .collect()
}

pub(super) fn later_layer(
    layer: &Layer,
    before: &[Interval],
) -> Result<Vec<Interval>, BoundsError> {
    let neurons = layer.biases().iter().enumerate();
    neurons
        .map(|(neuron, &bias)| {
            let (mut lower, mut upper, mut magnitude, mut terms) = (bias, bias, 0.0, 0);
            for (&weight, g) in layer.row(neuron).iter().zip(before) {
                let (least, most) = (g.lower().max(0.0), g.upper().max(0.0));
                let (down, up) = if weight >= 0.0 {
                    (least, most)
                } else {
                    (most, least)
                };
                lower += weight * down;
                upper += weight * up;
                magnitude += weight.abs() * most;
                terms += usize::from(weight != 0.0 && most > 0.0);
            }
            outward(lower, upper, magnitude, bias, terms)
        })
        .collect()
}

/// Widens computed bounds so that they hold in real arithmetic and for a forward pass in f64: each of
/// the two sums of `terms` products has a rounding error of at most about `(terms + 2) eps` times the
/// sum of magnitudes (Higham, Accuracy and Stability, section 3.1), plus underflow. Zeros do not count
/// as terms; a constant is not rounded.
fn outward(
    lower: f64,
    upper: f64,
    magnitude: f64,
    bias: f64,
    terms: usize,
) -> Result<Interval, BoundsError> {
    if terms == 0 {
        return Interval::new(bias, bias);
    }
    let unit = f64::EPSILON * (terms as f64 + 4.0);
    let underflow = terms as f64 * f64::MIN_POSITIVE;
    let slack = 2.0 * unit * (magnitude + bias.abs()) + underflow;
    Interval::new(lower - slack, upper + slack)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
