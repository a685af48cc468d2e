//! How much an objective varies: what gaps are relative to.

use super::starts::Starts;
use crate::instance::Region;
use crate::network::Network;

/// Inputs at which the network is evaluated.
const SAMPLES: usize = 16;

/// The smallest and the largest value of the network's first output at some inputs of the region, always the same ones.
pub(super) fn sampled(network: &Network, region: &Region) -> (f64, f64) {
    let mut starts = Starts::new(region, 0);
    let first = (region.default_point().to_vec(), 0.0);
    let values = (0..SAMPLES).map(|_| network.forward(&starts.next(Some(&first)))[0]);
    values.fold(
        (f64::INFINITY, f64::NEG_INFINITY),
        |(least, most), value| (least.min(value), most.max(value)),
    )
}
