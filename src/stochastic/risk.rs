//! Risk measures of the second stage's cost: its mean and its conditional value at risk.

use serde::Serialize;

use super::StochasticError;

/// How near a number of costs in the tail must be to a whole one to be it: `(1 - 0.9) 50` is not 5 in f64.
const WHOLE: f64 = 1e-9;

/// What is minimised: the expected cost of both stages plus `weight` times its conditional value at risk, the expected
/// cost in the worst `1 - level` of all cases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Risk {
    weight: f64,
    level: f64,
}

/// What decisions cost in scenarios.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cost {
    /// Of the decisions.
    pub first_stage: f64,
    /// Mean of the second stage.
    pub mean: f64,
    /// Conditional value at risk of the second stage.
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

    /// # Errors
    /// When the weight is negative or not finite, or the level not from 0 to below 1.
    pub fn new(weight: f64, level: f64) -> Result<Self, StochasticError> {
        if !(weight.is_finite() && weight >= 0.0) {
            return Err(StochasticError::RiskWeight(weight));
        }
        if !(0.0..1.0).contains(&level) {
            return Err(StochasticError::RiskLevel(level));
        }
        Ok(Self { weight, level })
    }

    /// The weight of the conditional value at risk.
    pub fn weight(self) -> f64 {
        self.weight
    }

    /// Its level.
    pub fn level(self) -> f64 {
        self.level
    }

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

    /// What both stages cost, from the cost of the first one and the costs of the second in equally likely scenarios.
    ///
    /// # Panics
    /// When there are no scenarios.
    pub fn cost(self, first_stage: f64, mut second_stage: Vec<f64>) -> Cost {
        assert!(!second_stage.is_empty(), "scenarios");
        second_stage.sort_by(f64::total_cmp);
        let tail = self.tail(second_stage.len());
        let terms = second_stage.iter().zip(tail);
        let cvar = terms.map(|(cost, tail)| cost * tail).sum();
        let mean = second_stage.iter().sum::<f64>() / second_stage.len() as f64;
        Cost {
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
            let tail = Risk::new(1.0, level).unwrap().tail(50);
            let share = 1.0 / (50 - first) as f64;
            for (quantile, found) in tail.into_iter().enumerate() {
                let expected = if quantile < first { 0.0 } else { share };
                assert!((found - expected).abs() < 1e-12, "{level}, {quantile}");
            }
        }
        // Half of the second largest of three counts.
        let tail = Risk::new(1.0, 0.5).unwrap().tail(3);
        assert_eq!(tail, [0.0, 0.5 / 1.5, 1.0 / 1.5]);
        let one = Risk::new(1.0, 0.999).unwrap();
        assert_eq!(one.tail(3), [0.0, 0.0, 1.0]);
    }

    #[test]
    fn costs_weigh_mean_and_tail() {
        let risk = Risk::new(0.5, 0.5).unwrap();
        let cost = risk.cost(10.0, vec![4.0, 1.0, 3.0, 2.0]);
        assert_eq!((cost.mean, cost.cvar), (2.5, 3.5));
        assert_eq!(cost.total, 10.0 + 2.5 + 0.5 * (10.0 + 3.5));
        let coefficients = risk.coefficients(4);
        let sum: f64 = coefficients
            .iter()
            .zip(1..)
            .map(|(c, q)| c * f64::from(q))
            .sum();
        assert_eq!(sum, cost.total - 15.0);
    }

    #[test]
    fn weights_and_levels_out_of_range_are_refused() {
        for (weight, level) in [
            (-1.0, 0.5),
            (f64::NAN, 0.5),
            (1.0, 1.0),
            (1.0, -0.1),
            (1.0, f64::NAN),
        ] {
            assert!(Risk::new(weight, level).is_err(), "{weight}, {level}");
        }
    }
}
