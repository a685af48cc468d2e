//! The dual simplex method on a dense tableau with one common denominator (Edmonds, J. Res. Nat. Bur. Standards 71B,
//! 1967; Bareiss, Math. Comp. 22, 1968): integers stay integers.
//!
//! Every column has two finite bounds, so the basis of all slacks, with each column at its better bound, is dual
//! feasible, and no first phase is needed.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};

use super::linear_system::shorten;
use super::round::leading;

/// The entries of a tableau: integers, or f64 as an approximation.
pub(super) trait Number: Clone + PartialOrd + Default {
    fn of(value: i32) -> Self;
    fn negated(self) -> Self;
    fn times(&self, other: &Self) -> Self;
    /// `self - a b`.
    fn minus_product(&self, a: &Self, b: &Self) -> Self;
    /// `(self pivot - factor own) / denominator`, which is an integer for integers.
    fn pivoted(&self, pivot: &Self, factor: &Self, own: &Self, denominator: &Self) -> Self;
    /// The binary logarithm of the magnitude, to about ten digits.
    fn log2(&self) -> f64;
    /// Removes common factors of a row, where that makes later numbers shorter.
    fn shorten(row: &mut [Self]);

    fn is_positive(&self) -> bool {
        *self > Self::default()
    }

    fn is_negative(&self) -> bool {
        *self < Self::default()
    }
}

impl Number for BigInt {
    fn of(value: i32) -> Self {
        Self::from(value)
    }

    fn negated(self) -> Self {
        -self
    }

    fn times(&self, other: &Self) -> Self {
        self * other
    }

    fn minus_product(&self, a: &Self, b: &Self) -> Self {
        self - a * b
    }

    fn pivoted(&self, pivot: &Self, factor: &Self, own: &Self, denominator: &Self) -> Self {
        (self * pivot - factor * own) / denominator
    }

    fn log2(&self) -> f64 {
        let (leading, shift) = leading(self);
        leading.abs().log2() + shift as f64
    }

    fn shorten(row: &mut [Self]) {
        shorten(row);
    }

    fn is_positive(&self) -> bool {
        self.sign() == Sign::Plus
    }

    fn is_negative(&self) -> bool {
        self.sign() == Sign::Minus
    }
}

/// Share of two numbers below which their difference counts as rounding.
const ROUNDING: f64 = 1e-12;

impl Number for f64 {
    fn of(value: i32) -> Self {
        value.into()
    }

    fn negated(self) -> Self {
        -self
    }

    fn times(&self, other: &Self) -> Self {
        self * other
    }

    fn minus_product(&self, a: &Self, b: &Self) -> Self {
        let (left, right) = (*self, a * b);
        match (left - right).abs() > ROUNDING * left.abs() {
            true => left - right,
            false => 0.0,
        }
    }

    fn pivoted(&self, pivot: &Self, factor: &Self, own: &Self, denominator: &Self) -> Self {
        (self * pivot).minus_product(factor, own) / denominator
    }

    fn log2(&self) -> f64 {
        self.abs().log2()
    }

    fn shorten(_: &mut [Self]) {}
}

/// How a run of the method ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    Optimal,
    /// The variable, a column or, numbered after the columns, the slack of a row, cannot rise to zero or, if it
    /// `is_above` its upper bound, sink to that.
    Infeasible {
        variable: usize,
        is_above: bool,
    },
}

/// What determines a vertex and its multipliers.
#[derive(Debug)]
pub(super) struct Basis {
    /// The basic columns.
    pub columns: Vec<usize>,
    /// The rows without slack, as many.
    pub tight: Vec<usize>,
    /// For each column, whether it is not basic and at its upper bound; otherwise it is at zero or basic.
    pub at_upper: Vec<bool>,
}

/// A variable: a column of the program, or, numbered after the columns, the slack of a row.
#[derive(Debug, Clone, Copy)]
struct Variable {
    index: usize,
    /// Whether it stands for the distance from its upper bound.
    is_flipped: bool,
}

/// `basic + (entries / denominator) nonbasic = last entry / denominator`; the last row is the
/// objective in the same form, `value + ... = ...`. All nonbasic variables are zero.
pub(super) struct Tableau<N> {
    entries: Vec<Vec<N>>,
    denominator: N,
    basic: Vec<Variable>,
    nonbasic: Vec<Variable>,
    upper: Vec<N>,
}

impl<N: Number> Tableau<N> {
    /// The tableau of the largest `objective v` where `rows v <= sides` and `0 <= v <= upper`.
    ///
    /// # Panics
    /// When the objective or a row does not have one entry per column.
    pub fn of(objective: &[N], rows: &[(Vec<N>, N)], upper: &[N]) -> Self {
        let columns = upper.len();
        assert_eq!(objective.len(), columns, "a cost for each column");
        let plain = |index| Variable {
            index,
            is_flipped: false,
        };
        let mut entries: Vec<Vec<N>> = Vec::with_capacity(rows.len() + 1);
        for (row, side) in rows {
            assert_eq!(row.len(), columns, "a coefficient for each column");
            entries.push(row.iter().chain([side]).cloned().collect());
        }
        let costs = objective.iter().map(|cost| cost.clone().negated());
        entries.push(costs.chain([N::default()]).collect());
        entries.iter_mut().for_each(|row| N::shorten(row));
        let mut tableau = Self {
            basic: (0..rows.len()).map(|row| plain(columns + row)).collect(),
            nonbasic: (0..columns).map(plain).collect(),
            upper: upper.to_vec(),
            denominator: N::of(1),
            entries,
        };
        for (column, cost) in objective.iter().enumerate() {
            if cost.is_positive() {
                tableau.flip_nonbasic(column);
            }
        }
        tableau
    }

    /// Runs the method for at most `most` pivots, after `patience` of them by a rule that cannot cycle; `None` if it
    /// does not end, or if `out_of_time()` is true before that.
    pub fn run(
        &mut self,
        patience: usize,
        most: usize,
        out_of_time: &dyn Fn() -> bool,
    ) -> Option<End> {
        for pivots in 0..most {
            if out_of_time() {
                return None;
            }
            let Some(row) = self.leaving(pivots < patience) else {
                return Some(End::Optimal);
            };
            let Some(column) = self.entering(row) else {
                let Variable { index, is_flipped } = self.basic[row];
                return Some(End::Infeasible {
                    variable: index,
                    is_above: is_flipped,
                });
            };
            self.pivot(row, column);
        }
        None
    }

    /// Substitutes the distance from its other bound for the nonbasic variable of `column`.
    fn flip_nonbasic(&mut self, column: usize) {
        let upper = &self.upper[self.nonbasic[column].index];
        for row in &mut self.entries {
            let (coefficients, side) = row.split_at_mut(self.upper.len());
            side[0] = side[0].minus_product(&coefficients[column], upper);
            negate(&mut coefficients[column]);
        }
        self.nonbasic[column].is_flipped ^= true;
    }

    /// Substitutes the distance from its other bound for the basic variable of `row`.
    fn flip_basic(&mut self, row: usize) {
        let upper = &self.upper[self.basic[row].index];
        let entries = &mut self.entries[row];
        if let Some(side) = entries.last_mut() {
            *side = side.minus_product(upper, &self.denominator);
        }
        entries.iter_mut().for_each(negate);
        self.basic[row].is_flipped ^= true;
    }

    fn side(&self, row: usize) -> &N {
        &self.entries[row][self.upper.len()]
    }

    /// The row of a basic variable below zero, or above its upper bound, which is flipped: the one farthest outside, in
    /// multiples of the row's largest coefficient, or the first one (Bland's rule, which cannot cycle).
    fn leaving(&mut self, farthest: bool) -> Option<usize> {
        let rows = 0..self.basic.len();
        let outside = rows.filter_map(|row| Some((row, self.excess(row)?)));
        let row = if farthest {
            let distances = outside.map(|(row, excess)| (self.distance(row, &excess), row));
            distances
                .max_by(|(one, _), (other, _)| one.total_cmp(other))?
                .1
        } else {
            outside
                .map(|(row, _)| row)
                .min_by_key(|&row| self.basic[row].index)?
        };
        if !self.side(row).is_negative() {
            self.flip_basic(row);
        }
        Some(row)
    }

    /// By how much the basic variable of `row` is outside its bounds, times the denominator; `None` if it is within.
    fn excess(&self, row: usize) -> Option<N> {
        let side = self.side(row);
        let excess = match side.is_negative() {
            true => side.clone().negated(),
            false => side.minus_product(self.upper.get(self.basic[row].index)?, &self.denominator),
        };
        excess.is_positive().then_some(excess)
    }

    /// The logarithm of `excess` in multiples of the row's largest coefficient.
    fn distance(&self, row: usize, excess: &N) -> f64 {
        let coefficients = self.entries[row][..self.upper.len()].iter();
        excess.log2() - coefficients.map(N::log2).fold(f64::NEG_INFINITY, f64::max)
    }

    /// The column whose variable may replace that of `row` in the basis without losing dual
    /// feasibility; `None` if the row cannot be satisfied.
    fn entering(&self, row: usize) -> Option<usize> {
        let costs = &self.entries[self.basic.len()];
        let row = &self.entries[row];
        let columns = (0..self.upper.len()).filter(|&column| row[column].is_negative());
        columns.min_by(|&a, &b| {
            // cost_a / -row_a against cost_b / -row_b.
            let (left, right) = (costs[a].times(&row[b]), costs[b].times(&row[a]));
            let by_index = self.nonbasic[a].index.cmp(&self.nonbasic[b].index);
            let by_ratio = right.partial_cmp(&left).unwrap_or(Ordering::Equal);
            by_ratio.then(by_index)
        })
    }

    /// Exchanges the basic variable of `row` and the nonbasic variable of `column`.
    fn pivot(&mut self, row: usize, column: usize) {
        // Negated, so that the pivot, and with it the denominator, is positive.
        self.entries[row].iter_mut().for_each(negate);
        let pivot_row = std::mem::take(&mut self.entries[row]);
        let pivot = &pivot_row[column];
        for entries in self
            .entries
            .iter_mut()
            .filter(|entries| !entries.is_empty())
        {
            let factor = std::mem::take(&mut entries[column]);
            for (index, (entry, own)) in entries.iter_mut().zip(&pivot_row).enumerate() {
                if index == column {
                    // The leaving variable has the coefficient -1 in the negated row.
                    *entry = factor.clone();
                } else {
                    *entry = entry.pivoted(pivot, &factor, own, &self.denominator);
                }
            }
        }
        let mut own = pivot_row;
        let pivot = std::mem::replace(&mut own[column], self.denominator.clone().negated());
        self.entries[row] = own;
        self.denominator = pivot;
        std::mem::swap(&mut self.basic[row], &mut self.nonbasic[column]);
    }

    /// The columns' values, as numerators over the positive denominator.
    pub fn columns(self) -> (Vec<N>, N) {
        let mut columns = vec![N::default(); self.upper.len()];
        let basic = self.basic.iter().enumerate();
        let basic = basic.map(|(row, variable)| (variable, self.side(row).clone()));
        let nonbasic = self.nonbasic.iter();
        let nonbasic = nonbasic.map(|variable| (variable, N::default()));
        for (variable, value) in basic.chain(nonbasic) {
            if let Some(upper) = self.upper.get(variable.index) {
                columns[variable.index] = match variable.is_flipped {
                    true => value.minus_product(upper, &self.denominator).negated(),
                    false => value,
                };
            }
        }
        (columns, self.denominator)
    }

    pub fn basis(&self) -> Basis {
        let columns = self.upper.len();
        let mut at_upper = vec![false; columns];
        for variable in &self.nonbasic {
            if let Some(at_upper) = at_upper.get_mut(variable.index) {
                *at_upper = variable.is_flipped;
            }
        }
        let of_basic = self.basic.iter().map(|variable| variable.index);
        let of_nonbasic = self.nonbasic.iter();
        Basis {
            columns: of_basic.filter(|&index| index < columns).collect(),
            tight: of_nonbasic
                .filter_map(|variable| variable.index.checked_sub(columns))
                .collect(),
            at_upper,
        }
    }
}

fn negate<N: Number>(number: &mut N) {
    *number = std::mem::take(number).negated();
}
