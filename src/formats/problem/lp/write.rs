//! Problems as CPLEX LP text, in the subset of the format that HiGHS, SCIP and Gurobi all read.
//!
//! That subset has no ranges, so a row with two different sides becomes two rows (`_lower` and
//! `_upper`), and no constant in the objective, so the constant is the cost of a column fixed at one.

use std::io::{self, Write};

use super::super::ProblemFormat;
use super::super::names::{Names, SIDES};
use crate::milp::{Column, ColumnData, Kind, Problem, RowData, Sense};
use crate::numbers::Shortest;

/// Writes `problem` to `out`. A row without a finite side is omitted, since it constrains nothing.
///
/// # Errors
/// When `out` fails.
///
/// # Panics
/// When a row has a column that is not in the problem.
pub fn write_lp(out: &mut dyn Write, problem: &Problem) -> io::Result<()> {
    let names = Names::of(problem, ProblemFormat::Lp);
    write_objective(out, problem, &names)?;
    writeln!(out, "Subject To")?;
    for (name, row) in names.rows.iter().zip(&problem.rows) {
        write_row(out, name, row, &names.columns)?;
    }
    writeln!(out, "Bounds")?;
    for (name, column) in names.columns.iter().zip(&problem.columns) {
        write_bounds(out, name, column)?;
    }
    if problem.offset != 0.0 {
        writeln!(out, " {} = 1", names.constant)?;
    }
    write_integers(out, problem, &names)?;
    writeln!(out, "End")
}

/// Longer lines are broken: some readers reject lines of more than 510 characters.
const LINE: usize = 200;

fn write_objective(out: &mut dyn Write, problem: &Problem, names: &Names) -> io::Result<()> {
    let sense = match problem.sense {
        Sense::Maximize => "Maximize",
        Sense::Minimize => "Minimize",
    };
    writeln!(out, "{sense}")?;
    write!(out, " {}:", names.objective)?;
    // Includes costs of zero: readers number the columns in order of appearance.
    let costs = problem.columns.iter().map(|column| column.cost);
    let terms = names.columns.iter().map(String::as_str).zip(costs);
    let constant = (problem.offset != 0.0).then_some((names.constant.as_str(), problem.offset));
    write_terms(out, terms.chain(constant))?;
    writeln!(out)
}

fn write_row(out: &mut dyn Write, name: &str, row: &RowData, columns: &[String]) -> io::Result<()> {
    let mut side = |ending: &str, relation: &str, value: f64| {
        write!(out, " {name}{ending}:")?;
        let nonzero = row.terms.iter().filter(|term| term.1 != 0.0);
        let named = |&(Column(column), c): &(Column, f64)| (columns[column].as_str(), c);
        let mut terms = nonzero.map(named).peekable();
        match terms.peek() {
            Some(_) => write_terms(out, terms)?,
            // A row needs a term.
            None => write!(out, " 0 {}", columns[0])?,
        }
        writeln!(out, " {relation} {}", Shortest(value))
    };
    match (row.lower.is_finite(), row.upper.is_finite()) {
        (false, false) => Ok(()),
        (true, false) => side("", ">=", row.lower),
        (false, true) => side("", "<=", row.upper),
        (true, true) if row.lower == row.upper => side("", "=", row.lower),
        (true, true) => {
            side(SIDES[0], ">=", row.lower)?;
            side(SIDES[1], "<=", row.upper)
        }
    }
}

fn write_terms<'a>(
    out: &mut dyn Write,
    terms: impl Iterator<Item = (&'a str, f64)>,
) -> io::Result<()> {
    let mut length = 0;
    for (name, coefficient) in terms {
        let sign = if coefficient < 0.0 { '-' } else { '+' };
        let term = format!(" {sign} {} {name}", Shortest(coefficient.abs()));
        if length > 0 && length + term.len() > LINE {
            write!(out, "\n  ")?;
            length = 0;
        }
        write!(out, "{term}")?;
        length += term.len();
    }
    Ok(())
}

fn write_bounds(out: &mut dyn Write, name: &str, column: &ColumnData) -> io::Result<()> {
    let (lower, upper) = (Shortest(column.lower), Shortest(column.upper));
    match (column.lower.is_finite(), column.upper.is_finite()) {
        _ if column.lower == column.upper => writeln!(out, " {name} = {lower}"),
        (false, false) => writeln!(out, " {name} free"),
        (false, true) => writeln!(out, " -inf <= {name} <= {upper}"),
        (true, false) => writeln!(out, " {name} >= {lower}"),
        (true, true) => writeln!(out, " {lower} <= {name} <= {upper}"),
    }
}

fn write_integers(out: &mut dyn Write, problem: &Problem, names: &Names) -> io::Result<()> {
    let columns = names.columns.iter().zip(&problem.columns);
    let mut integers = columns
        .filter(|(_, column)| column.kind == Kind::Integer)
        .peekable();
    if integers.peek().is_some() {
        writeln!(out, "General")?;
    }
    for (name, _) in integers {
        writeln!(out, " {name}")?;
    }
    Ok(())
}

#[cfg(test)]
pub(in crate::formats::problem) mod tests {
    use super::*;

    const FREE: f64 = f64::INFINITY;

    /// A problem with every kind of row and column.
    pub(in crate::formats::problem) fn every_kind() -> Problem {
        let mut problem = Problem::new(Sense::Maximize);
        problem.offset = 2.5;
        let x = problem.add_continuous("x".to_owned(), 0.0, 1.0);
        let y = problem.add_continuous("y".to_owned(), -FREE, FREE);
        let b = problem.add_binary("b".to_owned());
        let n = problem.add_binary("n".to_owned());
        problem.add_continuous("z".to_owned(), -FREE, -1.0);
        problem.add_continuous("w".to_owned(), 0.25, 0.25);
        (problem.columns[n.0].lower, problem.columns[n.0].upper) = (-3.0, FREE);
        problem.columns[x.0].cost = 1.0;
        problem.columns[y.0].cost = -2e-7;
        problem.columns[n.0].cost = 1.0;
        let mut row = |name: &str, lower, upper, terms: &[_]| {
            problem.add_row(name.to_owned(), lower, upper, terms.to_vec());
        };
        row("at_least", -1.0, FREE, &[(x, 0.1), (b, -1.0)]);
        row("at_most", -FREE, 4.0, &[(y, 1.0), (x, 0.0)]);
        row("equal", 0.5, 0.5, &[(x, 1.0)]);
        row("between", -5.0, 5.5, &[(y, 3.0), (n, 1.0)]);
        row("nothing_asked", -FREE, FREE, &[(x, 1.0)]);
        row("empty", -FREE, 7.0, &[]);
        problem
    }

    #[test]
    fn every_kind_of_row_and_column() {
        let mut text = Vec::new();
        write_lp(&mut text, &every_kind()).unwrap();
        let expected = "\
Maximize
 objective: + 1 x - 2e-7 y + 0 b + 1 n + 0 z + 0 w + 2.5 objective_constant
Subject To
 at_least: + 0.1 x - 1 b >= -1
 at_most: + 1 y <= 4
 equal: + 1 x = 0.5
 between_lower: + 3 y + 1 n >= -5
 between_upper: + 3 y + 1 n <= 5.5
 empty: 0 x <= 7
Bounds
 0 <= x <= 1
 y free
 0 <= b <= 1
 n >= -3
 -inf <= z <= -1
 w = 0.25
 objective_constant = 1
General
 b
 n
End
";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }

    #[test]
    fn long_rows_are_broken() {
        let mut problem = Problem::new(Sense::Minimize);
        for index in 0..50 {
            problem.add_continuous(format!("a_rather_long_name_{index}"), 0.0, 1.0);
        }
        let mut text = Vec::new();
        write_lp(&mut text, &problem).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.lines().all(|line| line.len() <= LINE + 20));
        assert_eq!(text.matches("+ 0 a_rather").count(), 50);
    }
}
