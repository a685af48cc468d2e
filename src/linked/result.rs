//! How a linked problem is solved, and what is known of it afterwards.

use super::Replay;
use crate::bounds::BoundKind;
use crate::limits::Limits;
use crate::milp::Problem;
use crate::named::{Named, in_words};
use crate::solver;

/// How a linked problem is solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Way {
    /// The MILP of the dense networks.
    Exact,
    /// The MILP of sparse networks, as in Algorithm 2 of the paper.
    Surrogate,
    /// The relaxation's point, linearisations, surrogates, then the MILP of the dense networks with the best point so far
    /// as its start, or branch and bound over the inputs where they are few.
    #[default]
    Portfolio,
}

impl Named for Way {
    const WHAT: &'static str = "strategy";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Exact, "exact"),
        (Self::Surrogate, "surrogate"),
        (Self::Portfolio, "portfolio"),
    ];
}

/// What is known of a linked problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The best point is optimal, up to 1e-6 of its objective or of 1.
    Optimal,
    /// A point was found.
    Feasible,
    /// It is proved that there is none.
    Infeasible,
    /// Neither.
    Unknown,
}

impl Named for Status {
    const WHAT: &'static str = "status";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Optimal, "optimal"),
        (Self::Feasible, "feasible"),
        (Self::Infeasible, "infeasible"),
        (Self::Unknown, "unknown"),
    ];
}

in_words!(Way, Status);

/// How and within which limits a linked problem is solved.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How it is solved.
    pub way: Way,
    /// Share of the weights that are pruned from networks without a surrogate of their own, where surrogates are
    /// solved; `None` for 0.8, and in a portfolio for several.
    pub rate: Option<f64>,
    /// Kind of bounds on the neurons of networks that ask for no other.
    pub bounds: BoundKind,
    /// Limits of everything together.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            way: Way::default(),
            rate: None,
            bounds: BoundKind::Linear,
            limits: Limits::default(),
        }
    }
}

/// A point at which every row holds with the dense networks, to 1e-6 of its side.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// The point.
    pub replay: Replay,
    /// Wall seconds after which it was found.
    pub seconds: f64,
}

/// What is reported while a problem is solved.
#[derive(Debug)]
pub enum Event<'a> {
    /// A better point was accepted.
    Accepted(&'a Accepted),
    /// Another part of the search begins.
    Stage(&'a str),
    /// The dual bound and the nodes of the MILP of the dense networks.
    Progress(f64, i64),
}

/// The result of a solve.
#[derive(Debug, Clone)]
pub struct LinkedResult {
    /// What is known.
    pub status: Status,
    /// The best point.
    pub best: Option<Replay>,
    /// A bound on the objective of all points, from the MILP of the dense networks.
    pub dual_bound: Option<f64>,
    /// Wall seconds to the first accepted point.
    pub seconds_to_first: Option<f64>,
    /// Wall seconds to the best one.
    pub seconds_to_best: Option<f64>,
    /// Wall seconds of everything.
    pub seconds_total: f64,
    /// Points of MILP solvers and relaxations that were evaluated on the dense networks.
    pub points: usize,
    /// The MILP solver's final status with the dense networks; `None` if it did not solve theirs.
    pub solver_status: Option<solver::Status>,
    /// The MILP of the dense networks, if it was written.
    pub size: Option<Size>,
}

/// Size of a MILP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Columns, the integer ones included.
    pub columns: usize,
    /// Integer columns.
    pub integers: usize,
    /// Rows.
    pub rows: usize,
    /// Coefficients in the rows.
    pub nonzeros: usize,
}

impl Size {
    /// The size of `problem`.
    pub fn of(problem: &Problem) -> Self {
        Self {
            columns: problem.columns.len(),
            integers: problem.integers(),
            rows: problem.rows.len(),
            nonzeros: problem.nonzeros(),
        }
    }
}
