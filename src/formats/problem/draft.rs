//! A problem while it is read: columns and rows by name, with the lines that said so.

use std::collections::HashMap;
use std::fmt::Display;

use crate::milp::{Column, Kind, Problem, Sense};

/// From this magnitude on, HiGHS, SCIP, Gurobi and CPLEX take a bound or a row's side for infinite.
const INFINITE: f64 = 1e20;

/// What is wrong with a line of a file, counted from 1.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    pub line: usize,
    pub message: String,
}

impl Fault {
    pub fn new(line: usize, message: impl Into<String>) -> Self {
        Self {
            line,
            message: message.into(),
        }
    }

    /// `found "x", expected a number`.
    pub fn unexpected(line: usize, found: impl Display, expected: &str) -> Self {
        Self::new(line, format!("found \"{found}\", expected {expected}"))
    }
}

/// A side of a column's bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Side {
    Lower,
    Upper,
}

/// The problem read so far.
pub(super) struct Draft {
    pub problem: Problem,
    columns: HashMap<String, Column>,
    /// The lines of the rows.
    rows: HashMap<String, (usize, usize)>,
    /// The lines of bounds.
    bounds: HashMap<(Column, Side), usize>,
}

impl Draft {
    pub fn new() -> Self {
        Self {
            problem: Problem::new(Sense::Minimize),
            columns: HashMap::new(),
            rows: HashMap::new(),
            bounds: HashMap::new(),
        }
    }

    pub fn known_column(&self, name: &str) -> Option<Column> {
        self.columns.get(name).copied()
    }

    /// The column of that name, a new one with the bounds `0` and infinity if it was not named before.
    pub fn column(&mut self, name: &str) -> Column {
        self.known_column(name).unwrap_or_else(|| {
            let column = self
                .problem
                .add_continuous(name.to_owned(), 0.0, f64::INFINITY);
            self.columns.insert(name.to_owned(), column);
            column
        })
    }

    pub fn known_row(&self, name: &str) -> Option<usize> {
        self.rows.get(name).map(|(row, _)| *row)
    }

    /// Adds a row without terms; its index.
    pub fn add_row(
        &mut self,
        line: usize,
        name: &str,
        lower: f64,
        upper: f64,
    ) -> Result<usize, Fault> {
        let row = self.problem.rows.len();
        if let Some((_, first)) = self.rows.insert(name.to_owned(), (row, line)) {
            return Err(Fault::new(
                line,
                format!("row \"{name}\" was defined before, in line {first}"),
            ));
        }
        self.problem
            .add_row(name.to_owned(), lower, upper, Vec::new());
        Ok(row)
    }

    /// Sets one side of a column's bounds, once.
    pub fn set_bound(
        &mut self,
        line: usize,
        column: Column,
        side: Side,
        value: f64,
    ) -> Result<(), Fault> {
        if let Some(first) = self.bounds.insert((column, side), line) {
            let name = &self.problem.columns[column.0].name;
            let side = match side {
                Side::Lower => "lower",
                Side::Upper => "upper",
            };
            return Err(Fault::new(
                line,
                format!("the {side} bound of column \"{name}\" was given before, in line {first}"),
            ));
        }
        let data = &mut self.problem.columns[column.0];
        match side {
            Side::Lower => data.lower = value,
            Side::Upper => data.upper = value,
        }
        Ok(())
    }

    /// The line that gave a bound of a column.
    pub fn line_of_bound(&self, column: Column, side: Side) -> Option<usize> {
        self.bounds.get(&(column, side)).copied()
    }

    pub fn set_integer(&mut self, column: Column) {
        self.problem.columns[column.0].kind = Kind::Integer;
    }
}

/// A finite number.
pub(super) fn finite(line: usize, text: &str) -> Result<f64, Fault> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && is_plain(text) => Ok(number),
        _ => Err(Fault::unexpected(line, text, "a number")),
    }
}

/// A number or an infinity; what solvers take for infinite is.
pub(super) fn bound(line: usize, text: &str) -> Result<f64, Fault> {
    let unsigned = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    let number = match unsigned.as_str() {
        "inf" | "infinity" if text.starts_with('-') => f64::NEG_INFINITY,
        "inf" | "infinity" => f64::INFINITY,
        _ => finite(line, text)?,
    };
    Ok(if number.abs() >= INFINITE {
        f64::INFINITY.copysign(number)
    } else {
        number
    })
}

/// Whether the text is digits, not the word of a number that is none.
fn is_plain(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}
