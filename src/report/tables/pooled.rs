//! What a table pools, compared with the published table.

use std::collections::{BTreeMap, BTreeSet};

use super::super::published::Grid;
use super::super::words::{joined, listed};
use crate::experiment::pairs::{Dimension, Selection, dataset, instance_seed};
use crate::numbers::count;

/// Notes how the networks of `all` differ from those of the published table; `None` if they do not,
/// or if there are none.
pub fn remark(all: &Selection, grid: &Grid) -> Option<String> {
    let compared = |name: &str, ours: String, published: String| {
        let differ = ours != published;
        differ.then(|| format!("{name} {ours} (published: {published})"))
    };
    let datasets = (
        listed(all.datasets()),
        listed(grid.datasets.iter().copied()),
    );
    let sizes = Dimension::ALL.map(|dimension| {
        let published = listed(grid.sizes(dimension));
        compared(dimension.plural(), listed(sizes(all, dimension)), published)
    });
    let seeds = (listed(seeds(all)), grid.seeds.to_string());
    let parts = [compared("data sets", datasets.0, datasets.1)]
        .into_iter()
        .chain(sizes);
    let seeds = compared("seeds for each kind of network", seeds.0, seeds.1);
    let mut parts: Vec<String> = parts.chain([seeds]).flatten().collect();
    let instances = all.instances().len();
    if all.pairs.is_empty() || parts.is_empty() && instances == grid.instances {
        return None;
    }
    let instances = count(instances, "instance");
    parts.push(format!(
        "{instances} in all (published: {})",
        grid.instances
    ));
    let no_difference = if is_comparable(all, grid) {
        ""
    } else {
        " Networks and data are of other kinds than the published ones: no difference is shown."
    };
    Some(format!(
        "Ours pools other networks than the published table: {}.{no_difference}",
        joined(parts, "; ")
    ))
}

/// Whether a difference from the published shares is meaningful: the data sets are published ones,
/// and so are some of the sizes.
pub fn is_comparable(all: &Selection, grid: &Grid) -> bool {
    let is_known = |dimension| {
        let ours = sizes(all, dimension);
        grid.sizes(dimension).any(|size| ours.contains(&size))
    };
    let mut datasets = all.datasets().into_iter();
    datasets.all(|name| grid.datasets.contains(&name)) && Dimension::ALL.into_iter().all(is_known)
}

/// The sizes of the dense networks.
fn sizes(all: &Selection, dimension: Dimension) -> BTreeSet<usize> {
    let dense = all.pairs.iter().map(|pair| &pair.dense.settings.dense);
    dense.filter_map(|dense| dimension.of(dense)).collect()
}

/// The numbers of seeds of the kinds of networks: data set and sizes.
fn seeds(all: &Selection) -> BTreeSet<usize> {
    let mut kinds: BTreeMap<_, BTreeSet<u64>> = BTreeMap::new();
    for pair in &all.pairs {
        let dense = &pair.dense.settings.dense;
        let kind = (dataset(pair.dense), dense.inputs(), dense.hidden().to_vec());
        kinds
            .entry(kind)
            .or_default()
            .insert(instance_seed(pair.dense));
    }
    kinds.values().map(BTreeSet::len).collect()
}
