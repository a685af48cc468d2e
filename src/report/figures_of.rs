//! The figures of a verification series, as the plain data that is drawn.

use super::anytime_of::anytime;
use super::scatter_of::{of_dataset, of_granularities};
use super::series::{Kind, Series};
use crate::document::Figure;

/// All figures of a series that are not empty; none for maximization.
pub fn figures(series: &Series) -> Vec<Figure> {
    if matches!(series.kind, Kind::Maximization(_)) {
        return Vec::new();
    }
    let mut figures: Vec<Figure> = series
        .all
        .datasets()
        .into_iter()
        .filter_map(|name| of_dataset(series, name))
        .collect();
    figures.extend(of_granularities(series));
    let pool = series.pooled();
    for variant in pool.variants() {
        figures.extend(anytime(series, &pool, &variant));
    }
    figures
}
