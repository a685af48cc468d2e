//! Problems as free-format MPS text.
//!
//! HiGHS, SCIP and Gurobi all read the section `OBJSENSE`, and the objective's constant as the
//! negative right-hand side of the objective row.

use std::io::{self, Write};

use super::super::ProblemFormat;
use super::super::names::Names;
use crate::milp::{ColumnData, Kind, Problem, RowData, Sense};
use crate::numbers::Shortest;

/// Writes `problem` to `out`.
///
/// A row without a finite side is omitted, since it constrains nothing. A row with two different
/// sides is written with `RANGES`, as one side and the distance to the other, which is rounded:
/// the other side may be off in its last digit.
///
/// # Errors
/// When `out` fails.
///
/// # Panics
/// When a row has a column that is not in the problem.
pub fn write_mps(out: &mut dyn Write, problem: &Problem) -> io::Result<()> {
    let names = Names::of(problem, ProblemFormat::Mps);
    let writer = Writer {
        problem,
        names: &names,
    };
    writer.head(out)?;
    writer.columns(out)?;
    writer.sides(out)?;
    writer.bounds(out)?;
    writeln!(out, "ENDATA")
}

/// How a row appears in the sections `ROWS`, `RHS` and `RANGES`.
struct RowForm {
    letter: char,
    side: f64,
    range: Option<f64>,
}

impl RowForm {
    /// The form of `row`; `None` if it has no finite side.
    fn of(row: &RowData) -> Option<Self> {
        let (lower, upper) = (row.lower, row.upper);
        let form = |letter, side, range| {
            Some(Self {
                letter,
                side,
                range,
            })
        };
        match (lower.is_finite(), upper.is_finite()) {
            (false, false) => None,
            (true, false) => form('G', lower, None),
            (false, true) => form('L', upper, None),
            (true, true) if lower == upper => form('E', lower, None),
            (true, true) => {
                let range = upper - lower;
                // The form that restores the other side exactly, if there is one.
                match upper - range == lower {
                    true => form('L', upper, Some(range)),
                    false => form('G', lower, Some(range)),
                }
            }
        }
    }
}

struct Writer<'a> {
    problem: &'a Problem,
    names: &'a Names,
}

impl Writer<'_> {
    fn head(&self, out: &mut dyn Write) -> io::Result<()> {
        let sense = match self.problem.sense {
            Sense::Maximize => "MAX",
            Sense::Minimize => "MIN",
        };
        writeln!(out, "NAME pipeline\nOBJSENSE\n    {sense}\nROWS")?;
        writeln!(out, " N {}", self.names.objective)?;
        for (name, form) in self.rows() {
            writeln!(out, " {} {name}", form.letter)?;
        }
        Ok(())
    }

    /// The rows that are written, with their names.
    fn rows(&self) -> impl Iterator<Item = (&str, RowForm)> {
        let rows = self.names.rows.iter().zip(&self.problem.rows);
        rows.filter_map(|(name, row)| Some((name.as_str(), RowForm::of(row)?)))
    }

    fn columns(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "COLUMNS")?;
        let mut kind = Kind::Continuous;
        let mut markers = 0;
        let terms = self.terms_by_column();
        for (index, column) in self.problem.columns.iter().enumerate() {
            if column.kind != kind {
                write_marker(out, &mut markers, column.kind)?;
                kind = column.kind;
            }
            let name = &self.names.columns[index];
            // Includes a cost of zero, so that every column appears.
            let cost = Shortest(column.cost);
            writeln!(out, "    {name} {} {cost}", self.names.objective)?;
            for &(row, coefficient) in &terms[index] {
                let row = &self.names.rows[row];
                writeln!(out, "    {name} {row} {}", Shortest(coefficient))?;
            }
        }
        if kind == Kind::Integer {
            write_marker(out, &mut markers, Kind::Continuous)?;
        }
        Ok(())
    }

    /// For each column, the written rows that it appears in, with its coefficients.
    fn terms_by_column(&self) -> Vec<Vec<(usize, f64)>> {
        let mut terms = vec![Vec::new(); self.problem.columns.len()];
        for (index, row) in self.problem.rows.iter().enumerate() {
            if RowForm::of(row).is_some() {
                let nonzero = row.terms.iter().filter(|term| term.1 != 0.0);
                for &(column, coefficient) in nonzero {
                    terms[column.0].push((index, coefficient));
                }
            }
        }
        terms
    }

    fn sides(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "RHS")?;
        let offset = self.problem.offset;
        if offset != 0.0 {
            writeln!(
                out,
                "    RHS {} {}",
                self.names.objective,
                Shortest(-offset)
            )?;
        }
        for (name, form) in self.rows() {
            if form.side != 0.0 {
                writeln!(out, "    RHS {name} {}", Shortest(form.side))?;
            }
        }
        let ranged = |(name, form): (_, RowForm)| Some((name, form.range?));
        let ranges: Vec<_> = self.rows().filter_map(ranged).collect();
        if ranges.is_empty() {
            return Ok(());
        }
        writeln!(out, "RANGES")?;
        for (name, range) in ranges {
            writeln!(out, "    RANGES {name} {}", Shortest(range))?;
        }
        Ok(())
    }

    fn bounds(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "BOUNDS")?;
        for (name, column) in self.names.columns.iter().zip(&self.problem.columns) {
            write_bounds(out, name, column)?;
        }
        Ok(())
    }
}

fn write_marker(out: &mut dyn Write, count: &mut usize, next: Kind) -> io::Result<()> {
    let word = match next {
        Kind::Integer => "'INTORG'",
        Kind::Continuous => "'INTEND'",
    };
    writeln!(out, "    MARKER{count} 'MARKER' {word}")?;
    *count += 1;
    Ok(())
}

/// Writes all bounds explicitly: readers differ in their defaults for integer columns.
fn write_bounds(out: &mut dyn Write, name: &str, column: &ColumnData) -> io::Result<()> {
    let (lower, upper) = (column.lower, column.upper);
    if lower == upper {
        return writeln!(out, " FX BOUND {name} {}", Shortest(lower));
    }
    match (lower.is_finite(), upper.is_finite()) {
        (false, false) => return writeln!(out, " FR BOUND {name}"),
        (false, true) => writeln!(out, " MI BOUND {name}")?,
        (true, _) => writeln!(out, " LO BOUND {name} {}", Shortest(lower))?,
    }
    match upper.is_finite() {
        true => writeln!(out, " UP BOUND {name} {}", Shortest(upper)),
        false => writeln!(out, " PL BOUND {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::problem::lp::tests::every_kind;

    #[test]
    fn every_kind_of_row_and_column() {
        let mut text = Vec::new();
        write_mps(&mut text, &every_kind()).unwrap();
        let expected = "\
NAME pipeline
OBJSENSE
    MAX
ROWS
 N objective
 G at_least
 L at_most
 E equal
 L between
 L empty
COLUMNS
    x objective 1
    x at_least 0.1
    x equal 1
    y objective -2e-7
    y at_most 1
    y between 3
    MARKER0 'MARKER' 'INTORG'
    b objective 0
    b at_least -1
    n objective 1
    n between 1
    MARKER1 'MARKER' 'INTEND'
    z objective 0
    w objective 0
RHS
    RHS objective -2.5
    RHS at_least -1
    RHS at_most 4
    RHS equal 0.5
    RHS between 5.5
    RHS empty 7
RANGES
    RANGES between 10.5
BOUNDS
 LO BOUND x 0
 UP BOUND x 1
 FR BOUND y
 LO BOUND b 0
 UP BOUND b 1
 LO BOUND n -3
 PL BOUND n
 MI BOUND z
 UP BOUND z -1
 FX BOUND w 0.25
ENDATA
";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }

    #[test]
    fn the_exact_form_of_a_range_is_chosen() {
        let row = |lower, upper| RowData {
            name: String::new(),
            lower,
            upper,
            terms: Vec::new(),
        };
        for (lower, upper) in [
            (-5.0, 5.5),
            (0.1, 0.7),
            (-1e-3, 1e3),
            (-1e3, 1e-3),
            (1e-3, 1e3),
        ] {
            let form = RowForm::of(&row(lower, upper)).unwrap();
            let range = form.range.unwrap();
            let read = match form.letter {
                'L' => (form.side - range, form.side),
                _ => (form.side, form.side + range),
            };
            assert_eq!(read, (lower, upper));
        }
    }
}
