//! The published percentages: "Optimization over Trained (and Sparse) Neural Networks: A
//! Surrogate within a Surrogate", arXiv 2505.01985, Tables 1, 2 and 3.

use crate::dataset::DatasetName;
use crate::experiment::pairs::Dimension::{self, Depth, Inputs, Width};

/// Percentages at the pruning rates [`RATES`].
pub type Percentages = [f64; 5];

/// The pruning rates of the paper's experiments (section 4.1).
pub const RATES: [f64; 5] = [0.3, 0.5, 0.8, 0.9, 0.95];

/// Table 1, unstructured, not finetuned (NF).
pub const UNSTRUCTURED: Percentages = [67.5, 71.3, 89.4, 92.5, 83.8];
/// Table 1, unstructured, finetuned (F).
pub const UNSTRUCTURED_FINETUNED: Percentages = [65.6, 70.6, 90.0, 96.3, 93.8];
/// Table 1, structured, not finetuned (NF).
pub const STRUCTURED: Percentages = [75.0, 78.8, 70.6, 72.5, 65.0];
/// Table 1, structured, finetuned (F).
pub const STRUCTURED_FINETUNED: Percentages = [59.4, 57.5, 56.3, 49.4, 46.3];

/// Percentages for the networks of one size.
pub type Row = (Dimension, usize, Percentages);

/// Table 2 (inputs of 18 x 18 and 28 x 28 pixels).
pub const TABLE_2: [Row; 6] = [
    (Inputs, 18 * 18, [75.0, 80.6, 86.9, 84.4, 76.3]),
    (Inputs, 28 * 28, [67.5, 69.4, 73.1, 80.6, 72.5]),
    (Depth, 2, [80.6, 84.4, 86.3, 86.3, 76.3]),
    (Depth, 4, [61.9, 65.6, 73.8, 78.8, 72.5]),
    (Width, 32, [69.4, 78.8, 78.1, 81.9, 75.6]),
    (Width, 64, [73.1, 71.3, 81.9, 83.1, 73.1]),
];

/// Table 3.
pub const TABLE_3: [Row; 10] = [
    (Inputs, 100, [33.3, 40.0, 48.3, 50.0, 45.0]),
    (Inputs, 1000, [63.3, 48.3, 63.3, 50.0, 50.0]),
    (Inputs, 10_000, [65.0, 58.3, 56.7, 55.0, 78.3]),
    (Depth, 2, [48.9, 40.0, 24.4, 24.4, 24.4]),
    (Depth, 3, [57.8, 44.4, 66.7, 55.6, 51.1]),
    (Depth, 4, [62.2, 55.6, 66.7, 64.4, 73.3]),
    (Depth, 5, [46.7, 55.6, 66.7, 62.2, 82.2]),
    (Width, 50, [51.7, 43.3, 35.0, 31.7, 33.3]),
    (Width, 100, [58.3, 51.7, 65.0, 55.0, 60.0]),
    (Width, 200, [51.7, 51.7, 68.3, 68.3, 80.0]),
];

/// The networks and instances that the published tables of an application pool.
#[derive(Debug)]
pub struct Grid {
    pub datasets: &'static [DatasetName],
    /// Rows for all sizes.
    pub rows: &'static [Row],
    /// Number of seeds per data set and size.
    pub seeds: usize,
    pub instances: usize,
    /// Conditions of the published runs (sections 4.1 and 5.1; region, labels, bounds and scope from the authors' files).
    pub conditions: &'static str,
}

/// The grid of Tables 1 and 2.
pub const VERIFICATION: Grid = Grid {
    datasets: &[DatasetName::Mnist, DatasetName::FashionMnist],
    rows: &TABLE_2,
    seeds: 10,
    instances: 160,
    conditions: "Published: Gurobi 10.0.1 on Intel Xeon Gold 6442Y, time limit 300 s, region rows, labels of the network that was solved, box bounds.",
};

/// The grid of Table 3.
pub const MAXIMIZATION: Grid = Grid {
    datasets: &[],
    rows: &TABLE_3,
    seeds: 5,
    instances: 180,
    conditions: "Published: Gurobi 10.0.1 on Intel Xeon Gold 6442Y, time limit 600 s, pruning scope global.",
};

impl Grid {
    /// The published sizes in a dimension.
    pub fn sizes(&self, dimension: Dimension) -> impl Iterator<Item = usize> {
        let rows = self.rows.iter().filter(move |row| row.0 == dimension);
        rows.map(|row| row.1)
    }

    /// The published percentages of a size.
    pub fn at(&self, dimension: Dimension, size: usize) -> Option<Percentages> {
        let mut rows = self.rows.iter();
        let row = rows.find(|row| (row.0, row.1) == (dimension, size));
        row.map(|row| row.2)
    }
}

/// The percentage at a rate, if it was published.
pub fn at(percentages: &Percentages, rate: f64) -> Option<f64> {
    let index = RATES.iter().position(|&published| published == rate)?;
    Some(percentages[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each dimension splits the same instances into equal parts, so its mean over the sizes is the
    /// same for every dimension, up to the rounding to one digit.
    fn check_means(rows: &[Row]) {
        for column in 0..RATES.len() {
            let means = Dimension::ALL.map(|dimension| {
                let of = rows.iter().filter(|row| row.0 == dimension);
                let values: Vec<f64> = of.map(|row| row.2[column]).collect();
                values.iter().sum::<f64>() / values.len() as f64
            });
            assert!((means[0] - means[1]).abs() < 0.11, "{column}: {means:?}");
            assert!((means[0] - means[2]).abs() < 0.11, "{column}: {means:?}");
        }
    }

    #[test]
    fn the_published_tables_are_consistent() {
        check_means(&TABLE_2);
        check_means(&TABLE_3);
        for column in 0..RATES.len() {
            let pooled = (UNSTRUCTURED[column] + STRUCTURED[column]) / 2.0;
            let table_2 = (TABLE_2[0].2[column] + TABLE_2[1].2[column]) / 2.0;
            assert!((pooled - table_2).abs() < 0.11, "{pooled} {table_2}");
        }
    }
}
