//! Sums without rounding, so that "within the radius" is a fact about the numbers given.

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

/// `start` and the products of all pairs, rounded once at the end.
pub fn rounded_once(start: f64, pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let mut sum = ExactSum::default();
    sum.add(start);
    for (a, b) in pairs.filter(|(a, b)| *a != 0.0 && *b != 0.0) {
        let product = a * b;
        sum.add(product);
        sum.add(a.mul_add(b, -product));
    }
    sum.value()
}

/// `a + b`, rounded up.
pub fn sum_up(a: f64, b: f64) -> f64 {
    let (sum, error) = two_sum(a, b);
    if error > 0.0 { sum.next_up() } else { sum }
}

/// A sum as f64 numbers that do not overlap, smallest first: together they are the sum to the last bit
/// (Shewchuk, Discrete & Computational Geometry 18, 1997).
#[derive(Default)]
struct ExactSum {
    parts: Vec<f64>,
}

impl ExactSum {
    fn add(&mut self, mut term: f64) {
        let mut kept = 0;
        for at in 0..self.parts.len() {
            let (sum, error) = two_sum(term, self.parts[at]);
            if error != 0.0 {
                self.parts[kept] = error;
                kept += 1;
            }
            term = sum;
        }
        self.parts.truncate(kept);
        // A zero would stand in the place of the largest part.
        if term != 0.0 {
            self.parts.push(term);
        }
    }

    /// The largest part: it has the sign of the sum, for all others together are smaller.
    fn value(&self) -> f64 {
        self.parts.last().copied().unwrap_or(0.0)
    }
}

/// The rounded sum and what rounding took from it (Knuth).
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_b = sum - a;
    let of_a = sum - of_b;
    (sum, (a - of_a) + (b - of_b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_sum_of_products_is_rounded_once() {
        let pairs = [(1e16, 1.0), (0.1, 10.0), (-1e16, 1.0)];
        // A tenth is a little more than that in f64.
        assert_eq!(rounded_once(-1.0, pairs.into_iter()), 2.0_f64.powi(-54));
    }

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
