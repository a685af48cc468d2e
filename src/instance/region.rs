//! The set of inputs over which a network is optimised.

use std::cmp::Ordering;

use super::ball::{Ball, Groups};
use super::{InstanceError, Linear, nearest, polyhedron, steps};
use crate::exact::sum_up;

/// Approximate number of multiplications per projection onto the rows.
const WORK: usize = 400_000;
/// Distances inside the rows to which points are projected, as shares of the region's width, so that rounding leaves
/// them inside.
const DEPTHS: [f64; 4] = [0.0, 1e-13, 1e-10, 1e-7];
/// Binary digits, counted from the leading one of the region's width, to which points are rounded.
const GRIDS: [i32; 4] = [44, 34, 24, 14];
/// A point that comes inside within this share of its distance to the anchor needs no projection.
const NEARLY_INSIDE: f64 = 1e-6;

/// A box, optionally intersected with a ball whose centre lies in the box, and with half-spaces.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    lower: Vec<f64>,
    upper: Vec<f64>,
    ball: Option<Ball>,
    /// Functions of inputs that must not be above zero.
    rows: Vec<Linear>,
    /// A point of the region, in its interior if that is not empty; computed if there are rows.
    anchor: Option<Vec<f64>>,
}

impl Region {
    /// `[0, 1]^inputs`, paper section 5.
    pub fn unit_box(inputs: usize) -> Self {
        Self {
            lower: vec![0.0; inputs],
            upper: vec![1.0; inputs],
            ball: None,
            rows: Vec::new(),
            anchor: None,
        }
    }

    /// The box `lower <= x <= upper`.
    ///
    /// # Errors
    /// When a side is not finite, or a lower one is above the upper one.
    ///
    /// # Panics
    /// When the sides are of different sizes.
    pub fn new_box(lower: Vec<f64>, upper: Vec<f64>) -> Result<Self, InstanceError> {
        assert_eq!(lower.len(), upper.len(), "both sides of a box");
        for (index, (&lower, &upper)) in lower.iter().zip(&upper).enumerate() {
            if !(lower.is_finite() && upper.is_finite() && lower <= upper) {
                return Err(InstanceError::Bounds {
                    index,
                    lower,
                    upper,
                });
            }
        }
        Ok(Self {
            lower,
            upper,
            ball: None,
            rows: Vec::new(),
            anchor: None,
        })
    }

    /// Intersects a box with `ball`.
    ///
    /// # Errors
    /// When the centre has another size than the box, or lies outside it.
    pub fn within(mut self, ball: Ball) -> Result<Self, InstanceError> {
        if ball.centre().len() != self.inputs() {
            return Err(InstanceError::CentreSize {
                centre: ball.centre().len(),
                region: self.inputs(),
            });
        }
        let sides = self.lower.iter().zip(&self.upper);
        for (index, (&value, (&lower, &upper))) in ball.centre().iter().zip(sides).enumerate() {
            if !(lower..=upper).contains(&value) {
                return Err(InstanceError::Centre {
                    index,
                    value,
                    lower,
                    upper,
                });
            }
        }
        if *ball.groups() == Groups::All {
            // The ball is a box, except for the last digit, which is rounded outwards here.
            for (k, &centre) in ball.centre().iter().enumerate() {
                self.lower[k] = self.lower[k].max(-sum_up(-centre, ball.radius()));
                self.upper[k] = self.upper[k].min(sum_up(centre, ball.radius()));
            }
        }
        self.ball = Some(ball);
        self.anchor = self.point_inside();
        Ok(self)
    }

    /// Intersects the region with the half-spaces `row <= 0`: `a x <= b` is the function `a x - b`.
    ///
    /// # Errors
    /// When a row reads outputs, an input that is not there or the same input twice, or has a number that is not
    /// finite.
    pub fn subject_to(mut self, rows: Vec<Linear>) -> Result<Self, InstanceError> {
        for row in &rows {
            let (inputs, outputs) = row.sizes();
            let mut coefficients = row.inputs.iter().map(|(_, coefficient)| coefficient);
            let mut read: Vec<usize> = row.inputs.iter().map(|(input, _)| *input).collect();
            read.sort_unstable();
            read.dedup();
            if outputs > 0 || inputs > self.inputs() || read.len() < row.inputs.len() {
                return Err(InstanceError::Row {
                    inputs: self.inputs(),
                });
            }
            if !(row.constant.is_finite() && coefficients.all(|c| c.is_finite())) {
                return Err(InstanceError::RowNumber);
            }
        }
        self.rows.extend(rows);
        self.anchor = self.point_inside();
        Ok(self)
    }

    /// The L1 ball around `centre` intersected with the unit box, paper (7b).
    ///
    /// # Errors
    /// As [`Ball::new`] and [`Self::within`].
    pub fn l1_ball(centre: Vec<f64>, radius: f64) -> Result<Self, InstanceError> {
        let unit_box = Self::unit_box(centre.len());
        unit_box.within(Ball::new(centre, radius, Groups::Single)?)
    }

    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        self.lower.len()
    }

    /// Lower sides of the box, one per input.
    pub fn lower(&self) -> &[f64] {
        &self.lower
    }

    /// Upper sides of the box, one per input.
    pub fn upper(&self) -> &[f64] {
        &self.upper
    }

    /// The ball with which the box is intersected, if any.
    pub fn ball(&self) -> Option<&Ball> {
        self.ball.as_ref()
    }

    /// The functions of inputs that must not be above zero.
    pub fn rows(&self) -> &[Linear] {
        &self.rows
    }

    /// The ball, unless the box is equivalent up to the last digit of its sides: if one input moves, the others can
    /// move less.
    pub fn budget(&self) -> Option<&Ball> {
        let ball = self.ball.as_ref();
        ball.filter(|ball| *ball.groups() != Groups::All)
    }

    /// The point at which inputs that do not matter are left: the ball's centre, or the lower corner of a box (where
    /// solvers leave a column without coefficients); with rows, a point that satisfies them, if one is known.
    pub fn default_point(&self) -> &[f64] {
        let usual = self.ball.as_ref().map_or(&self.lower[..], Ball::centre);
        self.anchor.as_deref().unwrap_or(usual)
    }

    /// Whether `x` lies in the region, in real arithmetic.
    pub fn contains(&self, x: &[f64]) -> bool {
        let in_box = |((x, l), u): ((&f64, &f64), &f64)| l <= x && x <= u;
        x.len() == self.inputs()
            && x.iter().zip(&self.lower).zip(&self.upper).all(in_box)
            && self.ball.as_ref().is_none_or(|ball| ball.contains(x))
            && self.rows_admit(x)
    }

    fn rows_admit(&self, x: &[f64]) -> bool {
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
        let nearest = self.nearest_in_rows(x, 0.0, WORK);
        let mut point: Vec<f64> = nearest.iter().map(|x| (x / unit).round() * unit).collect();
        for row in &self.rows {
            let above = row.value(&point, &[]);
            let free = row
                .inputs
                .iter()
                .filter(|(k, _)| self.lower[*k] < self.upper[*k]);
            let steepest = free.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
            if let (true, Some(&(k, a))) = (above > 0.0, steepest) {
                point[k] -= above / a;
            }
        }
        let point = self.pull_into_ball(&point);
        self.rows_admit(&point).then_some(point)
    }

    /// Projects `x` to a `depth` inside the rows, a share of the region's width; `None` if the rounded point is outside.
    fn projected_inside(&self, x: &[f64], depth: f64) -> Option<Vec<f64>> {
        let point = self.nearest_in_rows(x, depth * self.width(), 4 * WORK);
        let point = self.pull_into_ball(&point);
        self.rows_admit(&point).then_some(point)
    }

    /// The largest width of the box.
    fn width(&self) -> f64 {
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
    fn point_inside(&self) -> Option<Vec<f64>> {
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
            let point = self.nearest_in_rows(&usual, share * depth, 100 * WORK);
            self.pull_into_ball(&point)
        };
        let shares = [0.1, 1e-2, 1e-4, 1e-6, 1e-9, 1e-12, 0.0];
        shares
            .iter()
            .map(at_depth)
            .chain([usual.clone(), self.lower.clone()])
            .find(|point| self.rows_admit(point))
    }

    fn pull_into_ball(&self, x: &[f64]) -> Vec<f64> {
        let clamped = self.clamp(x);
        let Some(ball) = &self.ball else {
            return clamped;
        };
        if ball.contains(&clamped) {
            return clamped;
        }
        let share = (ball.radius() / ball.distance(&clamped)).min(1.0);
        // The last digits are rounded: each attempt aims lower, finally at the centre.
        let mut shrink = 0.0;
        loop {
            let pairs = clamped.iter().zip(ball.centre());
            let nearer = pairs.map(|(x, centre)| centre + (x - centre) * share * (1.0 - shrink));
            let point = self.clamp(&nearer.collect::<Vec<_>>());
            if ball.contains(&point) {
                return point;
            }
            shrink = f64::max(f64::EPSILON, 2.0 * shrink).min(1.0);
        }
    }

    /// The point of the box nearest to `x`; NaN becomes the entry of the centre, or of the lower corner.
    fn clamp(&self, x: &[f64]) -> Vec<f64> {
        let sides = self.lower.iter().zip(&self.upper);
        let usual = self.ball.as_ref().map_or(&self.lower[..], Ball::centre);
        let entries = x.iter().zip(usual).zip(sides);
        let entry = |((x, usual), (&l, &u)): ((&f64, &f64), (&f64, &f64))| match x.is_nan() {
            true => *usual,
            false => x.clamp(l, u),
        };
        entries.map(entry).collect()
    }

    /// Projects `x` onto the region: the nearest point in the Euclidean norm, up to rounding.
    pub fn project(&self, x: &[f64]) -> Vec<f64> {
        match &self.rows[..] {
            [] => self.nearest_in_ball(x),
            _ => self.nearest_in_rows(x, 0.0, WORK),
        }
    }

    /// The nearest point that is at least `depth` inside the rows.
    fn nearest_in_rows(&self, x: &[f64], depth: f64, work: usize) -> Vec<f64> {
        // A pass takes about that many multiplications.
        let pass = self.inputs() * (self.rows.len() + 40);
        let passes = (work / pass.max(1)).max(100);
        let is_free = |k: usize| self.lower[k] < self.upper[k];
        let inside = |x: &[f64]| self.nearest_in_ball(x);
        polyhedron::nearest(x, &inside, &is_free, &self.rows, depth, passes)
    }

    fn nearest_in_ball(&self, x: &[f64]) -> Vec<f64> {
        match self.budget() {
            None => self.clamp(x),
            Some(ball) => nearest::in_ball(x, &self.lower, &self.upper, ball),
        }
    }

    /// A point of box and ball that maximises `c . x`, up to rounding: each input is at the better side of the box or,
    /// with a ball, the centre is moved by the most valuable steps. Rows are ignored, so the value is an upper bound.
    pub fn argmax(&self, c: &[f64]) -> Vec<f64> {
        if self.budget().is_none() {
            let sides = c.iter().zip(self.lower.iter().zip(&self.upper));
            return sides
                .map(|(c, (&l, &u))| if *c > 0.0 { u } else { l })
                .collect();
        }
        let mut x = self
            .budget()
            .map_or(Vec::new(), |ball| ball.centre().to_vec());
        let mut steps = Vec::new();
        self.steps_to_argmax(c, 0.0, &mut steps);
        for (k, step) in steps {
            x[k] += step;
        }
        x
    }

    /// Computes the steps from the centre of the ball to [`Self::argmax`], as input and signed length; returns
    /// approximately the smallest `|c_k|` that was worth one. A good guess at that, or 0, saves time and changes
    /// nothing.
    ///
    /// # Panics
    /// When the region has no budget.
    pub(crate) fn steps_to_argmax(
        &self,
        c: &[f64],
        guess: f64,
        steps: &mut Vec<(usize, f64)>,
    ) -> f64 {
        let ball = self.budget().expect("a region with a budget");
        steps::to_argmax(&self.lower, &self.upper, ball, c, guess, steps)
    }
}

#[cfg(test)]
mod tests;
