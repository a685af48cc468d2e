//! Table 1: share of instances solved faster, by granularity and finetuning.

use std::collections::BTreeSet;

use super::super::published::{
    Percentages, STRUCTURED, STRUCTURED_FINETUNED, UNSTRUCTURED, UNSTRUCTURED_FINETUNED,
    VERIFICATION,
};
use super::super::remarks::parts_differ;
use super::super::series::{Selection, Series, instance_and_rate};
use super::super::variant::{Rounds, Variant};
use super::comparison::{Comparison, Row};
use super::not_all;
use crate::document::{Emphasis, Table};
use crate::pruning::{Granularity, Method, OutputRows};

/// The subject of the table.
pub const SUBJECT: &str = "magnitude pruning layer by layer and unstructured random pruning";

/// The pairs of the table.
pub fn selection<'a>(series: &Series<'a>) -> Selection<'a> {
    let pool = series.pooled();
    let variants = variants(&pool.variants());
    pool.only(|surrogate| variants.contains(&surrogate.variant))
}

/// Table 1, with random pruning below it; `None` without a pair of its kind.
pub fn table(series: &Series) -> Option<Table> {
    let all = selection(series);
    if all.pairs.is_empty() {
        return None;
    }
    let pool = series.pooled();
    let variants = variants(&pool.variants());
    let row = |variant: &Variant| Row {
        group: group(variant),
        name: finetuning_name(variant.finetuning),
        selection: pool.only(|surrogate| surrogate.variant == *variant),
        published: published(variant),
    };
    let rows = variants.iter().map(row);
    let mut comparison = Comparison {
        name: "table1",
        number: "Table 1",
        caption: String::from(
            "Percentage of instances for which an adversarial input is found faster with the surrogate, by pruning rate",
        ),
        emphasis: Emphasis::Unfavorable,
        rows: rows.collect(),
        grid: &VERIFICATION,
        same_surrogates: true,
        remarks: vec![
            String::from(
                "Percent of all instances. A run that finds nothing within the time limit is later than one that does; if both find nothing, neither is faster. NF: not finetuned, F: finetuned (rounds x epochs), time of finetuning not counted. Magnitude pruning unless a row says random.",
            ),
            OUTPUT_ROWS.to_owned(),
        ],
    };
    let differ = parts_differ(&comparison.parts());
    comparison.remarks.extend(differ);
    for (place, row) in restricted(&pool, &variants).into_iter().rev() {
        comparison.rows.insert(place, row);
    }
    comparison.remarks.extend(not_all(series, &all));
    Some(comparison.table(series, &all))
}

/// Note on structured pruning.
pub const OUTPUT_ROWS: &str = "The published structured pruning took rows of the output layer too (\"output rows pruned\" here).";

/// Rows of surrogates without finetuning, restricted to the instances and rates that have finetuned
/// ones, if these are fewer, and the indices before which they are inserted.
fn restricted<'a>(pool: &Selection<'a>, variants: &[Variant]) -> Vec<(usize, Row<'a>)> {
    let mut rows = Vec::new();
    for (place, variant) in variants.iter().enumerate() {
        let finetuned = pool.only(|surrogate| surrogate.variant == *variant).pairs;
        let finetuned: BTreeSet<_> = finetuned
            .iter()
            .map(|pair| instance_and_rate(&pair.surrogate))
            .collect();
        let plain = variant.before_finetuning();
        let all = pool.only(|surrogate| surrogate.variant == plain);
        let part = all.only(|surrogate| finetuned.contains(&instance_and_rate(surrogate)));
        let fewer = !part.pairs.is_empty() && part.pairs.len() < all.pairs.len();
        if variant.finetuning.is_some() && fewer {
            let name = finetuning_name(variant.finetuning);
            let row = Row {
                group: group(&plain),
                name: format!("NF, instances of {name}"),
                selection: part,
                published: None,
            };
            rows.push((place, row));
        }
    }
    rows
}

/// The rows: always one of each published kind, and all others that were run.
fn variants(present: &[Variant]) -> Vec<Variant> {
    let mut rows = Vec::new();
    for (granularity, output_rows) in treatments(present) {
        let plain = Variant {
            granularity,
            output_rows,
            ..Variant::unstructured(Method::Magnitude)
        };
        rows.push(plain);
        let finetuned: Vec<_> = present
            .iter()
            .filter(|variant| variant.finetuning.is_some() && variant.before_finetuning() == plain)
            .copied()
            .collect();
        let published = Variant {
            finetuning: Some(Rounds::PUBLISHED),
            ..plain
        };
        if !finetuned.contains(&published) {
            rows.push(published);
        }
        rows.extend(finetuned);
    }
    rows.push(Variant::unstructured(Method::Random));
    rows
}

/// Unstructured pruning, and structured pruning with and without rows of the output layer, as they
/// were run.
pub fn treatments(present: &[Variant]) -> Vec<(Granularity, OutputRows)> {
    let of = |output_rows| {
        present.iter().any(|variant| {
            variant.method == Method::Magnitude
                && variant.granularity == Granularity::Structured
                && variant.output_rows == output_rows
        })
    };
    let mut all = vec![(Granularity::Unstructured, OutputRows::Keep)];
    if of(OutputRows::Keep) || !of(OutputRows::Prune) {
        all.push((Granularity::Structured, OutputRows::Keep));
    }
    if of(OutputRows::Prune) {
        all.push((Granularity::Structured, OutputRows::Prune));
    }
    all
}

fn group(variant: &Variant) -> String {
    let name = match (variant.method, variant.granularity, variant.output_rows) {
        (Method::Random, ..) => "Unstructured, random",
        (_, Granularity::Unstructured, _) => "Unstructured",
        (_, Granularity::Structured, OutputRows::Keep) => "Structured",
        (_, Granularity::Structured, OutputRows::Prune) => "Structured, output rows pruned",
    };
    name.to_owned()
}

fn finetuning_name(finetuning: Option<Rounds>) -> String {
    finetuning.map_or(String::from("NF"), |rounds| format!("F {rounds}"))
}

fn published(variant: &Variant) -> Option<Percentages> {
    match (variant.method, variant.granularity, variant.finetuning) {
        (Method::Random, ..) => None,
        (_, Granularity::Unstructured, None) => Some(UNSTRUCTURED),
        (_, Granularity::Structured, None) => Some(STRUCTURED),
        (_, _, Some(rounds)) if rounds != Rounds::PUBLISHED => None,
        (_, Granularity::Unstructured, _) => Some(UNSTRUCTURED_FINETUNED),
        (_, Granularity::Structured, _) => Some(STRUCTURED_FINETUNED),
    }
}
