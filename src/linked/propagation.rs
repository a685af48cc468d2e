//! Bounds on columns that the rows imply, one row at a time (feasibility-based bound tightening).

use super::LinkedBounds;
use crate::milp::{Column, ColumnData, Kind, Problem, RowData};

/// Passes over all rows.
const PASSES: usize = 20;
/// Least gain of a bound that is worth another pass, as a share of the distance between the bounds.
const GAIN: f64 = 1e-3;
/// By how much computed bounds are moved outwards, relative to the numbers that they come from: more than all rounding.
const MARGIN: f64 = 1e-9;
/// How far from an integer a bound may be and still round to it.
const INTEGRALITY: f64 = 1e-6;

/// Some column or neuron has no value left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Empty;

/// The smallest and the largest integer between bounds.
pub(super) fn integers_within(lower: f64, upper: f64) -> (f64, f64) {
    ((lower - INTEGRALITY).ceil(), (upper + INTEGRALITY).floor())
}

/// The bounds of all columns.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sides {
    pub lower: Vec<f64>,
    pub upper: Vec<f64>,
}

impl From<&LinkedBounds> for Sides {
    fn from(bounds: &LinkedBounds) -> Self {
        let (lower, upper) = bounds.columns.iter().copied().unzip();
        Self { lower, upper }
    }
}

impl Sides {
    /// The columns' own bounds.
    pub fn of(problem: &Problem) -> Self {
        Self {
            lower: problem.columns.iter().map(|column| column.lower).collect(),
            upper: problem.columns.iter().map(|column| column.upper).collect(),
        }
    }

    /// The part in which a column is at most `below`, and that in which it is at least `above`.
    pub fn divided(&self, column: usize, below: f64, above: f64) -> [Self; 2] {
        let (mut first, mut second) = (self.clone(), self.clone());
        first.upper[column] = below;
        second.lower[column] = above;
        [first, second]
    }

    /// Moves the bounds of a column inwards, which loses none of its values; whether that gains much.
    pub fn tighten(
        &mut self,
        Column(column): Column,
        data: &ColumnData,
        lower: f64,
        upper: f64,
    ) -> Result<bool, Empty> {
        let (mut lower, mut upper) = (lower, upper);
        if data.kind == Kind::Integer {
            (lower, upper) = integers_within(lower, upper);
        }
        let (own_lower, own_upper) = (self.lower[column], self.upper[column]);
        let width = own_upper - own_lower;
        let gain = |by: f64| by > 0.0 && (by > GAIN * width || !width.is_finite());
        let gains = gain(lower - own_lower) || gain(own_upper - upper);
        let (lower, upper) = (lower.max(own_lower), upper.min(own_upper));
        if lower > upper {
            // Within the tolerances of solvers, bounds that cross are equal.
            if lower - upper > INTEGRALITY * upper.abs().max(1.0) {
                return Err(Empty);
            }
            return Ok(false);
        }
        (self.lower[column], self.upper[column]) = (lower, upper);
        Ok(gains)
    }

    /// Tightens all bounds by the rows, until passes gain little.
    pub fn propagate(&mut self, problem: &Problem) -> Result<(), Empty> {
        for _ in 0..PASSES {
            let mut gains = false;
            for row in &problem.rows {
                gains |= self.propagate_row(problem, row)?;
            }
            if !gains {
                break;
            }
        }
        Ok(())
    }

    /// Whether no value within the bounds violates the row.
    pub fn imply(&self, row: &RowData) -> bool {
        let (least, most) = (self.activity(row, -1.0), self.activity(row, 1.0));
        let slack = MARGIN * (least.size + most.size);
        let holds_below =
            row.lower == f64::NEG_INFINITY || least.sum_if_finite() - slack >= row.lower;
        let holds_above = row.upper == f64::INFINITY || most.sum_if_finite() + slack <= row.upper;
        holds_below && holds_above
    }

    fn propagate_row(&mut self, problem: &Problem, row: &RowData) -> Result<bool, Empty> {
        let mut gains = false;
        let (least, most) = (self.activity(row, -1.0), self.activity(row, 1.0));
        let slack = MARGIN * (least.size + most.size + 1.0);
        if least.sum_if_finite() > row.upper + slack + INTEGRALITY * row.upper.abs().max(1.0)
            || most.sum_if_finite() < row.lower - slack - INTEGRALITY * row.lower.abs().max(1.0)
        {
            return Err(Empty);
        }
        for &(column, c) in row.terms.iter().filter(|(_, c)| *c != 0.0) {
            // c x <= upper - the least of the others, and c x >= lower - the most of the others.
            let highest = row.upper - least.without(self.term(column, c, -1.0)) + slack;
            let lowest = row.lower - most.without(self.term(column, c, 1.0)) - slack;
            let (one, other) = (lowest / c, highest / c);
            let (lower, upper) = if c > 0.0 { (one, other) } else { (other, one) };
            let lower = if lower.is_nan() {
                f64::NEG_INFINITY
            } else {
                lower
            };
            let upper = if upper.is_nan() { f64::INFINITY } else { upper };
            gains |= self.tighten(column, &problem.columns[column.0], lower, upper)?;
        }
        Ok(gains)
    }

    /// The largest (`sign` 1) or smallest (-1) value of a term.
    fn term(&self, Column(column): Column, c: f64, sign: f64) -> f64 {
        match sign * c > 0.0 {
            true => c * self.upper[column],
            false => c * self.lower[column],
        }
    }

    fn activity(&self, row: &RowData, sign: f64) -> Activity {
        let mut activity = Activity::default();
        for &(column, c) in row.terms.iter().filter(|(_, c)| *c != 0.0) {
            activity.add(self.term(column, c, sign));
        }
        activity.sign = sign;
        activity
    }
}

/// The largest or smallest value of a sum.
#[derive(Debug, Default)]
struct Activity {
    sign: f64,
    finite: f64,
    infinite: usize,
    /// The sum of the magnitudes of the finite terms.
    size: f64,
}

impl Activity {
    fn add(&mut self, term: f64) {
        match term.is_finite() {
            true => {
                self.finite += term;
                self.size += term.abs();
            }
            false => self.infinite += 1,
        }
    }

    fn sum_if_finite(&self) -> f64 {
        match self.infinite {
            0 => self.finite,
            _ => self.sign * f64::INFINITY,
        }
    }

    /// The sum without one of its terms.
    fn without(&self, term: f64) -> f64 {
        match (self.infinite, term.is_finite()) {
            (0, _) => self.finite - term,
            (1, false) => self.finite,
            _ => self.sign * f64::INFINITY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::milp::Sense;

    const FREE: f64 = f64::INFINITY;

    #[test]
    fn rows_bound_columns_through_each_other() {
        let mut problem = Problem::new(Sense::Minimize);
        let x = problem.add_continuous("x".into(), 0.0, FREE);
        let y = problem.add_continuous("y".into(), -FREE, FREE);
        let n = problem.add_continuous("n".into(), 0.0, 100.0);
        problem.columns[n.0].kind = Kind::Integer;
        problem.add_row("a".into(), -FREE, 4.0, vec![(x, 2.0), (n, 0.5)]);
        problem.add_row("b".into(), 1.0, 3.0, vec![(y, -1.0), (x, 1.0)]);
        problem.add_row("c".into(), -FREE, 7.5, vec![(n, 1.0), (x, 1.0)]);
        let mut sides = Sides::of(&problem);
        sides.propagate(&problem).unwrap();
        let close = |a: f64, b: f64| (a - b).abs() < 1e-6;
        assert!(close(sides.upper[x.0], 2.0) && sides.lower[x.0] == 0.0);
        assert!(close(sides.lower[y.0], -3.0) && close(sides.upper[y.0], 1.0));
        assert_eq!((sides.lower[n.0], sides.upper[n.0]), (0.0, 7.0));
    }

    #[test]
    fn what_cannot_hold_is_found() {
        let mut problem = Problem::new(Sense::Minimize);
        let x = problem.add_continuous("x".into(), 0.0, 1.0);
        let y = problem.add_continuous("y".into(), 0.0, 1.0);
        problem.add_row("sum".into(), 2.5, FREE, vec![(x, 1.0), (y, 1.0)]);
        assert_eq!(Sides::of(&problem).propagate(&problem), Err(Empty));
        problem.rows[0].lower = 2.0;
        assert_eq!(Sides::of(&problem).propagate(&problem), Ok(()));
    }
}
