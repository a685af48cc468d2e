//! Investment: two resources are sold in advance, what is left of uncertain amounts goes into projects.

use super::{Decision, Optimum, Risk, StochasticError, TwoStage};
use crate::limits::Limits;
use crate::milp::{Affine, Column, Problem, Sense};
use crate::numpy::RandomState;
use crate::solver::{self, Event, Settings};

/// Costs of the two decisions per unit.
const COSTS: [f64; 2] = [-1.5, -4.0];
/// The largest value of a decision.
const LARGEST: f64 = 5.0;
/// Costs of the four projects per unit.
const PROJECT_COSTS: [f64; 4] = [-16.0, -19.0, -23.0, -28.0];
/// What a unit of each project consumes of the two resources.
const NEEDS: [[f64; 4]; 2] = [[2.0, 3.0, 4.0, 5.0], [6.0, 1.0, 3.0, 2.0]];
/// The amounts of both resources are within these bounds.
const AMOUNTS: [f64; 2] = [5.0, 15.0];
/// By how much a resource may be exceeded: thirds cannot be represented in f64.
const TOLERANCE: f64 = 1e-9;
/// How far a solver's decisions may be beyond the point where a project no longer fits.
const STEPS_BACK: [f64; 5] = [0.0, 1e-9, 1e-6, 1e-5, 1e-4];
/// How far the cost of the decisions may be from the proved bound on it.
const UNPROVED: f64 = 1e-3;

/// Neur2SP's investment problem, after Schultz, Stougie and van der Vlerk (Math. Programming 83, 1998): continuous
/// decisions in `[0, 5]^2`, a second stage of four projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Investment {
    /// Whether a project is started once or not at all; otherwise any number of times.
    pub is_binary: bool,
    /// Whether a unit of a decision consumes two thirds of its own resource and one third of the other; otherwise one of
    /// its own.
    pub shares_resources: bool,
}

impl Investment {
    /// What a unit of each decision consumes of the two resources.
    fn consumption(self) -> [[f64; 2]; 2] {
        match self.shares_resources {
            true => [[2.0 / 3.0, 1.0 / 3.0], [1.0 / 3.0, 2.0 / 3.0]],
            false => [[1.0, 0.0], [0.0, 1.0]],
        }
    }

    /// The most units of a project that fit into what is left of the resources.
    fn most(self, project: usize, left: [f64; 2]) -> u32 {
        let fit = |resource: usize| (left[resource] + TOLERANCE) / NEEDS[resource][project];
        let most = fit(0).min(fit(1)).max(0.0) as u32;
        if self.is_binary { most.min(1) } else { most }
    }

    /// The least cost of the projects from `project` on.
    fn projects(self, project: usize, left: [f64; 2]) -> f64 {
        if project == PROJECT_COSTS.len() {
            return 0.0;
        }
        let with_units = |units: u32| {
            let units = f64::from(units);
            let left = [0, 1].map(|resource| left[resource] - units * NEEDS[resource][project]);
            units * PROJECT_COSTS[project] + self.projects(project + 1, left)
        };
        (0..=self.most(project, left))
            .map(with_units)
            .fold(f64::INFINITY, f64::min)
    }

    /// The extensive form: the MILP of all scenarios, and the columns of the decisions.
    fn extensive_form(self, scenarios: &[Vec<f64>], risk: Risk) -> (Problem, [Column; 2]) {
        let mut problem = Problem::new(Sense::Minimize);
        let x = [0, 1].map(|decision| {
            let column = problem.add_continuous(format!("x{decision}"), 0.0, LARGEST);
            problem.columns[column.0].cost = (1.0 + risk.weight()) * COSTS[decision];
            column
        });
        let count = scenarios.len() as f64;
        let infinity = f64::INFINITY;
        let threshold = (risk.weight() > 0.0).then(|| {
            let column = problem.add_continuous("t".to_owned(), -infinity, infinity);
            problem.columns[column.0].cost = risk.weight();
            column
        });
        for (scenario, amounts) in scenarios.iter().enumerate() {
            let projects = [0, 1, 2, 3].map(|project| {
                let column = problem.add_binary(format!("y{scenario}_{project}"));
                let most = self.most(project, [AMOUNTS[1]; 2]);
                problem.columns[column.0].upper = f64::from(most);
                problem.columns[column.0].cost = PROJECT_COSTS[project] / count;
                column
            });
            for (resource, consumed) in self.consumption().iter().enumerate() {
                let of_projects = projects.iter().copied().zip(NEEDS[resource]);
                let of_decisions = x.iter().copied().zip(*consumed);
                let terms = of_projects.chain(of_decisions);
                let terms = terms.filter(|(_, coefficient)| *coefficient != 0.0);
                let name = format!("left{scenario}_{resource}");
                problem.add_row(name, -infinity, amounts[resource], terms.collect());
            }
            // The conditional value at risk is the least of t + mean of max(0, cost - t) / (1 - level) (Rockafellar and
            // Uryasev, Journal of Risk 2, 2000).
            let Some(threshold) = threshold else { continue };
            let excess = problem.add_continuous(format!("u{scenario}"), 0.0, infinity);
            problem.columns[excess.0].cost = risk.weight() / ((1.0 - risk.level()) * count);
            let costs = projects
                .iter()
                .copied()
                .zip(PROJECT_COSTS.map(|cost| -cost));
            let terms = [(excess, 1.0), (threshold, 1.0)].into_iter().chain(costs);
            problem.add_row(format!("tail{scenario}"), 0.0, infinity, terms.collect());
        }
        (problem, x)
    }
}

impl TwoStage for Investment {
    fn decisions(&self) -> Vec<Decision> {
        let decision = |(index, &cost): (usize, &f64)| Decision {
            name: format!("x{index}"),
            lower: 0.0,
            upper: LARGEST,
            is_integer: false,
            cost,
        };
        COSTS.iter().enumerate().map(decision).collect()
    }

    /// By enumeration of the projects.
    fn second_stage(&self, x: &[f64], scenario: &[f64]) -> f64 {
        let consumption = self.consumption();
        let left = [0, 1].map(|resource| {
            scenario[resource] - consumption[resource][0] * x[0] - consumption[resource][1] * x[1]
        });
        self.projects(0, left)
    }

    /// The points of a grid of k x k amounts of the two resources from 5 to 15, for k x k scenarios; the seed changes
    /// nothing.
    fn scenarios(&self, count: usize, _seed: u32) -> Result<Vec<Vec<f64>>, StochasticError> {
        let side = (count as f64).sqrt().round() as usize;
        if side * side != count || side < 2 {
            return Err(StochasticError::Scenarios {
                count,
                expected: "a square number of at least 4, such as 36",
            });
        }
        let [low, high] = AMOUNTS;
        let amount = |step: usize| low + (high - low) * step as f64 / (side - 1) as f64;
        let pairs = (0..count).map(|index| vec![amount(index / side), amount(index % side)]);
        Ok(pairs.collect())
    }

    /// Decisions and amounts are uniform.
    fn draw(&self, random: &mut RandomState) -> (Vec<f64>, Vec<f64>) {
        let mut pair = |low: f64, high: f64| (0..2).map(|_| random.uniform(low, high)).collect();
        (pair(0.0, LARGEST), pair(AMOUNTS[0], AMOUNTS[1]))
    }

    /// By the extensive form.
    fn optimum(
        &self,
        scenarios: &[Vec<f64>],
        risk: Risk,
        limits: &Limits,
    ) -> Result<Optimum, StochasticError> {
        let (problem, x) = self.extensive_form(scenarios, risk);
        let mut best: Option<Vec<f64>> = None;
        let end = solver::solve(&problem, &Settings::new(limits.clone()), &mut |event| {
            if let Event::Solution(solution) = event {
                let columns = x.iter().map(|&column| Affine::column(column));
                best = Some(columns.map(|x| x.value(&solution.columns)).collect());
            }
            std::ops::ControlFlow::Continue(())
        })?;
        let not_solved = || StochasticError::NotSolved(end.status.to_string());
        if !end.status.is_optimal() {
            return Err(not_solved());
        }
        let found = best.ok_or_else(not_solved)?;
        // The solver lets rows be violated a little, the second stage does not.
        let candidates = STEPS_BACK.map(|step| {
            let back = |x: &f64| (x - step).clamp(0.0, LARGEST);
            let decisions: Vec<f64> = found.iter().map(back).collect();
            Optimum {
                cost: self.cost(&decisions, scenarios, risk),
                decisions,
            }
        });
        let best = candidates
            .into_iter()
            .min_by(|a, b| a.cost.total.total_cmp(&b.cost.total))
            .expect("there are candidates");
        match end.dual_bound {
            Some(bound) if best.cost.total - bound <= UNPROVED => Ok(best),
            _ => Err(not_solved()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [(bool, bool); 4] = [(true, false), (true, true), (false, false), (false, true)];

    /// The optima of ../shared/spec/relaxation-informed.md, section 7.
    #[test]
    fn optima_are_the_published_ones() {
        let expected = [
            [-57.0, -59.333333, -61.222222],
            [-56.75, -59.555556, -60.277778],
            [-63.5, -66.555556, -69.861111],
            [-63.5, -65.777778, -67.111111],
        ];
        for ((is_binary, shares_resources), expected) in ALL.into_iter().zip(expected) {
            let problem = Investment {
                is_binary,
                shares_resources,
            };
            for (count, expected) in [4, 9, 36].into_iter().zip(expected) {
                let scenarios = problem.scenarios(count, 0).unwrap();
                let optimum = problem.optimum(&scenarios, Risk::NEUTRAL, &Limits::default());
                let found = optimum.unwrap().cost.total;
                assert!(
                    (found - expected).abs() < 1e-4,
                    "{problem:?}, {count} scenarios: {found}, not {expected}"
                );
            }
        }
    }

    /// No point of a grid is better than the optimum, with a risk measure too.
    #[test]
    fn optima_are_no_worse_than_a_grid() {
        let risk = Risk::new(0.7, 0.6).unwrap();
        for (is_binary, shares_resources) in ALL {
            let problem = Investment {
                is_binary,
                shares_resources,
            };
            let scenarios = problem.scenarios(9, 0).unwrap();
            let optimum = problem
                .optimum(&scenarios, risk, &Limits::default())
                .unwrap();
            let steps = || (0..=30).map(|step| f64::from(step) / 6.0);
            let points = steps().flat_map(|a| steps().map(move |b| [a, b]));
            let values = points.map(|x| problem.cost(&x, &scenarios, risk).total);
            let least = values.fold(f64::INFINITY, f64::min);
            let found = optimum.cost.total;
            assert!(found <= least + 1e-4, "{problem:?}: {found}, {least}");
            // All resources are sold in units or thirds of a unit at an optimum.
            assert!(found >= least - 1e-4, "{problem:?}: {found}, {least}");
        }
    }

    #[test]
    fn scenarios_are_a_grid() {
        let problem = Investment {
            is_binary: true,
            shares_resources: false,
        };
        let scenarios = problem.scenarios(9, 0).unwrap();
        assert_eq!(scenarios[5], [10.0, 15.0]);
        for count in [0, 1, 8] {
            assert!(problem.scenarios(count, 0).is_err());
        }
        // All projects but the third: they take 10 and 9.
        assert_eq!(problem.second_stage(&[0.0, 0.0], &[10.0, 10.0]), -63.0);
        assert_eq!(problem.second_stage(&[5.0, 5.0], &[5.0, 5.0]), 0.0);
    }
}
