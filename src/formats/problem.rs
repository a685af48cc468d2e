//! MILP problems as files for other solvers.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;

use super::{write_lp, write_mps};
use crate::files::write_whole;
use crate::milp::{ColumnData, Problem, RowData};

/// Why a problem cannot be written.
#[derive(Debug, Error)]
pub enum ProblemError {
    #[error("unknown problem format {found:?}, expected mps or lp")]
    UnknownFormat { found: String },
    #[error("a problem without columns cannot be written")]
    NoColumns,
    #[error("{place}: {field} is {value}, expected {expected}")]
    Number {
        place: String,
        field: &'static str,
        value: f64,
        expected: &'static str,
    },
    #[error("{place}: lower bound {lower} is above upper bound {upper}")]
    Crossed {
        place: String,
        lower: f64,
        upper: f64,
    },
    #[error("{place}: there is no column {column}, the problem has {columns}")]
    NoSuchColumn {
        place: String,
        column: usize,
        columns: usize,
    },
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
}

/// The formats that HiGHS, SCIP and Gurobi all read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemFormat {
    /// Free-format MPS.
    Mps,
    /// CPLEX LP.
    Lp,
}

impl fmt::Display for ProblemFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Mps => "mps",
            Self::Lp => "lp",
        })
    }
}

impl FromStr for ProblemFormat {
    type Err = ProblemError;

    fn from_str(text: &str) -> Result<Self, ProblemError> {
        match text {
            "mps" => Ok(Self::Mps),
            "lp" => Ok(Self::Lp),
            _ => Err(ProblemError::UnknownFormat {
                found: text.to_owned(),
            }),
        }
    }
}

/// Writes `problem` to `path`, whole or not at all, every number in full f64 precision.
///
/// # Errors
/// When the problem has no columns or numbers that no solver takes, or the file cannot be written.
pub fn write_problem(
    path: &Path,
    format: ProblemFormat,
    problem: &Problem,
) -> Result<(), ProblemError> {
    check(problem)?;
    let write = |out: &mut dyn io::Write| match format {
        ProblemFormat::Mps => write_mps(out, problem),
        ProblemFormat::Lp => write_lp(out, problem),
    };
    write_whole(path, write).map_err(|source| ProblemError::Write {
        path: path.to_owned(),
        source,
    })
}

fn check(problem: &Problem) -> Result<(), ProblemError> {
    if problem.columns.is_empty() {
        return Err(ProblemError::NoColumns);
    }
    check_finite("the objective", "constant", problem.offset)?;
    for (index, column) in problem.columns.iter().enumerate() {
        check_column(&format!("column {index} ({})", column.name), column)?;
    }
    for (index, row) in problem.rows.iter().enumerate() {
        let place = format!("row {index} ({})", row.name);
        check_row(&place, row, problem.columns.len())?;
    }
    Ok(())
}

fn check_column(place: &str, column: &ColumnData) -> Result<(), ProblemError> {
    check_finite(place, "cost", column.cost)?;
    check_bounds(place, column.lower, column.upper)
}

fn check_row(place: &str, row: &RowData, columns: usize) -> Result<(), ProblemError> {
    for &(column, coefficient) in &row.terms {
        if column.0 >= columns {
            return Err(ProblemError::NoSuchColumn {
                place: place.to_owned(),
                column: column.0,
                columns,
            });
        }
        check_finite(place, "a coefficient", coefficient)?;
    }
    check_bounds(place, row.lower, row.upper)
}

fn check_finite(place: &str, field: &'static str, value: f64) -> Result<(), ProblemError> {
    require(value.is_finite(), place, field, value, "a finite number")
}

fn check_bounds(place: &str, lower: f64, upper: f64) -> Result<(), ProblemError> {
    let below = lower < f64::INFINITY;
    require(below, place, "lower bound", lower, "a number or -inf")?;
    let above = upper > f64::NEG_INFINITY;
    require(above, place, "upper bound", upper, "a number or inf")?;
    if lower > upper {
        return Err(ProblemError::Crossed {
            place: place.to_owned(),
            lower,
            upper,
        });
    }
    Ok(())
}

fn require(
    holds: bool,
    place: &str,
    field: &'static str,
    value: f64,
    expected: &'static str,
) -> Result<(), ProblemError> {
    if holds {
        return Ok(());
    }
    Err(ProblemError::Number {
        place: place.to_owned(),
        field,
        value,
        expected,
    })
}

/// A number in the shortest digits that read back as the same f64, with an exponent where it would
/// be long without.
pub(super) struct Number(pub f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value) = *self;
        if value == 0.0 {
            f.write_str("0")
        } else if (1e-4..1e15).contains(&value.abs()) {
            write!(f, "{value}")
        } else {
            write!(f, "{value:e}")
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::milp::{Column, Sense};

    fn complaint(problem: &Problem) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p");
        let error = write_problem(&path, ProblemFormat::Mps, problem).unwrap_err();
        assert!(!path.exists());
        error.to_string()
    }

    #[test]
    fn numbers_that_no_solver_takes_are_refused() {
        let mut problem = Problem::new(Sense::Minimize);
        let message = "a problem without columns cannot be written";
        assert_eq!(complaint(&problem), message);
        let x = problem.add_continuous("x".to_owned(), 0.0, 1.0);
        let with_column = |lower, upper, cost| {
            let mut problem = problem.clone();
            let data = &mut problem.columns[0];
            (data.lower, data.upper, data.cost) = (lower, upper, cost);
            complaint(&problem)
        };
        let message = "column 0 (x): lower bound is NaN, expected a number or -inf";
        assert_eq!(with_column(f64::NAN, 1.0, 0.0), message);
        let message = "column 0 (x): upper bound is -inf, expected a number or inf";
        assert_eq!(with_column(0.0, f64::NEG_INFINITY, 0.0), message);
        let message = "column 0 (x): lower bound 2 is above upper bound 1";
        assert_eq!(with_column(2.0, 1.0, 0.0), message);
        let message = "column 0 (x): cost is inf, expected a finite number";
        assert_eq!(with_column(0.0, 1.0, f64::INFINITY), message);
        let with_term = |column, coefficient| {
            let mut problem = problem.clone();
            problem.add_row("r".to_owned(), 0.0, 0.0, vec![(column, coefficient)]);
            complaint(&problem)
        };
        let message = "row 0 (r): a coefficient is NaN, expected a finite number";
        assert_eq!(with_term(x, f64::NAN), message);
        let message = "row 0 (r): there is no column 1, the problem has 1";
        assert_eq!(with_term(Column(1), 1.0), message);
    }

    #[test]
    fn formats_have_names() {
        for format in [ProblemFormat::Mps, ProblemFormat::Lp] {
            assert_eq!(format.to_string().parse::<ProblemFormat>().unwrap(), format);
        }
        let message = "unknown problem format \"MPS\", expected mps or lp";
        assert_eq!(
            "MPS".parse::<ProblemFormat>().unwrap_err().to_string(),
            message
        );
    }

    proptest! {
        #[test]
        fn numbers_read_back(value in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL) {
            let text = Number(value).to_string();
            prop_assert_eq!(text.parse::<f64>().unwrap(), value);
            prop_assert!(text.len() <= 24);
        }
    }
}
