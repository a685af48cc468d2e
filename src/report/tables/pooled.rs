//! What a table pools, compared with the published table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use super::super::dimension::Dimension;
use super::super::published::Grid;
use super::super::series::{Selection, dataset, instance_seed};
use super::super::words::listed;
use crate::numbers::count;

/// Notes how the networks of `all` differ from those of the published table; `None` if they do not,
/// or if there are none.
pub fn remark(all: &Selection, grid: &Grid) -> Option<String> {
    if all.pairs.is_empty() {
        return None;
    }
    let mut parts = Vec::new();
    let ours: BTreeSet<_> = all.datasets().into_iter().collect();
    parts.extend(compared(
        "data sets",
        &ours,
        &grid.datasets.iter().copied().collect(),
    ));
    for dimension in Dimension::ALL {
        let published = grid.sizes(dimension).collect();
        let ours = sizes(all, dimension);
        parts.extend(compared(dimension.plural(), &ours, &published));
    }
    parts.extend(seeds(all, grid));
    if parts.is_empty() && all.instances().len() == grid.instances {
        return None;
    }
    let no_difference = if is_comparable(all, grid) {
        ""
    } else {
        " Networks and data are of other kinds than the published ones: no difference is shown."
    };
    parts.push(format!(
        "{} in all (published: {})",
        count(all.instances().len(), "instance"),
        grid.instances
    ));
    Some(format!(
        "Ours pools other networks than the published table: {}.{no_difference}",
        parts.join("; ")
    ))
}

/// Whether a difference from the published shares is meaningful: the data sets are published ones,
/// and so are some of the sizes.
pub fn is_comparable(all: &Selection, grid: &Grid) -> bool {
    let datasets = all.datasets();
    let known_data = datasets.iter().all(|name| grid.datasets.contains(name));
    known_data
        && Dimension::ALL.into_iter().all(|dimension| {
            let published: Vec<usize> = grid.sizes(dimension).collect();
            sizes(all, dimension)
                .iter()
                .any(|size| published.contains(size))
        })
}

/// The sizes of the dense networks.
fn sizes(all: &Selection, dimension: Dimension) -> BTreeSet<usize> {
    let dense = all.pairs.iter().map(|pair| &pair.dense.settings.dense);
    dense.filter_map(|dense| dimension.of(dense)).collect()
}

fn compared<T: Ord + Display>(
    name: &str,
    ours: &BTreeSet<T>,
    published: &BTreeSet<T>,
) -> Option<String> {
    (ours != published)
        .then(|| format!("{name} {} (published: {})", listed(ours), listed(published)))
}

/// Notes the number of seeds per kind of network: data set and sizes.
fn seeds(all: &Selection, grid: &Grid) -> Option<String> {
    let mut cells: BTreeMap<_, BTreeSet<u64>> = BTreeMap::new();
    for pair in &all.pairs {
        let dense = &pair.dense.settings.dense;
        let cell = (dataset(pair.dense), dense.inputs(), dense.hidden().to_vec());
        cells
            .entry(cell)
            .or_default()
            .insert(instance_seed(pair.dense));
    }
    let numbers: BTreeSet<usize> = cells.values().map(BTreeSet::len).collect();
    (numbers != BTreeSet::from([grid.seeds])).then(|| {
        format!(
            "seeds for each kind of network {} (published: {})",
            listed(numbers),
            grid.seeds
        )
    })
}
