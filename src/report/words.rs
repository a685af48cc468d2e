//! Formats numbers and lists for sentences and tables.

use std::collections::BTreeSet;

use crate::numbers::{Shortest, tenths};

/// The values with `separator` between them.
pub(super) fn joined<T: ToString>(all: impl IntoIterator<Item = T>, separator: &str) -> String {
    let texts: Vec<_> = all.into_iter().map(|item| item.to_string()).collect();
    texts.join(separator)
}

/// The distinct values in ascending order, separated by commas.
pub(super) fn listed<T: Ord + ToString>(all: impl IntoIterator<Item = T>) -> String {
    joined(all.into_iter().collect::<BTreeSet<T>>(), ", ")
}

/// A difference in percentage points, with a sign unless it rounds to zero.
pub(super) fn points(difference: f64) -> String {
    let text = tenths(difference);
    match text.strip_prefix('-') {
        Some(amount) => format!("−{amount}"),
        None if text == "0.0" => text,
        None => format!("+{text}"),
    }
}

/// `part` as a percentage of `all`; `None` if `all` is zero.
pub(super) fn share(part: usize, all: usize) -> Option<f64> {
    (all > 0).then(|| 100.0 * part as f64 / all as f64)
}

/// A pruning rate.
pub(super) fn rate(rate: f64) -> String {
    Shortest(rate).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_no_runs_of_zeros() {
        let written = [1e-300, 0.000_001, 0.95, 0.0, -0.0].map(rate);
        assert_eq!(written, ["1e-300", "0.000001", "0.95", "0", "0"]);
    }

    #[test]
    fn differences_have_a_sign() {
        let written = [-67.5, -0.04, 0.0, 1.25].map(points);
        assert_eq!(written, ["−67.5", "0.0", "0.0", "+1.3"]);
    }

    #[test]
    fn lists_have_distinct_entries() {
        assert_eq!(listed([1000, 100, 1000]), "100, 1000");
    }
}
