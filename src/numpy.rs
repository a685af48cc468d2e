//! Random numbers as NumPy's legacy generator `RandomState` draws them, bit for bit: published instances and samples
//! were drawn by it.

use rand_mt::Mt;

/// NumPy's `RandomState(seed)`.
pub struct RandomState(Mt);

impl RandomState {
    pub fn new(seed: u32) -> Self {
        Self(Mt::new(seed))
    }

    /// Draws uniformly from `0..=largest`, as `randint` and `shuffle` do: masks words to the next power of two until one
    /// fits. No word is drawn where there is no choice.
    pub fn at_most(&mut self, largest: u32) -> u32 {
        if largest == 0 {
            return 0;
        }
        let mask = u32::MAX >> largest.leading_zeros();
        loop {
            let word = self.0.next_u32() & mask;
            if word <= largest {
                return word;
            }
        }
    }

    /// Draws uniformly from `[0, 1)` with 53 bits: 27 of one word, 26 of the next (`random_sample`).
    pub fn unit(&mut self) -> f64 {
        let high = f64::from(self.0.next_u32() >> 5);
        let low = f64::from(self.0.next_u32() >> 6);
        (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0
    }

    /// Draws uniformly from `[low, high)` (`uniform`).
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A random order of the numbers from 0 to `count - 1` (`permutation`).
    ///
    /// # Panics
    /// When there are more than 2^32 numbers.
    pub fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            let largest = u32::try_from(last).expect("at most 2^32 numbers");
            order.swap(last, self.at_most(largest) as usize);
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values by NumPy 2.4: `RandomState(7)`, then these in this order.
    #[test]
    fn draws_are_those_of_numpy() {
        let mut random = RandomState::new(7);
        assert_eq!(random.permutation(5), [0, 3, 2, 1, 4]);
        assert_eq!(random.unit(), 0.9782228970785825);
        assert_eq!(5 + random.at_most(30), 12);
        assert_eq!(random.uniform(-2.0, 3.0), 2.889947559983013);
    }
}
