//! Ranges of preactivations, and the number of neurons that may be active for one input and inactive for another.

use pipeline::instance::Region;
use pipeline::network::Network;

/// The number of unstable neurons by interval arithmetic, including those whose range touches zero.
pub fn unstable(network: &Network, region: &Region) -> usize {
    let ranges = ranges(network, region);
    let hidden = ranges[..ranges.len() - 1].iter().flatten();
    hidden
        .filter(|(least, most)| *least <= 0.0 && *most >= 0.0)
        .count()
}

/// Least and largest preactivation of every neuron by interval arithmetic, up to rounding; those of
/// the first layer are attained.
pub fn ranges(network: &Network, region: &Region) -> Vec<Vec<(f64, f64)>> {
    let mut all: Vec<Vec<(f64, f64)>> = Vec::new();
    for layer in network.layers() {
        let neurons = layer.biases().iter().enumerate();
        let ranges = neurons.map(|(i, bias)| {
            let row = layer.row(i);
            let (least, most) = match all.last() {
                None => over_region(row, region),
                Some(before) => over_activations(row, before),
            };
            (bias + least, bias + most)
        });
        let ranges = ranges.collect();
        all.push(ranges);
    }
    all
}

fn over_region(row: &[f64], region: &Region) -> (f64, f64) {
    let most = |c: &[f64]| -> f64 {
        let x = region.argmax(c);
        c.iter().zip(x).map(|(c, x)| c * x).sum()
    };
    let negative: Vec<f64> = row.iter().map(|w| -w).collect();
    (-most(&negative), most(row))
}

fn over_activations(row: &[f64], before: &[(f64, f64)]) -> (f64, f64) {
    let mut range = (0.0, 0.0);
    for (&weight, g) in row.iter().zip(before) {
        let (low, high) = (g.0.max(0.0), g.1.max(0.0));
        let (least, most) = if weight > 0.0 {
            (low, high)
        } else {
            (high, low)
        };
        range = (range.0 + weight * least, range.1 + weight * most);
    }
    range
}
