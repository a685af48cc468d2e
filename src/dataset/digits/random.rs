//! Random numbers that are the same on every machine and in every version of the crates.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of random numbers.
pub(super) struct Random(ChaCha8Rng);

impl Random {
    pub fn new(seed: u8) -> Self {
        Self(ChaCha8Rng::from_seed([seed; 32]))
    }

    /// Uniform in [0, 1), in steps of 2^-24.
    pub fn unit(&mut self) -> f32 {
        const STEPS: f32 = (1 << 24) as f32;
        (self.0.next_u32() >> 8) as f32 / STEPS
    }

    /// Uniform from `low` to `high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// Random around 0, never farther than `spread`: the mean of three uniform numbers, so small
    /// values are more likely.
    pub fn around_zero(&mut self, spread: f32) -> f32 {
        let sum = self.unit() + self.unit() + self.unit();
        spread * (sum / 1.5 - 1.0)
    }

    /// Uniform in 0..count.
    pub fn below(&mut self, count: usize) -> usize {
        let wide = u64::from(self.0.next_u32()) * count as u64;
        (wide >> 32) as usize
    }

    /// Shuffles the items (Fisher-Yates).
    pub fn shuffle(&mut self, items: &mut [u8]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last + 1);
            items.swap(last, other);
        }
    }
}
