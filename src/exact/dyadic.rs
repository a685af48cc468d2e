//! Dyadic numbers: `m 2^e` with integers `m` and `e`.

use std::cmp::Ordering;
use std::ops::{Add, Mul, Neg, Sub};

use num_bigint::{BigInt, Sign};

use super::round_up;

/// `mantissa * 2^exponent`; sums and products of such numbers are again such numbers.
#[derive(Debug, Clone, Default)]
pub struct Dyadic {
    mantissa: BigInt,
    exponent: i64,
}

impl Dyadic {
    /// Converts `value` exactly.
    ///
    /// # Panics
    /// When `value` is not finite.
    pub fn of(value: f64) -> Self {
        assert!(value.is_finite(), "{value} is not finite");
        let bits = value.to_bits();
        let stored = i64::try_from(bits >> 52 & 0x7ff).expect("eleven bits");
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) = match stored {
            0 => (fraction, -1074),
            _ => (fraction | 1 << 52, stored - 1075),
        };
        if mantissa == 0 {
            return Self::default();
        }
        // Short mantissas keep products short.
        let zeros = mantissa.trailing_zeros();
        let mantissa = BigInt::from(mantissa >> zeros);
        Self {
            mantissa: if value < 0.0 { -mantissa } else { mantissa },
            exponent: exponent + i64::from(zeros),
        }
    }

    pub fn is_zero(&self) -> bool {
        self.mantissa.sign() == Sign::NoSign
    }

    pub fn is_positive(&self) -> bool {
        self.sign() == Ordering::Greater
    }

    /// Compares the number with zero.
    pub fn sign(&self) -> Ordering {
        match self.mantissa.sign() {
            Sign::Minus => Ordering::Less,
            Sign::NoSign => Ordering::Equal,
            Sign::Plus => Ordering::Greater,
        }
    }

    /// The least f64 that is not below the number's absolute value, or the next larger one.
    pub fn size_up(&self) -> f64 {
        let size = BigInt::from(self.mantissa.magnitude().clone());
        round_up(&size, &BigInt::from(1), self.exponent)
    }

    /// The number itself if it is an f64, otherwise one slightly farther from zero, which may be infinite.
    pub fn near(&self) -> f64 {
        let (up, is_negative) = (self.size_up(), self.sign() == Ordering::Less);
        let signed = |size: f64| if is_negative { -size } else { size };
        let down = signed(up.next_down());
        match up > 0.0 && Self::of(down) == *self {
            true => down,
            false => signed(up),
        }
    }

    /// An exponent `e` such that the number is an integer multiple of `2^e`; `None` for zero, which
    /// is one for every `e`.
    pub fn exponent(&self) -> Option<i64> {
        (!self.is_zero()).then_some(self.exponent)
    }

    /// The number divided by `2^exponent`, which must be an integer.
    ///
    /// # Panics
    /// When it is not an integer.
    pub fn in_units_of(&self, exponent: i64) -> BigInt {
        if self.is_zero() {
            return BigInt::ZERO;
        }
        let shift = u64::try_from(self.exponent - exponent).expect("an integer multiple");
        &self.mantissa << shift
    }

    fn aligned(&self, other: &Self) -> (BigInt, BigInt, i64) {
        let exponent = match (self.exponent(), other.exponent()) {
            (Some(a), Some(b)) => a.min(b),
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => 0,
        };
        (
            self.in_units_of(exponent),
            other.in_units_of(exponent),
            exponent,
        )
    }
}

impl Add<&Dyadic> for &Dyadic {
    type Output = Dyadic;

    fn add(self, other: &Dyadic) -> Dyadic {
        let (a, b, exponent) = self.aligned(other);
        Dyadic {
            mantissa: a + b,
            exponent,
        }
    }
}

impl Sub<&Dyadic> for &Dyadic {
    type Output = Dyadic;

    fn sub(self, other: &Dyadic) -> Dyadic {
        self + &-other
    }
}

impl Mul<&Dyadic> for &Dyadic {
    type Output = Dyadic;

    fn mul(self, other: &Dyadic) -> Dyadic {
        Dyadic {
            mantissa: &self.mantissa * &other.mantissa,
            exponent: self.exponent + other.exponent,
        }
    }
}

impl Neg for &Dyadic {
    type Output = Dyadic;

    fn neg(self) -> Dyadic {
        Dyadic {
            mantissa: -&self.mantissa,
            exponent: self.exponent,
        }
    }
}

impl PartialEq for Dyadic {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Dyadic {}

impl PartialOrd for Dyadic {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Dyadic {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b, _) = self.aligned(other);
        a.cmp(&b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_products_are_not_rounded() {
        let (large, small) = (Dyadic::of(1e300), Dyadic::of(5e-324));
        let sum = &large + &small;
        assert!(sum > large);
        assert_eq!(&sum - &large, small);
        assert_eq!(&Dyadic::of(-0.75) * &Dyadic::of(4.0), Dyadic::of(-3.0));
        // In f64, 0.1 is not a tenth, and ten times it is not one.
        assert!(&Dyadic::of(0.1) * &Dyadic::of(10.0) > Dyadic::of(1.0));
        assert!((&small - &small).is_zero());
        assert_eq!(Dyadic::of(0.0), Dyadic::of(-0.0));
        assert!(Dyadic::of(-1.0) < Dyadic::default());
    }

    #[test]
    fn a_number_in_units() {
        assert_eq!(Dyadic::of(1.5).in_units_of(-3), BigInt::from(12));
        assert_eq!(Dyadic::of(6.0).exponent(), Some(1));
        assert_eq!(Dyadic::of(0.0).exponent(), None);
        assert_eq!(Dyadic::of(-1.5).size_up(), 1.5);
        assert_eq!(Dyadic::of(0.0).size_up(), 0.0);
        for value in [0.1, -0.3, 1e300, -5e-324, 0.0, f64::MAX] {
            assert_eq!(Dyadic::of(value).near(), value);
        }
        let third = &Dyadic::of(1.0) + &Dyadic::of(1e-20);
        assert_eq!((third.near() - 1.0).abs(), f64::EPSILON);
        assert_eq!(
            (&Dyadic::of(f64::MAX) + &Dyadic::of(f64::MAX)).near(),
            f64::INFINITY
        );
    }
}
