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
//! extensive form, the MILP of all scenarios.
//!
//! ```
//! use pipeline::stochastic::{FacilityLocation, Risk, TwoStage};
//!
//! let problem = FacilityLocation::published();
//! let open = [1.0; 10];
//! let scenarios = problem.scenarios(20, 500)?;
//! let cost = problem.cost(&open, &scenarios, Risk::NEUTRAL);
//! assert_eq!(cost.first_stage, 10641.0);
//! assert!(cost.mean > 0.0 && cost.total == cost.first_stage + cost.mean);
//! # Ok::<(), pipeline::stochastic::StochasticError>(())
//! ```

mod facilities;
mod first_stage;
mod investment;
mod risk;

pub use facilities::FacilityLocation;
pub use first_stage::{FirstStage, FirstStageSolution};
pub use investment::Investment;
pub use risk::{Cost, Risk};

use serde::Serialize;
use thiserror::Error;

use crate::limits::Limits;
use crate::named::{Named, in_words};
use crate::numbers::Shortest;
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
    /// When the limits are reached before the optimum is proved, and when the solver fails.
    fn optimum(
        &self,
        scenarios: &[Vec<f64>],
        risk: Risk,
        limits: &Limits,
    ) -> Result<Optimum, StochasticError>;

    /// What the decisions `x` cost in these scenarios, at least one.
    fn cost(&self, x: &[f64], scenarios: &[Vec<f64>], risk: Risk) -> Cost {
        let cost = |scenario: &Vec<f64>| self.second_stage(x, scenario);
        let costs = parallel::map(scenarios, parallel::cores(), cost);
        risk.cost(self.first_stage_cost(x), costs)
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
    /// What they cost.
    #[serde(flatten)]
    pub cost: Cost,
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
    /// A weight of the conditional value at risk is out of range.
    #[error("the weight of the conditional value at risk is {}, expected a finite number, not below zero", Shortest(*.0))]
    RiskWeight(f64),
    /// A level of the conditional value at risk is out of range.
    #[error("the level of the conditional value at risk is {}, expected a number from 0 to below 1", Shortest(*.0))]
    RiskLevel(f64),
    /// The conditional value at risk of an expected cost is asked for.
    #[error(
        "the network has one output, the expected cost: the conditional value at risk needs quantiles, or the weight 0"
    )]
    NoQuantiles,
    /// No decisions give quantiles in their order.
    #[error(
        "for all decisions a quantile of the network exceeds the next one by more than {}: expected a larger tolerance of crossing quantiles, or quantiles that never cross", Shortest(*tolerance)
    )]
    Crossing {
        /// What is allowed.
        tolerance: f64,
    },
    /// The optimum was not proved.
    #[error("the optimum was not proved: {0}")]
    NotSolved(String),
    /// The solver failed.
    #[error(transparent)]
    Solver(#[from] SolverError),
}

/// The instances by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TwoStageName {
    /// [`FacilityLocation::published`].
    FacilityLocation,
    /// [`Investment`] with 0-1 variables, each decision consuming one resource.
    InvestmentBe,
    /// The same, each decision consuming both resources.
    InvestmentBh,
    /// [`Investment`] with integer variables, each decision consuming one resource.
    InvestmentIe,
    /// The same, each decision consuming both resources.
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
        let investment = |is_binary, shares_resources| {
            Box::new(Investment {
                is_binary,
                shares_resources,
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

    /// Random decisions drawn from `seed` by [`TwoStage::draw`], each with the cost of the second stage in its own scenario.
    pub fn samples(self, count: usize, seed: u32) -> (Vec<Vec<f64>>, Vec<[f64; 1]>) {
        let problem = self.problem();
        let mut random = RandomState::new(seed);
        let draws: Vec<_> = (0..count).map(|_| problem.draw(&mut random)).collect();
        let cost = |(x, scenario): &(Vec<f64>, Vec<f64>)| [problem.second_stage(x, scenario)];
        let costs = parallel::map(&draws, parallel::cores(), cost);
        (draws.into_iter().map(|(x, _)| x).collect(), costs)
    }
}
