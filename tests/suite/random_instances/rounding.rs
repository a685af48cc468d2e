//! How far a value in f64 may be from the value in real arithmetic.

use pipeline::instance::Instance;
use pipeline::network::Network;

/// The most by which the objective's value in f64 at `x` differs from that in real arithmetic (a running error
/// analysis; Higham 2002, section 3.3).
pub fn rounding(network: &Network, instance: &Instance, x: &[f64]) -> f64 {
    let mut h = x.to_vec();
    let mut errors = vec![0.0; h.len()];
    let mut magnitudes = Vec::new();
    for layer in network.layers() {
        let g = layer.affine(&h);
        let terms = (layer.inputs() + 2) as f64;
        let neurons = 0..layer.outputs();
        let sum = |i: usize, of: &[f64]| -> f64 {
            let row = layer.row(i).iter().zip(of);
            row.map(|(w, h)| w.abs() * h.abs()).sum()
        };
        let size = |i: usize| layer.biases()[i].abs() + sum(i, &h) + sum(i, &errors);
        let error = |i: usize| sum(i, &errors) + terms * f64::EPSILON * size(i);
        magnitudes = neurons.clone().map(size).collect();
        errors = neurons.map(error).collect();
        h = g.iter().map(|g| g.max(0.0)).collect();
    }
    let outputs = compared(instance);
    let total = |of: &[f64]| outputs.iter().map(|&i| of[i]).sum::<f64>();
    total(&errors) + f64::EPSILON * total(&magnitudes)
}

/// The most by which the objective changes per unit change of an input.
pub fn slope(network: &Network, instance: &Instance) -> f64 {
    let output = network.output();
    let mut row = vec![0.0; output.inputs()];
    for i in compared(instance) {
        for (entry, weight) in row.iter_mut().zip(output.row(i)) {
            *entry += weight.abs();
        }
    }
    for layer in network.hidden().iter().rev() {
        let mut before = vec![0.0; layer.inputs()];
        for (i, size) in row.iter().enumerate() {
            for (entry, weight) in before.iter_mut().zip(layer.row(i)) {
                *entry += size * weight.abs();
            }
        }
        row = before;
    }
    row.into_iter().fold(0.0, f64::max)
}

/// The outputs that the objective reads.
pub fn compared(instance: &Instance) -> Vec<usize> {
    let functions = instance.objective().functions().iter();
    let outputs = functions.flat_map(|function| &function.outputs);
    outputs.map(|(output, _)| *output).collect()
}
