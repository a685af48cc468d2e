//! Builds HiGHS's model of a [`Problem`], with its options set.

use highs::{Col, HighsOptionValue, Model, RowProblem, Sense as HighsSense};

use super::objective::Objective;
use super::{Settings, SolverError};
use crate::milp::{Column, Kind, Problem, Sense};

/// HiGHS's default feasibility tolerance for linear programs.
const PRIMAL_FEASIBILITY: f64 = 1e-7;
/// HiGHS treats coefficients up to this magnitude as zero when it loads a problem, whatever its options.
const DROPPED: f64 = 1e-9;
/// The smallest value of HiGHS's option for dropping other coefficients, those that arise while it solves.
const SMALLEST_COEFFICIENT: f64 = 1e-12;

/// The problem by rows, with its objective in HiGHS's units and without its offset (which the `highs` crate has no
/// place for), and its columns. Rows are widened by the coefficients that HiGHS drops, so that no point is lost.
pub(super) fn rows_of(problem: &Problem, objective: Objective) -> (RowProblem, Vec<Col>) {
    let mut rows = RowProblem::new();
    let columns: Vec<Col> = problem
        .columns
        .iter()
        .map(|column| {
            let integer = column.kind == Kind::Integer;
            let cost = objective.cost(column.cost);
            rows.add_column_with_integrality(cost, column.lower..=column.upper, integer)
        })
        .collect();
    for row in &problem.rows {
        let kept = row.terms.iter().filter(|(_, c)| c.abs() > DROPPED);
        let terms = kept.map(|&(column, c)| (columns[column.0], c));
        let (least, most) = range_of_dropped(problem, &row.terms);
        rows.add_row(
            row.lower - most..=row.upper - least,
            terms.collect::<Vec<_>>(),
        );
    }
    (rows, columns)
}

/// The range of the sum of those `terms` that HiGHS drops.
fn range_of_dropped(problem: &Problem, terms: &[(Column, f64)]) -> (f64, f64) {
    let (mut least, mut most) = (0.0, 0.0);
    let dropped = terms
        .iter()
        .filter(|(_, c)| *c != 0.0 && c.abs() <= DROPPED);
    for &(column, c) in dropped {
        let column = &problem.columns[column.0];
        let (one, other) = (c * column.lower, c * column.upper);
        least += one.min(other);
        most += one.max(other);
    }
    (least, most)
}

/// Builds HiGHS's model of `rows`, ready to run.
pub(super) fn model_of(
    rows: RowProblem,
    objective: Objective,
    settings: &Settings,
) -> Result<Model, SolverError> {
    let (columns, row_count) = (rows.num_cols(), rows.num_rows());
    let direction = match objective.sense {
        Sense::Maximize => HighsSense::Maximise,
        Sense::Minimize => HighsSense::Minimise,
    };
    let mut model = rows
        .try_optimise(direction)
        .map_err(|_| SolverError::Problem {
            columns,
            rows: row_count,
        })?;
    set(&mut model, "time_limit", settings.limits.time_limit)?;
    // Optimal means optimal: no gap is left, up to rounding.
    set(&mut model, "mip_rel_gap", 0.0)?;
    let dual = settings.tolerances.dual;
    set(&mut model, "mip_abs_gap", dual)?;
    set(&mut model, "dual_feasibility_tolerance", dual)?;
    let feasibility = settings.tolerances.feasibility;
    set(
        &mut model,
        "primal_feasibility_tolerance",
        feasibility.min(PRIMAL_FEASIBILITY),
    )?;
    set(&mut model, "mip_feasibility_tolerance", feasibility)?;
    set(&mut model, "small_matrix_value", SMALLEST_COEFFICIENT)?;
    if let Some(bound) = objective.bound_option() {
        set(&mut model, "objective_bound", bound)?;
    }
    // Cuts are worth their time at the root only (NOTEBOOK.md).
    set(&mut model, "mip_allow_cut_separation_at_nodes", false)?;
    for (name, value) in [
        ("threads", settings.limits.threads),
        ("random_seed", settings.limits.seed),
    ] {
        let number = i32::try_from(value).map_err(|_| refused(name, value))?;
        set(&mut model, name, number)?;
    }
    Ok(model)
}

/// How HiGHS is to solve a problem; another method is used if one fails.
#[derive(Debug, Clone, Copy)]
pub(super) enum Method {
    /// HiGHS's own choice, from its current state.
    Usual,
    /// The simplex method on the problem as it is, neither presolved nor scaled.
    Unscaled,
    /// An interior point method.
    Interior,
}

impl Method {
    pub fn choose(self, model: &mut Model) -> Result<(), SolverError> {
        match self {
            Self::Usual => Ok(()),
            Self::Unscaled => {
                set_word(model, "presolve", "off")?;
                set(model, "simplex_scale_strategy", 0)
            }
            Self::Interior => set_word(model, "solver", "ipm"),
        }
    }
}

fn set_word(model: &mut Model, name: &'static str, value: &'static str) -> Result<(), SolverError> {
    let set = model.try_set_option(name, value);
    set.map_err(|_| refused(name, value))
}

/// Sets an option.
pub(super) fn set<V: HighsOptionValue + ToString + Copy>(
    model: &mut Model,
    name: &'static str,
    value: V,
) -> Result<(), SolverError> {
    let set = model.try_set_option(name, value);
    set.map_err(|_| refused(name, value))
}

fn refused(name: &'static str, value: impl ToString) -> SolverError {
    SolverError::Option {
        name,
        value: value.to_string(),
    }
}
