//! Table 1: share of instances solved faster, by granularity and finetuning.

use super::super::published::{
    Percentages, STRUCTURED, STRUCTURED_FINETUNED, UNSTRUCTURED, UNSTRUCTURED_FINETUNED,
};
use super::super::series::Series;
use super::super::variant::{Rounds, Variant};
use super::comparison::{Comparison, Row};
use super::table::Table;
use super::{pool, pooled_datasets};
use crate::pruning::{Granularity, Method, OutputRows};

/// Table 1, and random pruning under it.
pub fn table(series: &Series) -> Table {
    let pool = pool(series);
    let variants = rows(&pool.variants());
    let row = |variant: &Variant| Row {
        group: group(variant),
        name: finetuning_name(variant.finetuning),
        selection: pool.only(|surrogate| surrogate.variant == *variant),
        published: published(variant),
    };
    let comparison = Comparison {
        name: "table1",
        caption: String::from(
            "Table 1: percentage of instances for which an adversarial input is found faster with the surrogate, by pruning rate",
        ),
        rows: variants.iter().map(row).collect(),
        remarks: remarks(series),
    };
    let all = pool.only(|surrogate| variants.contains(&surrogate.variant));
    comparison.table(&series.settings(), &all)
}

/// What tables that pool data sets say of them.
pub fn datasets_remark(series: &Series) -> String {
    let names: Vec<_> = pooled_datasets(series)
        .iter()
        .map(ToString::to_string)
        .collect();
    format!(
        "Data sets pooled: {}; the published figures are of mnist and fashion-mnist together, with a time limit of 300 s.",
        names.join(", ")
    )
}

fn remarks(series: &Series) -> Vec<String> {
    vec![
        String::from(
            "Percent of all instances; nothing found within the time limit is later than anything found, and where both found nothing neither is faster. NF: not finetuned, F: finetuned (rounds x epochs; published: 5x5), its time not counted. Magnitude pruning but for the last row.",
        ),
        String::from(
            "The published structured pruning took rows of the output layer too (\"output rows pruned\" here).",
        ),
        datasets_remark(series),
    ]
}

/// The rows: always one of each published kind, more where there are more.
fn rows(present: &[Variant]) -> Vec<Variant> {
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
        if finetuned.is_empty() {
            let finetuning = Some(Rounds::PUBLISHED);
            rows.push(Variant {
                finetuning,
                ..plain
            });
        }
        rows.extend(finetuned);
    }
    rows.push(Variant::unstructured(Method::Random));
    rows
}

/// Structured pruning with and without rows of the output layer, as they were run.
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
    let finetuned = variant.finetuning.is_some();
    match (variant.method, variant.granularity) {
        (Method::Random, _) => None,
        (_, Granularity::Unstructured) if finetuned => Some(UNSTRUCTURED_FINETUNED),
        (_, Granularity::Unstructured) => Some(UNSTRUCTURED),
        (_, Granularity::Structured) if finetuned => Some(STRUCTURED_FINETUNED),
        (_, Granularity::Structured) => Some(STRUCTURED),
    }
}
