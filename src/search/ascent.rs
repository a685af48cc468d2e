//! Ascent from many starts at once, on the dense network itself.
//!
//! Each step goes towards the point of the region that is best by the gradient (Frank and Wolfe 1956; over
//! box and L1 ball that point is exact, [`Region::argmax`]), or, where this leads no higher, along the
//! gradient projected onto the region, as far as the value grows. The network is piecewise linear, and
//! most steps go all the way.

use ndarray::{Array2, Axis};

use crate::instance::Region;
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
        row.assign(&ndarray::ArrayView1::from(start));
    }
    let values = network.values(&x);
    let mut climb = Climb { network, x, values };
    let mut rising: Vec<usize> = (0..starts.len()).collect();
    for _ in 0..STEPS {
        if rising.is_empty() || out_of_time() {
            break;
        }
        let (_, slopes) = network.values_and_gradients(&climb.x.select(Axis(0), &rising));
        let slopes: Vec<(usize, Vec<f64>)> = rising
            .iter()
            .copied()
            .zip(slopes.rows().into_iter().map(|slope| slope.to_vec()))
            .collect();
        let left = climb.step(&slopes, &|_, slope| region.argmax(slope));
        let stuck: Vec<_> = slopes
            .into_iter()
            .filter(|(row, _)| left.contains(row))
            .collect();
        let ended = climb.step(&stuck, &|x, slope| along(region, x, slope));
        rising.retain(|row| !ended.contains(row));
    }
    let rows = climb.x.rows().into_iter().map(|row| row.to_vec());
    rows.zip(climb.values).collect()
}

/// The point of the region nearest to where a step along the slope ends that crosses the region.
fn along(region: &Region, x: &[f64], slope: &[f64]) -> Vec<f64> {
    let steepest = slope.iter().fold(0.0, |most: f64, s| most.max(s.abs()));
    if steepest == 0.0 {
        return x.to_vec();
    }
    let length = region.ball().map_or(1.0, |ball| ball.radius) / steepest;
    let beyond: Vec<f64> = x.iter().zip(slope).map(|(x, s)| x + length * s).collect();
    region.nearest(&beyond)
}

/// Points on their way up, one in each row, and the values there.
struct Climb<'a> {
    network: &'a Network,
    x: Array2<f64>,
    values: Vec<f64>,
}

impl Climb<'_> {
    /// Goes from each row's point towards another, by the first of ever shorter steps that leads
    /// higher; the rows of which none does.
    fn step(
        &mut self,
        slopes: &[(usize, Vec<f64>)],
        towards: &dyn Fn(&[f64], &[f64]) -> Vec<f64>,
    ) -> Vec<usize> {
        let target = |(row, slope): &(usize, Vec<f64>)| {
            let x = self.x.row(*row);
            towards(x.as_slice().expect("rows are contiguous"), slope)
        };
        let mut left: Vec<(usize, Vec<f64>)> = slopes
            .iter()
            .map(|slope| (slope.0, target(slope)))
            .collect();
        let mut share = 1.0;
        while share >= SHORTEST && !left.is_empty() {
            let next = self.between(&left, share);
            let values = self.network.values(&next);
            let mut lower = Vec::with_capacity(left.len());
            for (index, (row, target)) in left.into_iter().enumerate() {
                if values[index] > self.values[row] {
                    self.values[row] = values[index];
                    self.x.row_mut(row).assign(&next.row(index));
                } else {
                    lower.push((row, target));
                }
            }
            left = lower;
            share /= 2.0;
        }
        left.into_iter().map(|(row, _)| row).collect()
    }

    /// The points at that share of the way to each target.
    fn between(&self, targets: &[(usize, Vec<f64>)], share: f64) -> Array2<f64> {
        let mut next = Array2::zeros((targets.len(), self.x.ncols()));
        for (mut next, (row, target)) in next.rows_mut().into_iter().zip(targets) {
            let way = self.x.row(*row).into_iter().zip(target);
            for (next, (from, to)) in next.iter_mut().zip(way) {
                *next = from + share * (to - from);
            }
        }
        next
    }
}
