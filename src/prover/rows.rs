//! The rows of a region as neurons of the first layer with a fixed phase.
//!
//! A row `a x + b <= 0` is a preactivation that is inactive in the whole region. Fixed like any other phase, it enters the
//! bounds of nodes with a multiplier, which descent optimises and children inherit.

use crate::bounds::{Interval, interval};
use crate::exact::times_power_of_two;
use crate::instance::{Linear, Region};
use crate::network::{Layer, Network};

/// A network with the rows of a region.
pub(super) struct WithRows {
    /// With a neuron for each row at the end of the first layer, which nothing reads.
    pub network: Network,
    /// Of its layers.
    pub bounds: Vec<Vec<Interval>>,
    /// What each row was multiplied by: a power of two.
    pub scales: Vec<f64>,
}

/// `network` with the rows of `region`, and the `bounds` of its layers with theirs; `None` if the region has no rows, or
/// their bounds overflow.
pub(super) fn with_rows(
    network: &Network,
    region: &Region,
    bounds: &[Vec<Interval>],
) -> Option<WithRows> {
    let (first, rest) = network.layers().split_first()?;
    let (second, rest) = rest.split_first()?;
    if region.rows().is_empty() {
        return None;
    }
    let sizes: f64 = bounds[0].iter().map(Interval::size).sum();
    let usual = sizes / bounds[0].len() as f64;
    let (rows, scales) = rows_of(region, usual)?;
    let of_rows = interval(&Network::new(vec![rows.clone()]).ok()?, region).ok()?;
    let mut bounds = bounds.to_vec();
    bounds[0].extend_from_slice(of_rows.layer(0));
    let unread = vec![0.0; rows.outputs()];
    let of_second =
        (0..second.outputs()).flat_map(|neuron| [second.row(neuron), &unread[..]].concat());
    let mut layers = vec![
        Layer::new(
            first.inputs(),
            [first.weights(), rows.weights()].concat(),
            [first.biases(), rows.biases()].concat(),
        ),
        Layer::new(
            second.inputs() + rows.outputs(),
            of_second.collect(),
            second.biases().to_vec(),
        ),
    ];
    layers.extend_from_slice(rest);
    Some(WithRows {
        network: Network::new(layers).ok()?,
        bounds,
        scales,
    })
}

/// The rows as a layer, each times a power of two, so that they are about as large as `usual` over the box: multipliers are
/// then about as large as coefficients.
fn rows_of(region: &Region, usual: f64) -> Option<(Layer, Vec<f64>)> {
    let sides = region.lower().iter().zip(region.upper());
    let largest: Vec<f64> = sides.map(|(l, u)| l.abs().max(u.abs())).collect();
    let (mut weights, mut biases, mut scales) = (Vec::new(), Vec::new(), Vec::new());
    for row in region.rows() {
        let exponent = exponent(row, &largest, usual);
        let own = row.input_coefficients(region.len()).into_iter();
        weights.extend(own.map(|a| times_power_of_two(a, exponent)));
        biases.push(times_power_of_two(row.constant, exponent));
        scales.push(times_power_of_two(1.0, exponent));
    }
    let numbers = weights.iter().chain(&biases).chain(&scales);
    // Scaled without rounding.
    let is_exact = numbers
        .into_iter()
        .all(|number| *number == 0.0 || number.is_normal());
    is_exact.then(|| (Layer::new(region.len(), weights, biases), scales))
}

/// The power of two that makes a row about as large as `usual`.
fn exponent(row: &Linear, largest: &[f64], usual: f64) -> i64 {
    let terms = row.inputs.iter().map(|&(k, a)| a.abs() * largest[k]);
    let ratio = (usual / (row.constant.abs() + terms.sum::<f64>()))
        .log2()
        .round();
    match ratio.is_finite() {
        true => ratio as i64,
        false => 0,
    }
}
