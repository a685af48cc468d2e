//! Sums of f64 numbers and their rounding errors.

/// `start` plus the products of all `pairs`, rounded once at the end.
pub fn rounded_once(start: f64, pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let mut sum = ExactSum::default();
    sum.add(start);
    for (a, b) in pairs {
        sum.add_product(a, b);
    }
    sum.value()
}

/// `a + b`, rounded up.
pub fn sum_up(a: f64, b: f64) -> f64 {
    let (sum, error) = two_sum(a, b);
    if error > 0.0 { sum.next_up() } else { sum }
}

/// A sum as f64 numbers that do not overlap, smallest first, and add up to it exactly (Shewchuk,
/// Discrete & Computational Geometry 18, 1997).
#[derive(Debug, Default)]
pub struct ExactSum {
    parts: Vec<f64>,
}

impl ExactSum {
    pub fn add(&mut self, mut term: f64) {
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
        // A zero must not take the place of the largest part.
        if term != 0.0 {
            self.parts.push(term);
        }
    }

    /// Adds `a b`, exactly unless its last digit underflows.
    pub fn add_product(&mut self, a: f64, b: f64) {
        if a != 0.0 && b != 0.0 {
            let product = a * b;
            self.add(product);
            self.add(a.mul_add(b, -product));
        }
    }

    /// An upper bound on the distance of the sum from [`Self::value`].
    pub fn rest(&self) -> f64 {
        match &self.parts[..] {
            [] | [_] => 0.0,
            [only, _] => only.abs(),
            // The parts do not overlap: the largest of the rest is more than half of their sum.
            [.., largest, _] => 2.0 * largest.abs(),
        }
    }

    /// The largest part: it has the sign of the sum, because all others together are smaller.
    pub fn value(&self) -> f64 {
        self.parts.last().copied().unwrap_or(0.0)
    }
}

/// The rounded sum of `a` and `b`, and its rounding error (Knuth).
pub fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_b = sum - a;
    let of_a = sum - of_b;
    (sum, (a - of_a) + (b - of_b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_products_is_rounded_once() {
        let pairs = [(1e16, 1.0), (0.1, 10.0), (-1e16, 1.0)];
        // In f64, 0.1 is a little more than a tenth.
        assert_eq!(rounded_once(-1.0, pairs.into_iter()), 2.0_f64.powi(-54));
    }
}
