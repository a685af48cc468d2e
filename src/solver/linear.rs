//! Linear programs: solved at once on the caller's thread, with their dual multipliers.

use highs::HighsSolutionStatus;

use super::model::{model_of, rows_of};
use super::{Settings, SolverError, Status};
use crate::milp::Problem;

/// An optimal point of a linear program.
#[derive(Debug, Clone)]
pub struct LinearSolution {
    pub objective: f64,
    pub columns: Vec<f64>,
    /// By how much the objective grows with each row's side.
    pub row_duals: Vec<f64>,
}

/// Solves `problem` without looking at integrality. `None` where there is no optimal point, or none was
/// found within the limits; the stop flag is not looked at.
///
/// # Errors
/// When HiGHS refuses the problem or an option, or fails.
pub fn solve_linear(
    problem: &Problem,
    settings: &Settings,
) -> Result<(Status, Option<LinearSolution>), SolverError> {
    let relaxed = (problem.integers() > 0).then(|| problem.relaxed());
    let rows = rows_of(relaxed.as_ref().unwrap_or(problem));
    let model = model_of(rows, problem.sense, settings)?;
    let solved = model.try_solve();
    let solved = solved.map_err(|status| SolverError::Failed(format!("{status:?}")))?;
    let status = Status::Highs(solved.status());
    let is_feasible = solved.primal_solution_status() == HighsSolutionStatus::Feasible;
    let solution = (status.is_optimal() && is_feasible).then(|| {
        let solution = solved.get_solution();
        LinearSolution {
            objective: solved.objective_value() + problem.offset,
            columns: solution.columns().to_vec(),
            row_duals: solution.dual_rows().to_vec(),
        }
    });
    Ok((status, solution))
}
