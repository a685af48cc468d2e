//! Numbers `m 2^e` with whole `m` and `e`.

use std::cmp::Ordering;
use std::ops::{Add, Mul, Neg, Sub};

use num_bigint::{BigInt, Sign};

use super::round_up;

/// `mantissa * 2^exponent`; sums and products of such numbers are such numbers again.
#[derive(Debug, Clone, Default)]
pub struct Dyadic {
    mantissa: BigInt,
    exponent: i64,
}

impl Dyadic {
    /// The number that `value` is.
    ///
    /// # Panics
    /// When `value` is not finite.
    pub fn of(value: f64) -> Self {
        assert!(value.is_finite(), "{value} is no number");
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

    /// How it compares with zero.
    pub fn sign(&self) -> Ordering {
        match self.mantissa.sign() {
            Sign::Minus => Ordering::Less,
            Sign::NoSign => Ordering::Equal,
            Sign::Plus => Ordering::Greater,
        }
    }

    /// The least f64 that is not below the number's size, or the one after it.
    pub fn size_up(&self) -> f64 {
        let size = BigInt::from(self.mantissa.magnitude().clone());
        round_up(&size, &BigInt::from(1), self.exponent)
    }

    /// The power of two of which the number is a whole multiple; `None` of zero, which is one of all.
    pub fn exponent(&self) -> Option<i64> {
        (!self.is_zero()).then_some(self.exponent)
    }

    /// The whole multiple of `2^exponent` that the number is.
    ///
    /// # Panics
    /// When it is none.
    pub fn in_units_of(&self, exponent: i64) -> BigInt {
        if self.is_zero() {
            return BigInt::ZERO;
        }
        let shift = u64::try_from(self.exponent - exponent).expect("a whole multiple");
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
        // Neither is a tenth, and a tenth of ten is not one.
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
    }
}
