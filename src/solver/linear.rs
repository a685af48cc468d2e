//! Linear programs: solved at once on the caller's thread, again and again with other objectives, with
//! their dual multipliers.

use highs::{Col, HighsModelStatus, HighsSolutionStatus, Model};

use super::callback::restart_clock;
use super::model::{model_of, rows_of, set};
use super::objective::Objective;
use super::{Settings, SolverError};
use crate::milp::{Affine, Problem};

/// An optimal point of a linear program.
#[derive(Debug, Clone)]
pub struct LinearSolution {
    pub columns: Vec<f64>,
    /// By how much the objective grows with each row's side.
    pub row_duals: Vec<f64>,
}

/// A problem without its integrality. Each solve starts from where the last one ended.
pub struct LinearProgram {
    model: Option<Model>,
    columns: Vec<Col>,
}

impl LinearProgram {
    /// # Errors
    /// When HiGHS refuses the problem or an option.
    pub fn new(problem: &Problem, settings: &Settings) -> Result<Self, SolverError> {
        let relaxed = (problem.integers() > 0).then(|| problem.relaxed());
        let (rows, columns) = rows_of(relaxed.as_ref().unwrap_or(problem));
        let model = model_of(rows, Objective::of(problem, settings), settings)?;
        Ok(Self {
            model: Some(model),
            columns,
        })
    }

    /// Replaces the objective; its constant is not looked at.
    pub fn set_objective(&mut self, objective: &Affine) {
        if let Some(model) = &mut self.model {
            for column in &self.columns {
                model.change_column_cost(*column, 0.0);
            }
            for &(column, cost) in &objective.terms {
                model.change_column_cost(self.columns[column.0], cost);
            }
        }
    }

    /// An optimal point; `None` where there is none, or none was found in `seconds`. The
    /// stop flag is not looked at.
    ///
    /// # Errors
    /// When HiGHS fails.
    pub fn solve(&mut self, seconds: f64) -> Result<Option<LinearSolution>, SolverError> {
        let Some(mut model) = self.model.take() else {
            return Ok(None);
        };
        // HiGHS counts the seconds of all solves of one object.
        restart_clock(&mut model);
        set(&mut model, "time_limit", seconds)?;
        let solved = model.try_solve();
        let solved = solved.map_err(|status| SolverError::Failed(format!("{status:?}")))?;
        let is_feasible = solved.primal_solution_status() == HighsSolutionStatus::Feasible;
        let is_optimal = solved.status() == HighsModelStatus::Optimal;
        let solution = (is_optimal && is_feasible).then(|| {
            let solution = solved.get_solution();
            LinearSolution {
                columns: solution.columns().to_vec(),
                row_duals: solution.dual_rows().to_vec(),
            }
        });
        self.model = Some(solved.into());
        Ok(solution)
    }
}

/// Solves `problem` without looking at integrality, within `settings.time_limit`.
///
/// # Errors
/// As [`LinearProgram::new`] and [`LinearProgram::solve`].
pub fn solve_linear(
    problem: &Problem,
    settings: &Settings,
) -> Result<Option<LinearSolution>, SolverError> {
    LinearProgram::new(problem, settings)?.solve(settings.time_limit)
}
