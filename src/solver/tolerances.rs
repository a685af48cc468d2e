//! Tolerances of the solver.

/// Tolerances of HiGHS, which are absolute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerances {
    /// Maximum violation of rows, column bounds and integrality.
    pub feasibility: f64,
    /// Maximum magnitude of reduced costs of the wrong sign, and the gap at which a MILP counts as solved, in units
    /// of the objective ([`crate::milp::Problem::unit`]).
    pub dual: f64,
}

/// HiGHS's default for problems with integers.
const FEASIBILITY: f64 = 1e-6;
const DUAL: f64 = 1e-9;
/// HiGHS accepts 1e-10, too, but treats numbers below 1e-9 as zero: then it cut off the optimum of a steep network.
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
    /// The feasibility tolerance closest to `feasibility` that is allowed, and the smallest dual tolerance.
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
