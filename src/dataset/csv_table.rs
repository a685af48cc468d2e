//! Tables from CSV files, with named columns.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::table::{Table, TableError};

/// The most columns that a message lists.
const LISTED: usize = 30;

/// Why a CSV file does not give a table.
#[derive(Debug, Error)]
pub enum CsvError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system reported.
        source: io::Error,
    },
    /// A line is not one of CSV, or has another number of cells than the header.
    #[error("{}, line {line}: {what}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A column is not in the header, or there twice.
    #[error("{}: the header has {} column {column:?}, expected one of {expected}", path.display(), if *is_twice { "more than one" } else { "no" })]
    Column {
        /// The file.
        path: PathBuf,
        /// The name of the column.
        column: String,
        /// Whether it is there more than once.
        is_twice: bool,
        /// The names that there are.
        expected: String,
    },
    /// A column is asked for twice.
    #[error("the column {0:?} is named twice, expected each once, as an input or as a target")]
    Repeated(String),
    /// A cell is empty or not a finite number in the range of f32.
    #[error("{}, line {line}, column {column:?}: {found:?}, expected a finite number in the range of f32", path.display())]
    Cell {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The name of the column.
        column: String,
        /// The cell.
        found: String,
    },
    /// The rows do not make a table.
    #[error("{}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: TableError,
    },
}

/// Reads a table from a CSV file whose first line names the columns; columns that are not named here are ignored.
///
/// # Errors
/// When the file cannot be read, has no such columns, or a cell of them is empty or not a finite number; the message
/// names the line and the column.
pub fn read_csv(path: &Path, inputs: &[String], targets: &[String]) -> Result<Table, CsvError> {
    let read = |source| CsvError::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(read)?;
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(BufReader::new(file));
    let header = reader.headers().map_err(|error| line_error(path, error))?;
    let places = places(path, header, inputs.iter().chain(targets))?;
    let (of_inputs, of_targets) = places.split_at(inputs.len());
    let (mut all_inputs, mut all_targets) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(|error| line_error(path, error))?;
        let numbers = |places: &[(usize, String)]| -> Result<Vec<f64>, CsvError> {
            let number = |(place, column): &(usize, String)| number(path, &record, *place, column);
            places.iter().map(number).collect()
        };
        all_inputs.push(numbers(of_inputs)?);
        all_targets.push(numbers(of_targets)?);
    }
    Table::new(&all_inputs, &all_targets).map_err(|source| CsvError::Table {
        path: path.to_owned(),
        source,
    })
}

/// The position of each column, with its name.
fn places<'a>(
    path: &Path,
    header: &csv::StringRecord,
    columns: impl Iterator<Item = &'a String>,
) -> Result<Vec<(usize, String)>, CsvError> {
    let names: Vec<&str> = header.iter().collect();
    let mut places: Vec<(usize, String)> = Vec::new();
    for column in columns {
        let mut found = (0..names.len()).filter(|&place| names[place] == column);
        let (place, second) = (found.next(), found.next());
        let Some(place) = place.filter(|_| second.is_none()) else {
            let more = if names.len() > LISTED { ", ..." } else { "" };
            let listed = &names[..names.len().min(LISTED)];
            return Err(CsvError::Column {
                path: path.to_owned(),
                column: column.clone(),
                is_twice: second.is_some(),
                expected: listed.join(", ") + more,
            });
        };
        if places.iter().any(|(known, _)| *known == place) {
            return Err(CsvError::Repeated(column.clone()));
        }
        places.push((place, column.clone()));
    }
    Ok(places)
}

fn number(
    path: &Path,
    record: &csv::StringRecord,
    place: usize,
    column: &str,
) -> Result<f64, CsvError> {
    let cell = record.get(place).unwrap_or_default();
    let number = cell.parse::<f64>().ok();
    number
        .filter(|number| (*number as f32).is_finite())
        .ok_or_else(|| CsvError::Cell {
            path: path.to_owned(),
            line: record.position().map_or(0, csv::Position::line),
            column: column.to_owned(),
            found: cell.to_owned(),
        })
}

fn line_error(path: &Path, error: csv::Error) -> CsvError {
    let path = path.to_owned();
    let line = error.position().map_or(1, csv::Position::line);
    match error.into_kind() {
        csv::ErrorKind::Io(source) => CsvError::Read { path, source },
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => CsvError::Line {
            path,
            line,
            what: format!("{len} cells, expected {expected_len} as in the header"),
        },
        csv::ErrorKind::Utf8 { .. } => CsvError::Line {
            path,
            line,
            what: String::from("it is not UTF-8 text"),
        },
        _ => CsvError::Line {
            path,
            line,
            what: String::from("it is not a line of CSV"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, inputs: &[&str], targets: &[&str]) -> Result<Table, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.csv");
        std::fs::write(&path, text).unwrap();
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        read_csv(&path, &owned(inputs), &owned(targets)).map_err(|error| {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            let text =
                error.to_string() + &source.map_or(String::new(), |text| format!(": {text}"));
            text.replace(&format!("{}/", folder.path().display()), "")
        })
    }

    #[test]
    fn columns_are_found_by_name_and_others_ignored() {
        let text = "\u{feff}\"a, b\",note,y\n1, x ,3\n-2e-3,,4\n";
        let table = read(text, &["y"], &["a, b"]).unwrap();
        assert_eq!(table.all_inputs(), [3.0, 4.0]);
        assert_eq!(table.all_targets(), [1.0, -2e-3]);
    }

    #[test]
    fn errors_name_line_and_column() {
        let refused = |text: &str| read(text, &["a"], &["y"]).unwrap_err();
        let expected = "expected a finite number in the range of f32";
        for (cell, found) in [
            ("", ""),
            ("x", "x"),
            ("nan", "nan"),
            ("1e39", "1e39"),
            ("1,5", ""),
        ] {
            let text = format!("a,y,z\n1,2,3\n4,{cell},6\n");
            let message = match cell {
                "1,5" => String::from("samples.csv, line 3: 4 cells, expected 3 as in the header"),
                _ => format!("samples.csv, line 3, column \"y\": {found:?}, {expected}"),
            };
            assert_eq!(refused(&text), message);
        }
        assert_eq!(
            refused("b,y\n1,2\n"),
            "samples.csv: the header has no column \"a\", expected one of b, y"
        );
        assert_eq!(
            refused("a,y,a\n1,2,3\n"),
            "samples.csv: the header has more than one column \"a\", expected one of a, y, a"
        );
        assert_eq!(
            refused("a,y\n"),
            "samples.csv: a table needs at least one row"
        );
        assert_eq!(
            read("a,y\n1,2\n", &["a"], &["a"]).unwrap_err(),
            "the column \"a\" is named twice, expected each once, as an input or as a target"
        );
    }
}
