//! Ascent from many starts at once, on the dense network itself.
//!
//! Each step goes towards the point of the region that is best by the gradient (Frank and Wolfe 1956; over
//! box and L1 ball that point is exact, [`Region::argmax`]), or, where this leads no higher, with some of the
//! inputs only, or along the gradient projected onto the region, as far as the value grows. The network is
//! piecewise linear, and most steps go all the way.

use ndarray::{Array2, ArrayView1, ArrayViewMut1, Axis};

use crate::instance::{Ball, Region};
use crate::network::Network;

/// Most steps from one start.
const STEPS: usize = 100;
/// The shortest step that is tried, as a share of the way.
const SHORTEST: f64 = 1e-3;

/// An input and the network's value there.
pub(super) type Point = (Vec<f64>, f64);

/// Where ascents from `starts` end, in their order, as far as they come before `out_of_time`.
pub(super) fn ascend(
    network: &Network,
    region: &Region,
    starts: &[Vec<f64>],
    out_of_time: &dyn Fn() -> bool,
) -> Vec<Point> {
    let mut x = Array2::zeros((starts.len(), region.len()));
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

/// How a step goes.
#[derive(Debug, Clone, Copy)]
enum StepRule {
    /// Towards the best point by the gradient.
    Best,
    /// There, but only with the inputs that promise most.
    BestFew,
    /// Towards the projection of a long step along the gradient.
    Along,
}

/// From a row's point to another, and what each input's part of the way promises by the gradient.
struct Move {
    row: usize,
    target: Vec<f64>,
    promise: Vec<f64>,
}

impl StepRule {
    /// The rules that are tried, one after the other. In a ball an input cannot move alone, and rows are known to the
    /// projection only.
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

/// The point of the region nearest to where a step along the slope ends that crosses the region.
fn along(region: &Region, x: &[f64], slope: &[f64]) -> Vec<f64> {
    let steepest = slope.iter().fold(0.0, |most: f64, s| most.max(s.abs()));
    if steepest == 0.0 {
        return x.to_vec();
    }
    let length = region.ball().map_or(1.0, Ball::radius) / steepest;
    let beyond: Vec<f64> = x.iter().zip(slope).map(|(x, s)| x + length * s).collect();
    region.project(&beyond)
}

/// Points on their way up, one in each row, and the values there.
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
            let promise = x.iter().zip(&target).zip(slope);
            Move {
                row: *row,
                promise: promise.map(|((from, to), s)| s * (to - from)).collect(),
                target,
            }
        };
        slopes.iter().map(of).collect()
    }

    /// Goes each way by the first of ever shorter steps that leads higher; the rows of which none does.
    fn step(
        &mut self,
        mut left: Vec<Move>,
        rule: StepRule,
        out_of_time: &dyn Fn() -> bool,
    ) -> Vec<usize> {
        let mut share = 1.0;
        while share >= SHORTEST && !left.is_empty() && !out_of_time() {
            let mut next = Array2::zeros((left.len(), self.x.ncols()));
            for (next, asked) in next.rows_mut().into_iter().zip(&left) {
                self.part(asked, rule, share, next);
            }
            let values = self.network.values(&next);
            let mut lower = Vec::with_capacity(left.len());
            for (index, asked) in left.into_iter().enumerate() {
                if values[index] > self.values[asked.row] {
                    self.values[asked.row] = values[index];
                    self.x.row_mut(asked.row).assign(&next.row(index));
                } else {
                    lower.push(asked);
                }
            }
            left = lower;
            share /= 2.0;
        }
        left.into_iter().map(|asked| asked.row).collect()
    }

    /// The point after that share of the way: of its length, or of what its inputs promise.
    fn part(&self, asked: &Move, rule: StepRule, share: f64, mut next: ArrayViewMut1<f64>) {
        let from = self.x.row(asked.row);
        let points = next.iter_mut().zip(from.iter().zip(&asked.target));
        if matches!(rule, StepRule::BestFew) {
            let least = least_promise(&asked.promise, share);
            for ((next, (from, to)), promise) in points.zip(&asked.promise) {
                *next = if *promise >= least { *to } else { *from };
            }
        } else {
            for (next, (from, to)) in points {
                *next = from + share * (to - from);
            }
        }
    }
}

/// What the last of that share of the inputs promises that promise most.
fn least_promise(promise: &[f64], share: f64) -> f64 {
    let mut sorted: Vec<f64> = promise.iter().copied().filter(|p| *p > 0.0).collect();
    if sorted.is_empty() {
        return f64::INFINITY;
    }
    let count = ((share * sorted.len() as f64) as usize).clamp(1, sorted.len());
    let falling = |a: &f64, b: &f64| b.total_cmp(a);
    *sorted.select_nth_unstable_by(count - 1, falling).1
}
