//! Tables of a series: the paper's three, each beside the published one, and one with details.
//!
//! Read on in this order: `table` (a table and how it is written), `comparison` (shares beside
//! published ones), `conditions` (what stands under a table), `table1` to `table3`, `details`.

mod comparison;
mod conditions;
mod details;
mod table;
mod table1;
mod table2;
mod table3;

pub use comparison::{count_timed, share};
pub use conditions::{dates, machines, made_by};
pub use table::{Sheet, Table};

use super::series::{Kind, Selection, Series, dataset};
use crate::dataset::DatasetName;

/// Every table of a series that has pairs.
pub fn tables(series: &Series) -> Vec<Table> {
    match series.kind {
        Kind::Verification(_) => vec![
            table1::table(series),
            table2::pooled(series),
            table2::unstructured(series),
            details::verification(series),
        ],
        Kind::Maximization(_) => vec![table3::table(series), details::maximization(series)],
    }
}

/// The data sets that tables and pictures of a series pool: the paper's two; where a series has
/// neither, what it has.
pub fn pooled_datasets(series: &Series) -> Vec<DatasetName> {
    let all = series.all.datasets();
    let published = |name: &DatasetName| *name != DatasetName::Digits;
    if all.iter().any(published) {
        all.into_iter().filter(published).collect()
    } else {
        all
    }
}

/// The part of a verification series that is pooled.
pub fn pool<'a>(series: &Series<'a>) -> Selection<'a> {
    let names = pooled_datasets(series);
    series.all.only(|surrogate| {
        let name = dataset(surrogate.run);
        name.is_some_and(|name| names.contains(&name))
    })
}

/// A pruning rate as tables write it.
pub fn rate(rate: f64) -> String {
    rate.to_string()
}
