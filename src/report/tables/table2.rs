//! Table 2: share of instances solved faster, by size of the network.

use super::super::dimension::Dimension;
use super::super::published::{self, TABLE_2};
use super::super::series::{Selection, Series};
use super::super::variant::Variant;
use super::comparison::{Comparison, Row};
use super::pool;
use super::table::Table;
use super::table1::{datasets_remark, treatments};
use crate::pruning::{Granularity, Method};

/// Table 2 as published: unstructured and structured magnitude pruning together, not finetuned.
pub fn pooled(series: &Series) -> Table {
    let pool = pool(series);
    let (granularity, output_rows) = treatments(&pool.variants())
        .into_iter()
        .find(|(granularity, _)| *granularity == Granularity::Structured)
        .expect("there is always a structured treatment");
    let unstructured = Variant::unstructured(Method::Magnitude);
    let structured = Variant {
        granularity,
        output_rows,
        ..unstructured
    };
    let all = pool.only(|surrogate| [unstructured, structured].contains(&surrogate.variant));
    let pooled = format!(
        "Pooled: {unstructured} and {structured}, not finetuned. So it is in the published Table 2: its shares are the means of Table 1's NF rows (at rate 0.3 both are 71.25%)."
    );
    let comparison = Comparison {
        name: "table2",
        caption: format!("Table 2: {CAPTION}, unstructured and structured pruning together"),
        rows: rows_by_size(&all, &TABLE_2, side_by_side),
        remarks: vec![pooled, datasets_remark(series)],
    };
    comparison.table(&series.settings(), &all)
}

/// The same for unstructured pruning alone, beside the published table of both.
pub fn unstructured(series: &Series) -> Table {
    let variant = Variant::unstructured(Method::Magnitude);
    let all = pool(series).only(|surrogate| surrogate.variant == variant);
    let comparison = Comparison {
        name: "table2a",
        caption: format!("Table 2a: {CAPTION}, unstructured pruning alone"),
        rows: rows_by_size(&all, &TABLE_2, side_by_side),
        remarks: vec![
            format!(
                "Ours: {variant}, not finetuned; the published shares pool structured pruning with it, so that the difference is of unlike things."
            ),
            datasets_remark(series),
        ],
    };
    comparison.table(&series.settings(), &all)
}

const CAPTION: &str = "percentage of instances for which an adversarial input is found faster with the surrogate, by size of the network";

/// The published rows, and others that were run, by dimension and size.
pub fn rows_by_size<'a>(
    all: &Selection<'a>,
    published: &[published::Row],
    name: fn(Dimension, usize) -> String,
) -> Vec<Row<'a>> {
    let sizes = Dimension::ALL.iter().flat_map(|&dimension| {
        let known = published.iter().filter(move |row| row.0 == dimension);
        let mut sizes: Vec<usize> = known.map(|row| row.1).collect();
        let dense = all.pairs.iter().map(|pair| &pair.dense.settings.dense);
        sizes.extend(dense.filter_map(|dense| dimension.of(dense)));
        sizes.sort_unstable();
        sizes.dedup();
        sizes.into_iter().map(move |size| (dimension, size))
    });
    let row = |(dimension, size): (Dimension, usize)| Row {
        group: dimension.name().to_owned(),
        name: name(dimension, size),
        selection: all.only(|surrogate| dimension.of(&surrogate.run.settings.dense) == Some(size)),
        published: published
            .iter()
            .find(|row| (row.0, row.1) == (dimension, size))
            .map(|row| row.2),
    };
    sizes.map(row).collect()
}

/// Input sizes as sides of the image.
fn side_by_side(dimension: Dimension, size: usize) -> String {
    match dimension {
        Dimension::Inputs => format!("{0} x {0}", size.isqrt()),
        Dimension::Depth | Dimension::Width => size.to_string(),
    }
}
