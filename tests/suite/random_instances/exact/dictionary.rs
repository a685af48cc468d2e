//! Linear programs with integer data, solved without rounding by the simplex method with integer
//! pivots (Edmonds; Avis, lrs): all entries have one common denominator, the determinant of the
//! basis, and every division is exact, so that no greatest common divisors are needed.

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

/// The variable of a row or column; Bland's rule takes the lowest number.
type Variable = usize;

/// Basic variables as affine functions of the nonbasic ones, all of them at least 0:
/// `denominator * basic = constant + sum of coefficient * nonbasic`.
#[derive(Clone)]
pub struct Dictionary {
    denominator: BigInt,
    nonbasic: Vec<Variable>,
    basic: Vec<Variable>,
    /// For each basic variable, the constant, then the coefficients.
    rows: Vec<Vec<BigInt>>,
    /// Number of original variables, which have the lowest numbers.
    original: usize,
}

/// An affine function of the original variables: the constant, then the coefficients.
pub type Row = [BigInt];

impl Dictionary {
    /// Variables that are at least 0, without further conditions; initially all of them are 0.
    pub fn new(variables: usize) -> Self {
        Self {
            denominator: BigInt::one(),
            nonbasic: (0..variables).collect(),
            basic: Vec::new(),
            rows: Vec::new(),
            original: variables,
        }
    }

    /// Adds the condition `row >= 0`; [`Dictionary::make_feasible`] reports whether it can be satisfied.
    pub fn require(&mut self, row: &Row) {
        let row = self.in_nonbasic(row);
        self.basic.push(self.original + self.basic.len());
        self.rows.push(row);
    }

    /// Finds values that satisfy all conditions, by the dual simplex method with Bland's rule; `false` if there are
    /// none.
    pub fn make_feasible(&mut self) -> bool {
        loop {
            let violated = (0..self.rows.len()).filter(|&i| self.rows[i][0].is_negative());
            let Some(leaving) = violated.min_by_key(|&i| self.basic[i]) else {
                return true;
            };
            let row = &self.rows[leaving];
            let helpful = (0..self.nonbasic.len()).filter(|&j| row[j + 1].is_positive());
            let Some(entering) = helpful.min_by_key(|&j| self.nonbasic[j]) else {
                return false;
            };
            self.pivot(leaving, entering);
        }
    }

    /// Maximises `objective` by the primal simplex method with Bland's rule; returns its largest value as numerator and
    /// denominator, and leaves the variables at an optimum.
    ///
    /// # Panics
    /// When the current values are not feasible, or the objective has no maximum.
    pub fn maximize(&mut self, objective: &Row) -> (BigInt, BigInt) {
        self.rows.push(self.in_nonbasic(objective));
        let last = self.rows.len() - 1;
        self.basic.push(Variable::MAX);
        loop {
            let objective = &self.rows[last];
            let rising = (0..self.nonbasic.len()).filter(|&j| objective[j + 1].is_positive());
            let Some(entering) = rising.min_by_key(|&j| self.nonbasic[j]) else {
                break;
            };
            let leaving = self.first_to_vanish(entering, last);
            self.pivot(leaving.expect("a bounded region"), entering);
        }
        self.basic.pop();
        let row = self.rows.pop().expect("the objective's");
        (row[0].clone(), self.denominator.clone())
    }

    /// The original variables as numerators and their denominator.
    pub fn point(&self) -> (Vec<BigInt>, BigInt) {
        let mut point = vec![BigInt::zero(); self.original];
        for (&variable, row) in self.basic.iter().zip(&self.rows) {
            if variable < self.original {
                point[variable].clone_from(&row[0]);
            }
        }
        (point, self.denominator.clone())
    }

    /// Whether `row` is at least 0 at the current values.
    pub fn meets(&self, row: &Row) -> bool {
        !self.in_nonbasic(row)[0].is_negative()
    }

    /// The basic variable that is the first to become 0 as `entering` grows.
    fn first_to_vanish(&self, entering: usize, objective: usize) -> Option<usize> {
        let mut best: Option<usize> = None;
        for i in (0..objective).filter(|&i| self.rows[i][entering + 1].is_negative()) {
            let Some(known) = best else {
                best = Some(i);
                continue;
            };
            // constant_i / -slope_i against constant_known / -slope_known
            let (row, other) = (&self.rows[i], &self.rows[known]);
            let own = &row[0] * &other[entering + 1];
            let others = &other[0] * &row[entering + 1];
            let is_first = own > others || own == others && self.basic[i] < self.basic[known];
            best = Some(if is_first { i } else { known });
        }
        best
    }

    fn in_nonbasic(&self, row: &Row) -> Vec<BigInt> {
        let mut result = vec![BigInt::zero(); self.nonbasic.len() + 1];
        result[0] = &row[0] * &self.denominator;
        for (entry, &variable) in result[1..].iter_mut().zip(&self.nonbasic) {
            if variable < self.original {
                *entry = &row[variable + 1] * &self.denominator;
            }
        }
        for (&variable, basic) in self.basic.iter().zip(&self.rows) {
            if variable < self.original && !row[variable + 1].is_zero() {
                for (entry, own) in result.iter_mut().zip(basic) {
                    *entry += &row[variable + 1] * own;
                }
            }
        }
        result
    }

    fn pivot(&mut self, leaving: usize, entering: usize) {
        let column = entering + 1;
        let mut pivot_row = std::mem::take(&mut self.rows[leaving]);
        let pivot = pivot_row[column].clone();
        for row in self.rows.iter_mut().filter(|row| !row.is_empty()) {
            let slope = std::mem::take(&mut row[column]);
            if slope.is_zero() && pivot == self.denominator {
                continue;
            }
            for (entry, own) in row.iter_mut().zip(&pivot_row) {
                if slope.is_zero() || own.is_zero() {
                    if entry.is_zero() {
                        continue;
                    }
                    *entry *= &pivot;
                } else {
                    *entry = &*entry * &pivot - &slope * own;
                }
                *entry /= &self.denominator;
            }
            row[column] = slope;
        }
        for entry in &mut pivot_row {
            *entry = -std::mem::take(entry);
        }
        pivot_row[column] = std::mem::replace(&mut self.denominator, pivot);
        self.rows[leaving] = pivot_row;
        std::mem::swap(&mut self.basic[leaving], &mut self.nonbasic[entering]);
        if self.denominator.is_negative() {
            self.denominator = -std::mem::take(&mut self.denominator);
            for entry in self.rows.iter_mut().flatten() {
                *entry = -std::mem::take(entry);
            }
        }
    }
}
