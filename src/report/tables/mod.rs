//! Tables of a series: the paper's three, each beside the published one, and one with details.
//!
//! Reading order: `comparison` (shares beside published ones)
//! with `agreement` and `pooled` (how similar they are), `conditions` (the notes below a table),
//! `table1` to `table3`, `details` with its `measures`.

mod agreement;
mod comparison;
mod conditions;
mod details;
mod measures;
mod pooled;
mod table1;
mod table2;
mod table3;

pub use conditions::{dates, machines, made_by};

use std::collections::BTreeSet;

use super::series::{Kind, Selection, Series};
use crate::document::Table;
use crate::numbers::count;

/// All tables of a series; none without pairs.
pub fn tables(series: &Series) -> Vec<Table> {
    if series.all.pairs.is_empty() {
        return Vec::new();
    }
    match series.kind {
        Kind::Verification(_) => {
            let tables = [
                table1::table(series),
                table2::pooled(series),
                table2::unstructured(series),
                Some(details::verification(series)),
            ];
            tables.into_iter().flatten().collect()
        }
        Kind::Maximization(_) => {
            let tables = [table3::table(series), Some(details::maximization(series))];
            tables.into_iter().flatten().collect()
        }
    }
}

/// The tables that a series with pairs lacks, and why: none of its pairs is of their kind.
pub fn absent(series: &Series) -> Vec<String> {
    let tables: &[(bool, &str, &str)] = match series.kind {
        Kind::Verification(_) => &[
            (
                table1::selection(series).pairs.is_empty(),
                "Table 1",
                table1::SUBJECT,
            ),
            (
                table2::selection(series).pairs.is_empty(),
                "Table 2a",
                table2::SUBJECT,
            ),
        ],
        Kind::Maximization(_) => &[(
            table3::selection(series).pairs.is_empty(),
            "Table 3",
            table3::SUBJECT,
        )],
    };
    let absent = tables.iter().filter(|(absent, ..)| *absent);
    absent
        .map(|(_, name, subject)| {
            format!(
                "No {name} ({subject}): this series has {}, all with other pruning ({}), listed in the table of details.",
                count(series.all.pairs.len(), "pair"),
                variants(&series.all)
            )
        })
        .collect()
}

/// Notes the pairs of the series that a table does not have.
fn not_all(series: &Series, shown: &Selection) -> Option<String> {
    let keys: BTreeSet<&str> = shown
        .pairs
        .iter()
        .map(|pair| pair.surrogate.run.key.as_str())
        .collect();
    let others = series
        .all
        .only(|surrogate| !keys.contains(surrogate.run.key.as_str()));
    (!others.pairs.is_empty()).then(|| {
        format!(
            "Not in this table, but in the table of details: {} ({}).",
            count(others.pairs.len(), "pair"),
            variants(&others)
        )
    })
}

fn variants(selection: &Selection) -> String {
    let variants = selection.variants();
    let names: Vec<String> = variants
        .iter()
        .map(|variant| format!("{variant}"))
        .collect();
    names.join("; ")
}
