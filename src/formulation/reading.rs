//! The inputs and neurons that outputs depend on, given the phases that bounds prove.

use crate::bounds::{Bounds, Phase};
use crate::network::Network;

/// The inputs and hidden neurons that matter to a network's outputs.
pub(super) struct Reading {
    /// Inputs read by a neuron that is not always zero.
    pub inputs: Vec<bool>,
    /// Hidden neurons, layer by layer, that an output depends on through such neurons.
    pub neurons: Vec<Vec<bool>>,
}

/// Follows nonzero weights back from the outputs, through neurons that are not always zero.
pub(super) fn reading(network: &Network, bounds: &Bounds) -> Reading {
    // What each layer reads of the one before it, last layer first.
    let mut reads: Vec<Vec<bool>> = Vec::with_capacity(network.layers().len());
    for (index, layer) in network.layers().iter().enumerate().rev() {
        let counts = |neuron: usize| {
            let Some(read) = reads.last() else {
                return true;
            };
            let inactive = bounds.layer(index)[neuron].phase() == Phase::Inactive;
            read[neuron] && !inactive
        };
        let mut read = vec![false; layer.inputs()];
        for reader in (0..layer.outputs()).filter(|&reader| counts(reader)) {
            for (read, weight) in read.iter_mut().zip(layer.row(reader)) {
                *read |= *weight != 0.0;
            }
        }
        reads.push(read);
    }
    let inputs = reads.pop().expect("a network has at least one layer");
    reads.reverse();
    Reading {
        inputs,
        neurons: reads,
    }
}
