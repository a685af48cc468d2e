//! Rows of numbers with targets: the data of a regression.

use thiserror::Error;

use crate::numbers::Shortest;

/// Inputs (rows x inputs) and targets (rows x targets) of a function to be learned. Every number is
/// finite, in f32 too, in which networks are trained.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    inputs: Columns,
    targets: Columns,
}

/// Numbers in rows of one length, row after row.
#[derive(Debug, Clone, PartialEq)]
struct Columns {
    width: usize,
    values: Vec<f64>,
}

/// Why rows do not make a table.
#[derive(Debug, Error, PartialEq)]
pub enum TableError {
    /// There are no rows.
    #[error("a table needs at least one row")]
    NoRows,
    /// The numbers of rows of inputs and of targets differ.
    #[error("there are {inputs} rows of inputs but {targets} rows of targets")]
    RowCount {
        /// Number of rows of inputs.
        inputs: usize,
        /// Number of rows of targets.
        targets: usize,
    },
    /// Row 0 is empty.
    #[error("row 0 has no {part}, expected at least one number")]
    NoColumns {
        /// What the row lacks: `inputs` or `targets`.
        part: &'static str,
    },
    /// A row has another length than row 0.
    #[error("row {row} has {found} {part}, but row 0 has {first}")]
    RowLength {
        /// The rows compared: `inputs` or `targets`.
        part: &'static str,
        /// Index of the row, from 0.
        row: usize,
        /// Length of that row.
        found: usize,
        /// Length of row 0.
        first: usize,
    },
    /// A number is NaN, infinite or beyond the range of f32.
    #[error(
        "{part} of row {row}, column {column}: {}, expected a finite number in the range of f32", Shortest(*value)
    )]
    NotFinite {
        /// Where the number is: `inputs` or `targets`.
        part: &'static str,
        /// Index of its row, from 0.
        row: usize,
        /// Index of its column within that part, from 0.
        column: usize,
        /// The number itself, in f64.
        value: f64,
    },
}

impl Table {
    /// A table from rows of inputs and as many rows of targets; rows and columns are counted from 0.
    ///
    /// # Errors
    /// When there are no rows, when inputs and targets differ in number, when rows are empty or
    /// differ in length, and when a number is not finite in f32.
    pub fn new<I, T>(inputs: &[I], targets: &[T]) -> Result<Self, TableError>
    where
        I: AsRef<[f64]>,
        T: AsRef<[f64]>,
    {
        if inputs.len() != targets.len() {
            return Err(TableError::RowCount {
                inputs: inputs.len(),
                targets: targets.len(),
            });
        }
        Ok(Self {
            inputs: Columns::new("inputs", inputs)?,
            targets: Columns::new("targets", targets)?,
        })
    }

    /// Number of rows, at least one.
    #[expect(clippy::len_without_is_empty, reason = "a table has rows")]
    pub fn len(&self) -> usize {
        self.inputs.values.len() / self.inputs.width
    }

    /// Inputs per row.
    pub fn inputs(&self) -> usize {
        self.inputs.width
    }

    /// Targets per row.
    pub fn targets(&self) -> usize {
        self.targets.width
    }

    /// The inputs of a row.
    pub fn input(&self, row: usize) -> &[f64] {
        self.inputs.row(row)
    }

    /// The targets of a row.
    pub fn target(&self, row: usize) -> &[f64] {
        self.targets.row(row)
    }

    /// All inputs (rows x inputs), row after row.
    pub fn all_inputs(&self) -> &[f64] {
        &self.inputs.values
    }

    /// All targets (rows x targets), row after row.
    pub fn all_targets(&self) -> &[f64] {
        &self.targets.values
    }
}

impl Columns {
    /// `part` names them in errors.
    fn new<R: AsRef<[f64]>>(part: &'static str, rows: &[R]) -> Result<Self, TableError> {
        let first = rows.first().ok_or(TableError::NoRows)?;
        let width = first.as_ref().len();
        if width == 0 {
            return Err(TableError::NoColumns { part });
        }
        let mut values = Vec::with_capacity(rows.len() * width);
        for (row, numbers) in rows.iter().map(AsRef::as_ref).enumerate() {
            if numbers.len() != width {
                return Err(TableError::RowLength {
                    part,
                    row,
                    found: numbers.len(),
                    first: width,
                });
            }
            check_finite(part, row, numbers)?;
            values.extend_from_slice(numbers);
        }
        Ok(Self { width, values })
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.width..(row + 1) * self.width]
    }
}

fn check_finite(part: &'static str, row: usize, numbers: &[f64]) -> Result<(), TableError> {
    let beyond = |&value: &f64| !(value as f32).is_finite();
    match numbers.iter().position(beyond) {
        None => Ok(()),
        Some(column) => Err(TableError::NotFinite {
            part,
            row,
            column,
            value: numbers[column],
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were_given() {
        let table = Table::new(&[[1.0, 2.0], [3.0, 4.0]], &[vec![5.0], vec![6.0]]).unwrap();
        assert_eq!((table.len(), table.inputs(), table.targets()), (2, 2, 1));
        assert_eq!(
            (table.input(1), table.target(1)),
            (&[3.0, 4.0][..], &[6.0][..])
        );
        assert_eq!(table.all_inputs(), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(table.all_targets(), [5.0, 6.0]);
    }

    #[test]
    fn errors_name_row_and_column() {
        let refused = |inputs: &[&[f64]], targets: &[&[f64]]| {
            Table::new(inputs, targets).unwrap_err().to_string()
        };
        let none: &[f64] = &[];
        assert_eq!(refused(&[], &[]), "a table needs at least one row");
        assert_eq!(
            refused(&[&[1.0]], &[]),
            "there are 1 rows of inputs but 0 rows of targets"
        );
        assert_eq!(
            refused(&[&[1.0]], &[none]),
            "row 0 has no targets, expected at least one number"
        );
        assert_eq!(
            refused(&[&[1.0, 2.0], &[3.0]], &[&[1.0], &[1.0]]),
            "row 1 has 1 inputs, but row 0 has 2"
        );
        for value in [f64::NAN, f64::INFINITY, 1e39] {
            let message = refused(&[&[1.0], &[2.0]], &[&[1.0, 2.0], &[3.0, value]]);
            assert_eq!(
                message,
                format!(
                    "targets of row 1, column 1: {}, expected a finite number in the range of f32",
                    Shortest(value)
                )
            );
        }
    }
}
