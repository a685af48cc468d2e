//! Search strategies for good inputs of the dense network D.
//!
//! [`exact`] solves the MILP of D itself. [`surrogate`] is the paper's method: it solves the MILP of a sparse network S
//! and tries every solution on D (Algorithms 1 and 2). Both take solutions from the MILP solver alone. [`relaxation`]
//! solves the linear relaxations of the same models. [`gradient`] ascends on D without a solver, [`prove`] is branch
//! and bound over D's ReLU phases, and [`portfolio`] runs first one, then the other. All count only inputs that
//! [`crate::instance::check`] confirms.

mod alternatives;
mod ascent;
mod candidate_log;
mod clock;
mod concurrent_mip;
mod constrained;
mod dense_search;
mod exact;
mod gradient;
mod known;
mod milp_observer;
mod multi_start;
mod polish;
mod portfolio;
mod prove;
mod range;
mod record;
mod relaxation;
mod starts;
mod surrogate;

pub use alternatives::any;
pub use constrained::constrained;
pub use exact::exact;
pub use gradient::gradient;
pub use portfolio::portfolio;
pub use prove::prove;
pub use record::SearchRecord;
pub use relaxation::relaxation;
pub use surrogate::surrogate;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::bounds::BoundKind;
use crate::formulation::ModelSize;
use crate::instance::{Instance, InstanceError, Witness};
use crate::limits::{Limits, StopFlag};
use crate::named::{Named, in_words};
use crate::network::Network;
use crate::presolve::PresolveError;
use crate::solver::{Progress, SolverError, Status};

/// Why a search could not run. Finding nothing is a [`SearchResult`], not an error.
#[derive(Debug, Error)]
pub enum SearchError {
    /// The dense network lacks inputs or outputs that the question reads.
    #[error("the dense network does not fit the question")]
    Dense(#[source] InstanceError),
    /// The surrogate lacks inputs or outputs that the question reads.
    #[error("the surrogate does not fit the question")]
    Surrogate(#[source] InstanceError),
    /// The strategy needs a surrogate, but none was given.
    #[error("strategy surrogate needs a surrogate network")]
    NoSurrogate,
    /// A weight or a bound overflows f64 in presolve.
    #[error("the network cannot be presolved")]
    Presolve(#[from] PresolveError),
    /// The solver refused the model or failed.
    #[error(transparent)]
    Solver(#[from] SolverError),
}

impl SearchError {
    /// The error's message, followed by those of its sources.
    pub fn in_full(&self) -> String {
        let mut words = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            words.push_str(": ");
            words.push_str(&error.to_string());
            source = error.source();
        }
        words
    }
}

/// A search strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Strategy {
    /// The MILP of the dense network.
    Exact,
    /// Algorithm 1 or 2: the MILP of the surrogate, every solution tried on the dense network.
    Surrogate,
    /// The linear relaxation of the MILP of the surrogate or of the dense network.
    Relaxation,
    /// Gradient ascent on the dense network.
    Gradient,
    /// Branch and bound over the dense network's ReLU phases.
    Prove,
    /// Gradient ascent, then branch and bound.
    Portfolio,
}

impl Strategy {
    /// Whether the strategy solves a MILP itself, so that [`Settings::relaxation_first`] and [`Settings::mip_start`]
    /// have an effect.
    pub fn is_milp(self) -> bool {
        matches!(self, Self::Exact | Self::Surrogate)
    }
}

impl Named for Strategy {
    const WHAT: &'static str = "strategy";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Exact, "exact"),
        (Self::Surrogate, "surrogate"),
        (Self::Relaxation, "relaxation"),
        (Self::Gradient, "gradient"),
        (Self::Prove, "prove"),
        (Self::Portfolio, "portfolio"),
    ];
}

/// Limits and options of one search.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Limit in wall seconds for everything, including bounds and model building.
    pub time_limit: f64,
    /// Threads of the solver, at least 1.
    pub threads: u32,
    /// Seed of the solver.
    pub seed: u32,
    /// The kind of preactivation bounds, from which big-M coefficients and ReLU phases follow.
    pub bounds: BoundKind,
    /// Whether [`exact`] and [`surrogate`] try the solution of the model's linear relaxation on the dense network
    /// before they solve the MILP. Otherwise, as in the paper, only solutions of the MILP count.
    pub relaxation_first: bool,
    /// Whether [`exact`] and [`surrogate`] give the solver a MIP start, found by gradient ascent on the embedded
    /// network. Otherwise it uses no solutions but its own.
    pub mip_start: bool,
    /// Raised from outside to stop the search, for example on SIGINT.
    pub stop: StopFlag,
}

impl Default for Settings {
    /// Up to 300 s in one thread, with the default bounds; the relaxation is solved first.
    fn default() -> Self {
        let Limits {
            time_limit,
            threads,
            seed,
            stop,
        } = Limits::default();
        Self {
            time_limit,
            threads,
            seed,
            bounds: BoundKind::default(),
            relaxation_first: true,
            mip_start: false,
            stop,
        }
    }
}

impl Settings {
    /// The limits of a part of the search that starts when `passed` seconds have passed.
    pub fn limits(&self, passed: f64) -> Limits {
        Limits {
            time_limit: (self.time_limit - passed).max(0.0),
            threads: self.threads,
            seed: self.seed,
            stop: self.stop.clone(),
        }
    }
}

/// Fraction of the time limit after which bounds are no longer optimised: the optimisation has no natural end.
const OPTIMISING_BOUNDS: f64 = 0.2;

/// What a search concluded about the dense network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Verification: an adversarial input. Maximization: a feasible input.
    Found,
    /// Verification: proved that there is no adversarial input.
    NoneExists,
    /// Maximization, and verification where the largest margin is requested: the incumbent is proved optimal, within a
    /// millionth of the objective's range in real arithmetic, or within what rounding adds to the dual bound if that is
    /// larger. Where rounding takes more from its value in f64, the dual bound is what it is without.
    Optimal,
    /// None of these within the limits.
    NotFound,
}

impl Named for Verdict {
    const WHAT: &'static str = "status";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Found, "found"),
        (Self::NoneExists, "none_exists"),
        (Self::Optimal, "optimal"),
        (Self::NotFound, "not_found"),
    ];
}

in_words!(Strategy, Verdict);

/// A feasible input of the solved model, tried on the dense network.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Wall seconds from the start of the search.
    pub seconds: f64,
    /// Objective of the embedded network, in f64.
    pub surrogate_value: f64,
    /// Objective of the dense network, in f64.
    pub dense_value: f64,
}

/// An event of a search, for its observer.
#[derive(Debug)]
pub enum Event {
    /// The model is built and goes to the solver.
    ModelBuilt(ModelSize),
    /// A new incumbent on the dense network.
    Improved(Candidate),
    /// Progress of the solver.
    Progress(Progress),
}

/// The result of a search.
#[derive(Debug, Clone)]
pub struct SearchResult {
    /// What is found or proved about the dense network.
    pub verdict: Verdict,
    /// The incumbent: the input with the best dense objective.
    pub best: Option<Witness>,
    /// Best objective of the embedded network over the inputs tried, in f64.
    pub surrogate_objective: Option<f64>,
    /// Proved bound on the dense objective; `None` if only a surrogate was solved.
    pub dual_bound: Option<f64>,
    /// The solver's final status; `None` if no solver ran.
    pub solver_status: Option<Status>,
    /// Wall seconds to the first adversarial input (verification) or feasible input.
    pub seconds_to_first: Option<f64>,
    /// Wall seconds to the incumbent.
    pub seconds_to_best: Option<f64>,
    /// Wall seconds of the whole search.
    pub seconds_total: f64,
    /// Every distinct feasible input in the order found.
    pub candidates: Vec<Candidate>,
    /// Size of the model solved, if any.
    pub size: Option<ModelSize>,
    /// The solver may still be running in this process: see [`crate::solver::SolveEnd`].
    pub still_running: bool,
    /// Messages of the parts of the search that failed; the rest of the result holds without them.
    pub failures: Vec<String>,
}

impl Candidate {
    /// The same candidate, for a search that started `seconds` earlier.
    fn after(self, seconds: f64) -> Self {
        Self {
            seconds: self.seconds + seconds,
            ..self
        }
    }
}

impl SearchResult {
    /// The result before anything is found or proved.
    fn nothing() -> Self {
        Self {
            verdict: Verdict::NotFound,
            best: None,
            surrogate_objective: None,
            dual_bound: None,
            solver_status: None,
            seconds_to_first: None,
            seconds_to_best: None,
            seconds_total: 0.0,
            candidates: Vec::new(),
            size: None,
            still_running: false,
            failures: Vec::new(),
        }
    }

    fn best_value(&self) -> f64 {
        let best = self.best.as_ref();
        best.map_or(f64::NEG_INFINITY, |best| best.value)
    }

    /// Adds the result of a search that started `passed` seconds later, except its verdict and bound; returns whether
    /// its incumbent is better.
    fn absorb(&mut self, part: Self, passed: f64) -> bool {
        let later = |seconds: Option<f64>| seconds.map(|seconds| seconds + passed);
        let is_better = part.best_value() > self.best_value();
        self.seconds_to_first = self.seconds_to_first.or(later(part.seconds_to_first));
        if is_better {
            self.seconds_to_best = later(part.seconds_to_best);
            self.best = part.best;
        }
        let surrogates = self
            .surrogate_objective
            .into_iter()
            .chain(part.surrogate_objective);
        self.surrogate_objective = surrogates.reduce(f64::max);
        self.solver_status = part.solver_status.or(self.solver_status);
        self.size = part.size.or(self.size);
        self.still_running |= part.still_running;
        let candidates = part.candidates.into_iter();
        self.candidates
            .extend(candidates.map(|candidate| candidate.after(passed)));
        for failure in part.failures {
            if !self.failures.contains(&failure) {
                self.failures.push(failure);
            }
        }
        is_better
    }

    /// The same result for the negated objective: that of a minimisation solved as a maximisation.
    #[must_use]
    pub fn negated(mut self) -> Self {
        // Subtraction keeps negative zeros out of records.
        let negative = |value: f64| 0.0 - value;
        for candidate in &mut self.candidates {
            candidate.dense_value = negative(candidate.dense_value);
            candidate.surrogate_value = negative(candidate.surrogate_value);
        }
        if let Some(best) = &mut self.best {
            best.value = negative(best.value);
        }
        self.surrogate_objective = self.surrogate_objective.map(negative);
        self.dual_bound = self.dual_bound.map(negative);
        self
    }
}

/// Searches by `strategy`; only [`Strategy::Surrogate`] and [`Strategy::Relaxation`] use `sparse`, the surrogate.
///
/// # Errors
/// When a required surrogate is missing, a network does not fit the instance, or the solver fails.
pub fn search(
    strategy: Strategy,
    dense: &Network,
    sparse: Option<&Network>,
    instance: &Instance,
    settings: &Settings,
    observer: &mut dyn FnMut(&Event),
) -> Result<SearchResult, SearchError> {
    match (strategy, sparse) {
        (Strategy::Exact, _) => exact(dense, instance, settings, observer),
        (Strategy::Surrogate, Some(sparse)) => {
            surrogate(dense, sparse, instance, settings, observer)
        }
        (Strategy::Surrogate, None) => Err(SearchError::NoSurrogate),
        (Strategy::Relaxation, sparse) => relaxation(dense, sparse, instance, settings, observer),
        (Strategy::Gradient, _) => gradient(dense, instance, settings, observer),
        (Strategy::Prove, _) => prove(dense, instance, settings, observer),
        (Strategy::Portfolio, _) => portfolio(dense, instance, settings, observer),
    }
}
