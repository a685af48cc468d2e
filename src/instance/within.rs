//! Distances without rounding, so that "within the radius" is a fact about the numbers given.

use crate::exact::ExactSum;

/// Whether `sum_k |x_k - centre_k| <= radius` in real arithmetic.
///
/// # Panics
/// When the points are of different sizes.
pub fn is_within_l1(x: &[f64], centre: &[f64], radius: f64) -> bool {
    assert_eq!(x.len(), centre.len(), "points of one size");
    let mut sum = ExactSum::default();
    for (&x, &centre) in x.iter().zip(centre).filter(|(x, centre)| x != centre) {
        let (larger, smaller) = if x >= centre {
            (x, centre)
        } else {
            (centre, x)
        };
        sum.add(larger);
        sum.add(-smaller);
    }
    sum.add(-radius);
    // Also where something is not a number: that is within nothing.
    sum.value() <= 0.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_ulp_outside_is_outside() {
        let centre = [0.0; 10];
        let x = [0.1; 10];
        // Ten times the f64 nearest to 0.1 is more than 1, though their rounded sum is less.
        assert!(x.iter().sum::<f64>() < 1.0);
        assert!(!is_within_l1(&x, &centre, 1.0));
        assert!(is_within_l1(&x, &centre, 1.0_f64.next_up()));
        assert!(is_within_l1(&[0.75], &[0.5], 0.25));
        assert!(!is_within_l1(&[0.75], &[0.5], 0.25_f64.next_down()));
        assert!(!is_within_l1(&[f64::NAN], &[0.5], 1.0));
        assert!(is_within_l1(&[1.0], &[0.0], 1e308));
    }

    proptest! {
        /// Multiples of 2^-30 below 1: also their sums are exact in f64, however added.
        #[test]
        fn distances_without_rounding_are_known(
            pairs in prop::collection::vec((0..1_u32 << 30, 0..1_u32 << 30), 1..40),
        ) {
            let number = |multiple: u64| multiple as f64 / (1_u64 << 30) as f64;
            let of = |side: fn(&(u32, u32)) -> u32| -> Vec<f64> {
                pairs.iter().map(|pair| number(u64::from(side(pair)))).collect()
            };
            let (x, centre) = (of(|pair| pair.0), of(|pair| pair.1));
            let distance = number(pairs.iter().map(|&(a, b)| u64::from(a.abs_diff(b))).sum());
            prop_assert!(is_within_l1(&x, &centre, distance));
            prop_assert!(!is_within_l1(&x, &centre, distance.next_down()) || distance == 0.0);
        }

        /// The rounded sum is off by less than its known error, and so is the answer.
        #[test]
        fn other_distances_are_near_the_rounded_ones(
            pairs in prop::collection::vec((0.0..1.0, 0.0..1.0), 1..40),
        ) {
            let (x, centre): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let rounded: f64 = x.iter().zip(&centre).map(|(x, c)| (x - c).abs()).sum();
            prop_assert!(is_within_l1(&x, &centre, rounded + 1e-12));
            prop_assert!(!is_within_l1(&x, &centre, rounded - 1e-12));
        }
    }
}
