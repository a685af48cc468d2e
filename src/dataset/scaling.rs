//! Scaling of inputs and targets for a training.

use serde::{Deserialize, Serialize};

use super::table::{Table, TableError};

/// How the numbers of a training are scaled, input by input and target by target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scaling {
    /// One for each input.
    pub inputs: Vec<Scale>,
    /// One for each target, that is, for each output of the network.
    pub targets: Vec<Scale>,
}

/// `scaled = (number - offset) / unit`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// The number that becomes zero.
    pub offset: f64,
    /// The distance from it that becomes one; not zero.
    pub unit: f64,
}

impl Scale {
    /// Leaves every number as it is.
    pub const NONE: Self = Self {
        offset: 0.0,
        unit: 1.0,
    };

    /// Takes the smallest of the numbers to zero and the largest to one; where all are equal, to zero.
    pub fn to_unit(numbers: impl Iterator<Item = f64> + Clone) -> Self {
        let least = numbers.clone().fold(f64::INFINITY, f64::min);
        let range = numbers.fold(f64::NEG_INFINITY, f64::max) - least;
        Self {
            offset: least,
            unit: if range > 0.0 { range } else { 1.0 },
        }
    }

    /// Takes the mean of the numbers to zero and their standard deviation to one; where all are equal, to zero.
    pub fn to_standard(numbers: impl Iterator<Item = f64> + Clone) -> Self {
        let constant = Self::to_unit(numbers.clone());
        if numbers.clone().all(|number| number == constant.offset) {
            // (The mean of equal numbers may be another one.)
            return constant;
        }
        let count = numbers.clone().count() as f64;
        let mean = numbers.clone().sum::<f64>() / count;
        let squares = numbers.map(|number| (number - mean).powi(2));
        Self {
            offset: mean,
            unit: (squares.sum::<f64>() / count).sqrt(),
        }
    }

    /// The scaled number.
    pub fn of(self, number: f64) -> f64 {
        (number - self.offset) / self.unit
    }
}

impl Scaling {
    /// The scaling of a table to the unit interval, of its targets and, if `with_inputs`, its inputs.
    pub fn to_unit(table: &Table, with_inputs: bool) -> Self {
        Self {
            inputs: match with_inputs {
                true => columns(table.all_inputs(), table.inputs())
                    .map(Scale::to_unit)
                    .collect(),
                false => vec![Scale::NONE; table.inputs()],
            },
            targets: columns(table.all_targets(), table.targets())
                .map(Scale::to_unit)
                .collect(),
        }
    }

    /// The scaling of a table's inputs and targets to mean zero and standard deviation one.
    pub fn to_standard(table: &Table) -> Self {
        let scales = |values, width| columns(values, width).map(Scale::to_standard).collect();
        Self {
            inputs: scales(table.all_inputs(), table.inputs()),
            targets: scales(table.all_targets(), table.targets()),
        }
    }

    /// The table with all numbers scaled.
    ///
    /// # Errors
    /// When a scaled number is not finite in f32.
    ///
    /// # Panics
    /// When the table has another number of inputs or targets.
    pub fn scaled(&self, table: &Table) -> Result<Table, TableError> {
        let rows = 0..table.len();
        let inputs: Vec<Vec<f64>> = rows
            .clone()
            .map(|row| scaled(&self.inputs, table.input(row)))
            .collect();
        let targets: Vec<Vec<f64>> = rows
            .map(|row| scaled(&self.targets, table.target(row)))
            .collect();
        Table::new(&inputs, &targets)
    }
}

/// The columns of rows of `width` numbers.
fn columns(
    values: &[f64],
    width: usize,
) -> impl Iterator<Item = impl Iterator<Item = f64> + Clone> {
    (0..width).map(move |at| values.iter().skip(at).step_by(width).copied())
}

fn scaled(scales: &[Scale], numbers: &[f64]) -> Vec<f64> {
    assert_eq!(scales.len(), numbers.len(), "a scale for each number");
    let pairs = scales.iter().zip(numbers);
    pairs.map(|(scale, &number)| scale.of(number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_scaled_to_the_unit_interval() {
        let inputs = [[-2.0, 7.0], [2.0, 7.0], [0.0, 7.0]];
        let table = Table::new(&inputs, &[[10.0], [30.0], [15.0]]).unwrap();
        let scaling = Scaling::to_unit(&table, true);
        let scaled = scaling.scaled(&table).unwrap();
        assert_eq!(scaled.all_inputs(), [0.0, 0.0, 1.0, 0.0, 0.5, 0.0]);
        assert_eq!(scaled.all_targets(), [0.0, 1.0, 0.25]);
        let targets_only = Scaling::to_unit(&table, false).scaled(&table).unwrap();
        assert_eq!(targets_only.all_inputs(), table.all_inputs());
    }

    #[test]
    fn tables_are_scaled_to_unit_deviation() {
        let inputs = [[-1.0, 7.0], [3.0, 7.0]];
        let table = Table::new(&inputs, &[[10.0], [30.0]]).unwrap();
        let scaled = Scaling::to_standard(&table).scaled(&table).unwrap();
        assert_eq!(scaled.all_inputs(), [-1.0, 0.0, 1.0, 0.0]);
        let constant = Scale::to_standard([0.1; 7].into_iter());
        assert_eq!((constant.offset, constant.unit), (0.1, 1.0));
        assert_eq!(scaled.all_targets(), [-1.0, 1.0]);
    }
}
