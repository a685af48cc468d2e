//! Balls: limits on the distance of an input from a centre.

use std::cmp::Ordering;

use super::InstanceError;
use crate::exact::{ExactSum, two_sum};
use crate::named::{Named, in_words};

/// The groups of inputs over each of which a distance takes the largest change.
#[derive(Debug, Clone, PartialEq)]
pub enum Groups {
    /// Each input by itself: the L1 distance.
    Single,
    /// All inputs together: the L-infinity distance.
    All,
    /// These groups; each input is in exactly one of them.
    Sets(Vec<Vec<usize>>),
}

/// The distance between an input and an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Distance {
    /// The sum of all changes, paper (7b).
    #[default]
    L1,
    /// The largest change.
    LInfinity,
    /// The sum over the rows of pixels of the largest change in each: the region of the published verification runs.
    Rows,
}

impl Named for Distance {
    const WHAT: &'static str = "region";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::L1, "l1"),
        (Self::LInfinity, "linf"),
        (Self::Rows, "rows"),
    ];
}

in_words!(Distance);

impl Distance {
    /// Whether this is the paper's distance, the one of descriptions and records that name none.
    pub fn is_l1(&self) -> bool {
        *self == Self::L1
    }

    /// Groups the `pixels` pixels of an image.
    ///
    /// # Errors
    /// For rows, when the image is not square.
    pub fn groups(self, pixels: usize) -> Result<Groups, InstanceError> {
        let side = pixels.isqrt();
        match self {
            Self::L1 => Ok(Groups::Single),
            Self::LInfinity => Ok(Groups::All),
            Self::Rows if side * side == pixels => {
                let row = |row: usize| (row * side..(row + 1) * side).collect();
                Ok(Groups::Sets((0..side).map(row).collect()))
            }
            Self::Rows => Err(InstanceError::NotSquare(pixels)),
        }
    }
}

/// `{x : sum over groups g of max over k in g of |x_k - centre_k| <= radius}`.
#[derive(Debug, Clone, PartialEq)]
pub struct Ball {
    centre: Vec<f64>,
    radius: f64,
    groups: Groups,
}

impl Ball {
    /// Creates a ball.
    ///
    /// # Errors
    /// When the radius is not a finite number above 0, or the groups are not a partition of the inputs.
    pub fn new(centre: Vec<f64>, radius: f64, groups: Groups) -> Result<Self, InstanceError> {
        if !(radius.is_finite() && radius > 0.0) {
            return Err(InstanceError::Epsilon(radius));
        }
        let groups = match groups {
            Groups::Sets(sets) => simplified(sets, centre.len())?,
            groups => groups,
        };
        Ok(Self {
            centre,
            radius,
            groups,
        })
    }

    /// The point from which distances are measured, one entry per input.
    pub fn centre(&self) -> &[f64] {
        &self.centre
    }

    /// The largest distance from the centre, above 0.
    pub fn radius(&self) -> f64 {
        self.radius
    }

    /// The groups of inputs that define the distance, in their simplest equivalent form.
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// The distance of `x` from the centre, rounded to f64.
    pub fn distance(&self, x: &[f64]) -> f64 {
        let far = |k: usize| (x[k] - self.centre[k]).abs();
        let largest = |group: &[usize]| group.iter().map(|&k| far(k)).fold(0.0, f64::max);
        match &self.groups {
            Groups::Single => (0..x.len()).map(far).sum(),
            Groups::All => (0..x.len()).map(far).fold(0.0, f64::max),
            Groups::Sets(sets) => sets.iter().map(|group| largest(group)).sum(),
        }
    }

    /// Whether `x` is in the ball, in real arithmetic; `false` if an entry is NaN.
    ///
    /// # Panics
    /// When `x` has another size than the centre.
    pub fn contains(&self, x: &[f64]) -> bool {
        assert_eq!(x.len(), self.centre.len(), "points of one size");
        if x.iter().any(|x| x.is_nan()) {
            return false;
        }
        let far = |k: usize| ExactDistance::between(x[k], self.centre[k]);
        let farthest =
            |group: &[usize]| group.iter().map(|&k| far(k)).max_by(ExactDistance::compare);
        let mut sum = ExactSum::default();
        let mut add = |far: ExactDistance| {
            sum.add(far.rounded);
            sum.add(far.lost);
        };
        match &self.groups {
            Groups::Single => (0..x.len()).map(far).for_each(add),
            Groups::All => {
                let farthest = (0..x.len()).map(far).max_by(ExactDistance::compare);
                farthest.into_iter().for_each(add);
            }
            Groups::Sets(sets) => {
                for group in sets {
                    farthest(group).into_iter().for_each(&mut add);
                }
            }
        }
        sum.add(-self.radius);
        sum.value() <= 0.0
    }
}

/// Checks that `sets` are a partition of the inputs, and returns the simplest equivalent groups.
fn simplified(sets: Vec<Vec<usize>>, inputs: usize) -> Result<Groups, InstanceError> {
    let mut count = vec![0_usize; inputs];
    for &input in sets.iter().flatten() {
        match count.get_mut(input) {
            Some(count) => *count += 1,
            None => return Err(InstanceError::Groups { input }),
        }
    }
    if let Some(input) = count.iter().position(|&count| count != 1) {
        return Err(InstanceError::Groups { input });
    }
    Ok(if sets.iter().all(|set| set.len() <= 1) {
        Groups::Single
    } else if sets.iter().any(|set| set.len() == inputs) {
        Groups::All
    } else {
        Groups::Sets(sets)
    })
}

/// The distance of two numbers without rounding: the sum of both fields.
struct ExactDistance {
    rounded: f64,
    lost: f64,
}

impl ExactDistance {
    fn between(x: f64, y: f64) -> Self {
        let (rounded, lost) = two_sum(x.max(y), -x.min(y));
        Self { rounded, lost }
    }

    fn compare(one: &Self, other: &Self) -> Ordering {
        let by_rounded = one.rounded.total_cmp(&other.rounded);
        by_rounded.then(one.lost.total_cmp(&other.lost))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_within_l1(x: &[f64], centre: &[f64], radius: f64) -> bool {
        let ball = Ball::new(centre.to_vec(), radius, Groups::Single).unwrap();
        ball.contains(x)
    }

    #[test]
    fn an_ulp_outside_is_outside() {
        let centre = [0.0; 10];
        let x = [0.1; 10];
        // Ten times the f64 nearest to 0.1 is more than 1, though their rounded sum is less.
        assert!(x.iter().sum::<f64>() < 1.0);
        assert!(!is_within_l1(&x, &centre, 1.0));
        assert!(is_within_l1(&x, &centre, 1.0_f64.next_up()));
        assert!(is_within_l1(&[0.75], &[0.5], 0.25));
        assert!(!is_within_l1(&[0.75], &[0.5], 0.25_f64.next_down()));
        assert!(!is_within_l1(&[f64::NAN], &[0.5], 1.0));
        assert!(is_within_l1(&[1.0], &[0.0], 1e308));
    }

    #[test]
    fn the_farthest_input_of_a_group_counts() {
        let groups = Groups::Sets(vec![vec![0, 2], vec![1]]);
        let ball = Ball::new(vec![0.0; 3], 1.0, groups).unwrap();
        assert_eq!(ball.distance(&[0.5, -0.25, 0.75]), 1.0);
        assert!(ball.contains(&[0.5, -0.25, 0.75]));
        assert!(!ball.contains(&[0.5, -0.25, 0.75_f64.next_up()]));
        // In f64 both distances are 0.3, but the second is in fact slightly larger.
        let ball = Ball::new(vec![0.0, 1e-17], 0.3, Groups::All).unwrap();
        assert!(ball.contains(&[0.3, 0.3]));
        assert!(!ball.contains(&[0.3, -0.3]));
    }

    #[test]
    fn groups_are_a_partition() {
        let ball = |sets: &[&[usize]]| {
            let sets = sets.iter().map(|set| set.to_vec()).collect();
            Ball::new(vec![0.5; 3], 1.0, Groups::Sets(sets))
        };
        for sets in [&[&[0, 1][..], &[1, 2]][..], &[&[0, 1]], &[&[0, 1, 2, 3]]] {
            assert!(matches!(ball(sets), Err(InstanceError::Groups { .. })));
        }
        assert_eq!(ball(&[&[1], &[0], &[2]]).unwrap().groups, Groups::Single);
        assert_eq!(ball(&[&[2, 0, 1]]).unwrap().groups, Groups::All);
    }

    #[test]
    fn the_radius_must_be_positive() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let ball = Ball::new(vec![0.5], bad, Groups::Single);
            assert!(matches!(ball, Err(InstanceError::Epsilon(_))));
        }
    }

    proptest! {
        /// Multiples of 2^-30 below 1: their sums are exact in f64, too, in any order.
        #[test]
        fn distances_without_rounding_are_known(
            pairs in prop::collection::vec((0..1_u32 << 30, 0..1_u32 << 30), 1..40),
            ends in prop::collection::vec(any::<bool>(), 40),
        ) {
            let number = |multiple: u64| multiple as f64 / (1_u64 << 30) as f64;
            let of = |side: fn(&(u32, u32)) -> u32| -> Vec<f64> {
                pairs.iter().map(|pair| number(u64::from(side(pair)))).collect()
            };
            let (x, centre) = (of(|pair| pair.0), of(|pair| pair.1));
            let mut sets = vec![Vec::new()];
            for (k, is_last) in ends.iter().enumerate().take(x.len()) {
                sets.last_mut().unwrap().push(k);
                if *is_last {
                    sets.push(Vec::new());
                }
            }
            let far = |k: &usize| pairs[*k].0.abs_diff(pairs[*k].1);
            let distances = sets.iter().map(|set| set.iter().map(far).max().unwrap_or(0));
            let distance = number(distances.map(u64::from).sum());
            let ball = |radius| Ball::new(centre.clone(), radius, Groups::Sets(sets.clone())).unwrap();
            prop_assert!(distance == 0.0 || ball(distance).contains(&x));
            prop_assert!(distance == 0.0 || !ball(distance.next_down()).contains(&x));
            prop_assert_eq!(ball(1.0).distance(&x), distance);
        }

        /// The rounded sum is off by less than its known error, beyond which the answer is certain.
        #[test]
        fn other_distances_are_near_the_rounded_ones(
            pairs in prop::collection::vec((0.0..1.0, 0.0..1.0), 1..40),
        ) {
            let (x, centre): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let rounded: f64 = x.iter().zip(&centre).map(|(x, c): (&f64, &f64)| (x - c).abs()).sum();
            prop_assert!(is_within_l1(&x, &centre, rounded + 1e-12));
            prop_assert!(rounded < 1e-9 || !is_within_l1(&x, &centre, rounded - 1e-12));
        }
    }
}
