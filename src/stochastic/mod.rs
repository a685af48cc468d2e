//! Two-stage stochastic problems: a decision is made, then a scenario becomes known, and a second stage makes the best
//! of both.
//!
//! ```text
//! min  c'x + E[Q(x, scenario)]  (+ weight (c'x + CVaR[Q(x, scenario)]))    over the decisions x
//! ```
//!
//! A network that learned quantiles of the second stage's cost Q from samples stands for it in the MILP of the first
//! stage ([`FirstStage`]; Alcantara, Ruiz and Tsay, arXiv 2403.11707). The instances are public ones of that framework
//! (Neur2SP; Patel, Dumouchelle, Khalil and Bodur, NeurIPS 2022), not those of arXiv 2604.22746, which are not public.
//! They are small enough that their optima are known exactly: [`FacilityLocation`] by enumeration, [`Investment`] by the
//! MILP of all scenarios.
//!
//! ```
//! use pipeline::stochastic::{FacilityLocation, Risk, TwoStage};
//!
//! let problem = FacilityLocation::published();
//! let open = [1.0; 10];
//! let scenarios = problem.scenarios(20, 500)?;
//! let value = problem.value(&open, &scenarios, Risk::NEUTRAL);
//! assert_eq!(value.first_stage, 10641.0);
//! assert!(value.mean > 0.0 && value.total == value.first_stage + value.mean);
//! # Ok::<(), pipeline::stochastic::StochasticError>(())
//! ```

mod facilities;
mod first_stage;
mod investment;
mod risk;

pub use facilities::FacilityLocation;
pub use first_stage::{FirstStage, Plan};
pub use investment::Investment;
pub use risk::{Risk, Value};

use serde::Serialize;
use thiserror::Error;

use crate::limits::Limits;
use crate::named::{Named, in_words};
use crate::numpy::RandomState;
use crate::parallel;
use crate::solver::SolverError;

/// A two-stage stochastic problem whose first stage has bounds on its decisions and no rows.
pub trait TwoStage: Send + Sync {
    /// The decisions of the first stage.
    fn decisions(&self) -> Vec<Decision>;

    /// The optimal cost of the second stage after the decisions `x` in a scenario.
    fn second_stage(&self, x: &[f64], scenario: &[f64]) -> f64;

    /// Equally likely scenarios.
    ///
    /// # Errors
    /// When there are none with that `count`.
    fn scenarios(&self, count: usize, seed: u32) -> Result<Vec<Vec<f64>>, StochasticError>;

    /// Draws decisions and a scenario to learn from.
    fn draw(&self, random: &mut RandomState) -> (Vec<f64>, Vec<f64>);

    /// The best decisions for these scenarios, proved optimal.
    ///
    /// # Errors
    /// When the solver fails, or its limits are too short.
    fn optimum(
        &self,
        scenarios: &[Vec<f64>],
        risk: Risk,
        limits: &Limits,
    ) -> Result<Optimum, StochasticError>;

    /// What the decisions `x` are worth in these scenarios.
    fn value(&self, x: &[f64], scenarios: &[Vec<f64>], risk: Risk) -> Value {
        let cost = |scenario: &Vec<f64>| self.second_stage(x, scenario);
        let costs = parallel::map(scenarios, parallel::cores(), cost);
        risk.value(self.first_stage_cost(x), costs)
    }

    /// `c'x`.
    fn first_stage_cost(&self, x: &[f64]) -> f64 {
        let decisions = self.decisions();
        let terms = decisions.iter().zip(x);
        terms.map(|(decision, x)| decision.cost * x).sum()
    }
}

/// A decision of the first stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Its name in problem files.
    pub name: String,
    /// Its smallest value.
    pub lower: f64,
    /// Its largest value.
    pub upper: f64,
    /// Whether it is an integer.
    pub is_integer: bool,
    /// Its cost per unit.
    pub cost: f64,
}

/// Optimal decisions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Optimum {
    /// The decisions.
    pub decisions: Vec<f64>,
    /// What they are worth.
    #[serde(flatten)]
    pub value: Value,
}

/// Why a two-stage problem cannot be set up or solved.
#[derive(Debug, Error)]
pub enum StochasticError {
    /// A problem has no such number of scenarios.
    #[error("{count} scenarios, expected {expected}")]
    Scenarios {
        /// The number.
        count: usize,
        /// What is expected.
        expected: &'static str,
    },
    /// A network does not fit the decisions.
    #[error("the network has {found} inputs, expected {expected}, one for each decision")]
    Inputs {
        /// Inputs of the network.
        found: usize,
        /// Number of decisions.
        expected: usize,
    },
    /// No decisions give quantiles in their order.
    #[error(
        "every decision lets a quantile of the network exceed the next one by more than {tolerance}: allow more, or train with --increasing"
    )]
    Crossing {
        /// What is allowed.
        tolerance: f64,
    },
    /// The solver ended without an answer.
    #[error("the solver ended without an optimum: {0}")]
    Open(String),
    /// The solver failed.
    #[error(transparent)]
    Solver(#[from] SolverError),
}

/// The instances by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TwoStageName {
    /// [`FacilityLocation::published`].
    FacilityLocation,
    /// [`Investment`] with 0-1 variables, each decision taking of one resource.
    InvestmentBe,
    /// The same, each decision taking of both resources.
    InvestmentBh,
    /// [`Investment`] with integer variables, each decision taking of one resource.
    InvestmentIe,
    /// The same, each decision taking of both resources.
    InvestmentIh,
}

impl Named for TwoStageName {
    const WHAT: &'static str = "two-stage problem";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::FacilityLocation, "facility-location"),
        (Self::InvestmentBe, "investment-be"),
        (Self::InvestmentBh, "investment-bh"),
        (Self::InvestmentIe, "investment-ie"),
        (Self::InvestmentIh, "investment-ih"),
    ];
}

in_words!(TwoStageName);

impl TwoStageName {
    /// The instance.
    pub fn problem(self) -> Box<dyn TwoStage> {
        let investment = |is_binary, is_mixed| {
            Box::new(Investment {
                is_binary,
                is_mixed,
            })
        };
        match self {
            Self::FacilityLocation => Box::new(FacilityLocation::published()),
            Self::InvestmentBe => investment(true, false),
            Self::InvestmentBh => investment(true, true),
            Self::InvestmentIe => investment(false, false),
            Self::InvestmentIh => investment(false, true),
        }
    }

    /// Decisions drawn from `seed` by [`TwoStage::draw`], each with the cost of the second stage in its own scenario.
    pub fn samples(self, count: usize, seed: u32) -> (Vec<Vec<f64>>, Vec<[f64; 1]>) {
        let problem = self.problem();
        let mut random = RandomState::new(seed);
        let draws: Vec<_> = (0..count).map(|_| problem.draw(&mut random)).collect();
        let cost = |(x, scenario): &(Vec<f64>, Vec<f64>)| [problem.second_stage(x, scenario)];
        let costs = parallel::map(&draws, parallel::cores(), cost);
        (draws.into_iter().map(|(x, _)| x).collect(), costs)
    }
}
