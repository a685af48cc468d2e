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
    /// The network with one more neuron per row at the end of its first layer, which nothing reads.
    pub network: Network,
    /// The bounds of its layers.
    pub bounds: Vec<Vec<Interval>>,
    /// The power of two by which each row was multiplied.
    pub scales: Vec<f64>,
}

/// Appends the rows of `region` to the first layer of `network`, and their bounds to `bounds`; `None` if the region has
/// no rows, or their bounds overflow.
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

/// The rows as a layer, each scaled by a power of two to about the size `usual` over the box, so that multipliers have
/// about the size of coefficients; and the scales.
fn rows_of(region: &Region, usual: f64) -> Option<(Layer, Vec<f64>)> {
    let sides = region.lower().iter().zip(region.upper());
    let largest: Vec<f64> = sides.map(|(l, u)| l.abs().max(u.abs())).collect();
    let (mut weights, mut biases, mut scales) = (Vec::new(), Vec::new(), Vec::new());
    for row in region.rows() {
        let exponent = exponent(row, &largest, usual);
        let own = row.input_coefficients(region.inputs()).into_iter();
        weights.extend(own.map(|a| times_power_of_two(a, exponent)));
        biases.push(times_power_of_two(row.constant, exponent));
        scales.push(times_power_of_two(1.0, exponent));
    }
    let numbers = weights.iter().chain(&biases).chain(&scales);
    // Scaling must not round.
    let is_exact = numbers
        .into_iter()
        .all(|number| *number == 0.0 || number.is_normal());
    is_exact.then(|| (Layer::new(region.inputs(), weights, biases), scales))
}

/// The exponent of the power of two that scales `row` to about the size `usual`.
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
