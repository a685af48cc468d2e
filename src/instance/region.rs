//! The set of inputs over which a network is optimised.

use super::InstanceError;

/// Ever smaller coefficients that are tried as the least one worth a step, before all are sorted.
const TRIES: usize = 20;
/// Halvings of the interval in which a threshold lies.
const HALVINGS: usize = 40;

/// A box, optionally intersected with an L1 ball whose centre lies in the box.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    lower: Vec<f64>,
    upper: Vec<f64>,
    ball: Option<L1Ball>,
}

/// `{x : sum_k |x_k - centre_k| <= radius}`.
#[derive(Debug, Clone, PartialEq)]
pub struct L1Ball {
    pub centre: Vec<f64>,
    pub radius: f64,
}

impl Region {
    /// `[0, 1]^inputs`, paper section 5.
    pub fn unit_box(inputs: usize) -> Self {
        Self {
            lower: vec![0.0; inputs],
            upper: vec![1.0; inputs],
            ball: None,
        }
    }

    /// The box `lower <= x <= upper`.
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
        })
    }

    /// The L1 ball around `centre` intersected with the unit box, paper (7b).
    pub fn l1_ball(centre: Vec<f64>, radius: f64) -> Result<Self, InstanceError> {
        if !(radius.is_finite() && radius > 0.0) {
            return Err(InstanceError::Epsilon(radius));
        }
        let mut region = Self::unit_box(centre.len());
        let outside = |value: &f64| !(0.0..=1.0).contains(value);
        if let Some(index) = centre.iter().position(outside) {
            return Err(InstanceError::Centre {
                index,
                value: centre[index],
                lower: 0.0,
                upper: 1.0,
            });
        }
        region.ball = Some(L1Ball { centre, radius });
        Ok(region)
    }

    /// Number of inputs.
    pub fn len(&self) -> usize {
        self.lower.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lower.is_empty()
    }

    pub fn lower(&self) -> &[f64] {
        &self.lower
    }

    pub fn upper(&self) -> &[f64] {
        &self.upper
    }

    pub fn ball(&self) -> Option<&L1Ball> {
        self.ball.as_ref()
    }

    /// The point that inputs which do not matter are left at: the ball's centre, or the lower
    /// corner of a box (where solvers leave a column without coefficients).
    pub fn default_point(&self) -> &[f64] {
        self.ball.as_ref().map_or(&self.lower, |ball| &ball.centre)
    }

    /// Whether `x` lies in the region, with no tolerance.
    pub fn contains(&self, x: &[f64]) -> bool {
        let in_box = |((x, l), u): ((&f64, &f64), &f64)| l <= x && x <= u;
        x.len() == self.len()
            && x.iter().zip(&self.lower).zip(&self.upper).all(in_box)
            && self
                .ball
                .as_ref()
                .is_none_or(|ball| l1_distance(x, &ball.centre) <= ball.radius)
    }

    /// A point of the region at or near `x`: clamped to the box, then drawn towards the
    /// centre until it is within the radius. Points of the region are returned unchanged.
    pub fn project(&self, x: &[f64]) -> Vec<f64> {
        let bounds = self.lower.iter().zip(&self.upper);
        let clamped = x.iter().zip(bounds).map(|(x, (&l, &u))| x.clamp(l, u));
        let mut point: Vec<f64> = clamped.collect();
        let Some(ball) = &self.ball else {
            return point;
        };
        let mut shrink = 0.0;
        loop {
            let distance = l1_distance(&point, &ball.centre);
            if distance <= ball.radius {
                return point;
            }
            // Rounding can leave the scaled point outside by an ulp: aim lower each time.
            let factor = ball.radius / distance * (1.0 - shrink);
            for (x, centre) in point.iter_mut().zip(&ball.centre) {
                *x = centre + (*x - centre) * factor;
            }
            shrink = if shrink == 0.0 {
                f64::EPSILON
            } else {
                shrink * 2.0
            };
        }
    }

    /// The point of the region nearest to `x` in the Euclidean norm, up to rounding. With a ball, each
    /// input moves by the same amount towards the centre, but not beyond it, and into the box (the
    /// soft threshold of Duchi et al., ICML 2008, with bounds).
    pub fn nearest(&self, x: &[f64]) -> Vec<f64> {
        let sides = || self.lower.iter().zip(&self.upper);
        let Some(ball) = &self.ball else {
            return x
                .iter()
                .zip(sides())
                .map(|(x, (&l, &u))| x.clamp(l, u))
                .collect();
        };
        let moved = |threshold: f64| -> Vec<f64> {
            let centres = x.iter().zip(&ball.centre).zip(sides());
            let moved = centres.map(|((x, centre), (&l, &u))| {
                let step = (x - centre).abs() - threshold;
                (centre + step.max(0.0).copysign(x - centre)).clamp(l, u)
            });
            moved.collect()
        };
        let mut nearest = moved(0.0);
        if l1_distance(&nearest, &ball.centre) <= ball.radius {
            return nearest;
        }
        let far = |(x, centre): (&f64, &f64)| (x - centre).abs();
        let (mut low, mut high) = (0.0, x.iter().zip(&ball.centre).map(far).fold(0.0, f64::max));
        for _ in 0..HALVINGS {
            let threshold = 0.5 * (low + high);
            nearest = moved(threshold);
            if l1_distance(&nearest, &ball.centre) > ball.radius {
                low = threshold;
            } else {
                high = threshold;
            }
        }
        moved(high)
    }

    /// A point of the region that maximises `c . x`: each input at the better side of the box,
    /// or, with a ball, the fractional knapsack that spends the radius on the largest `|c_k|`.
    pub fn argmax(&self, c: &[f64]) -> Vec<f64> {
        let Some(ball) = &self.ball else {
            let sides = c.iter().zip(self.lower.iter().zip(&self.upper));
            return sides
                .map(|(c, (&l, &u))| if *c > 0.0 { u } else { l })
                .collect();
        };
        let (mut x, mut steps) = (ball.centre.clone(), Vec::new());
        self.steps_to_argmax(ball, c, 0.0, &mut steps);
        for (k, step) in steps {
            x[k] += step;
        }
        x
    }

    /// The steps from the centre of the ball to [`Self::argmax`], as input and signed length, from the largest `|c_k|` on,
    /// and the smallest `|c_k|` that is worth one. A good guess at that, or 0, saves time and changes nothing.
    pub(crate) fn steps_to_argmax(
        &self,
        ball: &L1Ball,
        c: &[f64],
        guess: f64,
        steps: &mut Vec<(usize, f64)>,
    ) -> f64 {
        let mut least = guess;
        if !(least > 0.0 && least.is_finite()) {
            let largest = c.iter().fold(0.0, |most: f64, c| most.max(c.abs()));
            least = if largest.is_finite() {
                0.5 * largest
            } else {
                0.0
            };
        }
        // Sorting all takes longer than everything else, and mostly a few are enough.
        let mut is_enough = self.rooms_above(least, ball, c, steps) > ball.radius;
        if !is_enough && self.rooms_above(0.0, ball, c, steps) > ball.radius {
            for _ in 0..TRIES {
                least *= 0.5;
                is_enough = self.rooms_above(least, ball, c, steps) > ball.radius;
                if is_enough {
                    break;
                }
            }
            if !is_enough {
                self.rooms_above(0.0, ball, c, steps);
            }
        }
        steps.sort_unstable_by(|a, b| c[b.0].abs().total_cmp(&c[a.0].abs()).then(a.0.cmp(&b.0)));
        let (mut left, mut used) = (ball.radius, 0);
        for (k, room) in steps.iter_mut() {
            if left <= 0.0 {
                break;
            }
            let step = room.min(left);
            left -= step;
            *room = step.copysign(c[*k]);
            used += 1;
        }
        steps.truncate(used);
        steps.last().map_or(0.0, |(k, _)| c[*k].abs())
    }

    /// Inputs whose `|c_k|` is larger than `least`, with the room that they have in its direction; how much that is in all.
    fn rooms_above(
        &self,
        least: f64,
        ball: &L1Ball,
        c: &[f64],
        rooms: &mut Vec<(usize, f64)>,
    ) -> f64 {
        rooms.clear();
        let mut in_all = 0.0;
        for (k, c_k) in c.iter().enumerate() {
            if c_k.abs() > least {
                let centre = ball.centre[k];
                let room = if *c_k > 0.0 {
                    self.upper[k] - centre
                } else {
                    centre - self.lower[k]
                };
                if room > 0.0 {
                    in_all += room;
                    rooms.push((k, room));
                }
            }
        }
        in_all
    }
}

fn l1_distance(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| (x - y).abs()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ball_and_point() -> impl Strategy<Value = (Vec<f64>, f64, Vec<f64>)> {
        (1usize..12).prop_flat_map(|n| {
            (
                prop::collection::vec(0.0..=1.0f64, n),
                0.01..4.0f64,
                prop::collection::vec(-1.0..2.0f64, n),
            )
        })
    }

    proptest! {
        #[test]
        fn a_projected_point_lies_in_the_region((centre, radius, x) in ball_and_point()) {
            let region = Region::l1_ball(centre, radius).unwrap();
            let projected = region.project(&x);
            prop_assert!(region.contains(&projected));
            prop_assert_eq!(region.project(&projected), projected);
        }

        #[test]
        fn no_point_of_the_ball_is_nearer_than_the_nearest((centre, radius, x) in ball_and_point(), seed in any::<u64>()) {
            let region = Region::l1_ball(centre.clone(), radius).unwrap();
            let nearest = region.nearest(&x);
            let close = nearest.iter().zip(region.project(&nearest)).all(|(a, b)| (a - b).abs() < 1e-9);
            prop_assert!(close);
            let far = |point: &[f64]| x.iter().zip(point).map(|(x, p)| (x - p) * (x - p)).sum::<f64>();
            let noise = |k: usize| ((seed >> (k % 60)) % 7) as f64 / 3.0 - 1.0;
            let other: Vec<f64> = centre.iter().enumerate().map(|(k, x)| x + noise(k)).collect();
            prop_assert!(far(&nearest) <= far(&region.project(&other)) + 1e-9);
            prop_assert!(far(&nearest) <= far(&region.project(&x)) + 1e-9);
        }

        #[test]
        fn no_point_of_the_ball_beats_the_argmax((centre, radius, c) in ball_and_point(), seed in any::<u64>()) {
            let region = Region::l1_ball(centre.clone(), radius).unwrap();
            let dot = |x: &[f64]| c.iter().zip(x).map(|(c, x)| c * x).sum::<f64>();
            let best = region.argmax(&c);
            prop_assert!(region.contains(&region.project(&best)));
            let close = best.iter().zip(region.project(&best)).all(|(a, b)| (a - b).abs() < 1e-12);
            prop_assert!(close);
            let noise = |k: usize| ((seed >> (k % 60)) % 7) as f64 / 3.0 - 1.0;
            let other: Vec<f64> = centre.iter().enumerate().map(|(k, x)| x + noise(k)).collect();
            prop_assert!(dot(&region.project(&other)) <= dot(&best) + 1e-9);
        }
    }

    #[test]
    fn the_radius_is_spent_on_the_largest_coefficients() {
        let region = Region::l1_ball(vec![0.5, 0.9, 0.5], 0.8).unwrap();
        let x = region.argmax(&[-3.0, 4.0, 1.0]);
        for (found, expected) in x.iter().zip([0.0, 1.0, 0.7]) {
            assert!((found - expected).abs() < 1e-12, "{x:?}");
        }
    }

    #[test]
    fn epsilon_must_be_positive_and_the_centre_in_the_box() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(
                Region::l1_ball(vec![0.5], bad),
                Err(InstanceError::Epsilon(_))
            ));
        }
        assert!(matches!(
            Region::l1_ball(vec![0.5, 1.5], 1.0),
            Err(InstanceError::Centre { index: 1, .. })
        ));
    }
}
