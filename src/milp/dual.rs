//! Bounds from dual multipliers.

use super::{Column, Problem, RowData, Sense};

impl Problem {
    /// A valid dual bound from arbitrary, possibly inexact, multipliers of the rows: in maximization
    /// `c x <= sum_i max(y_i L_i, y_i U_i) + sum_j max((c - A'y)_j l_j, (c - A'y)_j u_j)` (Neumaier and
    /// Shcherbina, Math. Programming 99, 2004), rounding included. Infinite if a column has no bound.
    /// Integrality is ignored, as in the relaxation whose multipliers these are.
    ///
    /// # Panics
    /// When there is not one multiplier per row.
    pub fn safe_dual_bound(&self, multipliers: &[f64]) -> f64 {
        assert_eq!(multipliers.len(), self.rows.len(), "one multiplier per row");
        // A minimum is the negative of the maximum of the negative.
        let sign = match self.sense {
            Sense::Maximize => 1.0,
            Sense::Minimize => -1.0,
        };
        let mut sum = Sum::default();
        sum.add(sign * self.offset);
        let costs = self.columns.iter().map(|column| sign * column.cost);
        let mut left: Vec<Sum> = costs.map(Sum::of).collect();
        for (row, &y) in self.rows.iter().zip(multipliers) {
            let y = possible(row, sign * y);
            if y != 0.0 {
                sum.add(y * if y > 0.0 { row.upper } else { row.lower });
                for &(Column(column), c) in &row.terms {
                    left[column].add(-y * c);
                }
            }
        }
        for (column, left) in self.columns.iter().zip(&left) {
            let largest = column.lower.abs().max(column.upper.abs());
            let side = if left.value > 0.0 {
                column.upper
            } else {
                column.lower
            };
            if left.value != 0.0 {
                sum.add(left.value * side);
            }
            if left.terms > 0.0 {
                sum.terms += left.terms * largest;
            }
        }
        // A generous bound: each term is rounded at most as often as there are terms in all (Higham, Accuracy and
        // Stability, section 3.1).
        let operations = 2 * self.rows.len() + self.columns.len() + 16;
        sign * (sum.value + 4.0 * f64::EPSILON * operations as f64 * sum.terms)
    }
}

/// The multiplier, or zero if it would refer to an infinite side.
fn possible(row: &RowData, y: f64) -> f64 {
    let side = if y > 0.0 { row.upper } else { row.lower };
    if side.is_finite() && y.is_finite() {
        y
    } else {
        0.0
    }
}

/// A sum, and the sum of the magnitudes of its terms.
#[derive(Debug, Clone, Default)]
struct Sum {
    value: f64,
    terms: f64,
}

impl Sum {
    fn of(value: f64) -> Self {
        Self {
            value,
            terms: value.abs(),
        }
    }

    fn add(&mut self, term: f64) {
        self.value += term;
        self.terms += term.abs();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `max x + y` where `x + 2 y <= 4`, `3 x + y <= 6`, both in `[0, 10]`: 2.8 at (1.6, 1.2).
    fn problem() -> Problem {
        let mut problem = Problem::new(Sense::Maximize);
        let x = problem.add_continuous(String::from("x"), 0.0, 10.0);
        let y = problem.add_continuous(String::from("y"), 0.0, 10.0);
        problem.columns[0].cost = 1.0;
        problem.columns[1].cost = 1.0;
        let free = f64::NEG_INFINITY;
        problem.add_row(String::from("a"), free, 4.0, vec![(x, 1.0), (y, 2.0)]);
        problem.add_row(String::from("b"), free, 6.0, vec![(x, 3.0), (y, 1.0)]);
        problem
    }

    #[test]
    fn the_best_multipliers_prove_the_optimum() {
        let bound = problem().safe_dual_bound(&[0.4, 0.2]);
        assert!((2.8..2.8 + 1e-9).contains(&bound), "{bound}");
    }

    #[test]
    fn a_minimum_is_bounded_from_below() {
        let mut problem = problem();
        problem.sense = Sense::Minimize;
        for column in &mut problem.columns {
            column.cost = -1.0;
        }
        let bound = problem.safe_dual_bound(&[-0.4, -0.2]);
        assert!((-2.8 - 1e-9..=-2.8).contains(&bound), "{bound}");
    }

    proptest! {
        #[test]
        fn any_multipliers_prove_a_bound(a in -3.0..3.0f64, b in -3.0..3.0f64) {
            prop_assert!(problem().safe_dual_bound(&[a, b]) >= 2.8);
        }
    }
}
