//! Tables of a series: the paper's three, each beside the published one, and one with details.
//!
//! Reading order: `table1` and `by_size` (the paper's tables), `comparison` (shares beside published ones) with `pooled`
//! (what ours pool), `details`, `conditions` (the notes below a table), `questions` (all verification series in one table).

mod by_size;
mod comparison;
mod conditions;
mod details;
mod pooled;
mod questions;
mod table1;

pub use conditions::{dates, machines, made_by};
pub use questions::table as questions;

use super::words::joined;
use crate::document::Table;
use crate::experiment::pairs::{Kind, Series};
use crate::numbers::count;
use comparison::Comparison;

/// The paper's tables, with or without pairs.
fn comparisons<'a>(series: &Series<'a>) -> Vec<Comparison<'a>> {
    match series.kind {
        Kind::Verification { .. } => vec![
            table1::comparison(series),
            by_size::table2(series),
            by_size::table2a(series),
        ],
        Kind::Maximization(_) => vec![by_size::table3(series)],
    }
}

/// All tables of a series that have pairs.
pub fn tables(series: &Series) -> Vec<Table> {
    let all = comparisons(series).into_iter();
    let present = all.filter(|comparison| !comparison.all.pairs.is_empty());
    let mut tables: Vec<Table> = present.map(|comparison| comparison.table(series)).collect();
    if !series.all.pairs.is_empty() {
        tables.push(details::table(series));
    }
    tables
}

/// The tables that a series with pairs lacks, and why: none of its pairs is of their kind.
pub fn absent(series: &Series) -> Vec<String> {
    let all = comparisons(series).into_iter();
    all.filter(|comparison| comparison.all.pairs.is_empty())
        .filter_map(|comparison| Some((comparison.number, comparison.subject?)))
        .map(|(number, subject)| {
            format!(
                "No {number} ({subject}): this series has {}, all with other pruning ({}), listed in the table of details.",
                count(series.all.pairs.len(), "pair"),
                joined(series.all.variants(), "; ")
            )
        })
        .collect()
}
