//! Table 3: share of networks with a better value, by size of the network.

use super::super::published::TABLE_3;
use super::super::series::Series;
use super::super::variant::Variant;
use super::comparison::Comparison;
use super::table::Table;
use super::table2::rows_by_size;
use crate::pruning::{Method, Scope};

/// Table 3: unstructured magnitude pruning in the scope of the series, not finetuned.
pub fn table(series: &Series) -> Table {
    let all = series.all.only(|surrogate| {
        let scope = Scope::Layer;
        let layered = Variant {
            scope,
            ..surrogate.variant
        };
        layered == Variant::unstructured(Method::Magnitude)
    });
    let comparison = Comparison {
        name: "table3",
        caption: String::from(
            "Table 3: percentage of networks for which the surrogate gives a better value, by size of the network",
        ),
        rows: rows_by_size(&all, &TABLE_3, |_, size| size.to_string()),
        remarks: vec![
            String::from(
                "Unstructured magnitude pruning, not finetuned. Better: strictly above the value of the dense run, by more than a billionth; a run without a value is worse than any with one. Percent of all networks, ties included.",
            ),
            String::from(
                "The published runs had a time limit of 600 s; the paper says that they were pruned layer by layer, the authors' files are of pruning over all layers (scope global).",
            ),
        ],
    };
    comparison.table(&series.settings(), &all)
}
