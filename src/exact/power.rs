//! Powers of two: multiplying an f64 by one does not round.

/// The largest power of two that is at most `size`, which must be positive; for a subnormal `size`,
/// the smallest normal number.
pub fn power_of_two_below(size: f64) -> f64 {
    f64::from_bits(size.to_bits() & (0x7ff << 52)).max(f64::MIN_POSITIVE)
}

/// `value * 2^power`, infinite on overflow.
pub fn times_power_of_two(mut value: f64, power: i64) -> f64 {
    // In steps, because the power itself may overflow.
    let mut left = power.clamp(-4000, 4000) as i32;
    while left != 0 {
        let step = left.clamp(-1000, 1000);
        value *= 2.0_f64.powi(step);
        left -= step;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_two_are_below() {
        for (size, power) in [(1.0, 1.0), (3.9, 2.0), (4.0, 4.0), (0.3, 0.25)] {
            assert_eq!(power_of_two_below(size), power, "{size}");
        }
        assert_eq!(power_of_two_below(f64::MAX), 2.0_f64.powi(1023));
        assert_eq!(power_of_two_below(5e-324), f64::MIN_POSITIVE);
    }

    #[test]
    fn a_power_may_be_larger_than_a_number() {
        assert_eq!(
            times_power_of_two(2.0_f64.powi(-1000), 1200),
            2.0_f64.powi(200)
        );
        assert_eq!(times_power_of_two(1.0, 5000), f64::INFINITY);
    }
}
