//! A mixed-integer linear problem as plain data: columns, rows, sense, integrality, names.
//!
//! `formulation` builds problems, `solver` solves them and `formats` writes them to files.

mod dual;

use crate::exact::power_of_two_below;
use crate::named::{Named, in_words};

/// A column's position in [`Problem::columns`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Column(pub usize);

/// Whether a column must be integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any real number within its bounds.
    Continuous,
    /// Only the integers within its bounds.
    Integer,
}

/// The data of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnData {
    /// Name in messages and files; in files, where no two may be the same, `c0, c1, ...` if one is not portable.
    pub name: String,
    /// Lower bound; `-inf` if there is none.
    pub lower: f64,
    /// Upper bound; `inf` if there is none.
    pub upper: f64,
    /// Coefficient in the objective.
    pub cost: f64,
    /// Whether only integers are feasible.
    pub kind: Kind,
}

/// One row, `lower <= sum of terms <= upper`; each column appears at most once, infinite sides are free.
#[derive(Debug, Clone, PartialEq)]
pub struct RowData {
    /// Name in messages and files; in files, where no two may be the same, `r0, r1, ...` if one is not portable.
    pub name: String,
    /// Lower side; `-inf` if there is none.
    pub lower: f64,
    /// Upper side; `inf` if there is none.
    pub upper: f64,
    /// Columns with their coefficients.
    pub terms: Vec<(Column, f64)>,
}

/// Direction of the optimisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    /// The largest objective is sought.
    Maximize,
    /// The smallest objective is sought.
    Minimize,
}

impl Named for Sense {
    const WHAT: &'static str = "sense";
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Maximize, "maximize"), (Self::Minimize, "minimize")];
}

in_words!(Sense);

/// A mixed-integer linear problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Whether the objective is maximised or minimised.
    pub sense: Sense,
    /// Constant added to the objective.
    pub offset: f64,
    /// The variables, in the order in which [`Column`] counts them.
    pub columns: Vec<ColumnData>,
    /// The constraints.
    pub rows: Vec<RowData>,
}

impl Problem {
    /// A problem without columns or rows.
    pub fn new(sense: Sense) -> Self {
        Self {
            sense,
            offset: 0.0,
            columns: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// The same problem with its objective negated and its sense reversed.
    #[must_use]
    pub fn turned(mut self) -> Self {
        self.sense = match self.sense {
            Sense::Maximize => Sense::Minimize,
            Sense::Minimize => Sense::Maximize,
        };
        self.offset = -self.offset;
        for column in &mut self.columns {
            column.cost = -column.cost;
        }
        self
    }

    /// Adds a continuous column of cost zero.
    pub fn add_continuous(&mut self, name: String, lower: f64, upper: f64) -> Column {
        self.add_column(name, lower, upper, Kind::Continuous)
    }

    /// Adds a 0-1 column of cost zero.
    pub fn add_binary(&mut self, name: String) -> Column {
        self.add_column(name, 0.0, 1.0, Kind::Integer)
    }

    fn add_column(&mut self, name: String, lower: f64, upper: f64, kind: Kind) -> Column {
        self.columns.push(ColumnData {
            name,
            lower,
            upper,
            cost: 0.0,
            kind,
        });
        Column(self.columns.len() - 1)
    }

    /// Adds the row `lower <= terms <= upper`; no column may appear twice in `terms`.
    pub fn add_row(&mut self, name: String, lower: f64, upper: f64, terms: Vec<(Column, f64)>) {
        self.rows.push(RowData {
            name,
            lower,
            upper,
            terms,
        });
    }

    /// Replaces the objective by the affine `expression`.
    pub fn set_objective(&mut self, expression: &Affine) {
        self.offset = expression.constant;
        for column in &mut self.columns {
            column.cost = 0.0;
        }
        for &(column, coefficient) in &expression.terms {
            self.columns[column.0].cost += coefficient;
        }
    }

    /// The same problem without integrality.
    pub fn relaxed(&self) -> Self {
        let mut relaxed = self.clone();
        for column in &mut relaxed.columns {
            column.kind = Kind::Continuous;
        }
        relaxed
    }

    /// The power of two next below the largest magnitude that a term of the objective can have: a reasonable unit
    /// for the objective. 1 if there is no term.
    pub fn unit(&self) -> f64 {
        let size = |column: &ColumnData| {
            let largest = column.lower.abs().max(column.upper.abs());
            let largest = if largest.is_finite() { largest } else { 1.0 };
            column.cost.abs() * largest
        };
        let sizes = self.columns.iter().map(size);
        let largest = sizes.fold(0.0, f64::max);
        // Not near the ends of f64's range, where values in this unit would overflow.
        match largest.log2().abs() < 1000.0 {
            true => power_of_two_below(largest),
            false => 1.0,
        }
    }

    /// Number of integer columns.
    pub fn integers(&self) -> usize {
        let integer = |c: &&ColumnData| c.kind == Kind::Integer;
        self.columns.iter().filter(integer).count()
    }

    /// Number of coefficients in the rows.
    pub fn nonzeros(&self) -> usize {
        self.rows.iter().map(|row| row.terms.len()).sum()
    }
}

/// An affine expression over columns: `constant + sum of coefficient * column`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Affine {
    /// The value where all columns are zero.
    pub constant: f64,
    /// Columns with their coefficients.
    pub terms: Vec<(Column, f64)>,
}

impl Affine {
    /// The expression without columns.
    pub fn constant(constant: f64) -> Self {
        Self {
            constant,
            terms: Vec::new(),
        }
    }

    /// The column itself.
    pub fn column(column: Column) -> Self {
        Self {
            constant: 0.0,
            terms: vec![(column, 1.0)],
        }
    }

    /// The value at `point`, one entry per column of the problem.
    pub fn value(&self, point: &[f64]) -> f64 {
        let terms = self.terms.iter();
        self.constant + terms.map(|(column, c)| c * point[column.0]).sum::<f64>()
    }

    /// `constant + sum of coefficient * expression`, each column collected once, zeros dropped.
    pub fn combination<'a>(
        constant: f64,
        parts: impl IntoIterator<Item = (f64, &'a Affine)>,
    ) -> Self {
        let mut sum = Affine::constant(constant);
        for (factor, part) in parts {
            sum.constant += factor * part.constant;
            let scaled = part.terms.iter().map(|&(column, c)| (column, factor * c));
            sum.terms.extend(scaled);
        }
        sum.terms.sort_by_key(|&(column, _)| column);
        sum.terms.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        sum.terms.retain(|&(_, coefficient)| coefficient != 0.0);
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_is_the_power_of_two_below_the_largest_cost() {
        for (cost, unit) in [
            (1.0, 1.0),
            (-3.9, 2.0),
            (0.3, 0.25),
            (0.0, 1.0),
            (1e305, 1.0),
        ] {
            let mut problem = Problem::new(Sense::Maximize);
            let column = problem.add_continuous(String::from("x"), 0.0, 1.0);
            problem.set_objective(&Affine {
                constant: 0.0,
                terms: vec![(column, cost)],
            });
            assert_eq!(problem.unit(), unit, "{cost}");
        }
    }
}
