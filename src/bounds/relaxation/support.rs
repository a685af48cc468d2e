//! The exact maxima of many linear functions over box and ball of a region at once.

use ndarray::{Array1, Array2, Axis};

use crate::instance::{Ball, Region};
use crate::network::multiply;

/// The region, with what is needed to evaluate the first layer at its extreme points.
#[derive(Debug)]
pub(super) struct Support {
    region: Region,
    /// The first layer's weights (inputs x outputs), to move along single inputs.
    columns: Array2<f64>,
    /// For a ball: the first layer's `W x` at its centre.
    centre: Option<Array1<f64>>,
}

/// The points at which the functions of a batch have their maxima.
#[derive(Debug, Default)]
pub(super) struct Points {
    moves: Vec<Vec<(usize, f64)>>,
    /// For a ball: about the smallest coefficient in each row that moved its input, to start from next time.
    thresholds: Vec<f64>,
}

impl Support {
    pub fn of(region: &Region, first: &Array2<f64>) -> Self {
        let centre = region
            .budget()
            .map(|ball| first.dot(&Array1::from(ball.centre().to_vec())));
        Self {
            region: region.clone(),
            columns: first.t().as_standard_layout().into_owned(),
            centre,
        }
    }

    /// Adds to `values` the maximum of each row of `c` (rows x inputs) over box and ball.
    pub fn maximise(&self, c: &Array2<f64>, points: &mut Points, values: &mut [f64]) {
        let rows = c.nrows();
        points.moves.resize_with(rows, Vec::new);
        points.thresholds.resize(rows, 0.0);
        for (row, value) in values.iter_mut().enumerate() {
            let c = c.row(row);
            let c = c.as_slice().expect("rows are contiguous");
            *value += match self.region.budget() {
                None => self.over_box(c),
                Some(ball) => {
                    // At first, the row before has the best guess.
                    let before = points.thresholds[row.saturating_sub(1)];
                    let threshold = &mut points.thresholds[row];
                    if *threshold == 0.0 {
                        *threshold = before;
                    }
                    self.over_ball(ball, c, &mut points.moves[row], threshold)
                }
            };
        }
    }

    /// The maximum of `c x` over the box, and the sum of the magnitudes of its terms.
    pub fn most_over_box(&self, c: &[f64]) -> (f64, f64) {
        let sides = self.region.lower().iter().zip(self.region.upper());
        let sizes = c
            .iter()
            .zip(sides)
            .map(|(c, (l, u))| c.abs() * l.abs().max(u.abs()));
        (self.over_box(c), sizes.sum())
    }

    fn over_box(&self, c: &[f64]) -> f64 {
        let sides = self.region.lower().iter().zip(self.region.upper());
        let largest = c.iter().zip(sides);
        largest.map(|(c, (l, u))| (c * u).max(c * l)).sum()
    }

    fn over_ball(
        &self,
        ball: &Ball,
        c: &[f64],
        moves: &mut Vec<(usize, f64)>,
        threshold: &mut f64,
    ) -> f64 {
        // It decreases little from one step of descent to the next.
        *threshold = 0.9 * self.region.steps_to_argmax(c, *threshold, moves);
        let gain: f64 = moves.iter().map(|(k, step)| step.abs() * c[*k].abs()).sum();
        let at_centre = c.iter().zip(ball.centre()).map(|(c, x)| c * x);
        gain + at_centre.sum::<f64>()
    }

    /// Computes the first layer's preactivations `g`, without biases, at the points of the last maxima.
    pub fn first_layer(&self, c: &Array2<f64>, points: &Points, g: &mut Array2<f64>) {
        match &self.centre {
            None => {
                let mut x = Array2::zeros(c.raw_dim());
                for (mut x, c) in x.rows_mut().into_iter().zip(c.rows()) {
                    let sides = self.region.lower().iter().zip(self.region.upper());
                    for ((x, c), (l, u)) in x.iter_mut().zip(c).zip(sides) {
                        // Without a branch, because signs are as good as random here.
                        let is_positive = f64::from(u8::from(*c > 0.0));
                        *x = l + (u - l) * is_positive;
                    }
                }
                multiply(&x.view(), &self.columns.view(), &mut g.view_mut());
            }
            Some(centre) => {
                for (mut g, moves) in g.rows_mut().into_iter().zip(&points.moves) {
                    g.assign(centre);
                    for &(k, step) in moves {
                        g.scaled_add(step, &self.columns.index_axis(Axis(0), k));
                    }
                }
            }
        }
    }

    /// The point of box and ball at which the row `c` has its maximum.
    pub fn point(&self, c: &[f64]) -> Vec<f64> {
        self.region.argmax(c)
    }
}
