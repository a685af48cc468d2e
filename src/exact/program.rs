//! Small linear programs with integer coefficients, solved without rounding.
//!
//! The dual simplex method on a dense integer tableau with one common denominator (Edmonds, J. Res.
//! Nat. Bur. Standards 71B, 1967; Bareiss, Math. Comp. 22, 1968). Every column has two finite
//! bounds, so the basis of all slacks, with each column at its better bound, is dual feasible, and
//! no first phase is needed.

use num_bigint::{BigInt, Sign};

/// Maximise `objective v` subject to `rows v <= sides` and `0 <= v <= upper`.
#[derive(Debug, Clone, Default)]
pub struct Program {
    pub objective: Vec<BigInt>,
    pub rows: Vec<(Vec<BigInt>, BigInt)>,
    pub upper: Vec<BigInt>,
}

/// The exact solution of a [`Program`].
#[derive(Debug, Clone, PartialEq)]
pub enum Maximum {
    /// No point satisfies all rows.
    Infeasible,
    /// The maximum and a point that attains it, as numerators over the positive `denominator`.
    At {
        value: BigInt,
        columns: Vec<BigInt>,
        denominator: BigInt,
    },
}

impl Program {
    /// Solves the program exactly; `None` if `out_of_time()` is true before that.
    ///
    /// # Panics
    /// When the objective or a row does not have one entry per column.
    pub fn solve(&self, out_of_time: &dyn Fn() -> bool) -> Option<Maximum> {
        let patience = PATIENCE * (self.rows.len() + self.upper.len());
        self.solve_within(patience, out_of_time)
    }

    /// Solves the program; after `patience` pivots by a rule that cannot cycle.
    fn solve_within(&self, patience: usize, out_of_time: &dyn Fn() -> bool) -> Option<Maximum> {
        let mut tableau = Tableau::of(self);
        let mut pivots = 0;
        while !out_of_time() {
            let Some(row) = tableau.leaving(pivots < patience) else {
                return Some(tableau.maximum(self));
            };
            let Some(column) = tableau.entering(row) else {
                return Some(Maximum::Infeasible);
            };
            tableau.pivot(row, column);
            pivots += 1;
        }
        None
    }
}

/// Number of pivots, per row and column, by the rule that usually needs few of them but may cycle.
const PATIENCE: usize = 10;

/// A variable: a column of the program, or, numbered after the columns, the slack of a row.
#[derive(Debug, Clone, Copy)]
struct Variable {
    index: usize,
    /// Whether it stands for the distance from its upper bound.
    is_flipped: bool,
}

/// `basic + (entries / denominator) nonbasic = last entry / denominator`; the last row is the
/// objective in the same form, `value + ... = ...`. All nonbasic variables are zero.
struct Tableau {
    entries: Vec<Vec<BigInt>>,
    denominator: BigInt,
    basic: Vec<Variable>,
    nonbasic: Vec<Variable>,
    upper: Vec<BigInt>,
}

impl Tableau {
    fn of(program: &Program) -> Self {
        let columns = program.upper.len();
        assert_eq!(program.objective.len(), columns, "a cost for each column");
        let plain = |index| Variable {
            index,
            is_flipped: false,
        };
        let mut entries: Vec<Vec<BigInt>> = Vec::with_capacity(program.rows.len() + 1);
        for (row, side) in &program.rows {
            assert_eq!(row.len(), columns, "a coefficient for each column");
            entries.push(row.iter().chain([side]).cloned().collect());
        }
        let costs = program.objective.iter().map(|cost| -cost);
        entries.push(costs.chain([BigInt::ZERO]).collect());
        entries.iter_mut().for_each(|row| shorten(row));
        let mut tableau = Self {
            basic: (0..program.rows.len())
                .map(|row| plain(columns + row))
                .collect(),
            nonbasic: (0..columns).map(plain).collect(),
            upper: program.upper.clone(),
            denominator: BigInt::from(1),
            entries,
        };
        for column in 0..columns {
            if program.objective[column].sign() == Sign::Plus {
                tableau.flip_nonbasic(column);
            }
        }
        tableau
    }

    /// Substitutes the distance from its other bound for the nonbasic variable of `column`.
    fn flip_nonbasic(&mut self, column: usize) {
        let upper = &self.upper[self.nonbasic[column].index];
        for row in &mut self.entries {
            let (coefficients, side) = row.split_at_mut(self.upper.len());
            side[0] -= &coefficients[column] * upper;
            coefficients[column] = -std::mem::take(&mut coefficients[column]);
        }
        self.nonbasic[column].is_flipped ^= true;
    }

    /// Substitutes the distance from its other bound for the basic variable of `row`.
    fn flip_basic(&mut self, row: usize) {
        let scaled = &self.upper[self.basic[row].index] * &self.denominator;
        let entries = &mut self.entries[row];
        for entry in entries.iter_mut() {
            *entry = -std::mem::take(entry);
        }
        if let Some(side) = entries.last_mut() {
            *side += scaled;
        }
        self.basic[row].is_flipped ^= true;
    }

    fn side(&self, row: usize) -> &BigInt {
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
        if self.side(row).sign() != Sign::Minus {
            self.flip_basic(row);
        }
        Some(row)
    }

    /// By how much the basic variable of `row` is outside its bounds, times the denominator; `None` if it is within.
    fn excess(&self, row: usize) -> Option<BigInt> {
        let side = self.side(row);
        let excess = match side.sign() {
            Sign::Minus => -side,
            _ => side - self.upper.get(self.basic[row].index)? * &self.denominator,
        };
        (excess.sign() == Sign::Plus).then_some(excess)
    }

    /// The logarithm of `excess` in multiples of the row's largest coefficient.
    fn distance(&self, row: usize, excess: &BigInt) -> f64 {
        let coefficients = self.entries[row][..self.upper.len()].iter();
        log2(excess) - coefficients.map(log2).fold(0.0, f64::max)
    }

    /// The column whose variable may replace that of `row` in the basis without losing dual
    /// feasibility; `None` if the row cannot be satisfied.
    fn entering(&self, row: usize) -> Option<usize> {
        let costs = &self.entries[self.basic.len()];
        let row = &self.entries[row];
        let columns = (0..self.upper.len()).filter(|&column| row[column].sign() == Sign::Minus);
        columns.min_by(|&a, &b| {
            // cost_a / -row_a against cost_b / -row_b.
            let (left, right) = (&costs[a] * &row[b], &costs[b] * &row[a]);
            let by_index = self.nonbasic[a].index.cmp(&self.nonbasic[b].index);
            right.cmp(&left).then(by_index)
        })
    }

    /// Exchanges the basic variable of `row` and the nonbasic variable of `column`.
    fn pivot(&mut self, row: usize, column: usize) {
        // Negated, so that the pivot, and with it the denominator, is positive.
        for entry in &mut self.entries[row] {
            *entry = -std::mem::take(entry);
        }
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
                    *entry = (&*entry * pivot - &factor * own) / &self.denominator;
                }
            }
        }
        let mut own = pivot_row;
        let pivot = std::mem::replace(&mut own[column], -self.denominator.clone());
        self.entries[row] = own;
        self.denominator = pivot;
        std::mem::swap(&mut self.basic[row], &mut self.nonbasic[column]);
    }

    fn maximum(self, program: &Program) -> Maximum {
        let mut columns = vec![BigInt::ZERO; self.upper.len()];
        let basic = self
            .basic
            .iter()
            .enumerate()
            .map(|(row, variable)| (variable, self.side(row).clone()));
        let nonbasic = self
            .nonbasic
            .iter()
            .map(|variable| (variable, BigInt::ZERO));
        for (variable, value) in basic.chain(nonbasic) {
            if let Some(upper) = self.upper.get(variable.index) {
                columns[variable.index] = if variable.is_flipped {
                    upper * &self.denominator - value
                } else {
                    value
                };
            }
        }
        let terms = program.objective.iter().zip(&columns);
        Maximum::At {
            value: terms.map(|(cost, column)| cost * column).sum(),
            columns,
            denominator: self.denominator,
        }
    }
}

/// Divides by the largest power of two that divides all numbers of a row, which makes every later number longer.
fn shorten(row: &mut [BigInt]) {
    let zeros = row.iter().filter_map(BigInt::trailing_zeros);
    if let Some(shift @ 1..) = zeros.min() {
        row.iter_mut().for_each(|number| *number >>= shift);
    }
}

/// The binary logarithm of the magnitude, to about ten digits.
fn log2(number: &BigInt) -> f64 {
    let shift = number.bits().saturating_sub(f64::MANTISSA_DIGITS.into());
    let leading = u64::try_from(number.magnitude() >> shift).unwrap_or(u64::MAX);
    (leading as f64).log2() + shift as f64
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;
    use proptest::prelude::*;

    use super::*;

    type Rational = BigRational;

    fn whole(value: i64) -> Rational {
        Rational::from_integer(BigInt::from(value))
    }

    /// All constraints of a two-column program as `a x + b y <= c`.
    fn constraints(rows: &[([i64; 2], i64)], upper: [i64; 2]) -> Vec<([i64; 2], i64)> {
        let sides = [
            ([-1, 0], 0),
            ([0, -1], 0),
            ([1, 0], upper[0]),
            ([0, 1], upper[1]),
        ];
        rows.iter().copied().chain(sides).collect()
    }

    /// The largest value at the intersection of two constraints where all others hold.
    fn best_vertex(objective: [i64; 2], all: &[([i64; 2], i64)]) -> Option<Rational> {
        let mut best: Option<Rational> = None;
        for (i, &(a, c)) in all.iter().enumerate() {
            for &(b, d) in &all[..i] {
                let determinant = a[0] * b[1] - a[1] * b[0];
                if determinant == 0 {
                    continue;
                }
                let x = whole(c * b[1] - a[1] * d) / whole(determinant);
                let y = whole(a[0] * d - c * b[0]) / whole(determinant);
                let at = |row: [i64; 2]| whole(row[0]) * &x + whole(row[1]) * &y;
                if all.iter().all(|&(row, side)| at(row) <= whole(side)) {
                    let value = at(objective);
                    best = Some(best.map_or(value.clone(), |best| best.max(value)));
                }
            }
        }
        best
    }

    fn program(objective: [i64; 2], rows: &[([i64; 2], i64)], upper: [i64; 2]) -> Program {
        let big = |values: [i64; 2]| values.map(BigInt::from).to_vec();
        Program {
            objective: big(objective),
            rows: rows
                .iter()
                .map(|&(row, side)| (big(row), BigInt::from(side)))
                .collect(),
            upper: big(upper),
        }
    }

    proptest! {
        #[test]
        fn the_maximum_is_that_of_the_best_vertex(
            objective in prop::array::uniform2(-9..9_i64),
            rows in prop::collection::vec((prop::array::uniform2(-5..5_i64), -12..12_i64), 0..7),
            upper in prop::array::uniform2(0..6_i64),
            patience in prop::sample::select(vec![0, 1, 100]),
        ) {
            let expected = best_vertex(objective, &constraints(&rows, upper));
            let program = program(objective, &rows, upper);
            let found = program.solve_within(patience, &|| false).unwrap();
            match (expected, found) {
                (None, Maximum::Infeasible) => {}
                (Some(expected), Maximum::At { value, columns, denominator }) => {
                    prop_assert_eq!(Rational::new(value, denominator.clone()), expected);
                    for (row, side) in constraints(&rows, upper) {
                        let terms = row.iter().zip(&columns);
                        let sum: BigInt = terms.map(|(&a, column)| column * a).sum();
                        prop_assert!(sum <= &denominator * side);
                    }
                }
                (expected, found) => prop_assert!(false, "{:?}, not {:?}", found, expected),
            }
        }
    }

    #[test]
    fn a_program_without_columns_is_feasible_where_no_row_forbids_it() {
        for (side, is_feasible) in [(0, true), (-1, false)] {
            let program = Program {
                rows: vec![(Vec::new(), BigInt::from(side))],
                ..Program::default()
            };
            let maximum = program.solve(&|| false).unwrap();
            assert_eq!(maximum != Maximum::Infeasible, is_feasible);
        }
    }
}
