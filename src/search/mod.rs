//! Ways to find a good input of the dense network D.
//!
//! [`exact`] solves the MILP of D itself. [`surrogate`] is the paper's method: it solves the MILP
//! of a sparse network S and tries every solution on D (Algorithms 1 and 2). Both take solutions
//! from the solver of the model alone. [`relaxation`] solves the same models without their integrality.
//! [`gradient`] ascends on D without a solver, [`prove`] is branch and bound over D's phases, and [`portfolio`]
//! is the one and then the other. All count only what [`crate::instance::check`] confirms.

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
mod outcome;
mod polish;
mod portfolio;
mod prove;
mod range;
mod relaxation;
mod starts;
mod surrogate;

pub use alternatives::any;
pub use constrained::constrained;
pub use exact::exact;
pub use gradient::gradient;
pub use outcome::SearchRecord;
pub use portfolio::portfolio;
pub use prove::prove;
pub use relaxation::relaxation;
pub use surrogate::surrogate;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::bounds::BoundKind;
use crate::formulation::ModelSize;
use crate::instance::{Instance, InstanceError, Witness};
use crate::named::{Named, in_words};
use crate::network::Network;
use crate::presolve::PresolveError;
use crate::solver::{self, Progress, SolverError, Status, StopFlag, Tolerances, UserSolutions};

/// Why a search could not be made. Finding nothing is a [`SearchResult`], not an error.
#[derive(Debug, Error)]
pub enum SearchError {
    #[error("the dense network does not fit the question")]
    Dense(#[source] InstanceError),
    #[error("the surrogate does not fit the question")]
    Surrogate(#[source] InstanceError),
    #[error("strategy surrogate needs a surrogate network")]
    NoSurrogate,
    #[error("the network cannot be presolved")]
    Presolve(#[from] PresolveError),
    #[error(transparent)]
    Solver(#[from] SolverError),
}

impl SearchError {
    /// The error and its sources, one after the other.
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

/// How to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Strategy {
    /// The MILP of the dense network.
    Exact,
    /// Algorithm 1 or 2: the MILP of the surrogate, every solution tried on the dense network.
    Surrogate,
    /// The MILP of the surrogate, or of the dense network, without its integrality.
    Relaxation,
    /// Gradient ascent on the dense network.
    Gradient,
    /// Branch and bound over the dense network's phases.
    Prove,
    /// Gradient ascent, then branch and bound.
    Portfolio,
}

impl Strategy {
    /// Whether it solves a MILP as such, so that [`Settings::relaxation_first`] and [`Settings::mip_start`] make a
    /// difference.
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

/// Limits and choices of one search.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Wall seconds for everything, bounds and model building included.
    pub time_limit: f64,
    /// Threads of the solver, at least 1.
    pub threads: u32,
    /// Seed of the solver.
    pub seed: u32,
    /// Where big-M coefficients and phases come from.
    pub bounds: BoundKind,
    /// Whether [`exact`] and [`surrogate`] try the solution of the model's linear relaxation on the dense network
    /// before they solve the MILP. Otherwise, as in the paper, only solutions of the MILP count.
    pub relaxation_first: bool,
    /// Whether the solver of [`exact`] and [`surrogate`] is given a start, found by gradient ascent on
    /// the network that it solves. Otherwise it takes no solutions but its own.
    pub mip_start: bool,
    /// Raised from outside to stop the search, say on SIGINT.
    pub stop: StopFlag,
}

impl Settings {
    /// What is left for the solver when so many seconds have passed.
    pub fn for_solver(&self, passed: f64) -> solver::Settings {
        solver::Settings {
            time_limit: (self.time_limit - passed).max(0.0),
            threads: self.threads,
            seed: self.seed,
            cutoff: None,
            tolerances: Tolerances::default(),
            user_solutions: UserSolutions::default(),
            stop: self.stop.clone(),
        }
    }
}

/// The share of the time after which bounds are improved no more, which could be for as long as one likes.
const OPTIMISING_BOUNDS: f64 = 0.2;

/// What a search concluded about the dense network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Verification: an adversarial input. Maximization: a feasible input.
    Found,
    /// Verification: proved that there is no adversarial input.
    NoneExists,
    /// Maximization, and verification where the largest margin is asked for: the best input is proved optimal.
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
    /// Objective of the network that is solved, in f64.
    pub surrogate_value: f64,
    /// Objective of the dense network, in f64.
    pub dense_value: f64,
}

/// What an observer of a search is told.
#[derive(Debug)]
pub enum Event {
    /// The model is built and goes to the solver.
    ModelBuilt(ModelSize),
    /// A new best input on the dense network.
    Improved(Candidate),
    /// Where the solver stands.
    Progress(Progress),
}

/// The result of a search.
#[derive(Debug, Clone)]
pub struct SearchResult {
    pub verdict: Verdict,
    /// The input with the best dense objective seen.
    pub best: Option<Witness>,
    /// Best objective of the network whose MILP was solved over the inputs seen, in f64.
    pub surrogate_objective: Option<f64>,
    /// Proved bound on the dense objective; `None` where only a surrogate was looked at.
    pub dual_bound: Option<f64>,
    /// The solver's own final status; `None` where none was at work.
    pub solver_status: Option<Status>,
    /// Wall seconds to the first adversarial input (verification) or feasible input.
    pub seconds_to_first: Option<f64>,
    /// Wall seconds to the best input.
    pub seconds_to_best: Option<f64>,
    /// Wall seconds of the whole search.
    pub seconds_total: f64,
    /// Every distinct feasible input in the order found.
    pub candidates: Vec<Candidate>,
    /// Of the model that was solved, if one was.
    pub size: Option<ModelSize>,
    /// The solver may still be running in this process: see [`crate::solver::SolveEnd`].
    pub still_running: bool,
    /// Parts of the search that failed, in words; what is said above holds without them.
    pub failures: Vec<String>,
}

impl Candidate {
    /// The same where the search began so many seconds later.
    fn after(self, seconds: f64) -> Self {
        Self {
            seconds: self.seconds + seconds,
            ..self
        }
    }
}

impl SearchResult {
    /// Before anything is found or proved.
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

    /// Adds what a search found that began `passed` seconds later, without its verdict and bound; whether its best input is
    /// better.
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

    /// The same of the negative objective: of what is minimised where that was maximised.
    #[must_use]
    pub fn negated(mut self) -> Self {
        // A zero keeps its sign out of records.
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

/// Searches by `strategy`; only [`Strategy::Surrogate`] and [`Strategy::Relaxation`]
/// look at the surrogate.
///
/// # Errors
/// When there is no surrogate where one is needed, a network does not fit the instance, or the
/// solver fails.
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
