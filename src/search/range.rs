//! The range of an objective, to which gaps are relative.

use ndarray::Array2;

use super::starts::Starts;
use crate::instance::Region;
use crate::network::Network;

/// Number of inputs at which the network is evaluated.
const SAMPLES: usize = 16;

/// The smallest and the largest value of the network's first output over a fixed sample of inputs of `region`.
pub(super) fn sampled(network: &Network, region: &Region) -> (f64, f64) {
    let mut starts = Starts::new(region, 0);
    let first = (region.default_point().to_vec(), 0.0);
    let inputs: Vec<f64> = (0..SAMPLES)
        .flat_map(|_| starts.next(Some(&first)))
        .collect();
    let inputs = Array2::from_shape_vec((SAMPLES, region.inputs()), inputs);
    let values = network.values(&inputs.expect("inputs of the region's size"));
    values.into_iter().fold(
        (f64::INFINITY, f64::NEG_INFINITY),
        |(least, most), value| (least.min(value), most.max(value)),
    )
}
