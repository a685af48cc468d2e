//! The figures of a verification series, as data.

mod anytime;
mod scatter;

use crate::document::{Axis, Figure, Scale};
use crate::experiment::pairs::{Kind, Series};
use crate::numbers::Shortest;

/// All figures of a series that are not empty; none for maximization.
pub fn figures(series: &Series) -> Vec<Figure> {
    if matches!(series.kind, Kind::Maximization(_)) {
        return Vec::new();
    }
    let datasets = series.all.datasets().into_iter();
    let mut figures: Vec<Figure> = datasets
        .filter_map(|name| scatter::of_dataset(series, name))
        .collect();
    figures.extend(scatter::of_granularities(series));
    let pool = series.pooled();
    for variant in pool.variants() {
        figures.extend(anytime::figures(series, &pool, &variant));
    }
    figures
}

/// A logarithmic axis of seconds up to the time limit at least.
fn seconds(label: &str, series: &Series) -> Axis {
    let limit = series.limits.time_limit();
    Axis::new(label, Scale::Log { least: 1e-4 })
        .until(limit, format!("limit of {} s", Shortest(limit)))
}
