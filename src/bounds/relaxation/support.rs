//! The exact maximum of many linear functions over the region at once.

use ndarray::{Array1, Array2, Axis};

use crate::instance::{Ball, Region};
use crate::network::multiply;

/// The region, with what one needs to go on from its extreme points.
#[derive(Debug)]
pub(super) struct Support {
    region: Region,
    /// The first layer's weights (in x out), to move along single inputs.
    columns: Array2<f64>,
    /// Of a ball: the first layer's `W x` at its centre.
    centre: Option<Array1<f64>>,
}

/// The points of a region at which the functions of a batch have their maxima.
#[derive(Debug, Default)]
pub(super) struct Points {
    moves: Vec<Vec<(usize, f64)>>,
    /// In a ball: about the smallest coefficient that was worth a step in each row, to look from next time.
    worth: Vec<f64>,
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

    /// Adds to `values` the maximum of each row of `c` over the region.
    pub fn maximise(&self, c: &Array2<f64>, points: &mut Points, values: &mut [f64]) {
        let rows = c.nrows();
        points.moves.resize_with(rows, Vec::new);
        points.worth.resize(rows, 0.0);
        for (row, value) in values.iter_mut().enumerate() {
            let c = c.row(row);
            let c = c.as_slice().expect("rows are contiguous");
            *value += match self.region.budget() {
                None => self.over_box(c),
                Some(ball) => {
                    // At first the row before has the best guess.
                    let before = points.worth[row.saturating_sub(1)];
                    let worth = &mut points.worth[row];
                    if *worth == 0.0 {
                        *worth = before;
                    }
                    self.over_ball(ball, c, &mut points.moves[row], worth)
                }
            };
        }
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
        worth: &mut f64,
    ) -> f64 {
        // From one step of descent to the next it falls by little.
        *worth = 0.9 * self.region.steps_to_argmax(c, *worth, moves);
        let gain: f64 = moves.iter().map(|(k, step)| step.abs() * c[*k].abs()).sum();
        let at_centre = c.iter().zip(ball.centre()).map(|(c, x)| c * x);
        gain + at_centre.sum::<f64>()
    }

    /// The first layer's preactivations without biases, at the points of the last maxima.
    pub fn first_layer(&self, c: &Array2<f64>, points: &Points, g: &mut Array2<f64>) {
        match &self.centre {
            None => {
                let mut x = Array2::zeros(c.raw_dim());
                for (mut x, c) in x.rows_mut().into_iter().zip(c.rows()) {
                    let sides = self.region.lower().iter().zip(self.region.upper());
                    for ((x, c), (l, u)) in x.iter_mut().zip(c).zip(sides) {
                        // Signs are as good as random here, which branches do not like.
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

    /// The point of the region at which a row has its maximum.
    pub fn point(&self, c: &[f64]) -> Vec<f64> {
        self.region.argmax(c)
    }
}
