//! Samples of a box.

use crate::numpy::RandomState;

/// A Latin hypercube of `count` points: along each axis, one point in each of `count` equal parts. For each of the sides
/// in turn, drawn by NumPy's `RandomState(seed)`: the order of the parts, then the places within them. Returns points x
/// axes.
pub fn latin_hypercube(count: usize, sides: &[(f64, f64)], seed: u32) -> Vec<Vec<f64>> {
    let mut random = RandomState::new(seed);
    let mut points = vec![Vec::with_capacity(sides.len()); count];
    for &(low, high) in sides {
        let parts = random.permutation(count);
        for (point, part) in points.iter_mut().zip(parts) {
            let place = (part as f64 + random.unit()) / count as f64;
            point.push(low + (high - low) * place);
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By NumPy 2.4 (`RandomState(0)`; the first point is in ../shared/spec/relaxation-informed.md).
    #[test]
    fn five_points_are_those_of_numpy() {
        let expected = [
            [0.0822107, -0.81786791],
            [-1.56409345, 0.24973498],
            [-0.86107616, 0.78398174],
            [0.91671529, 1.51422784],
            [1.55006977, -1.33113699],
        ];
        let found = latin_hypercube(5, &[(-2.0, 2.0); 2], 0);
        for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
            assert!((found - expected).abs() < 1e-8, "{found}, not {expected}");
        }
    }

    #[test]
    fn each_part_of_each_axis_has_a_point() {
        let points = latin_hypercube(100, &[(0.0, 100.0), (-1.0, 1.0)], 5);
        let mut parts: Vec<usize> = points.iter().map(|point| point[0] as usize).collect();
        parts.sort_unstable();
        assert_eq!(parts, (0..100).collect::<Vec<_>>());
    }
}
