//! Gradient ascent from many starts at once, on the dense network itself.
//!
//! Each step moves towards the point of the region that maximises the linearised objective (Frank and Wolfe 1956; over
//! a box intersected with an L1 ball this point is exact, [`Region::argmax`]). If the value does not grow that way,
//! only some of the inputs move, or the step follows the projected gradient. Steps are halved until the value grows;
//! the network is piecewise linear, and most steps are full ones.

use ndarray::{Array2, ArrayView1, ArrayViewMut1, Axis};

use crate::instance::{Ball, Region};
use crate::network::Network;

/// Maximal number of steps from one start.
const STEPS: usize = 100;
/// Shortest step tried, as a fraction of the full one.
const SHORTEST: f64 = 1e-3;

/// An input and the network's value there.
pub(super) type Point = (Vec<f64>, f64);

/// Ascends from `starts` and returns the end points in the same order. Stops early when `out_of_time()` is true.
pub(super) fn ascend(
    network: &Network,
    region: &Region,
    starts: &[Vec<f64>],
    out_of_time: &dyn Fn() -> bool,
) -> Vec<Point> {
    let mut x = Array2::zeros((starts.len(), region.inputs()));
    for (mut row, start) in x.rows_mut().into_iter().zip(starts) {
        row.assign(&ArrayView1::from(start));
    }
    let values = network.values(&x);
    let mut ascent = Ascent { network, x, values };
    let mut rising: Vec<usize> = (0..starts.len()).collect();
    for _ in 0..STEPS {
        if rising.is_empty() || out_of_time() {
            break;
        }
        let (_, slopes) = network.values_and_gradients(&ascent.x.select(Axis(0), &rising));
        let slopes = slopes.rows().into_iter().map(|slope| slope.to_vec());
        let mut stuck: Vec<Slope> = rising.iter().copied().zip(slopes).collect();
        for rule in StepRule::of(region) {
            let moves = ascent.moves(&stuck, *rule, region);
            let left = ascent.step(moves, *rule, out_of_time);
            stuck.retain(|(row, _)| left.contains(row));
        }
        rising.retain(|row| stuck.iter().all(|(other, _)| other != row));
    }
    let rows = ascent.x.rows().into_iter().map(|row| row.to_vec());
    rows.zip(ascent.values).collect()
}

/// A row, and the gradient at its point.
type Slope = (usize, Vec<f64>);

/// The rule for the target of a step.
#[derive(Debug, Clone, Copy)]
enum StepRule {
    /// Towards the maximiser of the linearised objective.
    Best,
    /// Towards the same point, but only in the inputs with the largest predicted gains.
    BestFew,
    /// Towards the projection of a long step along the gradient.
    Along,
}

/// A full step of a row's point to `target`, with each input's gain as predicted by the gradient.
struct Move {
    row: usize,
    target: Vec<f64>,
    gains: Vec<f64>,
}

impl StepRule {
    /// The rules tried in turn. Within a ball no input can move alone, and only the projection takes rows into account.
    fn of(region: &Region) -> &'static [Self] {
        if !region.rows().is_empty() {
            return &[Self::Along];
        }
        match region.budget() {
            None => &[Self::Best, Self::BestFew, Self::Along],
            Some(_) => &[Self::Best, Self::Along],
        }
    }

    fn target(self, region: &Region, x: &[f64], slope: &[f64]) -> Vec<f64> {
        match self {
            Self::Best | Self::BestFew => region.argmax(slope),
            Self::Along => along(region, x, slope),
        }
    }
}

/// Projects onto `region` the end of a step along `slope` that is long enough to cross the region.
fn along(region: &Region, x: &[f64], slope: &[f64]) -> Vec<f64> {
    let steepest = slope.iter().fold(0.0, |most: f64, s| most.max(s.abs()));
    if steepest == 0.0 {
        return x.to_vec();
    }
    let length = region.ball().map_or(1.0, Ball::radius) / steepest;
    let beyond: Vec<f64> = x.iter().zip(slope).map(|(x, s)| x + length * s).collect();
    region.project(&beyond)
}

/// The current points, one in each row of `x`, and the network's values there.
struct Ascent<'a> {
    network: &'a Network,
    x: Array2<f64>,
    values: Vec<f64>,
}

impl Ascent<'_> {
    fn moves(&self, slopes: &[Slope], rule: StepRule, region: &Region) -> Vec<Move> {
        let of = |(row, slope): &Slope| {
            let x = self.x.row(*row);
            let x = x.as_slice().expect("rows are contiguous");
            let target = rule.target(region, x, slope);
            let steps = x.iter().zip(&target).zip(slope);
            Move {
                row: *row,
                gains: steps.map(|((from, to), s)| s * (to - from)).collect(),
                target,
            }
        };
        slopes.iter().map(of).collect()
    }

    /// Moves each row by the first of ever shorter steps that increases its value; returns the rows without one.
    fn step(
        &mut self,
        mut left: Vec<Move>,
        rule: StepRule,
        out_of_time: &dyn Fn() -> bool,
    ) -> Vec<usize> {
        let mut share = 1.0;
        while share >= SHORTEST && !left.is_empty() && !out_of_time() {
            let mut next = Array2::zeros((left.len(), self.x.ncols()));
            for (next, planned) in next.rows_mut().into_iter().zip(&left) {
                self.part(planned, rule, share, next);
            }
            let values = self.network.values(&next);
            let mut lower = Vec::with_capacity(left.len());
            for (index, planned) in left.into_iter().enumerate() {
                if values[index] > self.values[planned.row] {
                    self.values[planned.row] = values[index];
                    self.x.row_mut(planned.row).assign(&next.row(index));
                } else {
                    lower.push(planned);
                }
            }
            left = lower;
            share /= 2.0;
        }
        left.into_iter().map(|planned| planned.row).collect()
    }

    /// Writes to `next` the point after the fraction `share` of a step: of its length, or of its improving inputs.
    fn part(&self, planned: &Move, rule: StepRule, share: f64, mut next: ArrayViewMut1<f64>) {
        let from = self.x.row(planned.row);
        let points = next.iter_mut().zip(from.iter().zip(&planned.target));
        if matches!(rule, StepRule::BestFew) {
            let least = least_gain(&planned.gains, share);
            for ((next, (from, to)), gain) in points.zip(&planned.gains) {
                *next = if *gain >= least { *to } else { *from };
            }
        } else {
            for (next, (from, to)) in points {
                *next = from + share * (to - from);
            }
        }
    }
}

/// The smallest gain among the fraction `share` of the improving inputs that have the largest gains.
fn least_gain(gains: &[f64], share: f64) -> f64 {
    let mut sorted: Vec<f64> = gains.iter().copied().filter(|gain| *gain > 0.0).collect();
    if sorted.is_empty() {
        return f64::INFINITY;
    }
    let count = ((share * sorted.len() as f64) as usize).clamp(1, sorted.len());
    let falling = |a: &f64, b: &f64| b.total_cmp(a);
    *sorted.select_nth_unstable_by(count - 1, falling).1
}
