//! Names of columns and rows that every reader of MPS and LP files accepts.

use std::collections::HashSet;

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
    pub fn of(problem: &Problem) -> Self {
        let columns = problem.columns.iter().map(|column| column.name.as_str());
        let columns = own_or_numbered(columns.collect(), "c", &[]);
        let rows = problem.rows.iter().map(|row| row.name.as_str());
        let rows = own_or_numbered(rows.collect(), "r", &SIDES);
        Self {
            objective: unlike(&rows, "objective"),
            constant: unlike(&columns, "objective_constant"),
            columns,
            rows,
        }
    }
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

fn own_or_numbered(own: Vec<&str>, prefix: &str, endings: &[&str]) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut all = own.iter().flat_map(|name| {
        let ended = endings.iter().map(move |ending| format!("{name}{ending}"));
        std::iter::once((*name).to_owned()).chain(ended)
    });
    let distinct = all.all(|name| seen.insert(name));
    if distinct && own.iter().all(|name| is_portable(name)) {
        return own.into_iter().map(str::to_owned).collect();
    }
    let numbers = 0..own.len();
    numbers.map(|index| format!("{prefix}{index}")).collect()
}

/// Whether `name` consists of letters, digits and underscores, and cannot be read as a number or a keyword.
fn is_portable(name: &str) -> bool {
    let bytes = name.as_bytes();
    let plain = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let starts_well = match bytes {
        [] => false,
        [b'e' | b'E'] => false,
        // `e5` after a number would be its exponent.
        [b'e' | b'E', second, ..] => !second.is_ascii_digit(),
        [first, ..] => !first.is_ascii_digit(),
    };
    let reserved = |word: &str| name.eq_ignore_ascii_case(word);
    starts_well
        && bytes.len() <= LONGEST
        && bytes.iter().all(plain)
        && !RESERVED.iter().any(|word| reserved(word))
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

    fn columns(names: &[&str]) -> Vec<String> {
        own_or_numbered(names.to_vec(), "c", &[])
    }

    #[test]
    fn good_names_stay() {
        let good = ["x_1", "_y", "epsilon", "E_2", "h2", "freedom"];
        assert_eq!(columns(&good), good);
    }

    #[test]
    fn one_bad_name_numbers_all() {
        let long = "x".repeat(LONGEST + 1);
        for bad in [
            "", "x", "a b", "1x", "e12", "E", "Free", "st", "ü", "a-b", &long,
        ] {
            assert_eq!(columns(&["x", bad]), ["c0", "c1"], "{bad:?}");
        }
    }

    #[test]
    fn names_of_the_sides_of_a_row_must_be_free() {
        let rows = vec!["a", "a_lower"];
        assert_eq!(own_or_numbered(rows, "r", &SIDES), ["r0", "r1"]);
    }

    #[test]
    fn the_objective_is_named_unlike_all_rows() {
        let taken = ["objective", "objective_"].map(str::to_owned);
        assert_eq!(unlike(&taken, "objective"), "objective__");
    }
}
