//! The set of inputs over which a network is optimised.

mod rows;

use super::ball::{Ball, Groups};
use super::{InstanceError, Linear, nearest, steps};
use crate::exact::sum_up;

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

    /// The box alone, without ball and half-spaces.
    pub fn surrounding_box(&self) -> Self {
        Self {
            lower: self.lower.clone(),
            upper: self.upper.clone(),
            ball: None,
            rows: Vec::new(),
            anchor: None,
        }
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
            _ => self.nearest_in_rows(x),
        }
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
