//! Numbers as text: scientific notation where plain digits would be too long or all zeros, and nouns in the plural;
//! distinct numbers.

use std::fmt;

/// The shortest digits that read back as the same f64.
///
/// ```
/// use pipeline::numbers::Shortest;
///
/// assert_eq!(Shortest(4.5).to_string(), "4.5");
/// assert_eq!(Shortest(1e308).to_string(), "1e308");
/// assert_eq!(Shortest(f64::NAN).to_string(), "NaN");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Shortest(pub f64);

impl fmt::Display for Shortest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value) = *self;
        if value == 0.0 {
            f.write_str("0")
        } else if (1e-6..1e15).contains(&value.abs()) {
            write!(f, "{value}")
        } else {
            write!(f, "{value:e}")
        }
    }
}

/// A number with this many decimals; `{:+}` writes the sign of a positive one too.
///
/// ```
/// use pipeline::numbers::Decimals;
///
/// assert_eq!(Decimals(1.5, 3).to_string(), "1.500");
/// assert_eq!(Decimals(1.25e-8, 3).to_string(), "1.250e-8");
/// assert_eq!(format!("{:+}", Decimals(2e300, 1)), "+2.0e300");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Decimals(pub f64, pub usize);

impl fmt::Display for Decimals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value, places) = *self;
        let is_usual = value == 0.0 || (1e-4..1e9).contains(&value.abs());
        match (is_usual, f.sign_plus()) {
            (true, false) => write!(f, "{value:.places$}"),
            (true, true) => write!(f, "{value:+.places$}"),
            (false, false) => write!(f, "{value:.places$e}"),
            (false, true) => write!(f, "{value:+.places$e}"),
        }
    }
}

/// The distinct numbers in ascending order.
pub fn distinct(numbers: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut numbers: Vec<f64> = numbers.into_iter().collect();
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    numbers
}

/// Formats `number` with the noun `thing`, in the plural where needed.
///
/// ```
/// use pipeline::numbers::count;
///
/// assert_eq!(count(1, "run"), "1 run");
/// assert_eq!(count(3, "run"), "3 runs");
/// ```
pub fn count(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}

/// Placeholder for a missing number.
pub const DASH: &str = "–";

/// A percentage with one decimal; halves are rounded up. A dash if it is not finite.
pub fn percent(value: f64) -> String {
    if value.is_finite() {
        format!("{}%", tenths(value)).replace('-', "−")
    } else {
        String::from(DASH)
    }
}

/// One decimal, without a sign if it rounds to zero.
pub fn tenths(value: f64) -> String {
    format!("{:.1}", (value * 10.0).round() / 10.0 + 0.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_read_back(value in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL) {
            let text = Shortest(value).to_string();
            prop_assert_eq!(text.parse::<f64>().unwrap(), value);
            prop_assert!(text.len() <= 24);
        }

        #[test]
        fn decimals_fit_a_line(value in prop::num::f64::ANY) {
            prop_assert!(Decimals(value, 9).to_string().len() <= 24);
        }
    }

    #[test]
    fn halves_are_rounded_up() {
        assert_eq!(percent(56.25), "56.3%");
        assert_eq!(percent(71.25), "71.3%");
        assert_eq!(percent(100.0), "100.0%");
        assert_eq!(percent(-0.01), "0.0%");
        assert_eq!(percent(f64::NAN), "–");
    }
}
