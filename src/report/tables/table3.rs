//! Table 3: share of networks with a better value, by size of the network.

use super::super::published::MAXIMIZATION;
use super::super::series::Series;
use super::super::variant::Variant;
use super::comparison::Comparison;
use super::table::{Emphasis, Table};
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
        number: "Table 3",
        caption: String::from(
            "Percentage of networks for which the surrogate gives a better value, by size of the network",
        ),
        emphasis: Emphasis::Favorable,
        rows: rows_by_size(&all, &MAXIMIZATION, |_, size| size.to_string()),
        grid: &MAXIMIZATION,
        same_surrogates: true,
        remarks: vec![
            String::from(
                "Unstructured magnitude pruning, not finetuned. Better: strictly above the value of the dense run, by more than a billionth; a run without a value is worse than any with one. Percent of all networks, ties included.",
            ),
            String::from(
                "The paper says that the published networks were pruned layer by layer, the authors' files are of pruning over all layers (scope global).",
            ),
        ],
    };
    comparison.table(series, &all)
}
