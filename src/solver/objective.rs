//! How HiGHS is given an objective, and how its numbers about it are read.

use super::Settings;
use crate::milp::{Problem, Sense};

/// The objective of one problem.
#[derive(Debug, Clone, Copy)]
pub(super) struct Objective {
    pub sense: Sense,
    /// The constant, which HiGHS is not given.
    offset: f64,
    /// What HiGHS counts in: a power of two of about the size of the largest term. Its tolerances are absolute, and
    /// an objective of another size would be solved by other ones.
    unit: f64,
    /// What is worse than this is not looked at.
    cutoff: Option<f64>,
}

impl Objective {
    pub fn of(problem: &Problem, settings: &Settings) -> Self {
        Self {
            sense: problem.sense,
            offset: problem.offset,
            unit: problem.unit(),
            // HiGHS would stop a linear program at it.
            cutoff: settings.cutoff.filter(|_| problem.integers() > 0),
        }
    }

    /// A coefficient in HiGHS's units.
    pub fn cost(self, cost: f64) -> f64 {
        cost / self.unit
    }

    /// A dual multiplier in the problem's units.
    pub fn dual(self, dual: f64) -> f64 {
        dual * self.unit
    }

    /// HiGHS's option `objective_bound`, which is about minimisation: it negates a maximised objective.
    pub fn bound_option(self) -> Option<f64> {
        let cutoff = (self.cutoff? - self.offset) / self.unit;
        Some(match self.sense {
            Sense::Maximize => -cutoff,
            Sense::Minimize => cutoff,
        })
    }

    pub fn value(self, value: f64) -> f64 {
        value * self.unit + self.offset
    }

    /// The value of the best point so far, for which HiGHS gives the cutoff where there is none.
    pub fn best(self, value: f64) -> f64 {
        match self.cutoff {
            Some(cutoff) if self.bound(value) == cutoff => self.none(),
            _ => self.value(value),
        }
    }

    /// What a bound proves: where HiGHS leaves out what is worse than the cutoff, no more than that nothing is
    /// better.
    pub fn bound(self, bound: f64) -> f64 {
        let bound = self.value(bound);
        match (self.sense, self.cutoff) {
            (_, None) => bound,
            (Sense::Maximize, Some(cutoff)) => bound.max(cutoff),
            (Sense::Minimize, Some(cutoff)) => bound.min(cutoff),
        }
    }

    /// What is proved where HiGHS finds that nothing is left to look at.
    pub fn bound_of_nothing(self) -> Option<f64> {
        self.cutoff
    }

    /// HiGHS's value of no point.
    pub fn none(self) -> f64 {
        match self.sense {
            Sense::Maximize => f64::NEG_INFINITY,
            Sense::Minimize => f64::INFINITY,
        }
    }
}
