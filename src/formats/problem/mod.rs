//! MILP problems as files that other solvers read and write.

mod draft;
mod lp;
mod mps;
mod names;

pub use lp::write_lp;
pub use mps::write_mps;
pub use names::keeps_names;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;

use crate::files::write_whole;
use crate::milp::{ColumnData, Problem, RowData};
use crate::numbers::Shortest;
use draft::Fault;
use lp::parse_lp;
use mps::parse_mps;

/// Why a problem cannot be written.
#[derive(Debug, Error)]
pub enum ProblemError {
    /// The name of a format is neither `mps` nor `lp`.
    #[error("unknown problem format {found:?}, expected mps or lp")]
    UnknownFormat {
        /// The name that was given.
        found: String,
    },
    /// A number is NaN or infinite where solvers accept no such number.
    #[error("{place}: {field} is {}, expected {expected}", Shortest(*value))]
    Number {
        /// The column or row by index and name, or the objective.
        place: String,
        /// What the number is, such as `lower bound` or `cost`.
        field: &'static str,
        /// The number itself.
        value: f64,
        /// Which numbers are accepted there, in words.
        expected: &'static str,
    },
    /// A column or row has its lower bound above its upper bound.
    #[error("{place}: lower bound {} is above upper bound {}", Shortest(*lower), Shortest(*upper))]
    Crossed {
        /// The column or row by index and name.
        place: String,
        /// Its lower bound.
        lower: f64,
        /// Its upper bound.
        upper: f64,
    },
    /// A row refers to a column that does not exist.
    #[error("{place}: there is no column {column}, the problem has {columns}")]
    NoSuchColumn {
        /// The row by index and name.
        place: String,
        /// Index of the column referred to, from 0.
        column: usize,
        /// Number of columns in the problem.
        columns: usize,
    },
    /// Two columns or two rows have the same name: readers of the file merge them or refuse it.
    #[error(
        "{place}: {kind} {first} has the same name, expected a name of its own for every {kind}"
    )]
    Repeated {
        /// The later one by index and name.
        place: String,
        /// `column` or `row`.
        kind: &'static str,
        /// Index of the earlier one, from 0.
        first: usize,
    },
    /// A row has two coefficients of the same column: readers of the file add them, or take one of them.
    #[error("{place}: column {column} has two coefficients, expected one")]
    TwoCoefficients {
        /// The row by index and name.
        place: String,
        /// The column by index and name.
        column: String,
    },
    /// The file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// File that could not be written.
        path: PathBuf,
        /// What the operating system reported.
        source: io::Error,
    },
}

/// Why a problem file cannot be read.
#[derive(Debug, Error)]
pub enum ReadProblemError {
    /// The name of the file does not say in which format it is.
    #[error("{}: expected a name that ends in .mps or .lp", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be opened, or is not UTF-8 text.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system reported.
        source: io::Error,
    },
    /// A line is not one of the format, or says something that readers of the format understand differently.
    #[error("{}, line {line}: {message}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What was found there and what was expected.
        message: String,
    },
    /// The problem has numbers that no solver accepts.
    #[error("{}", path.display())]
    Problem {
        /// The file.
        path: PathBuf,
        /// Which numbers.
        source: ProblemError,
    },
}

/// The formats that HiGHS, SCIP and Gurobi all read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemFormat {
    /// Free-format MPS.
    Mps,
    /// CPLEX LP.
    Lp,
}

impl ProblemFormat {
    /// The format that the ending of a file's name says, in upper or lower case.
    pub fn of_file(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?;
        ending.to_ascii_lowercase().parse().ok()
    }
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

/// Reads the MILP in a file whose name ends in `.mps` or `.lp`.
///
/// Bounds and sides of rows from 1e20 on are infinite, as to solvers. An integer column of MPS without bounds is a
/// 0-1 column.
///
/// # Errors
/// When the file cannot be read, and, with its line, what is not a mixed-integer linear problem or could be another one
/// to another reader: entries that occur twice, sections of other kinds of problems, missing ends.
///
/// ```
/// use pipeline::formats::read_problem;
///
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("plant.lp");
/// std::fs::write(&path, "Maximize\n profit: 3 a + 2 b\nSubject To\n power: a + b <= 4\nEnd\n")?;
/// let problem = read_problem(&path)?;
/// assert_eq!(problem.columns[1].name, "b");
/// assert_eq!(problem.rows[0].upper, 4.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_problem(path: &Path) -> Result<Problem, ReadProblemError> {
    let named = ReadProblemError::UnknownFormat {
        path: path.to_owned(),
    };
    let format = ProblemFormat::of_file(path).ok_or(named)?;
    let text = fs::read_to_string(path).map_err(|source| ReadProblemError::Read {
        path: path.to_owned(),
        source,
    })?;
    let parsed = match format {
        ProblemFormat::Mps => parse_mps(&text),
        ProblemFormat::Lp => parse_lp(&text),
    };
    let problem = parsed.map_err(|Fault { line, message }| ReadProblemError::Line {
        path: path.to_owned(),
        line,
        message,
    })?;
    match check(&problem) {
        Ok(()) => Ok(problem),
        Err(source) => Err(ReadProblemError::Problem {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Writes `problem` to `path`, whole or not at all, with every number in full f64 precision.
///
/// # Errors
/// When the problem has numbers that no solver accepts, a name or a coefficient twice, or the file cannot be written.
pub fn write_problem(
    path: &Path,
    format: ProblemFormat,
    problem: &Problem,
) -> Result<(), ProblemError> {
    let text = problem_text(format, problem)?;
    write_whole(path, |out| out.write_all(&text)).map_err(|source| ProblemError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Renders the file that [`write_problem`] writes.
///
/// # Errors
/// When the problem has numbers that no solver accepts, or a name or a coefficient twice.
pub fn problem_text(format: ProblemFormat, problem: &Problem) -> Result<Vec<u8>, ProblemError> {
    check(problem)?;
    let problem = with_a_column(problem);
    let mut text = Vec::new();
    match format {
        ProblemFormat::Mps => write_mps(&mut text, &problem),
        ProblemFormat::Lp => write_lp(&mut text, &problem),
    }
    .expect("memory can be written");
    Ok(text)
}

/// Adds a column fixed at zero to a `problem` without columns: readers reject a file without any.
fn with_a_column(problem: &Problem) -> Cow<'_, Problem> {
    if !problem.columns.is_empty() {
        return Cow::Borrowed(problem);
    }
    let mut problem = problem.clone();
    problem.add_continuous("zero".to_owned(), 0.0, 0.0);
    Cow::Owned(problem)
}

fn check(problem: &Problem) -> Result<(), ProblemError> {
    check_finite("the objective", "constant", problem.offset)?;
    for (index, column) in problem.columns.iter().enumerate() {
        check_column(&place_of("column", index, &column.name), column)?;
    }
    for (index, row) in problem.rows.iter().enumerate() {
        check_row(&place_of("row", index, &row.name), row, problem)?;
    }
    check_names("column", problem.columns.iter().map(|column| &column.name))?;
    check_names("row", problem.rows.iter().map(|row| &row.name))
}

fn place_of(kind: &str, index: usize, name: &str) -> String {
    format!("{kind} {index} ({name})")
}

/// Refuses names that occur twice.
fn check_names<'a>(
    kind: &'static str,
    names: impl Iterator<Item = &'a String>,
) -> Result<(), ProblemError> {
    let mut seen = HashMap::new();
    for (index, name) in names.enumerate() {
        if let Some(first) = seen.insert(name, index) {
            let place = place_of(kind, index, name);
            return Err(ProblemError::Repeated { place, kind, first });
        }
    }
    Ok(())
}

fn check_column(place: &str, column: &ColumnData) -> Result<(), ProblemError> {
    check_finite(place, "cost", column.cost)?;
    check_bounds(place, column.lower, column.upper)
}

fn check_row(place: &str, row: &RowData, problem: &Problem) -> Result<(), ProblemError> {
    let columns = problem.columns.len();
    let mut seen = HashSet::new();
    for &(column, coefficient) in &row.terms {
        if column.0 >= columns {
            return Err(ProblemError::NoSuchColumn {
                place: place.to_owned(),
                column: column.0,
                columns,
            });
        }
        check_finite(place, "a coefficient", coefficient)?;
        if !seen.insert(column) {
            return Err(ProblemError::TwoCoefficients {
                place: place.to_owned(),
                column: format!("{} ({})", column.0, problem.columns[column.0].name),
            });
        }
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

#[cfg(test)]
mod tests {
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
    fn numbers_that_no_solver_accepts_are_rejected() {
        let mut problem = Problem::new(Sense::Minimize);
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
    fn names_and_coefficients_that_occur_twice_are_refused() {
        let mut problem = Problem::new(Sense::Minimize);
        let x = problem.add_continuous("x".to_owned(), 0.0, 1.0);
        let mut two_columns = problem.clone();
        two_columns.add_continuous("x".to_owned(), 0.0, 2.0);
        assert_eq!(
            complaint(&two_columns),
            "column 1 (x): column 0 has the same name, expected a name of its own for every column"
        );
        let mut row = |name: &str, terms| problem.add_row(name.to_owned(), 0.0, 1.0, terms);
        row("r", vec![(x, 1.0)]);
        row("r", vec![(x, 2.0)]);
        assert_eq!(
            complaint(&problem),
            "row 1 (r): row 0 has the same name, expected a name of its own for every row"
        );
        problem.rows[1].terms.push((x, 3.0));
        assert_eq!(
            complaint(&problem),
            "row 1 (r): column 0 (x) has two coefficients, expected one"
        );
    }

    #[test]
    fn a_constant_has_one_column_and_its_value() {
        let mut problem = Problem::new(Sense::Maximize);
        problem.offset = 2.5;
        let text = |format| String::from_utf8(problem_text(format, &problem).unwrap()).unwrap();
        let mps = "NAME pipeline\nOBJSENSE\n    MAX\nROWS\n N objective\nCOLUMNS\n    zero objective 0\n\
                   RHS\n    RHS objective -2.5\nBOUNDS\n FX BOUND zero 0\nENDATA\n";
        assert_eq!(text(ProblemFormat::Mps), mps);
        let lp = text(ProblemFormat::Lp);
        assert!(
            lp.contains("2.5 objective_constant") && lp.contains(" zero = 0"),
            "{lp}"
        );
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
}
