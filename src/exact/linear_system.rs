//! Square linear systems over integers, solved without rounding.

use num_bigint::{BigInt, Sign};

/// Solves the system whose rows are coefficients followed by the right-hand side: numerators over a positive
/// denominator, by elimination without fractions (Bareiss, Math. Comp. 22, 1968). `None` if it is singular, or if
/// `out_of_time()` is true before the end.
///
/// # Panics
/// When a row does not have one entry more than there are rows.
pub(super) fn solution(
    mut rows: Vec<Vec<BigInt>>,
    out_of_time: &dyn Fn() -> bool,
) -> Option<(Vec<BigInt>, BigInt)> {
    let size = rows.len();
    for row in &mut rows {
        assert_eq!(row.len(), size + 1, "coefficients and a right-hand side");
        shorten(row);
    }
    let mut denominator = BigInt::from(1);
    for step in 0..size {
        if out_of_time() {
            return None;
        }
        let candidates = (step..size).filter(|&row| rows[row][step].sign() != Sign::NoSign);
        let shortest = candidates.min_by_key(|&row| rows[row][step].bits())?;
        rows.swap(step, shortest);
        let (above, below) = rows.split_at_mut(step + 1);
        let own = &above[step];
        let pivot = &own[step];
        for row in below {
            let factor = std::mem::take(&mut row[step]);
            for (entry, own) in row.iter_mut().zip(own).skip(step + 1) {
                *entry = (&*entry * pivot - &factor * own) / &denominator;
            }
        }
        denominator = pivot.clone();
    }
    if denominator.sign() == Sign::Minus {
        rows.iter_mut()
            .flatten()
            .for_each(|number| *number = -std::mem::take(number));
        denominator = -denominator;
    }
    // Multiplied by the determinant, every unknown is an integer (Cramer's rule).
    let mut unknowns = vec![BigInt::ZERO; size];
    for step in (0..size).rev() {
        let row = &rows[step];
        let known = (step + 1..size).map(|column| &row[column] * &unknowns[column]);
        let rest = &row[size] * &denominator - known.sum::<BigInt>();
        unknowns[step] = rest / &row[step];
    }
    Some((unknowns, denominator))
}

/// Divides by the largest power of two that divides all numbers of a row.
pub(super) fn shorten(row: &mut [BigInt]) {
    let zeros = row.iter().filter_map(BigInt::trailing_zeros);
    if let Some(shift @ 1..) = zeros.min() {
        row.iter_mut().for_each(|number| *number >>= shift);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn solutions_satisfy_their_systems(
            rows in prop::collection::vec(prop::array::uniform5(-4..5_i64), 4),
        ) {
            let system = rows.iter().map(|row| row.iter().map(|&a| BigInt::from(a)).collect());
            let Some((unknowns, denominator)) = solution(system.collect(), &|| false) else {
                return Ok(());
            };
            prop_assert!(denominator.sign() == Sign::Plus);
            for row in rows {
                let terms = row.iter().zip(&unknowns);
                let sum: BigInt = terms.map(|(&a, x)| x * a).sum();
                prop_assert_eq!(sum, &denominator * row[4]);
            }
        }
    }

    #[test]
    fn equal_rows_are_singular() {
        let row = || vec![BigInt::from(2), BigInt::from(3), BigInt::from(1)];
        assert_eq!(solution(vec![row(), row()], &|| false), None);
    }
}
