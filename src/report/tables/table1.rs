//! Table 1: share of instances solved faster, by granularity and finetuning.

use std::collections::BTreeSet;

use super::super::published::{self, Percentages, VERIFICATION};
use super::super::remarks::parts_differ;
use super::comparison::{Comparison, Row};
use crate::document::Emphasis;
use crate::experiment::pairs::{Rounds, Selection, Series, Variant, instance_and_rate};
use crate::pruning::{Granularity, Method, OutputRows};

/// Table 1, with random pruning below it.
pub fn comparison<'a>(series: &Series<'a>) -> Comparison<'a> {
    let pool = series.pooled();
    let variants = variants(&pool.variants());
    let mut rows = Vec::new();
    let mut parts = Vec::new();
    for variant in &variants {
        rows.extend(restricted(&pool, variant));
        parts.push((name(variant), pool.of_variant(variant)));
        rows.push(Row {
            group: group(variant).to_owned(),
            name: finetuning_name(variant.finetuning),
            selection: pool.of_variant(variant),
            published: published(variant),
        });
    }
    let parts: Vec<_> = parts
        .iter()
        .map(|(name, part)| (name.clone(), part))
        .collect();
    let mut remarks = vec![
        String::from(
            "Percent of all instances. A run that finds nothing within the time limit is later than one that does; if both find nothing, neither is faster. NF: not finetuned, F: finetuned (rounds x epochs), time of finetuning not counted. Magnitude pruning unless a row says random.",
        ),
        OUTPUT_ROWS.to_owned(),
    ];
    remarks.extend(parts_differ(&parts));
    Comparison {
        name: "table1",
        number: "Table 1",
        subject: Some("magnitude pruning layer by layer and unstructured random pruning"),
        caption: String::from(
            "Percentage of instances for which an adversarial input is found faster with the surrogate, by pruning rate",
        ),
        emphasis: Emphasis::Unfavorable,
        all: pool.only(|surrogate| variants.contains(&surrogate.variant)),
        rows,
        grid: &VERIFICATION,
        same_surrogates: true,
        remarks,
        names_others: true,
    }
}

/// Note on structured pruning.
pub const OUTPUT_ROWS: &str = "The published structured pruning took rows of the output layer too (\"output rows pruned\" here).";

/// A row of surrogates without finetuning, restricted to the instances and rates that have finetuned ones of `variant`,
/// if these are fewer.
fn restricted<'a>(pool: &Selection<'a>, variant: &Variant) -> Option<Row<'a>> {
    let name = finetuning_name(Some(variant.finetuning?));
    let finetuned = pool.of_variant(variant).pairs;
    let finetuned: BTreeSet<_> = finetuned
        .iter()
        .map(|pair| instance_and_rate(&pair.surrogate))
        .collect();
    let plain = variant.before_finetuning();
    let all = pool.of_variant(&plain);
    let part = all.only(|surrogate| finetuned.contains(&instance_and_rate(surrogate)));
    let fewer = !part.pairs.is_empty() && part.pairs.len() < all.pairs.len();
    fewer.then(|| Row {
        group: group(&plain).to_owned(),
        name: format!("NF, instances of {name}"),
        selection: part,
        published: None,
    })
}

/// The rows: always one of each published kind, and all others that were run.
fn variants(present: &BTreeSet<Variant>) -> Vec<Variant> {
    let mut rows = Vec::new();
    for plain in treatments(present) {
        rows.push(plain);
        let finetuned = present
            .iter()
            .filter(|variant| variant.finetuning.is_some() && variant.before_finetuning() == plain);
        let published = Variant {
            finetuning: Some(Rounds::PUBLISHED),
            ..plain
        };
        if !finetuned.clone().any(|variant| *variant == published) {
            rows.push(published);
        }
        rows.extend(finetuned);
    }
    rows.push(Variant::unstructured(Method::Random));
    rows
}

/// Magnitude pruning: unstructured, and structured with and without rows of the output layer, as they were run.
pub fn treatments(present: &BTreeSet<Variant>) -> Vec<Variant> {
    let unstructured = Variant::unstructured(Method::Magnitude);
    let structured = |output_rows| Variant {
        granularity: Granularity::Structured,
        output_rows,
        ..unstructured
    };
    let is_present = |output_rows| {
        let kind = |variant: &Variant| (variant.method, variant.granularity, variant.output_rows);
        present
            .iter()
            .any(|variant| kind(variant) == kind(&structured(output_rows)))
    };
    let mut all = vec![unstructured];
    if is_present(OutputRows::Keep) || !is_present(OutputRows::Prune) {
        all.push(structured(OutputRows::Keep));
    }
    if is_present(OutputRows::Prune) {
        all.push(structured(OutputRows::Prune));
    }
    all
}

fn name(variant: &Variant) -> String {
    format!("{} {}", group(variant), finetuning_name(variant.finetuning))
}

fn group(variant: &Variant) -> &'static str {
    match (variant.method, variant.granularity, variant.output_rows) {
        (Method::Random, ..) => "Unstructured, random",
        (_, Granularity::Unstructured, _) => "Unstructured",
        (_, Granularity::Structured, OutputRows::Keep) => "Structured",
        (_, Granularity::Structured, OutputRows::Prune) => "Structured, output rows pruned",
    }
}

fn finetuning_name(finetuning: Option<Rounds>) -> String {
    finetuning.map_or(String::from("NF"), |rounds| format!("F {rounds}"))
}

fn published(variant: &Variant) -> Option<Percentages> {
    match (variant.method, variant.granularity, variant.finetuning) {
        (Method::Random, ..) => None,
        (_, Granularity::Unstructured, None) => Some(published::UNSTRUCTURED),
        (_, Granularity::Structured, None) => Some(published::STRUCTURED),
        (_, _, Some(rounds)) if rounds != Rounds::PUBLISHED => None,
        (_, Granularity::Unstructured, _) => Some(published::UNSTRUCTURED_FINETUNED),
        (_, Granularity::Structured, _) => Some(published::STRUCTURED_FINETUNED),
    }
}
