//! The Euclidean projection onto a convex set intersected with half-spaces.

use super::Linear;

/// The change of corrections in one pass, relative to the size of the point, at which the projection has converged.
const CONVERGED: f64 = 1e-13;

/// Projects `x` onto those points of a convex set, given by its own `projection`, that are at least `depth` inside each
/// half-space `row <= 0`, up to rounding and convergence (Dykstra 1983; for a half-space the correction is a multiple
/// of its normal, Hildreth 1957).
pub(super) fn nearest(
    x: &[f64],
    projection: &dyn Fn(&[f64]) -> Vec<f64>,
    is_free: &dyn Fn(usize) -> bool,
    rows: &[Linear],
    depth: f64,
    passes: usize,
) -> Vec<f64> {
    let mut half_spaces: Vec<HalfSpace> = rows
        .iter()
        .map(|row| HalfSpace::of(row, is_free, depth))
        .collect();
    // What the projection fixes is fixed from the start: along a normal in its direction it would undo every step.
    let mut point: Vec<f64> = projection(x);
    for (k, x) in x.iter().enumerate().filter(|(k, _)| is_free(*k)) {
        point[k] = *x;
    }
    let mut correction = vec![0.0; x.len()];
    let size = x.iter().map(|x| x.abs()).fold(1e-300, f64::max);
    for _ in 0..passes {
        let corrected: Vec<f64> = point.iter().zip(&correction).map(|(x, c)| x + c).collect();
        point = projection(&corrected);
        // The point may not move for many passes while corrections still change.
        let mut change: f64 = 0.0;
        for ((correction, from), to) in correction.iter_mut().zip(&corrected).zip(&point) {
            change = change.max((from - to - *correction).abs());
            *correction = from - to;
        }
        for half_space in &mut half_spaces {
            change = change.max(half_space.pull(&mut point));
        }
        if change <= CONVERGED * size {
            break;
        }
    }
    point
}

/// `row + depth |a| <= 0`, where `a` are the coefficients of the row.
struct HalfSpace<'a> {
    row: &'a Linear,
    /// The coefficients of free inputs.
    normal: Vec<(usize, f64)>,
    shift: f64,
    squares: f64,
    /// The multiple of `a` last subtracted from the point.
    multiple: f64,
}

impl<'a> HalfSpace<'a> {
    fn of(row: &'a Linear, is_free: &dyn Fn(usize) -> bool, depth: f64) -> Self {
        let free = row.inputs.iter().copied().filter(|(k, _)| is_free(*k));
        let normal: Vec<(usize, f64)> = free.collect();
        let squares: f64 = normal.iter().map(|(_, a)| a * a).sum();
        Self {
            row,
            normal,
            shift: depth * squares.sqrt(),
            squares,
            multiple: 0.0,
        }
    }

    /// Projects the corrected point; returns how much its correction changed.
    fn pull(&mut self, point: &mut [f64]) -> f64 {
        if self.squares == 0.0 {
            return 0.0;
        }
        let above = self.row.value(point, &[]) + self.shift;
        let multiple = (self.multiple + above / self.squares).max(0.0);
        let step = multiple - self.multiple;
        for &(k, a) in &self.normal {
            point[k] -= step * a;
        }
        self.multiple = multiple;
        step.abs() * self.squares.sqrt()
    }
}
