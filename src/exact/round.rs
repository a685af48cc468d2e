//! Rounds quotients of integers to f64.

use num_bigint::{BigInt, BigUint, Sign};

use super::power::times_power_of_two;

/// Bits of a quotient: more than an f64 has, so that what is cut off affects the rounding alone.
const BITS: i64 = 66;
/// Bits of an f64's mantissa.
const MANTISSA: u64 = 53;

/// The least f64 that is not below `numerator / denominator * 2^exponent`, or the next larger one.
///
/// # Panics
/// When the denominator is not positive.
pub fn round_up(numerator: &BigInt, denominator: &BigInt, exponent: i64) -> f64 {
    assert_eq!(denominator.sign(), Sign::Plus, "a positive denominator");
    let is_positive = match numerator.sign() {
        Sign::NoSign => return 0.0,
        sign => sign == Sign::Plus,
    };
    let (size, is_exact, shift) = quotient(numerator.magnitude(), denominator.magnitude());
    let dropped = size.bits().saturating_sub(MANTISSA);
    let mut mantissa = &size >> dropped;
    let is_cut = !is_exact || (&mantissa << dropped) != size;
    if is_positive && is_cut {
        mantissa += 1_u32;
    }
    let digits = mantissa.to_u64_digits();
    let mantissa = digits.first().copied().unwrap_or(0) as f64;
    let power = exponent - shift + i64::try_from(dropped).unwrap_or(i64::MAX);
    let value = times_power_of_two(if is_positive { mantissa } else { -mantissa }, power);
    // Subnormal numbers have fewer bits, and were rounded a second time.
    if value.abs() < f64::MIN_POSITIVE {
        value.next_up()
    } else {
        value
    }
}

/// The number as `leading * 2^shift`, truncated to 64 bits.
pub(super) fn leading(number: &BigInt) -> (f64, i64) {
    let shift = number.bits().saturating_sub(64);
    let leading = u64::try_from(number.magnitude() >> shift).unwrap_or(u64::MAX) as f64;
    let is_negative = number.sign() == Sign::Minus;
    let shift = i64::try_from(shift).unwrap_or(i64::MAX);
    (if is_negative { -leading } else { leading }, shift)
}

/// `a / b` as `quotient * 2^-shift`, truncated to about [`BITS`] bits, and whether it is exact.
fn quotient(a: &BigUint, b: &BigUint) -> (BigUint, bool, i64) {
    let bits = |number: &BigUint| i64::try_from(number.bits()).unwrap_or(i64::MAX);
    let shift = (BITS - bits(a) + bits(b)).max(0);
    let shifted = a << u64::try_from(shift).unwrap_or(0);
    let quotient = &shifted / b;
    let is_exact = &quotient * b == shifted;
    (quotient, is_exact, shift)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn thirds_are_rounded_up() {
        let third = |sign: i32| round_up(&BigInt::from(sign), &BigInt::from(3), 0);
        assert_eq!(third(1), (1.0_f64 / 3.0).next_up());
        assert_eq!(third(-1), -1.0 / 3.0);
        assert_eq!(round_up(&BigInt::from(-6), &BigInt::from(3), 4), -32.0);
        assert_eq!(
            round_up(&BigInt::from(1), &BigInt::from(1), 5000),
            f64::INFINITY
        );
        assert!(round_up(&BigInt::from(1), &BigInt::from(1), -5000) > 0.0);
    }

    proptest! {
        #[test]
        fn f64_values_are_not_rounded(value in -1e300..1e300_f64, by in 1..1000_i64) {
            let exact = crate::exact::Dyadic::of(value);
            let exponent = exact.exponent().unwrap_or(0);
            let numerator = exact.in_units_of(exponent) * by;
            prop_assert_eq!(round_up(&numerator, &BigInt::from(by), exponent), value);
        }
    }
}
