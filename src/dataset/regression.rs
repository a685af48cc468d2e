//! What a regression network is trained, validated and tested on.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::function::Function;
use super::scaling::Scaling;
use super::table::{Table, TableError};

/// Numbers of samples of a function for each part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleCounts {
    /// Samples that networks are fitted to.
    pub training: usize,
    /// Samples that decide which epoch is the best one.
    pub validation: usize,
    /// Samples held back for the error of the trained network.
    pub test: usize,
}

/// Share of a table's rows for training; half of the rest is for validation, the other half for the test.
const TRAINING_SHARE: f64 = 0.8;

/// The samples of a regression, with how they are scaled for the training.
#[derive(Debug, Clone, PartialEq)]
pub struct Regression {
    /// Scaled.
    pub training: Table,
    /// Scaled.
    pub validation: Table,
    /// As they are.
    pub test: Table,
    /// That of the training samples.
    pub scaling: Scaling,
    /// The sides of the box of inputs that the samples are from, one pair for each input.
    pub domain: Vec<(f64, f64)>,
}

impl Regression {
    /// A function at Latin hypercubes over its domain, drawn from `seed` for training, from the next seed for validation
    /// and from the one after that for the test (arXiv 2604.22746). Its targets are scaled to the unit interval, its
    /// inputs are not scaled.
    ///
    /// # Errors
    /// When a number of samples is zero.
    pub fn of_function(
        function: Function,
        counts: SampleCounts,
        seed: u32,
    ) -> Result<Self, TableError> {
        let training = function.samples(counts.training, seed)?;
        let validation = function.samples(counts.validation, seed.wrapping_add(1))?;
        let scaling = Scaling::to_unit(&training, false);
        Ok(Self {
            training: scaling.scaled(&training)?,
            validation: scaling.scaled(&validation)?,
            test: function.samples(counts.test, Self::test_seed(seed))?,
            scaling,
            domain: vec![function.domain(); function.inputs()],
        })
    }

    /// The seed of a function's test samples.
    pub fn test_seed(seed: u32) -> u32 {
        seed.wrapping_add(2)
    }

    /// Tables from one source, scaled to mean zero and standard deviation one.
    ///
    /// # Errors
    /// When a scaled number is not finite in f32.
    ///
    /// # Panics
    /// When the tables differ in the number of inputs or targets.
    pub fn standardised(
        [training, validation, test]: [Table; 3],
        domain: Vec<(f64, f64)>,
    ) -> Result<Self, TableError> {
        let scaling = Scaling::to_standard(&training);
        Ok(Self {
            training: scaling.scaled(&training)?,
            validation: scaling.scaled(&validation)?,
            test,
            scaling,
            domain,
        })
    }

    /// The rows of a table in an order drawn from `seed`: eight tenths for training, one tenth each for validation and
    /// test, at least one row each; scaled as `scaling` scales the training rows.
    ///
    /// # Errors
    /// When the table has fewer than three rows, or numbers that are not finite in f32 once they are scaled.
    pub fn of_table(
        table: &Table,
        seed: u64,
        scaling: impl FnOnce(&Table) -> Scaling,
    ) -> Result<Self, TableError> {
        let mut order: Vec<usize> = (0..table.len()).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let rest = (order.len() as f64 * (1.0 - TRAINING_SHARE)).round() as usize;
        let rest = rest.max(2).min(order.len());
        let (training, rest) = order.split_at(order.len() - rest);
        let (validation, test) = rest.split_at(rest.len() / 2);
        let part = |rows: &[usize]| {
            let inputs: Vec<&[f64]> = rows.iter().map(|&row| table.input(row)).collect();
            let targets: Vec<&[f64]> = rows.iter().map(|&row| table.target(row)).collect();
            Table::new(&inputs, &targets)
        };
        let training = part(training)?;
        let scaling = scaling(&training);
        let column = |input: usize| (0..table.len()).map(move |row| table.input(row)[input]);
        let sides = |input: usize| {
            let lower = column(input).fold(f64::INFINITY, f64::min);
            (lower, column(input).fold(f64::NEG_INFINITY, f64::max))
        };
        Ok(Self {
            training: scaling.scaled(&training)?,
            validation: scaling.scaled(&part(validation)?)?,
            test: part(test)?,
            scaling,
            domain: (0..table.inputs()).map(sides).collect(),
        })
    }

    /// The domain in the units of the training.
    pub fn scaled_domain(&self) -> Vec<(f64, f64)> {
        let sides = self.domain.iter().zip(&self.scaling.inputs);
        sides
            .map(|(&(lower, upper), scale)| (scale.of(lower), scale.of(upper)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_function_are_from_three_seeds() {
        let counts = SampleCounts {
            training: 40,
            validation: 20,
            test: 10,
        };
        let data = Regression::of_function(Function::Peaks, counts, 5).unwrap();
        let sizes = [&data.training, &data.validation, &data.test].map(Table::len);
        assert_eq!(sizes, [40, 20, 10]);
        assert_eq!(data.test, Function::Peaks.samples(10, 7).unwrap());
        let targets = data.training.all_targets();
        let least = targets.iter().copied().fold(f64::INFINITY, f64::min);
        let largest = targets.iter().copied().fold(0.0, f64::max);
        assert_eq!((least, largest), (0.0, 1.0));
        assert_eq!(data.scaled_domain(), [(-2.0, 2.0); 2]);
    }

    #[test]
    fn every_row_of_a_table_is_in_one_part() {
        let inputs: Vec<[f64; 1]> = (0..23).map(|row| [f64::from(row)]).collect();
        let targets: Vec<[f64; 1]> = inputs.iter().map(|[x]| [x * x]).collect();
        let table = Table::new(&inputs, &targets).unwrap();
        let to_unit = |table: &Table| Scaling::to_unit(table, true);
        let data = Regression::of_table(&table, 3, to_unit).unwrap();
        let sizes = [&data.training, &data.validation, &data.test].map(Table::len);
        assert_eq!(sizes, [18, 2, 3]);
        let scale = data.scaling.inputs[0];
        let scaled = [&data.training, &data.validation];
        let mut rows: Vec<f64> = scaled
            .iter()
            .flat_map(|part| part.all_inputs())
            .map(|x| (x * scale.unit + scale.offset).round())
            .chain(data.test.all_inputs().iter().copied())
            .collect();
        rows.sort_by(f64::total_cmp);
        assert_eq!(rows, (0..23).map(f64::from).collect::<Vec<_>>());
        assert_eq!(data.domain, [(0.0, 22.0)]);
        let two = Table::new(&inputs[..2], &targets[..2]).unwrap();
        assert_eq!(
            Regression::of_table(&two, 0, to_unit),
            Err(TableError::NoRows)
        );
    }
}
