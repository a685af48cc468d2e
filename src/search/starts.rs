//! Starting points of ascents.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::ascent::Point;
use crate::instance::Region;

/// Generates the default point first, then in turn midpoints of two random vertices, points between the best point and
/// a random vertex, and the best point with a few inputs of a random vertex.
pub(super) struct Starts {
    region: Region,
    random: ChaCha8Rng,
    count: usize,
}

impl Starts {
    pub fn new(region: &Region, seed: u32) -> Self {
        Self {
            region: region.clone(),
            random: ChaCha8Rng::seed_from_u64(u64::from(seed)),
            count: 0,
        }
    }

    pub fn next(&mut self, best: Option<&Point>) -> Vec<f64> {
        self.count += 1;
        let Some((best, _)) = best else {
            return self.region.default_point().to_vec();
        };
        match self.count % 3 {
            0 => {
                let (one, other) = (self.vertex(), self.vertex());
                between(&one, &other, 0.5)
            }
            1 => {
                let share = self.random.random_range(0.0..0.5);
                between(best, &self.vertex(), share)
            }
            _ => self.mixed(best),
        }
    }

    /// `point` with a few inputs replaced by those of a random vertex.
    fn mixed(&mut self, point: &[f64]) -> Vec<f64> {
        let vertex = self.vertex();
        let share = self.random.random_range(0.01..0.2);
        let mixed = point.iter().zip(&vertex).map(|(own, other)| {
            let is_other = self.random.random_range(0.0..1.0) < share;
            if is_other { *other } else { *own }
        });
        let mixed: Vec<f64> = mixed.collect();
        self.region.pull_inside(&mixed)
    }

    fn vertex(&mut self) -> Vec<f64> {
        let direction = || self.random.random_range(-1.0..1.0);
        let direction: Vec<f64> = std::iter::repeat_with(direction)
            .take(self.region.inputs())
            .collect();
        let vertex = self.region.argmax(&direction);
        match self.region.rows() {
            [] => vertex,
            _ => self.region.pull_inside(&vertex),
        }
    }
}

/// The point at the fraction `share` of the way from `from` to `to`.
fn between(from: &[f64], to: &[f64], share: f64) -> Vec<f64> {
    let pairs = from.iter().zip(to);
    pairs.map(|(from, to)| from + share * (to - from)).collect()
}
