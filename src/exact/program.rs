//! Small linear programs with integer coefficients, solved without rounding.
//!
//! The dual simplex method finds a basis in floating point, and two linear systems over integers give its vertex and its
//! dual solution. Where these do not prove what the basis promises, the method runs again on integers.

use num_bigint::{BigInt, Sign};

use super::linear_system::{shorten, solution};
use super::round::leading;
use super::tableau::{Basis, End, Tableau};
use super::times_power_of_two;

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

/// A numerator and its positive denominator.
type Fraction = (BigInt, BigInt);

/// Number of pivots, per row and column, by the rule that usually needs few of them but may cycle.
const PATIENCE: usize = 10;

impl Program {
    /// Solves the program exactly; `None` if `out_of_time()` is true before that.
    ///
    /// # Panics
    /// When the objective or a row does not have one entry per column.
    pub fn solve(mut self, out_of_time: &dyn Fn() -> bool) -> Option<Maximum> {
        self.shorten_rows();
        let certified = self.solve_by_certificate(out_of_time);
        certified.or_else(|| self.solve_by_pivots(self.patience(), out_of_time))
    }

    /// Rows without common powers of two, which would make every later number longer.
    fn shorten_rows(&mut self) {
        for (row, side) in &mut self.rows {
            row.push(std::mem::take(side));
            shorten(row);
            *side = row.pop().expect("the side");
        }
    }

    fn patience(&self) -> usize {
        PATIENCE * (self.rows.len() + self.upper.len())
    }

    /// Solves the program on integers; after `patience` pivots by a rule that cannot cycle.
    fn solve_by_pivots(&self, patience: usize, out_of_time: &dyn Fn() -> bool) -> Option<Maximum> {
        let mut tableau = Tableau::of(&self.objective, &self.rows, &self.upper);
        Some(match tableau.run(patience, usize::MAX, out_of_time)? {
            End::Infeasible { .. } => Maximum::Infeasible,
            End::Optimal => {
                let (columns, denominator) = tableau.columns();
                self.at(columns, denominator)
            }
        })
    }

    fn at(&self, columns: Vec<BigInt>, denominator: BigInt) -> Maximum {
        Maximum::At {
            value: product(&self.objective, &columns),
            columns,
            denominator,
        }
    }

    /// Solves the program in floating point and proves the result; `None` if that fails.
    fn solve_by_certificate(&self, out_of_time: &dyn Fn() -> bool) -> Option<Maximum> {
        let most = self.patience();
        let mut tableau = self.in_floating_point();
        let end = tableau.run(most, most, out_of_time)?;
        self.certified(&tableau.basis(), end, out_of_time)
    }

    /// What the basis proves, by weak duality.
    fn certified(
        &self,
        basis: &Basis,
        end: End,
        out_of_time: &dyn Fn() -> bool,
    ) -> Option<Maximum> {
        match end {
            End::Infeasible { variable, is_above } => {
                let (function, least) = self.demand(variable, is_above);
                let (bound, denominator) = self.bound_on(&function, basis, out_of_time)?;
                (bound < least * denominator).then_some(Maximum::Infeasible)
            }
            End::Optimal => {
                let (columns, denominator) = self.vertex(basis, out_of_time)?;
                let (bound, over) = self.bound_on(&self.objective, basis, out_of_time)?;
                let value = product(&self.objective, &columns);
                (value * over == bound * &denominator).then(|| self.at(columns, denominator))
            }
        }
    }

    /// A function of the columns and what it must reach for the variable to be on the right side of its bound.
    fn demand(&self, variable: usize, is_above: bool) -> (Vec<BigInt>, BigInt) {
        let columns = self.upper.len();
        if let Some((row, side)) = variable.checked_sub(columns).map(|row| &self.rows[row]) {
            return (row.iter().map(|a| -a).collect(), -side);
        }
        let mut function = vec![BigInt::ZERO; columns];
        function[variable] = BigInt::from(if is_above { -1 } else { 1 });
        let least = match is_above {
            true => -&self.upper[variable],
            false => BigInt::ZERO,
        };
        (function, least)
    }

    /// A bound on `function v`: the multipliers of the tight rows that leave nothing of the basic columns take the
    /// sides, and every other column is at the better one of its bounds. `None` if a multiplier is negative.
    fn bound_on(
        &self,
        function: &[BigInt],
        basis: &Basis,
        out_of_time: &dyn Fn() -> bool,
    ) -> Option<Fraction> {
        let column = |&column: &usize| {
            let tight = basis.tight.iter();
            let of_rows = tight.map(|&row| self.rows[row].0[column].clone());
            of_rows.chain([function[column].clone()]).collect()
        };
        let system = basis.columns.iter().map(column).collect();
        let (multipliers, denominator) = solution(system, out_of_time)?;
        if multipliers.iter().any(|y| y.sign() == Sign::Minus) {
            return None;
        }
        let mut rest: Vec<BigInt> = function.iter().map(|cost| cost * &denominator).collect();
        let mut bound = BigInt::ZERO;
        for (&row, multiplier) in basis.tight.iter().zip(&multipliers) {
            let (row, side) = &self.rows[row];
            bound += multiplier * side;
            for (rest, entry) in rest.iter_mut().zip(row) {
                *rest -= multiplier * entry;
            }
        }
        let gains = rest.iter().zip(&self.upper);
        let gains = gains.filter(|(rest, _)| rest.sign() == Sign::Plus);
        bound += gains.map(|(rest, upper)| rest * upper).sum::<BigInt>();
        Some((bound, denominator))
    }

    /// The vertex of the basis, as numerators over a positive denominator; `None` if it is not feasible.
    fn vertex(
        &self,
        basis: &Basis,
        out_of_time: &dyn Fn() -> bool,
    ) -> Option<(Vec<BigInt>, BigInt)> {
        let fixed = |column: usize| basis.at_upper[column].then(|| &self.upper[column]);
        let tight = |&row: &usize| {
            let (row, side) = &self.rows[row];
            let at_upper = (0..row.len()).filter_map(|column| Some(&row[column] * fixed(column)?));
            let side = side - at_upper.sum::<BigInt>();
            let of_basic = basis.columns.iter().map(|&column| row[column].clone());
            of_basic.chain([side]).collect()
        };
        let (basic, denominator) = solution(basis.tight.iter().map(tight).collect(), out_of_time)?;
        let mut columns: Vec<BigInt> = (0..self.upper.len())
            .map(|column| fixed(column).map_or(BigInt::ZERO, |upper| upper * &denominator))
            .collect();
        for (&column, value) in basis.columns.iter().zip(basic) {
            columns[column] = value;
        }
        let mut bounds = columns.iter().zip(&self.upper);
        let is_between =
            bounds.all(|(x, upper)| x.sign() != Sign::Minus && *x <= upper * &denominator);
        let holds =
            |(row, side): &(Vec<BigInt>, BigInt)| product(row, &columns) <= side * &denominator;
        (is_between && self.rows.iter().all(holds)).then_some((columns, denominator))
    }

    /// The tableau in multiples of the columns' upper bounds, with rows in multiples of their largest coefficients.
    fn in_floating_point(&self) -> Tableau<f64> {
        let in_multiples = |row: &[BigInt]| -> Vec<BigInt> {
            let terms = row.iter().zip(&self.upper);
            terms.map(|(entry, upper)| entry * upper).collect()
        };
        let rows = self.rows.iter().map(|(row, side)| {
            let row = in_multiples(row);
            let power = largest_power(&row);
            (
                scaled(&row, power),
                scaled(std::slice::from_ref(side), power)[0],
            )
        });
        let objective = in_multiples(&self.objective);
        let is_free = |upper: &BigInt| if upper.sign() == Sign::Plus { 1.0 } else { 0.0 };
        let rows: Vec<(Vec<f64>, f64)> = rows.collect();
        let upper: Vec<f64> = self.upper.iter().map(is_free).collect();
        Tableau::of(
            &scaled(&objective, largest_power(&objective)),
            &rows,
            &upper,
        )
    }
}

fn product(one: &[BigInt], other: &[BigInt]) -> BigInt {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// The number of bits of the largest number.
fn largest_power(numbers: &[BigInt]) -> u64 {
    numbers.iter().map(BigInt::bits).max().unwrap_or(0)
}

/// The numbers over `2^power`.
fn scaled(numbers: &[BigInt], power: u64) -> Vec<f64> {
    let power = i64::try_from(power).unwrap_or(i64::MAX);
    let scale = |number: &BigInt| {
        let (leading, shift) = leading(number);
        times_power_of_two(leading, shift - power)
    };
    numbers.iter().map(scale).collect()
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
            let by_pivots = program.solve_by_pivots(patience, &|| false);
            for found in [by_pivots, program.solve_by_certificate(&|| false)] {
                match (&expected, found.unwrap()) {
                    (None, Maximum::Infeasible) => {}
                    (Some(expected), Maximum::At { value, columns, denominator }) => {
                        prop_assert_eq!(&Rational::new(value, denominator.clone()), expected);
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
    }

    /// A value as a fraction; `None` where no point is feasible.
    fn value(maximum: Maximum) -> Option<Rational> {
        match maximum {
            Maximum::Infeasible => None,
            Maximum::At {
                value, denominator, ..
            } => Some(Rational::new(value, denominator)),
        }
    }

    proptest! {
        /// Many zeros, for ties; coefficients of all sizes, for rounding in f64.
        #[test]
        fn certificates_prove_what_pivots_find(
            objective in prop::array::uniform5(-3..4_i64),
            rows in prop::collection::vec((prop::array::uniform5(-3..4_i64), -2..3_i64), 0..9),
            upper in prop::array::uniform5(0..4_i64),
            scales in prop::array::uniform5(0..60_u32),
        ) {
            let scaled = |values: [i64; 5]| -> Vec<BigInt> {
                let pairs = values.into_iter().zip(scales);
                pairs.map(|(value, scale)| (BigInt::from(value) << scale) + value / 2).collect()
            };
            let program = Program {
                objective: scaled(objective),
                rows: rows
                    .iter()
                    .map(|&(row, side)| (scaled(row), BigInt::from(side)))
                    .collect(),
                upper: upper.map(BigInt::from).to_vec(),
            };
            let pivots = program.solve_by_pivots(program.patience(), &|| false).map(value);
            if let Some(certified) = program.solve_by_certificate(&|| false) {
                prop_assert_eq!(Some(value(certified)), pivots.clone());
            }
            prop_assert_eq!(program.solve(&|| false).map(value), pivots);
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
