//! Exact numbers: f64 as integers times a power of two, and as rationals.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use pipeline::network::Network;

/// Converts `value` to the equal rational number.
pub fn rational(value: f64) -> BigRational {
    BigRational::from_float(value).expect("a finite number")
}

/// The least `e >= 0` for which `value * 2^e` is an integer.
pub fn exponent(value: f64) -> u64 {
    let (mantissa, exponent) = split(value);
    if mantissa == 0 {
        return 0;
    }
    u64::try_from(-exponent - i64::from(mantissa.trailing_zeros())).unwrap_or(0)
}

/// The integer `value * 2^exponent`.
///
/// # Panics
/// When it is not an integer.
pub fn scaled(value: f64, exponent: u64) -> BigInt {
    let (mantissa, own) = split(value);
    let shift = own + i64::try_from(exponent).expect("a small exponent");
    let integer = BigInt::from(mantissa);
    let size = shift.unsigned_abs();
    let scaled = if shift >= 0 {
        integer << size
    } else {
        let rounded = &integer >> size;
        assert_eq!(&rounded << size, integer, "{value} times 2^{exponent}");
        rounded
    };
    if value < 0.0 { -scaled } else { scaled }
}

/// Splits `|value|` into `(mantissa, exponent)`, where it equals `mantissa * 2^exponent`.
fn split(value: f64) -> (u64, i64) {
    assert!(value.is_finite());
    let bits = value.to_bits();
    let exponent = i64::try_from(bits >> 52 & 0x7ff).expect("eleven bits");
    let fraction = bits & ((1 << 52) - 1);
    if exponent == 0 {
        (fraction, -1074)
    } else {
        (fraction | 1 << 52, exponent - 1075)
    }
}

/// The exact outputs of `network` at `x`.
pub fn forward(network: &Network, x: &[BigRational]) -> Vec<BigRational> {
    let mut h = x.to_vec();
    let mut outputs = Vec::new();
    for layer in network.layers() {
        let neuron = |(i, &bias): (usize, &f64)| {
            let terms = layer.row(i).iter().zip(&h).filter(|(w, _)| **w != 0.0);
            let sum: BigRational = terms.map(|(&w, h)| rational(w) * h).sum();
            sum + rational(bias)
        };
        outputs = layer.biases().iter().enumerate().map(neuron).collect();
        h = outputs.iter().map(positive_part).collect();
    }
    outputs
}

fn positive_part(g: &BigRational) -> BigRational {
    if g.is_positive() {
        g.clone()
    } else {
        BigRational::zero()
    }
}
