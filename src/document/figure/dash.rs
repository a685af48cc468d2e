//! Dashed lines.

use super::place::Place;

/// Splits a polyline into dashes: the lengths of `pattern` are drawn and left out alternately, also
/// around corners. An empty pattern gives a solid line.
pub(super) fn dashes(points: &[Place], pattern: &[f64]) -> Vec<Vec<Place>> {
    if pattern.is_empty() {
        return vec![points.to_vec()];
    }
    let Some(&first) = points.first() else {
        return Vec::new();
    };
    let mut finished = Vec::new();
    let mut current = vec![first];
    let (mut turn, mut left) = (0, pattern[0]);
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        let mut length = distance(from, to);
        while length > left {
            from = between(from, to, left / length);
            length -= left;
            current.push(from);
            if turn % 2 == 0 {
                finished.push(std::mem::take(&mut current));
            }
            current = vec![from];
            turn += 1;
            left = pattern[turn % pattern.len()];
        }
        left -= length;
        current.push(to);
    }
    if turn % 2 == 0 && current.len() > 1 {
        finished.push(current);
    }
    finished
}

fn distance(from: Place, to: Place) -> f64 {
    (to.0 - from.0).hypot(to.1 - from.1)
}

fn between(from: Place, to: Place, share: f64) -> Place {
    (
        from.0 + share * (to.0 - from.0),
        from.1 + share * (to.1 - from.1),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_and_gaps_go_around_corners() {
        let corner = [(0.0, 0.0), (5.0, 0.0), (5.0, 5.0)];
        assert_eq!(
            dashes(&corner, &[3.0, 1.0]),
            [
                vec![(0.0, 0.0), (3.0, 0.0)],
                vec![(4.0, 0.0), (5.0, 0.0), (5.0, 2.0)],
                vec![(5.0, 3.0), (5.0, 5.0)],
            ]
        );
        assert_eq!(dashes(&corner, &[]), [corner.to_vec()]);
        assert!(dashes(&[], &[1.0, 1.0]).is_empty());
    }
}
