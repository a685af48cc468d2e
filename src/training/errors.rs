//! The errors of a regression network.

use serde::{Deserialize, Serialize};

use crate::dataset::{Scale, Table};
use crate::network::Network;
use crate::parallel;

/// Rows that a thread takes at a time.
const SHARE: usize = 256;

/// How far outputs are from their targets, over all rows and outputs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Errors {
    /// The mean of the squares.
    pub mean_squared: f64,
    /// The mean of the absolute values.
    pub mean_absolute: f64,
    /// The largest absolute value.
    pub largest: f64,
    /// The coefficient of determination: by which share the squares are smaller than those of the targets' means as
    /// outputs. NaN where targets are constant.
    pub r_squared: f64,
}

impl Errors {
    /// The errors of a network in the f64 forward pass, where those of each output are divided by the unit of its scale.
    ///
    /// # Panics
    /// When network, table and scales do not fit each other.
    pub fn of(network: &Network, table: &Table, scales: &[Scale]) -> Self {
        let rows: Vec<usize> = (0..table.len()).collect();
        let shares: Vec<&[usize]> = rows.chunks(SHARE).collect();
        let sums = parallel::map(&shares, parallel::cores(), |rows| {
            let mut sums = [0.0, 0.0, 0.0_f64];
            for &row in *rows {
                let outputs = network.forward(table.input(row));
                let pairs = outputs.iter().zip(table.target(row)).zip(scales);
                for ((output, target), scale) in pairs {
                    let error = ((output - target) / scale.unit).abs();
                    sums[0] += error * error;
                    sums[1] += error;
                    sums[2] = sums[2].max(error);
                }
            }
            sums
        });
        let variance = variance(table, scales);
        let count = (table.len() * table.targets()) as f64;
        let mean = |which: usize| sums.iter().map(|sums| sums[which]).sum::<f64>() / count;
        Self {
            mean_squared: mean(0),
            mean_absolute: mean(1),
            largest: sums.iter().map(|sums| sums[2]).fold(0.0, f64::max),
            r_squared: match variance > 0.0 {
                true => 1.0 - mean(0) / variance,
                false => f64::NAN,
            },
        }
    }
}

/// The variance of the scaled targets around the mean of each output, on average over the outputs.
fn variance(table: &Table, scales: &[Scale]) -> f64 {
    let (rows, targets) = (table.len() as f64, table.targets());
    let of_target = |target: usize| {
        let values = table.all_targets().iter().skip(target).step_by(targets);
        let mean = values.clone().sum::<f64>() / rows;
        let squares = values.map(|value| ((value - mean) / scales[target].unit).powi(2));
        squares.sum::<f64>() / rows
    };
    (0..targets).map(of_target).sum::<f64>() / targets as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Layer;

    #[test]
    fn errors_are_those_of_all_rows() {
        let layer = Layer::new(1, vec![2.0], vec![1.0]);
        let network = Network::new(vec![layer]).unwrap();
        let inputs: Vec<[f64; 1]> = (0..1000).map(|row| [f64::from(row)]).collect();
        let error = |row: usize| if row == 999 { 8.0 } else { -4.0 };
        let targets: Vec<[f64; 1]> = (0..)
            .zip(&inputs)
            .map(|(row, [x])| [2.0 * x + 1.0 + error(row)])
            .collect();
        let table = Table::new(&inputs, &targets).unwrap();
        let scale = Scale {
            offset: 5.0,
            unit: 4.0,
        };
        let errors = Errors::of(&network, &table, &[scale]);
        assert_eq!(errors.largest, 2.0);
        assert!((errors.mean_absolute - 1.001).abs() < 1e-12);
        assert!((errors.mean_squared - 1.003).abs() < 1e-12);
        // Targets of 0, 2, 4, ... have a variance of (1000^2 - 1) / 3; the errors change it little.
        let variance = 999_999.0 / 3.0 / 16.0;
        assert!((errors.r_squared - (1.0 - 1.003 / variance)).abs() < 1e-6);
    }
}
