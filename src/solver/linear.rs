//! Linear programs with their dual multipliers, solved on the caller's thread, repeatedly with different
//! objectives.

use std::sync::mpsc::channel;
use std::time::Instant;

use highs::{Col, HighsModelStatus, Model, SolvedModel};

use super::callback::{Bridge, restart_clock, solve_watched};
use super::model::{Method, model_of, rows_of, set};
use super::objective::Objective;
use super::status::has_point;
use super::{Settings, SolverError, Status, UserSolutions};
use crate::limits::Limits;
use crate::milp::{Affine, Column, Problem};

/// An optimal point of a linear program.
#[derive(Debug, Clone)]
pub struct LinearSolution {
    /// The value of each column.
    pub columns: Vec<f64>,
    /// By how much the objective grows with each row's side.
    pub row_duals: Vec<f64>,
    /// By how much the objective grows with the bound at which each column is; 0 between its bounds.
    pub column_duals: Vec<f64>,
}

/// How the solve of a linear program ended.
#[derive(Debug, Clone)]
pub enum LinearEnd {
    /// An optimal point.
    Optimal(LinearSolution),
    /// There is no feasible point.
    Infeasible,
    /// Neither, within the limits, or there is no finite optimum.
    Open,
}

/// A problem without integrality. Each solve is warm-started from the last one.
pub struct LinearProgram {
    problem: Problem,
    objective: Objective,
    settings: Settings,
    /// `None` if HiGHS lost it; it is then rebuilt.
    model: Option<(Model, Vec<Col>)>,
}

/// From this magnitude on, HiGHS takes bounds for infinite.
const INFINITE: f64 = 1e20;

/// The methods in the order in which they are tried.
const METHODS: [Method; 3] = [Method::Usual, Method::Unscaled, Method::Interior];

impl LinearProgram {
    /// # Errors
    /// When HiGHS refuses the problem or an option.
    pub fn new(problem: &Problem, limits: &Limits) -> Result<Self, SolverError> {
        // HiGHS keeps a scheduler for each calling thread, and fails if another thread count is requested later.
        let settings = Settings::new(Limits {
            threads: 1,
            ..limits.clone()
        });
        let mut program = Self {
            problem: problem.relaxed(),
            objective: Objective::of(problem, &settings),
            settings,
            model: None,
        };
        program.model = Some(program.build()?);
        Ok(program)
    }

    /// Replaces the objective; its constant is ignored. `penalties` are added to it, but HiGHS's tolerances
    /// stay small relative to the objective alone.
    pub fn set_objective(&mut self, objective: &Affine, penalties: &[(Column, f64)]) {
        self.problem.set_objective(objective);
        self.objective = Objective::of(&self.problem, &self.settings);
        for &(column, penalty) in penalties {
            self.problem.columns[column.0].cost += penalty;
        }
        if let Some((model, columns)) = &mut self.model {
            for (column, data) in columns.iter().zip(&self.problem.columns) {
                model.change_column_cost(*column, self.objective.cost(data.cost));
            }
        }
    }

    /// Replaces the bounds of a column. With bounds that HiGHS refuses, the next solve fails.
    pub fn set_bounds(&mut self, column: Column, lower: f64, upper: f64) {
        let data = &mut self.problem.columns[column.0];
        (data.lower, data.upper) = (lower, upper);
        if !(lower <= upper && lower < INFINITE && upper > -INFINITE) {
            // The `highs` crate panics where a change fails, but not where a model does.
            self.model = None;
        }
        if let Some((model, columns)) = &mut self.model {
            model.change_column_bounds(columns[column.0], lower..=upper);
        }
    }

    /// Finds an optimal point; `None` if there is none, or none was found within `seconds` or before the stop flag
    /// was raised. If HiGHS fails, other methods are tried.
    ///
    /// # Errors
    /// When HiGHS fails with every method.
    pub fn solve(&mut self, seconds: f64) -> Result<Option<LinearSolution>, SolverError> {
        Ok(match self.end(seconds)? {
            LinearEnd::Optimal(solution) => Some(solution),
            LinearEnd::Infeasible | LinearEnd::Open => None,
        })
    }

    /// As [`Self::solve`], and whether it is known that there is no point.
    ///
    /// # Errors
    /// As [`Self::solve`].
    pub fn end(&mut self, seconds: f64) -> Result<LinearEnd, SolverError> {
        let started = Instant::now();
        let mut failure = SolverError::Died;
        for method in METHODS {
            let left = seconds - started.elapsed().as_secs_f64();
            match self.attempt(method, left.max(0.0)) {
                Ok(end) => return Ok(end),
                Err(error) => failure = error,
            }
            if self.settings.limits.stop.is_raised() {
                return Ok(LinearEnd::Open);
            }
        }
        Err(failure)
    }

    fn build(&self) -> Result<(Model, Vec<Col>), SolverError> {
        let (rows, columns) = rows_of(&self.problem, self.objective);
        Ok((model_of(rows, self.objective, &self.settings)?, columns))
    }

    fn attempt(&mut self, method: Method, seconds: f64) -> Result<LinearEnd, SolverError> {
        let (mut model, columns) = match (method, self.model.take()) {
            (Method::Usual, Some(model)) => model,
            _ => self.build()?,
        };
        method.choose(&mut model)?;
        // HiGHS adds up the seconds of all solves of one object.
        restart_clock(&mut model);
        set(&mut model, "time_limit", seconds)?;
        // No event comes through the channel; the bridge passes the stop flag to HiGHS.
        let (sender, _receiver) = channel();
        let stop = self.settings.limits.stop.clone();
        let bridge = Bridge::new(sender, stop, UserSolutions::default(), self.objective);
        let solved = solve_watched(model, &bridge)?;
        let status = Status::Highs(solved.status());
        if status.is_failure() {
            return Err(SolverError::Failed(status.to_string()));
        }
        let end = match self.solution(&solved) {
            Some(solution) => LinearEnd::Optimal(solution),
            None if status.is_infeasible() => LinearEnd::Infeasible,
            None => LinearEnd::Open,
        };
        // A model set up for another method is not reused.
        self.model = matches!(method, Method::Usual).then(|| (solved.into(), columns));
        Ok(end)
    }

    fn solution(&self, solved: &SolvedModel) -> Option<LinearSolution> {
        let is_optimal = solved.status() == HighsModelStatus::Optimal;
        (is_optimal && has_point(solved)).then(|| {
            let solution = solved.get_solution();
            let duals = |all: &[f64]| all.iter().map(|dual| self.objective.dual(*dual)).collect();
            LinearSolution {
                columns: solution.columns().to_vec(),
                row_duals: duals(solution.dual_rows()),
                column_duals: duals(solution.dual_columns()),
            }
        })
    }
}

/// Solves `problem` without integrality, within `limits.time_limit`.
///
/// # Errors
/// As [`LinearProgram::new`] and [`LinearProgram::solve`].
pub fn solve_linear(
    problem: &Problem,
    limits: &Limits,
) -> Result<Option<LinearSolution>, SolverError> {
    LinearProgram::new(problem, limits)?.solve(limits.time_limit)
}
