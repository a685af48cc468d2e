//! Table 3: share of networks with a better value, by size of the network.

use super::super::published::MAXIMIZATION;
use super::super::series::{Selection, Series};
use super::super::variant::Variant;
use super::comparison::Comparison;
use super::not_all;
use super::table2::rows_by_size;
use crate::document::{Emphasis, Table};
use crate::pruning::{Method, Scope};

/// The subject of the table.
pub const SUBJECT: &str = "unstructured magnitude pruning, not finetuned";

/// The pairs of the table: those of its subject in the scope of the series.
pub fn selection<'a>(series: &Series<'a>) -> Selection<'a> {
    series.all.only(|surrogate| {
        let scope = Scope::Layer;
        let layered = Variant {
            scope,
            ..surrogate.variant
        };
        layered == Variant::unstructured(Method::Magnitude)
    })
}

/// Table 3; `None` without a pair of its kind.
pub fn table(series: &Series) -> Option<Table> {
    let all = selection(series);
    if all.pairs.is_empty() {
        return None;
    }
    let mut comparison = Comparison {
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
                "Unstructured magnitude pruning, not finetuned. Better: strictly above the value of the dense run, by more than a billionth; a run without a value is worse than any run with one. Percent of all networks, including ties.",
            ),
            String::from(
                "According to the paper, the published networks were pruned layer by layer; the authors' files show pruning over all layers (scope global).",
            ),
        ],
    };
    comparison.remarks.extend(not_all(series, &all));
    Some(comparison.table(series, &all))
}
