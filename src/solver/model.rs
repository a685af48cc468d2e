//! From our [`Problem`] to HiGHS's model, options set.

use highs::{Col, Model, RowProblem, Sense as HighsSense};

use super::{Settings, SolverError};
use crate::milp::{Kind, Problem, Sense};

/// Room left to the solver's arithmetic. HiGHS's defaults (1e-6) would let a big-M row leak
/// about 1e-6 times its big-M into the objective.
const FEASIBILITY_TOLERANCE: f64 = 1e-9;
/// The least that HiGHS lets this option be.
const SMALLEST_COEFFICIENT: f64 = 1e-12;

/// The problem by rows, without its offset (which the `highs` crate has no place for), and its columns.
pub(super) fn rows_of(problem: &Problem) -> (RowProblem, Vec<Col>) {
    let mut rows = RowProblem::new();
    let columns: Vec<Col> = problem
        .columns
        .iter()
        .map(|column| {
            let integer = column.kind == Kind::Integer;
            rows.add_column_with_integrality(column.cost, column.lower..=column.upper, integer)
        })
        .collect();
    for row in &problem.rows {
        let terms = row.terms.iter().map(|&(column, c)| (columns[column.0], c));
        rows.add_row(row.lower..=row.upper, terms.collect::<Vec<_>>());
    }
    (rows, columns)
}

/// HiGHS's model of `rows`, ready to run.
pub(super) fn model_of(
    rows: RowProblem,
    sense: Sense,
    settings: &Settings,
) -> Result<Model, SolverError> {
    let (columns, row_count) = (rows.num_cols(), rows.num_rows());
    let direction = match sense {
        Sense::Maximize => HighsSense::Maximise,
        Sense::Minimize => HighsSense::Minimise,
    };
    let mut model = rows
        .try_optimise(direction)
        .map_err(|_| SolverError::Problem {
            columns,
            rows: row_count,
        })?;
    let mut set = |name: &'static str, value: f64| {
        model
            .try_set_option(name, value)
            .map_err(|_| SolverError::Option {
                name,
                value: value.to_string(),
            })
    };
    set("time_limit", settings.time_limit)?;
    // Optimal means optimal: no gap is left open, up to the arithmetic.
    set("mip_rel_gap", 0.0)?;
    set("mip_abs_gap", FEASIBILITY_TOLERANCE)?;
    set("mip_feasibility_tolerance", FEASIBILITY_TOLERANCE)?;
    set("primal_feasibility_tolerance", FEASIBILITY_TOLERANCE)?;
    set("dual_feasibility_tolerance", FEASIBILITY_TOLERANCE)?;
    // HiGHS drops smaller coefficients without a word; its default is 1e-9.
    set("small_matrix_value", SMALLEST_COEFFICIENT)?;
    let mut set = |name: &'static str, value: u32| {
        let refused = || SolverError::Option {
            name,
            value: value.to_string(),
        };
        let number = i32::try_from(value).map_err(|_| refused())?;
        model.try_set_option(name, number).map_err(|_| refused())
    };
    set("threads", settings.threads)?;
    set("random_seed", settings.seed)?;
    Ok(model)
}
