//! Converts an objective to HiGHS's units, and HiGHS's values back.

use super::Settings;
use crate::milp::{Problem, Sense};

/// The objective of one problem.
#[derive(Debug, Clone, Copy)]
pub(super) struct Objective {
    pub sense: Sense,
    /// The constant, which is not passed to HiGHS.
    offset: f64,
    /// HiGHS's unit: a power of two of about the size of the largest term. HiGHS's tolerances are absolute, so an
    /// objective of another scale would in effect be solved with other ones.
    unit: f64,
    /// Points worse than this are not searched for.
    cutoff: Option<f64>,
}

impl Objective {
    pub fn of(problem: &Problem, settings: &Settings) -> Self {
        Self {
            sense: problem.sense,
            offset: problem.offset,
            unit: problem.unit(),
            // HiGHS would stop a linear program at the cutoff.
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

    /// HiGHS's option `objective_bound`, which refers to minimisation: HiGHS negates a maximised objective.
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

    /// The value of the incumbent, for which HiGHS reports the cutoff while there is none.
    pub fn best(self, value: f64) -> f64 {
        match self.cutoff {
            Some(cutoff) if self.bound(value) == cutoff => self.none(),
            _ => self.value(value),
        }
    }

    /// The bound that HiGHS's `bound` proves: as HiGHS prunes what is worse than the cutoff, no more than that
    /// nothing is better than the cutoff.
    pub fn bound(self, bound: f64) -> f64 {
        let bound = self.value(bound);
        match (self.sense, self.cutoff) {
            (_, None) => bound,
            (Sense::Maximize, Some(cutoff)) => bound.max(cutoff),
            (Sense::Minimize, Some(cutoff)) => bound.min(cutoff),
        }
    }

    /// The bound that is proved if HiGHS reports infeasibility.
    pub fn bound_of_nothing(self) -> Option<f64> {
        self.cutoff
    }

    /// HiGHS's objective value while there is no point.
    pub fn none(self) -> f64 {
        match self.sense {
            Sense::Maximize => f64::NEG_INFINITY,
            Sense::Minimize => f64::INFINITY,
        }
    }
}
