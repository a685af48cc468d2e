//! The MILP solver, HiGHS, behind a safe interface: the only place that knows it.
//!
//! [`solve`] runs HiGHS on a thread of its own and hands every feasible point it meets to an
//! observer on the caller's thread, which may stop it; a [`Background`] solve does so when it is
//! asked. So a panic of the observer never meets a C frame, and the wall clock holds even where
//! HiGHS does not look at it: a solver that does not return in time is left behind
//! ([`Status::Abandoned`]).

mod callback;
mod feed;
mod linear;
mod model;
mod objective;
mod status;
mod supervise;
mod tolerances;

pub use feed::Feed;
pub use linear::{LinearProgram, LinearSolution, solve_linear};
pub use status::Status;
pub use supervise::{Background, solve};
pub use tolerances::Tolerances;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use highs_sys::{HIGHS_VERSION_MAJOR, HIGHS_VERSION_MINOR, HIGHS_VERSION_PATCH};
use thiserror::Error;

/// Why a problem could not be solved at all. Reaching a limit is an [`Outcome`], not an error.
#[derive(Debug, Error)]
pub enum SolverError {
    #[error("the solver refused option {name} = {value}")]
    Option { name: &'static str, value: String },
    #[error(
        "the solver refused the problem ({columns} columns, {rows} rows): coefficients must be below 1e15"
    )]
    Problem { columns: usize, rows: usize },
    #[error("the solver failed with status {0}")]
    Failed(String),
    #[error("no thread could be started for the solver")]
    Thread(#[source] std::io::Error),
    #[error("the solver's thread ended without a result")]
    Died,
}

/// The solver's name and version.
pub fn version() -> String {
    format!("HiGHS {HIGHS_VERSION_MAJOR}.{HIGHS_VERSION_MINOR}.{HIGHS_VERSION_PATCH}")
}

/// Limits and seeds of one solve.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Wall seconds, enforced here as well as by HiGHS.
    pub time_limit: f64,
    /// Threads HiGHS may use, at least 1.
    pub threads: u32,
    pub seed: u32,
    /// Points whose objective is not better than this are of no interest. The solver leaves out what holds no
    /// others, so that nothing is proved below (above, in minimisation).
    pub cutoff: Option<f64>,
    pub tolerances: Tolerances,
    /// Points of somebody else, for a problem with integers.
    pub feed: Feed,
    /// Raised from outside to stop the solve, say on SIGINT.
    pub stop: StopFlag,
}

/// A flag that anybody who holds a copy may raise once.
#[derive(Debug, Clone, Default)]
pub struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The flag itself, for whoever cannot hold a copy.
    pub fn shared(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

/// A feasible point, in the columns of the problem that was given.
#[derive(Debug, Clone)]
pub struct Solution {
    /// The solver's objective value, offset included.
    pub objective: f64,
    pub columns: Vec<f64>,
}

/// Where the solve stands.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Best objective so far; infinite while there is none.
    pub primal_bound: f64,
    /// Proved bound on the objective; infinite while there is none.
    pub dual_bound: f64,
    pub nodes: i64,
}

/// What the observer is told, in the order in which it happened.
#[derive(Debug)]
pub enum Event {
    /// A feasible point; the same one may come twice.
    Solution(Solution),
    Progress(Progress),
}

/// How a solve ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub status: Status,
    /// Proved bound on the objective; `None` while nothing is proved.
    pub dual_bound: Option<f64>,
    /// The solver did not return when it was told to stop: it may still be running in this process.
    pub left_behind: bool,
}

impl Outcome {
    /// That of a solve in which the solver failed.
    pub fn failed() -> Self {
        Self {
            status: Status::Failed,
            dual_bound: None,
            left_behind: false,
        }
    }

    /// The same, where something else proved a bound on a maximum, too.
    pub fn with_bound(self, bound: f64) -> Self {
        let dual_bound = self.dual_bound.map_or(bound, |own| own.min(bound));
        Self {
            dual_bound: Some(dual_bound).filter(|bound| bound.is_finite()),
            ..self
        }
    }

    /// That of a solve which a bound known before makes needless.
    pub fn decided_by(bound: f64) -> Self {
        Self {
            status: Status::Stopped,
            dual_bound: Some(bound),
            left_behind: false,
        }
    }
}
