//! Table 2: share of instances solved faster, by size of the network.

use std::collections::BTreeSet;

use super::super::dimension::Dimension;
use super::super::published::{Grid, VERIFICATION};
use super::super::series::{Selection, Series, instance_and_rate};
use super::super::variant::Variant;
use super::comparison::{Comparison, Row};
use super::table1::{OUTPUT_ROWS, treatments};
use crate::document::{Emphasis, Table};
use crate::numbers::count;
use crate::pruning::{Granularity, Method};

/// Table 2 as published: unstructured and structured magnitude pruning pooled, not finetuned.
/// Instances that have only one of the two at a rate would shift the share; `None` if none has
/// both.
pub fn pooled(series: &Series) -> Option<Table> {
    let pool = series.pooled();
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
    let either = pool.only(|surrogate| [unstructured, structured].contains(&surrogate.variant));
    let [of_unstructured, of_structured] =
        [unstructured, structured].map(|variant| instances_and_rates(&either, variant));
    let both: BTreeSet<_> = of_unstructured.intersection(&of_structured).collect();
    let all = either.only(|surrogate| both.contains(&instance_and_rate(surrogate)));
    if all.pairs.is_empty() {
        return None;
    }
    let pooled = format!(
        "Pooled: {unstructured} and {structured}, not finetuned, for instances that have both at a rate: {} of {}. The published Table 2 pools the same runs: its shares are the means of Table 1's NF rows (at rate 0.3 both are 71.25%).",
        all.pairs.len(),
        count(either.pairs.len(), "pair")
    );
    let comparison = Comparison {
        name: "table2",
        number: "Table 2",
        caption: format!("{CAPTION}, unstructured and structured pruning together"),
        emphasis: Emphasis::Nothing,
        rows: rows_by_size(&all, &VERIFICATION, size_name),
        grid: &VERIFICATION,
        same_surrogates: true,
        remarks: vec![pooled, OUTPUT_ROWS.to_owned()],
    };
    Some(comparison.table(series, &all))
}

/// The subject of the table of unstructured pruning.
pub const SUBJECT: &str = "unstructured magnitude pruning, not finetuned";

/// The pairs of the table of unstructured pruning.
pub fn selection<'a>(series: &Series<'a>) -> Selection<'a> {
    let variant = Variant::unstructured(Method::Magnitude);
    series
        .pooled()
        .only(|surrogate| surrogate.variant == variant)
}

/// The same for unstructured pruning alone, beside the published table of both; `None` without a
/// pair of its kind.
pub fn unstructured(series: &Series) -> Option<Table> {
    let variant = Variant::unstructured(Method::Magnitude);
    let all = selection(series);
    if all.pairs.is_empty() {
        return None;
    }
    let comparison = Comparison {
        name: "table2a",
        number: "Table 2a",
        caption: format!("{CAPTION}, unstructured pruning alone"),
        emphasis: Emphasis::Nothing,
        rows: rows_by_size(&all, &VERIFICATION, size_name),
        grid: &VERIFICATION,
        same_surrogates: false,
        remarks: vec![format!(
            "Ours: {variant}, not finetuned. The published shares also include structured pruning (which removed rows of the output layer, too), so no difference is shown."
        )],
    };
    Some(comparison.table(series, &all))
}

const CAPTION: &str = "Percentage of instances for which an adversarial input is found faster with the surrogate, by size of the network";

fn instances_and_rates(selection: &Selection, variant: Variant) -> BTreeSet<(String, u64)> {
    let pairs = selection.pairs.iter().map(|pair| &pair.surrogate);
    let of_variant = pairs.filter(|surrogate| surrogate.variant == variant);
    of_variant.map(instance_and_rate).collect()
}

/// The published rows, and all others that were run, by dimension and size.
pub fn rows_by_size<'a>(
    all: &Selection<'a>,
    grid: &Grid,
    name: fn(Dimension, usize) -> String,
) -> Vec<Row<'a>> {
    let sizes = Dimension::ALL.iter().flat_map(|&dimension| {
        let mut sizes: Vec<usize> = grid.sizes(dimension).collect();
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
        published: grid
            .rows
            .iter()
            .find(|row| (row.0, row.1) == (dimension, size))
            .map(|row| row.2),
    };
    sizes.map(row).collect()
}

/// Input sizes as sides of the image.
fn size_name(dimension: Dimension, size: usize) -> String {
    match dimension {
        Dimension::Inputs => format!("{0} x {0}", size.isqrt()),
        Dimension::Depth | Dimension::Width => size.to_string(),
    }
}
