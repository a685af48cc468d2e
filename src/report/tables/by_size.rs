//! Tables 2, 2a and 3: share of instances in which the surrogate does better, by size of the network.

use std::collections::BTreeSet;

use super::super::published::{Grid, MAXIMIZATION, VERIFICATION};
use super::comparison::{Comparison, Row};
use super::table1::{OUTPUT_ROWS, treatments};
use crate::document::Emphasis;
use crate::experiment::pairs::{Dimension, Selection, Series, Variant, instance_and_rate};
use crate::numbers::count;
use crate::pruning::{Granularity, Method, Scope};

const UNSTRUCTURED: &str = "unstructured magnitude pruning, not finetuned";
const FASTER: &str = "Percentage of instances for which an adversarial input is found faster with the surrogate, by size of the network";

/// Table 2 as published: unstructured and structured magnitude pruning pooled, not finetuned.
/// Instances that have only one of the two at a rate would shift the share.
pub fn table2<'a>(series: &Series<'a>) -> Comparison<'a> {
    let pool = series.pooled();
    let unstructured = Variant::unstructured(Method::Magnitude);
    let structured = treatments(&pool.variants())
        .into_iter()
        .find(|variant| variant.granularity == Granularity::Structured)
        .expect("there is always a structured treatment");
    let either = pool.only(|surrogate| [unstructured, structured].contains(&surrogate.variant));
    let [ones, others] = [unstructured, structured].map(|variant| -> BTreeSet<_> {
        let pairs = either.of_variant(&variant).pairs;
        pairs
            .iter()
            .map(|pair| instance_and_rate(&pair.surrogate))
            .collect()
    });
    let both: BTreeSet<_> = ones.intersection(&others).collect();
    let all = either.only(|surrogate| both.contains(&instance_and_rate(surrogate)));
    let pooled = format!(
        "Pooled: {unstructured} and {structured}, not finetuned, for instances that have both at a rate: {} of {}. The published Table 2 pools the same runs: its shares are the means of Table 1's NF rows (at rate 0.3 both are 71.25%).",
        all.pairs.len(),
        count(either.pairs.len(), "pair")
    );
    Comparison {
        name: "table2",
        number: "Table 2",
        subject: None,
        caption: format!("{FASTER}, unstructured and structured pruning together"),
        remarks: vec![pooled, OUTPUT_ROWS.to_owned()],
        ..by_size(all, &VERIFICATION, of_image)
    }
}

/// The same for unstructured pruning alone, beside the published table of both.
pub fn table2a<'a>(series: &Series<'a>) -> Comparison<'a> {
    let variant = Variant::unstructured(Method::Magnitude);
    let all = series.pooled().of_variant(&variant);
    Comparison {
        name: "table2a",
        number: "Table 2a",
        caption: format!("{FASTER}, unstructured pruning alone"),
        same_surrogates: false,
        remarks: vec![format!(
            "Ours: {variant}, not finetuned. The published shares also include structured pruning (which removed rows of the output layer, too), so no difference is shown."
        )],
        ..by_size(all, &VERIFICATION, of_image)
    }
}

/// Table 3: share of networks with a better value.
pub fn table3<'a>(series: &Series<'a>) -> Comparison<'a> {
    let all = series.all.only(|surrogate| {
        let scope = Scope::Layer;
        let layered = Variant {
            scope,
            ..surrogate.variant
        };
        layered == Variant::unstructured(Method::Magnitude)
    });
    Comparison {
        name: "table3",
        number: "Table 3",
        caption: String::from(
            "Percentage of networks for which the surrogate gives a better value, by size of the network",
        ),
        emphasis: Emphasis::Favorable,
        remarks: vec![
            String::from(
                "Unstructured magnitude pruning, not finetuned. Better: strictly above the value of the dense run, by more than a billionth; a run without a value is worse than any run with one. Percent of all networks, including ties.",
            ),
            String::from(
                "According to the paper, the published networks were pruned layer by layer; the authors' files show pruning over all layers (scope global).",
            ),
        ],
        names_others: true,
        ..by_size(all, &MAXIMIZATION, |_, size| size.to_string())
    }
}

/// The published rows, and all others that were run, by dimension and size.
fn by_size<'a>(
    all: Selection<'a>,
    grid: &'static Grid,
    name: fn(Dimension, usize) -> String,
) -> Comparison<'a> {
    let mut rows = Vec::new();
    for dimension in Dimension::ALL {
        let dense = all.pairs.iter().map(|pair| &pair.dense.settings.dense);
        let ours = dense.filter_map(|dense| dimension.of(dense));
        let sizes: BTreeSet<usize> = grid.sizes(dimension).chain(ours).collect();
        rows.extend(sizes.into_iter().map(|size| Row {
            group: dimension.name().to_owned(),
            name: name(dimension, size),
            selection: all.only(|s| dimension.of(&s.run.settings.dense) == Some(size)),
            published: grid.at(dimension, size),
        }));
    }
    Comparison {
        name: "",
        number: "",
        subject: Some(UNSTRUCTURED),
        caption: String::new(),
        emphasis: Emphasis::Nothing,
        all,
        rows,
        grid,
        same_surrogates: true,
        remarks: Vec::new(),
        names_others: false,
    }
}

/// Input sizes as sides of the image.
fn of_image(dimension: Dimension, size: usize) -> String {
    match dimension {
        Dimension::Inputs => format!("{0} x {0}", size.isqrt()),
        Dimension::Depth | Dimension::Width => size.to_string(),
    }
}
