//! What uncertain costs are worth.

use serde::{Deserialize, Serialize};

/// How near a number of costs in the tail must be to a whole one to be it: `(1 - 0.9) 50` is not 5 in f64.
const WHOLE: f64 = 1e-9;

/// Adds to the expected cost `weight` times the conditional value at risk, the expected cost in the worst `1 - level` of
/// all cases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Risk {
    /// Not negative.
    pub weight: f64,
    /// From 0 to below 1.
    pub level: f64,
}

/// What decisions are worth in scenarios.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Value {
    /// Cost of the decisions.
    pub first_stage: f64,
    /// Mean cost of the second stage.
    pub mean: f64,
    /// Conditional value at risk of the second stage's cost.
    pub cvar: f64,
    /// `first_stage + mean + weight (first_stage + cvar)`.
    pub total: f64,
}

impl Risk {
    /// The expected cost alone.
    pub const NEUTRAL: Self = Self {
        weight: 0.0,
        level: 0.0,
    };

    /// How much each of `count` equally likely costs, in increasing order, counts in the conditional value at risk.
    pub fn tail(self, count: usize) -> Vec<f64> {
        let mass = (1.0 - self.level) * count as f64;
        let mass = match mass.round() {
            whole if (mass - whole).abs() < WHOLE && whole > 0.0 => whole,
            _ => mass,
        };
        let share = |from_top: usize| (mass - from_top as f64).clamp(0.0, 1.0) / mass;
        (0..count).rev().map(share).collect()
    }

    /// The coefficient of each of `count` quantiles in the objective: their mean, and `weight` times that of the tail.
    pub fn coefficients(self, count: usize) -> Vec<f64> {
        let mean = 1.0 / count as f64;
        let tail = self.tail(count).into_iter();
        tail.map(|tail| mean + self.weight * tail).collect()
    }

    /// What a first stage of that cost is worth with these costs of the second stage, in any order.
    pub fn value(self, first_stage: f64, mut costs: Vec<f64>) -> Value {
        costs.sort_by(f64::total_cmp);
        let tail = self.tail(costs.len());
        let cvar = costs.iter().zip(tail).map(|(cost, tail)| cost * tail).sum();
        let mean = costs.iter().sum::<f64>() / costs.len() as f64;
        Value {
            first_stage,
            mean,
            cvar,
            total: first_stage + mean + self.weight * (first_stage + cvar),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_the_quantile_networks() {
        for (level, first) in [(0.9, 45), (0.7, 35), (0.0, 0)] {
            let tail = Risk { weight: 1.0, level }.tail(50);
            let share = 1.0 / (50 - first) as f64;
            for (quantile, found) in tail.into_iter().enumerate() {
                let expected = if quantile < first { 0.0 } else { share };
                assert!((found - expected).abs() < 1e-12, "{level}, {quantile}");
            }
        }
        // Half of the second largest of three counts.
        let tail = Risk {
            weight: 1.0,
            level: 0.5,
        }
        .tail(3);
        assert_eq!(tail, [0.0, 0.5 / 1.5, 1.0 / 1.5]);
        let one = Risk {
            weight: 1.0,
            level: 0.999,
        };
        assert_eq!(one.tail(3), [0.0, 0.0, 1.0]);
    }

    #[test]
    fn values_weigh_mean_and_tail() {
        let risk = Risk {
            weight: 0.5,
            level: 0.5,
        };
        let value = risk.value(10.0, vec![4.0, 1.0, 3.0, 2.0]);
        assert_eq!((value.mean, value.cvar), (2.5, 3.5));
        assert_eq!(value.total, 10.0 + 2.5 + 0.5 * (10.0 + 3.5));
        let coefficients = risk.coefficients(4);
        let sum: f64 = coefficients
            .iter()
            .zip(1..)
            .map(|(c, q)| c * f64::from(q))
            .sum();
        assert_eq!(sum, value.total - 15.0);
    }
}
