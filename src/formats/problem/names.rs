//! Names of columns and rows that HiGHS, SCIP and Gurobi all read (tried with HiGHS 1.16, SCIP 10 and Gurobi 13).

use std::collections::HashSet;

use super::ProblemFormat;
use crate::milp::Problem;

/// The names with which a problem is written.
pub(super) struct Names {
    pub columns: Vec<String>,
    pub rows: Vec<String>,
    /// A name that no row has.
    pub objective: String,
    /// A name that no column has.
    pub constant: String,
}

impl Names {
    /// The problem's own names, or `c0, c1, ...` for all columns (`r0, r1, ...` for all rows) if
    /// one of them is not portable, or that of another row's side.
    pub fn of(problem: &Problem, format: ProblemFormat) -> Self {
        let columns = problem.columns.iter().map(|column| column.name.as_str());
        let columns = own_or_numbered(columns.collect(), "c", &[], format);
        let rows = problem.rows.iter().map(|row| row.name.as_str());
        let endings = match format {
            ProblemFormat::Lp => &SIDES[..],
            ProblemFormat::Mps => &[],
        };
        let rows = own_or_numbered(rows.collect(), "r", endings, format);
        Self {
            objective: unlike(&rows, "objective"),
            constant: unlike(&columns, "objective_constant"),
            columns,
            rows,
        }
    }
}

/// Whether a file of this format keeps the problem's own names; else its columns or rows are numbered.
pub fn keeps_names(problem: &Problem, format: ProblemFormat) -> bool {
    let names = Names::of(problem, format);
    let columns = names.columns.iter().zip(&problem.columns);
    let rows = names.rows.iter().zip(&problem.rows);
    columns
        .into_iter()
        .all(|(name, column)| *name == column.name)
        && rows.into_iter().all(|(name, row)| *name == row.name)
}

/// Suffixes of a row's name if its sides are written as two rows.
pub(super) const SIDES: [&str; 2] = ["_lower", "_upper"];

/// Maximum length of a name; no common reader has a lower limit.
const LONGEST: usize = 200;

/// Keywords of LP files.
const RESERVED: [&str; 28] = [
    "bin", "binaries", "binary", "bound", "bounds", "end", "free", "gen", "general", "generals",
    "inf", "infinity", "int", "integer", "integers", "max", "maximize", "maximum", "min",
    "minimize", "minimum", "nan", "sec", "semi", "sos", "st", "subject", "such",
];

fn own_or_numbered(
    own: Vec<&str>,
    prefix: &str,
    endings: &[&str],
    format: ProblemFormat,
) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut all = own.iter().flat_map(|name| {
        let ended = endings.iter().map(move |ending| format!("{name}{ending}"));
        std::iter::once((*name).to_owned()).chain(ended)
    });
    let distinct = all.all(|name| seen.insert(name));
    if distinct && own.iter().all(|name| is_portable(name, format)) {
        return own.into_iter().map(str::to_owned).collect();
    }
    let numbers = 0..own.len();
    numbers.map(|index| format!("{prefix}{index}")).collect()
}

/// Whether a file of this format can have the name.
fn is_portable(name: &str, format: ProblemFormat) -> bool {
    let is_short = !name.is_empty() && name.len() <= LONGEST;
    is_short
        && match format {
            // Free format: blanks end a name, and these begin a comment.
            ProblemFormat::Mps => {
                name.chars().all(|c| c.is_ascii_graphic()) && !name.starts_with(['*', '$'])
            }
            ProblemFormat::Lp => is_name_of_lp(name),
        }
}

/// Whether `name` consists of characters of LP names, and cannot be read as a number or a keyword.
fn is_name_of_lp(name: &str) -> bool {
    let starts_well = match name.as_bytes() {
        [] => false,
        [b'e' | b'E'] => false,
        // `e5` after a number would be its exponent.
        [b'e' | b'E', second, ..] => !second.is_ascii_digit(),
        [first, ..] => !first.is_ascii_digit() && *first != b'.',
    };
    let reserved = |word: &str| name.eq_ignore_ascii_case(word);
    starts_well
        && name.chars().all(|c| c.is_ascii() && is_of_lp_name(c))
        && !RESERVED.iter().any(|word| reserved(word))
}

/// The characters of names in CPLEX's description of LP files.
pub(super) fn is_of_lp_name(character: char) -> bool {
    character.is_alphanumeric() || "!\"#$%&(),.;?@_'`{}~|/".contains(character)
}

fn unlike(taken: &[String], wanted: &str) -> String {
    let mut name = wanted.to_owned();
    while taken.contains(&name) {
        name.push('_');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str], format: ProblemFormat) -> Vec<String> {
        own_or_numbered(names.to_vec(), "c", &[], format)
    }

    #[test]
    fn good_names_stay() {
        let good = [
            "x_1", "_y", "epsilon", "E_2", "h2", "freedom", "x(1,2)", "a#b", "q.r",
        ];
        assert_eq!(columns(&good, ProblemFormat::Lp), good);
        let good = [
            "1x", "e12", "Free", "a-b", "x[1]", "flow:in", "a*b", "st", "3",
        ];
        assert_eq!(columns(&good, ProblemFormat::Mps), good);
    }

    #[test]
    fn one_bad_name_numbers_all() {
        let long = "x".repeat(LONGEST + 1);
        for bad in [
            "", "x", "a b", "1x", "e12", "E", "Free", "st", "ü", "a-b", ".5", "x[1]", &long,
        ] {
            let names = columns(&["x", bad], ProblemFormat::Lp);
            assert_eq!(names, ["c0", "c1"], "{bad:?}");
        }
        for bad in ["", "x", "a b", "*x", "$", "ü", &long] {
            let names = columns(&["x", bad], ProblemFormat::Mps);
            assert_eq!(names, ["c0", "c1"], "{bad:?}");
        }
    }

    #[test]
    fn names_of_the_sides_of_a_row_must_be_free() {
        let rows = vec!["a", "a_lower"];
        assert_eq!(
            own_or_numbered(rows, "r", &SIDES, ProblemFormat::Lp),
            ["r0", "r1"]
        );
    }

    #[test]
    fn the_objective_is_named_unlike_all_rows() {
        let taken = ["objective", "objective_"].map(str::to_owned);
        assert_eq!(unlike(&taken, "objective"), "objective__");
    }
}
