//! What dual multipliers prove.

use super::{Column, Problem, RowData, Sense};

impl Problem {
    /// A bound on the objective of a maximization that any multipliers of the rows prove, whoever computed
    /// them and however roughly: `c x <= sum_i max(y_i L_i, y_i U_i) + sum_j max((c - A'y)_j l_j,
    /// (c - A'y)_j u_j)` (Neumaier and Shcherbina, Math. Programming 99, 2004), with room for rounding.
    /// Infinite where a column has no bound. Integrality is not looked at, as in
    /// the relaxation whose multipliers these are.
    ///
    /// # Panics
    /// When there is not one multiplier a row, or the problem is a minimization.
    pub fn bound_by(&self, multipliers: &[f64]) -> f64 {
        assert_eq!(multipliers.len(), self.rows.len(), "a multiplier a row");
        assert_eq!(self.sense, Sense::Maximize);
        let mut sum = Sum::default();
        sum.add(self.offset);
        let mut left: Vec<Sum> = self.columns.iter().map(|c| Sum::of(c.cost)).collect();
        for (row, &y) in self.rows.iter().zip(multipliers) {
            let y = possible(row, y);
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
        // Each term is rounded at most as often as there are terms in all (Higham, Accuracy and Stability,
        // section 3.1), generously.
        let operations = 2 * self.rows.len() + self.columns.len() + 16;
        sum.value + 4.0 * f64::EPSILON * operations as f64 * sum.terms
    }
}

/// The multiplier, or zero where it would count on a side that is not there.
fn possible(row: &RowData, y: f64) -> f64 {
    let side = if y > 0.0 { row.upper } else { row.lower };
    if side.is_finite() && y.is_finite() {
        y
    } else {
        0.0
    }
}

/// A sum, and the sum of its terms' sizes.
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
