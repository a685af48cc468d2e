//! The MILP solver HiGHS behind a safe interface: the only module that uses it.
//!
//! [`solve`] runs HiGHS on its own thread and passes every feasible point that it finds to an
//! observer on the caller's thread, which may stop it; a [`Background`] solve does so when
//! polled. So a panic of the observer never unwinds into a C frame, and the wall clock holds even
//! where HiGHS does not check it: a solver that does not return in time is abandoned
//! ([`Status::Abandoned`]).

mod callback;
mod linear;
mod model;
mod objective;
mod status;
mod supervise;
mod tolerances;
mod user_solutions;

pub use linear::{LinearEnd, LinearProgram, LinearSolution, solve_linear};
pub use status::Status;
pub use supervise::{Background, solve};
pub use tolerances::Tolerances;
pub use user_solutions::UserSolutions;

use highs_sys::{HIGHS_VERSION_MAJOR, HIGHS_VERSION_MINOR, HIGHS_VERSION_PATCH};
use thiserror::Error;

use crate::limits::Limits;

/// Why a problem could not be solved at all. Reaching a limit is a [`SolveEnd`], not an error.
#[derive(Debug, Error)]
pub enum SolverError {
    /// HiGHS does not accept an option's value.
    #[error("the solver refused option {name} = {value}")]
    Option {
        /// HiGHS's name of the option.
        name: &'static str,
        /// The value that it refused, as text.
        value: String,
    },
    /// HiGHS does not accept the problem, for example because of a huge coefficient.
    #[error(
        "the solver refused the problem ({columns} columns, {rows} rows): coefficients must be below 1e15"
    )]
    Problem {
        /// Number of columns of the problem.
        columns: usize,
        /// Number of rows of the problem.
        rows: usize,
    },
    /// HiGHS reported this error or status.
    #[error("the solver failed: {0}")]
    Failed(String),
    /// The operating system does not start a thread for HiGHS.
    #[error("cannot start a thread for the solver")]
    Thread(#[source] std::io::Error),
    /// The solver's thread has no result to give, as when a solve is polled after its end.
    #[error("the solver's thread ended without a result")]
    Died,
}

/// The solver's name and version.
pub fn version() -> String {
    format!("HiGHS {HIGHS_VERSION_MAJOR}.{HIGHS_VERSION_MINOR}.{HIGHS_VERSION_PATCH}")
}

/// Limits and seeds of one solve.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Its wall seconds are enforced here as well as by HiGHS.
    pub limits: Limits,
    /// Points whose objective is not better than this are not needed. The solver prunes nodes without better
    /// points, so it proves nothing below this value (above it in minimisation).
    pub cutoff: Option<f64>,
    /// Feasibility and optimality tolerances handed to HiGHS.
    pub tolerances: Tolerances,
    /// Candidate solutions handed to the solver while it runs, for a problem with integers.
    pub user_solutions: UserSolutions,
}

impl Settings {
    /// Solves within `limits`, with HiGHS's own tolerances and neither cutoff nor user solutions.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }
}

/// A feasible point, in the columns of the problem that was passed in.
#[derive(Debug, Clone)]
pub struct Solution {
    /// The solver's objective value, offset included.
    pub objective: f64,
    /// The value of each column.
    pub columns: Vec<f64>,
}

/// The progress of a solve.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Objective of the incumbent; infinite while there is none.
    pub primal_bound: f64,
    /// Proved bound on the objective; infinite while there is none.
    pub dual_bound: f64,
    /// Nodes of the branch and bound so far; 0 for a linear program.
    pub nodes: i64,
}

/// What is reported to the observer, in the order in which it happened.
#[derive(Debug)]
pub enum Event {
    /// A feasible point; the same one may be reported twice.
    Solution(Solution),
    /// Bounds and nodes: at every new dual bound, otherwise at intervals.
    Progress(Progress),
}

/// How a solve ended.
#[derive(Debug, Clone)]
pub struct SolveEnd {
    /// HiGHS's final status, or why the solve ended without one.
    pub status: Status,
    /// Proved bound on the objective; `None` while nothing is proved.
    pub dual_bound: Option<f64>,
    /// HiGHS ignored the interrupt and may still be running on its thread.
    pub still_running: bool,
}

impl SolveEnd {
    /// The end of a solve in which the solver failed.
    pub fn failed() -> Self {
        Self {
            status: Status::Failed,
            dual_bound: None,
            still_running: false,
        }
    }

    /// The same end, with an upper `bound` on a maximum that was proved elsewhere.
    pub fn with_bound(self, bound: f64) -> Self {
        let dual_bound = self.dual_bound.map_or(bound, |own| own.min(bound));
        Self {
            dual_bound: Some(dual_bound).filter(|bound| bound.is_finite()),
            ..self
        }
    }

    /// The end of a solve that is unnecessary because of a `bound` proved before.
    pub fn decided_by(bound: f64) -> Self {
        Self {
            status: Status::Stopped,
            dual_bound: Some(bound),
            still_running: false,
        }
    }
}
