//! Merges neurons that are equal up to a factor.

use std::collections::HashMap;

use super::{Layer, Network};
use crate::exact::{power_of_two_below, two_sum};

/// Merges neurons of the same hidden layer whose weights and biases are equal up to a power of two;
/// the result equals `network` in real arithmetic. Their outgoing weights are added; where such a
/// sum would be rounded, the neurons stay as they are. `None` if there is nothing to merge.
///
/// Meant for large neurons that cancel each other: bounds treat each of them separately.
///
/// ```
/// use pipeline::network::{Layer, Network, merge};
///
/// // 3 relu(x) - relu(2 x)
/// let network = Network::new(vec![
///     Layer::new(1, vec![1.0, 2.0], vec![0.0, 0.0]),
///     Layer::new(2, vec![3.0, -1.0], vec![0.5]),
/// ])?;
/// let merged = merge(&network).expect("two neurons that are the same but for a factor");
/// assert_eq!(merged.sizes(), [1, 1, 1]);
/// assert_eq!(merged.output().row(0), [1.0]);
/// # Ok::<(), pipeline::network::NetworkError>(())
/// ```
pub fn merge(network: &Network) -> Option<Network> {
    let mut is_merged = false;
    let mut layers = network.layers().to_vec();
    for index in 0..network.hidden().len() {
        let twins = twins(&layers[index]);
        let reader = &layers[index + 1];
        let mut weights = reader.weights().to_vec();
        let mut is_kept = vec![true; layers[index].outputs()];
        for (first, second, factor) in twins {
            is_kept[second] = !add_column(&mut weights, reader.inputs(), first, second, factor);
        }
        if is_kept.contains(&false) {
            is_merged = true;
            let kept: Vec<usize> = (0..is_kept.len()).filter(|&i| is_kept[i]).collect();
            let reader = Layer::new(reader.inputs(), weights, reader.biases().to_vec());
            layers[index + 1] = columns(&reader, &kept);
            layers[index] = rows(&layers[index], &kept);
        }
    }
    is_merged.then(|| Network::new(layers).ok())?
}

/// Pairs of neurons `(first, second, factor)`: the second is `factor` times the first.
fn twins(layer: &Layer) -> Vec<(usize, usize, f64)> {
    let mut alike: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut twins = Vec::new();
    for neuron in 0..layer.outputs() {
        let Some(unit) = unit_of(layer, neuron) else {
            continue;
        };
        // Sums in the same order are equal up to the same factor.
        let sum: f64 = layer.row(neuron).iter().sum();
        let key = (sum / unit + layer.biases()[neuron] / unit).to_bits();
        let others = alike.entry(key).or_default();
        let factor = |&twin: &usize| Some((twin, unit / unit_of(layer, twin)?));
        let twin = others.iter().filter_map(factor);
        let mut twin = twin.filter(|&(twin, factor)| are_twins(layer, twin, neuron, factor));
        match twin.next() {
            Some((twin, factor)) => twins.push((twin, neuron, factor)),
            None => others.push(neuron),
        }
    }
    twins
}

/// A power of two of about the magnitude of a neuron's weights and bias; `None` if all are zero.
fn unit_of(layer: &Layer, neuron: usize) -> Option<f64> {
    let numbers = layer.row(neuron).iter().chain([&layer.biases()[neuron]]);
    let largest = numbers.fold(0.0, |most: f64, number| most.max(number.abs()));
    (largest > 0.0).then(|| power_of_two_below(largest))
}

fn are_twins(layer: &Layer, first: usize, second: usize, factor: f64) -> bool {
    let numbers = |neuron: usize| layer.row(neuron).iter().chain([&layer.biases()[neuron]]);
    let mut pairs = numbers(first).zip(numbers(second));
    // Exact both ways, so that neither overflowed or lost digits.
    pairs.all(|(a, b)| a * factor == *b && b / factor == *a)
}

/// Adds `factor` times the column `second` to the column `first` in each row, and clears it;
/// changes nothing and returns `false` where a sum would be rounded.
fn add_column(weights: &mut [f64], width: usize, first: usize, second: usize, factor: f64) -> bool {
    let sum = |row: &[f64]| {
        let added = factor * row[second];
        let (sum, lost) = two_sum(row[first], added);
        (added / factor == row[second] && lost == 0.0).then_some(sum)
    };
    if weights.chunks(width).any(|row| sum(row).is_none()) {
        return false;
    }
    for row in weights.chunks_mut(width) {
        row[first] = sum(row).unwrap_or(row[first]);
        row[second] = 0.0;
    }
    true
}

fn rows(layer: &Layer, kept: &[usize]) -> Layer {
    let weights = kept.iter().flat_map(|&neuron| layer.row(neuron));
    let biases = kept.iter().map(|&neuron| layer.biases()[neuron]);
    Layer::new(layer.inputs(), weights.copied().collect(), biases.collect())
}

fn columns(layer: &Layer, kept: &[usize]) -> Layer {
    let neurons = 0..layer.outputs();
    let weights =
        neurons.flat_map(|neuron| kept.iter().map(move |&input| layer.row(neuron)[input]));
    Layer::new(kept.len(), weights.collect(), layer.biases().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_are_merged_where_nothing_is_rounded() {
        // The third is twice the first, the second is not: its bias differs.
        let layers = |weight: f64| {
            vec![
                Layer::new(1, vec![1.0, 1.0, 2.0], vec![-0.5, 0.5, -1.0]),
                Layer::new(3, vec![1e7, 1.0, -0.5 * weight], vec![0.0]),
            ]
        };
        let network = Network::new(layers(1e7)).unwrap();
        let merged = merge(&network).unwrap();
        assert_eq!(merged.sizes(), [1, 2, 1]);
        assert_eq!(merged.output().row(0), [0.0, 1.0]);
        for x in [0.0, 0.25, 0.75, 1.0] {
            assert_eq!(merged.forward(&[x]), network.forward(&[x]));
        }
        let rounded = Network::new(layers(1e-17)).unwrap();
        assert_eq!(merge(&rounded), None);
    }
}
