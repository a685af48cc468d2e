//! What the solver takes for zero.

/// Tolerances of HiGHS, which are absolute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerances {
    /// By how much rows, the sides of columns and integrality may be violated.
    pub feasibility: f64,
    /// By how much reduced costs may have the wrong sign, and the gap at which a MILP counts as solved, in units of
    /// the objective ([`crate::milp::Problem::unit`]).
    pub dual: f64,
}

/// HiGHS's default for problems with integers.
const FEASIBILITY: f64 = 1e-6;
const DUAL: f64 = 1e-9;
/// HiGHS takes 1e-10, too, but numbers below 1e-9 for zero: then it cut off the optimum of a steep network.
const LEAST: f64 = 1e-9;

impl Default for Tolerances {
    fn default() -> Self {
        Self {
            feasibility: FEASIBILITY,
            dual: DUAL,
        }
    }
}

impl Tolerances {
    /// That of feasibility as near to `feasibility` as it may be, that of duals the least.
    pub fn sharp(feasibility: f64) -> Self {
        let wanted = if feasibility.is_nan() {
            LEAST
        } else {
            feasibility
        };
        Self {
            feasibility: wanted.clamp(LEAST, FEASIBILITY),
            dual: LEAST,
        }
    }
}
