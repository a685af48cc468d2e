//! The smallest network that has the objective as its one output.

use super::PresolveError;
use super::scaling::scaled;
use crate::bounds::{Bounds, interval};
use crate::instance::{Instance, Linear, Objective, Region};
use crate::network::{Layer, Network, compact, merge};

/// A network that has an instance's objective as its one output.
#[derive(Debug, Clone)]
pub struct Reduced {
    /// The reduced network; its one output is the objective, up to `rounding`.
    pub network: Network,
    /// The same hidden layers with the one or two outputs that the objective compares, unchanged: the objective is the
    /// first minus the second.
    pub compared: Network,
    /// The most by which the objective may differ, at an input of the region and in real arithmetic, from the network's
    /// output and from the comparison in `compared`.
    pub rounding: Rounding,
}

/// The rounding errors of networks derived from the dense network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rounding {
    /// Of the reduced network.
    pub reduced: f64,
    /// Of the outputs that are compared; mostly zero.
    pub compared: f64,
}

/// Reduces `dense` to a network of one output that equals the instance's objective at every input of the region, up to
/// a known rounding error.
///
/// Output layer and objective are folded into one, so that bounds on the output are bounds on the objective; constant
/// and unread neurons are removed, equal ones merged; neurons of an unusual scale are scaled by a power of two.
///
/// # Errors
/// When a bound or a weight overflows f64.
///
/// # Panics
/// When the network does not fit the instance ([`Instance::check_network`]).
pub fn reduce(dense: &Network, instance: &Instance) -> Result<Reduced, PresolveError> {
    let (objective, region) = (instance.objective(), instance.region());
    let compared = match objective.functions() {
        [function] => function.as_difference(),
        _ => None,
    };
    let outputs = match compared {
        Some((first, second)) => with_outputs(dense, &[first, second]),
        None => objective.fold_into(dense, region),
    };
    let outputs = outputs.map_err(PresolveError::Objective)?;
    let (first, of_first) = compact(&outputs);
    let (small, of_second) = match merge(&first) {
        Some(merged) => compact(&merged),
        None => (first, Vec::new()),
    };
    let of_constants: f64 = of_first.iter().chain(&of_second).sum();
    let bounds = interval(&small, region)?;
    let scaled = scaled(&small, &bounds);
    let (network, lost, of_folding) = match compared {
        Some(_) => {
            let first_less_second = Objective::new(Linear::difference(0, 1));
            let folded = first_less_second.fold_into(&scaled, region);
            let folded = folded.map_err(PresolveError::Objective)?;
            // Scaling changes no digit of the error.
            let sizes = input_sizes(&small, region, &bounds);
            let of_folding = first_less_second.rounding_of_folding(&small, region, &sizes);
            (folded, of_constants, of_folding)
        }
        // A single output is unchanged.
        None if matches!(objective.functions(), [function] if function.is_output()) => {
            (scaled.clone(), of_constants, 0.0)
        }
        None => {
            let sizes = input_sizes(dense, region, &interval(dense, region)?);
            let of_functions = objective.rounding_of_folding(dense, region, &sizes);
            (scaled.clone(), of_constants + of_functions, 0.0)
        }
    };
    Ok(Reduced {
        network,
        compared: scaled,
        rounding: Rounding {
            reduced: of_folding + lost,
            compared: lost,
        },
    })
}

/// The network with only these of its outputs, in this order.
fn with_outputs(
    network: &Network,
    outputs: &[usize],
) -> Result<Network, crate::network::NetworkError> {
    let output = network.output();
    let weights = outputs.iter().flat_map(|&row| output.row(row)).copied();
    let biases = outputs.iter().map(|&row| output.biases()[row]);
    let mut layers = network.hidden().to_vec();
    layers.push(Layer::new(
        output.inputs(),
        weights.collect(),
        biases.collect(),
    ));
    Network::new(layers)
}

/// The largest absolute values of each layer's inputs.
fn input_sizes(network: &Network, region: &Region, bounds: &Bounds) -> Vec<Vec<f64>> {
    let sides = region.lower().iter().zip(region.upper());
    let inputs = sides.map(|(l, u)| l.abs().max(u.abs())).collect();
    let layers = &bounds.layers()[..network.hidden().len()];
    let activations = layers
        .iter()
        .map(|layer| layer.iter().map(|g| g.upper().max(0.0)).collect());
    std::iter::once(inputs).chain(activations).collect()
}
