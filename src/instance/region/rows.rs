//! Linear rows of a region, and points that satisfy them exactly.
//!
//! Membership is decided in real arithmetic, so points found in f64 are pulled inside: towards a known interior point, by
//! a projection slightly inside the rows, or, for equations, on a grid of few binary digits, where sums are exact.

use std::cmp::Ordering;

use super::Region;
use crate::instance::{InstanceError, Linear, polyhedron};

/// Approximate number of multiplications per projection onto the rows.
const WORK: usize = 400_000;
/// Distances inside the rows to which points are projected, as shares of the region's width, so that rounding leaves
/// them inside.
const DEPTHS: [f64; 4] = [0.0, 1e-13, 1e-10, 1e-7];
/// Binary digits, counted from the leading one of the region's width, to which points are rounded.
const GRIDS: [i32; 4] = [44, 34, 24, 14];
/// Distances from the sides of the box, in units of the grid, at which points are rounded: a correction needs room.
const MARGINS: [f64; 3] = [0.0, 4.0, 64.0];
/// Maximum number of inputs, those of the largest coefficients, that are tried when a point is corrected.
const CORRECTED: usize = 16;
/// A point that comes inside within this share of its distance to the anchor needs no projection.
const NEARLY_INSIDE: f64 = 1e-6;

impl Region {
    /// Intersects the region with the half-spaces `row <= 0`: `a x <= b` is the function `a x - b`. Rows that the whole
    /// box satisfies are left out.
    ///
    /// # Errors
    /// When a row reads outputs, an input that is not there or the same input twice, or has a number that is not
    /// finite.
    pub fn subject_to(mut self, rows: Vec<Linear>) -> Result<Self, InstanceError> {
        for row in &rows {
            self.check_row(row)?;
        }
        let binding = rows.into_iter().filter(|row| self.may_violate(row));
        let binding: Vec<Linear> = binding.collect();
        if !binding.is_empty() {
            self.rows.extend(binding);
            self.anchor = self.point_inside();
        }
        Ok(self)
    }

    fn check_row(&self, row: &Linear) -> Result<(), InstanceError> {
        let inputs = self.inputs();
        if !row.outputs.is_empty() {
            return Err(InstanceError::RowOutput);
        }
        let mut read: Vec<usize> = row.inputs.iter().map(|(input, _)| *input).collect();
        if let Some(&input) = read.iter().find(|input| **input >= inputs) {
            return Err(InstanceError::RowInput { input, inputs });
        }
        read.sort_unstable();
        if let Some(pair) = read.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(InstanceError::RowTwice(pair[0]));
        }
        let mut coefficients = row.inputs.iter().map(|(_, coefficient)| coefficient);
        if !(row.constant.is_finite() && coefficients.all(|c| c.is_finite())) {
            return Err(InstanceError::RowNumber);
        }
        Ok(())
    }

    /// Whether some point of the box violates the row, in real arithmetic.
    fn may_violate(&self, row: &Linear) -> bool {
        let mut highest = self.lower.clone();
        for &(input, _) in row.inputs.iter().filter(|(_, a)| *a > 0.0) {
            highest[input] = self.upper[input];
        }
        row.exact_value(&highest, &[]).is_positive()
    }

    /// Whether the region has rows, and no point that satisfies them is known.
    pub fn may_be_empty(&self) -> bool {
        !self.rows.is_empty() && self.anchor.is_none()
    }

    pub(super) fn rows_admit(&self, x: &[f64]) -> bool {
        let admits = |row: &Linear| row.exact_value(x, &[]).sign() != Ordering::Greater;
        self.rows.iter().all(admits)
    }

    /// A point of the region at or near `x`: clamped to the box, then pulled towards the centre until it is in the
    /// ball; with rows, the nearest point, pulled towards an interior point. Points of the region are returned
    /// unchanged. If no point satisfies the rows, or none was found, the result is not in the region. A region without
    /// an interior may contain no f64 point near `x`.
    pub fn pull_inside(&self, x: &[f64]) -> Vec<f64> {
        let point = self.pull_into_ball(x);
        if self.rows_admit(&point) {
            return point;
        }
        let is_point = x.iter().all(|x| x.is_finite());
        let Some(anchor) = &self.anchor else {
            return self.pull_into_ball(&self.project(if is_point { x } else { &point }));
        };
        // A point that only rounding puts outside needs no projection, which takes many passes.
        let (share, drawn) = self.drawn_towards(anchor, &point);
        if share <= NEARLY_INSIDE {
            return drawn;
        }
        let away = |other: &[f64]| -> f64 {
            let pairs = point.iter().zip(other);
            pairs.map(|(a, b)| (a - b) * (a - b)).sum()
        };
        // In a thin region the anchor may be far away, and a projection slightly inside the rows closer.
        let from = if is_point { x } else { &point };
        let projected = DEPTHS
            .iter()
            .find_map(|depth| self.projected_inside(from, *depth));
        let other = projected.or_else(|| GRIDS.iter().find_map(|bits| self.on_grid(from, *bits)));
        match other {
            Some(other) if away(&other) <= away(&drawn) => other,
            _ => drawn,
        }
    }

    /// Rounds the projection of `x` to a grid of `bits` binary digits, on which the sums in the rows are mostly exact, and
    /// corrects one input per violated row. An equation holds exactly at such points, hardly ever at others.
    fn on_grid(&self, x: &[f64], bits: i32) -> Option<Vec<f64>> {
        let unit = (self.width().log2().ceil() - f64::from(bits)).exp2();
        let near = |margin: &f64| {
            let nearest = self.nearest_within(x, margin * unit);
            let mut point: Vec<f64> = nearest.iter().map(|x| (x / unit).round() * unit).collect();
            for row in &self.rows {
                self.correct(&mut point, row);
            }
            let point = self.pull_into_ball(&point);
            self.rows_admit(&point).then_some(point)
        };
        MARGINS.iter().find_map(near)
    }

    /// Projects `x` to the part of the region that is at least `margin` inside the box, where that is not empty.
    fn nearest_within(&self, x: &[f64], margin: f64) -> Vec<f64> {
        let side = |(x, (l, u)): (f64, (&f64, &f64))| match u - l > 2.0 * margin {
            true => x.clamp(l + margin, u - margin),
            false => x.clamp(*l, *u),
        };
        let inside = |x: &[f64]| {
            let point = self.nearest_in_ball(x).into_iter();
            let sides = self.lower.iter().zip(&self.upper);
            point.zip(sides).map(side).collect()
        };
        self.nearest_by(x, &inside, 0.0, WORK)
    }

    /// Moves one input of `point` so that it satisfies a violated `row`, and its opposite in an equation, exactly if one of
    /// the inputs allows that: where the coefficient is a power of two, no rounding need be involved.
    fn correct(&self, point: &mut Vec<f64>, row: &Linear) {
        let above = exact_value(row, point);
        if above <= 0.0 {
            return;
        }
        let free = row.inputs.iter();
        let free = free.filter(|(k, a)| *a != 0.0 && self.lower[*k] < self.upper[*k]);
        let mut free: Vec<(usize, f64)> = free.copied().collect();
        free.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        let moved = |&(k, a): &(usize, f64)| {
            let mut moved = point.clone();
            moved[k] = (moved[k] - above / a).clamp(self.lower[k], self.upper[k]);
            moved
        };
        let mut candidates = free.iter().take(CORRECTED).map(moved);
        let exact = candidates.find(|moved| exact_value(row, moved) == 0.0);
        if let Some(moved) = exact.or_else(|| free.first().map(moved)) {
            *point = moved;
        }
    }

    /// Projects `x` to a `depth` inside the rows, a share of the region's width; `None` if the rounded point is outside.
    fn projected_inside(&self, x: &[f64], depth: f64) -> Option<Vec<f64>> {
        let point = self.nearest_inside(x, depth * self.width(), 4 * WORK);
        let point = self.pull_into_ball(&point);
        self.rows_admit(&point).then_some(point)
    }

    /// The largest width of the box.
    pub(super) fn width(&self) -> f64 {
        let sides = self.lower.iter().zip(&self.upper);
        sides.map(|(l, u)| u - l).fold(0.0, f64::max)
    }

    /// Moves `point` towards an `anchor` in the region until it is inside; returns the share of the distance and the point.
    fn drawn_towards(&self, anchor: &[f64], point: &[f64]) -> (f64, Vec<f64>) {
        // The last digits are rounded: each attempt aims farther inside.
        let mut share = 0.0;
        while share < 1.0 {
            let pairs = point.iter().zip(anchor);
            let drawn: Vec<f64> = pairs.map(|(x, to)| x + share * (to - x)).collect();
            let drawn = self.pull_into_ball(&drawn);
            if self.rows_admit(&drawn) {
                return (share, drawn);
            }
            share = f64::max(f64::EPSILON, 2.0 * share);
        }
        (1.0, anchor.to_vec())
    }

    /// Looks for a point of the region, as far inside the rows as possible.
    pub(super) fn point_inside(&self) -> Option<Vec<f64>> {
        if self.rows.is_empty() {
            return None;
        }
        let usual = self.ball.as_ref().map_or_else(
            || {
                self.lower
                    .iter()
                    .zip(&self.upper)
                    .map(|(l, u)| 0.5 * l + 0.5 * u)
                    .collect()
            },
            |ball| ball.centre().to_vec(),
        );
        let depth = self.width();
        let at_depth = |share: &f64| {
            let point = self.nearest_inside(&usual, share * depth, 100 * WORK);
            self.pull_into_ball(&point)
        };
        let shares = [0.1, 1e-2, 1e-4, 1e-6, 1e-9, 1e-12, 0.0];
        shares
            .iter()
            .map(at_depth)
            .chain([usual.clone(), self.lower.clone()])
            .find(|point| self.rows_admit(point))
            .or_else(|| {
                let corners = [&usual, &self.lower, &self.upper];
                let grid =
                    |from: &Vec<f64>| GRIDS.iter().find_map(|bits| self.on_grid(from, *bits));
                corners.into_iter().find_map(grid)
            })
    }

    /// The nearest point that satisfies the rows, up to rounding.
    pub(super) fn nearest_in_rows(&self, x: &[f64]) -> Vec<f64> {
        self.nearest_inside(x, 0.0, WORK)
    }

    /// The nearest point that is at least `depth` inside the rows.
    fn nearest_inside(&self, x: &[f64], depth: f64, work: usize) -> Vec<f64> {
        self.nearest_by(x, &|x: &[f64]| self.nearest_in_ball(x), depth, work)
    }

    /// The same with another projection in place of that onto box and ball.
    fn nearest_by(
        &self,
        x: &[f64],
        inside: &dyn Fn(&[f64]) -> Vec<f64>,
        depth: f64,
        work: usize,
    ) -> Vec<f64> {
        // A pass takes about that many multiplications.
        let pass = self.inputs() * (self.rows.len() + 40);
        let passes = (work / pass.max(1)).max(100);
        let is_free = |k: usize| self.lower[k] < self.upper[k];
        polyhedron::nearest(x, inside, &is_free, &self.rows, depth, passes)
    }
}

/// The value of a row at `x` in real arithmetic, rounded away from zero.
fn exact_value(row: &Linear, x: &[f64]) -> f64 {
    row.exact_value(x, &[]).near()
}
