//! Tables of a series: the paper's three, each beside the published one, and one with details.
//!
//! Read on in this order: `table` (a table and how it is written), `comparison` (shares beside
//! published ones) with `agreement` and `pooled` (how like these are), `conditions` (what stands
//! under a table), `table1` to `table3`, `details` with its `measures`.

mod agreement;
mod comparison;
mod conditions;
mod details;
mod measures;
mod pooled;
mod table;
mod table1;
mod table2;
mod table3;

pub use conditions::{dates, machines, made_by};
pub use table::{Sheet, Table};

use super::series::{Kind, Series};

/// Every table of a series; without pairs there are none.
pub fn tables(series: &Series) -> Vec<Table> {
    if series.all.pairs.is_empty() {
        return Vec::new();
    }
    match series.kind {
        Kind::Verification(_) => {
            let mut tables = vec![table1::table(series)];
            tables.extend(table2::pooled(series));
            tables.extend([table2::unstructured(series), details::verification(series)]);
            tables
        }
        Kind::Maximization(_) => vec![table3::table(series), details::maximization(series)],
    }
}
