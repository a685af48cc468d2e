//! Networks whose outputs are quantiles of one target.

use serde::{Deserialize, Serialize};

use super::error::TrainingError;
use super::job::Job;
use super::random::initial_network;
use crate::dataset::Table;
use crate::network::{Layer, Network, check_sizes};
use crate::parallel;

/// The smallest and the largest level.
const LEVELS: [f64; 2] = [0.01, 0.99];
/// Rows that a thread takes at a time.
const SHARE: usize = 256;
/// What the first quantile is raised by before its ReLU, and lowered by after it: more than scaled targets reach, so
/// that it can have any value.
const RAISED: f64 = 10.0;
/// The range of scaled targets, which the increments divide among themselves when they start.
const RANGE: f64 = 4.0;
/// What the weights of the increments are multiplied by when they start: large ones would leave many at zero.
const SMALL: f64 = 0.1;

/// Evenly spaced levels of quantiles, from 0.01 to 0.99; of one quantile, the median's.
pub fn quantile_levels(count: usize) -> Vec<f64> {
    let [low, high] = LEVELS;
    match count {
        1 => vec![0.5],
        _ => {
            let step = (high - low) / (count - 1) as f64;
            (0..count).map(|index| low + step * index as f64).collect()
        }
    }
}

impl Job {
    /// A new network whose outputs increase, whatever its weights are, for quantiles that must not cross (incremental
    /// quantile networks; Alcantara, Ruiz and Tsay, arXiv 2403.11707). The sizes are `[inputs, hidden.., outputs]`.
    /// After the layers of these sizes comes another one: a ReLU makes each output of theirs but the first an increment
    /// that is not negative, and the new outputs are the sums of the increments. It must be trained with its last layer
    /// fixed ([`TrainingSettings::fixed_layers`](super::TrainingSettings::fixed_layers) 1), on targets that are scaled
    /// to about unit deviation.
    ///
    /// # Errors
    /// When a layer is empty, and when there are too many weights.
    pub fn with_increasing_outputs(sizes: &[usize], seed: u64) -> Result<Self, TrainingError> {
        let outputs = *sizes.last().unwrap_or(&0);
        let all = [sizes, &[outputs]].concat();
        check_sizes(&all).map_err(TrainingError::Sizes)?;
        let mut layers = initial_network(sizes, seed).layers().to_vec();
        let increments = layers.pop().expect("a network has layers");
        layers.push(small_increments(&increments));
        layers.push(sums(outputs));
        let start = Network::new(layers).expect("the layers chain");
        Ok(Self::from_network(start, seed))
    }
}

fn small_increments(layer: &Layer) -> Layer {
    let first = layer.inputs();
    let small = |(place, weight): (usize, &f64)| match place < first {
        true => *weight,
        false => weight * SMALL,
    };
    let weights = layer.weights().iter().enumerate().map(small).collect();
    let mut biases = vec![RANGE / layer.outputs() as f64; layer.outputs()];
    biases[0] = RAISED - RANGE / 2.0;
    Layer::new(layer.inputs(), weights, biases)
}

/// The layer whose outputs are the sums of its first inputs, the first input lowered again.
fn sums(outputs: usize) -> Layer {
    let weights = (0..outputs)
        .flat_map(|output| (0..outputs).map(move |input| f64::from(u8::from(input <= output))));
    Layer::new(outputs, weights.collect(), vec![-RAISED; outputs])
}

/// How well the outputs of a network are quantiles of a table's only target.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct QuantileErrors {
    /// The quantile (pinball) loss, on average over rows and levels.
    pub pinball: f64,
    /// The largest difference, over the levels, between the level and the share of the targets that are not above its
    /// output.
    pub miscalibration: f64,
    /// The share of neighbouring outputs of which the one with the higher level is smaller.
    pub crossings: f64,
}

impl QuantileErrors {
    /// The errors of a network in the f64 forward pass.
    ///
    /// # Panics
    /// When the network does not fit the table and the levels.
    pub fn of(network: &Network, table: &Table, levels: &[f64]) -> Self {
        assert_eq!(table.targets(), 1, "one target");
        assert_eq!(network.outputs(), levels.len(), "an output for each level");
        let rows: Vec<usize> = (0..table.len()).collect();
        let shares: Vec<&[usize]> = rows.chunks(SHARE).collect();
        let sums = parallel::map(&shares, parallel::cores(), |rows| {
            let mut sums = Sums::new(levels.len());
            for &row in *rows {
                sums.add(
                    &network.forward(table.input(row)),
                    table.target(row)[0],
                    levels,
                );
            }
            sums
        });
        let all = sums
            .into_iter()
            .reduce(Sums::and)
            .expect("a table has rows");
        let rows = table.len() as f64;
        let shares = all.covered.iter().map(|&covered| covered as f64 / rows);
        let differences = shares
            .zip(levels)
            .map(|(share, level)| (share - level).abs());
        let pairs = (levels.len() - 1).max(1) as f64;
        Self {
            pinball: all.loss / (rows * levels.len() as f64),
            miscalibration: differences.fold(0.0, f64::max),
            crossings: all.crossings as f64 / (rows * pairs),
        }
    }
}

struct Sums {
    loss: f64,
    /// Targets that are not above the output of each level.
    covered: Vec<usize>,
    crossings: usize,
}

impl Sums {
    fn new(levels: usize) -> Self {
        Self {
            loss: 0.0,
            covered: vec![0; levels],
            crossings: 0,
        }
    }

    fn add(&mut self, outputs: &[f64], target: f64, levels: &[f64]) {
        for ((output, level), covered) in outputs.iter().zip(levels).zip(&mut self.covered) {
            let error = target - output;
            self.loss += (level * error).max((level - 1.0) * error);
            *covered += usize::from(error <= 0.0);
        }
        let crossing = |pair: &&[f64]| pair[0] > pair[1];
        self.crossings += outputs.windows(2).filter(crossing).count();
    }

    fn and(mut self, other: Self) -> Self {
        self.loss += other.loss;
        self.crossings += other.crossings;
        let both = self.covered.iter_mut().zip(other.covered);
        both.for_each(|(own, other)| *own += other);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_even() {
        let levels = quantile_levels(50);
        assert_eq!((levels[0], levels.len()), (0.01, 50));
        assert!((levels[1] - 0.03).abs() < 1e-12 && (levels[49] - 0.99).abs() < 1e-12);
        assert_eq!(quantile_levels(1), [0.5]);
    }

    #[test]
    fn outputs_increase_from_the_start() {
        let job = Job::with_increasing_outputs(&[3, 8, 5], 2).unwrap();
        assert_eq!(job.start.sizes(), [3, 8, 5, 5]);
        for input in [[0.0; 3], [1.0, -1.0, 2.0], [-3.0, 0.5, 0.1]] {
            let outputs = job.start.forward(&input);
            assert!(outputs.is_sorted(), "{outputs:?}");
            assert!(outputs.iter().all(|output| output.abs() < RAISED));
        }
        assert!(Job::with_increasing_outputs(&[3, 0, 5], 2).is_err());
    }

    #[test]
    fn errors_are_those_of_all_rows() {
        // Outputs 0 and 1 at every input; targets 0, 0.25, ..., 1.25.
        let layer = Layer::new(1, vec![0.0, 0.0], vec![0.0, 1.0]);
        let network = Network::new(vec![layer]).unwrap();
        let targets: Vec<[f64; 1]> = (0..6).map(|row| [f64::from(row) / 4.0]).collect();
        let table = Table::new(&[[0.0]; 6], &targets).unwrap();
        let errors = QuantileErrors::of(&network, &table, &[0.1, 0.9]);
        // 0.1 (0 + ... + 1.25), and 0.1 (1 + 0.75 + 0.5 + 0.25 + 0) + 0.9 * 0.25.
        let expected = (0.1 * 3.75 + 0.1 * 2.5 + 0.9 * 0.25) / 12.0;
        assert!((errors.pinball - expected).abs() < 1e-12);
        assert!((errors.miscalibration - (1.0 / 6.0 - 0.1)).abs() < 1e-12);
        assert_eq!(errors.crossings, 0.0);
        let turned = Network::new(vec![Layer::new(1, vec![0.0, 0.0], vec![1.0, 0.0])]).unwrap();
        assert_eq!(
            QuantileErrors::of(&turned, &table, &[0.1, 0.9]).crossings,
            1.0
        );
    }
}
