//! Descent on slopes and multipliers: Adam (Kingma and Ba, ICLR 2015), projected onto their feasible ranges.

use ndarray::{Array2, Zip};

use super::{FunctionBatch, Lines, Relaxation};

/// Length of each step divided by that of the one before.
const SHRINK: f64 = 0.95;
/// Decay of the mean of the gradients, and of the mean of their squares.
const MEAN: f64 = 0.9;
const SQUARE: f64 = 0.99;

/// Number and length of the steps of a descent.
#[derive(Debug, Clone, Copy)]
pub struct Descent {
    /// Maximum number of steps.
    pub steps: usize,
    /// Length of the first step, as a share of the range of a slope; for a multiplier it is relative to
    /// the layer's mean coefficient.
    pub first: f64,
}

/// Means of the gradients with respect to one layer's slopes and multipliers (rows x neurons).
struct Momenta {
    mean: Array2<f64>,
    square: Array2<f64>,
    /// The mean magnitude of the coefficients in each row.
    scale: Vec<f64>,
}

impl FunctionBatch {
    /// Evaluates the rows, then alternates steps of `descent` and evaluations until `enough` is true of the best
    /// bounds so far; returns these. The lines stay at the last step.
    pub fn tighten(
        &mut self,
        relaxation: &Relaxation,
        descent: Descent,
        enough: &dyn Fn(&[f64]) -> bool,
    ) -> Vec<f64> {
        self.evaluate(relaxation);
        let mut best = self.values().to_vec();
        let mut g: Vec<Array2<f64>> = self.at.iter().map(|a| Array2::zeros(a.raw_dim())).collect();
        let mut momenta: Vec<Momenta> = self.at.iter().map(Momenta::new).collect();
        for step in 0..descent.steps {
            if enough(&best) {
                break;
            }
            self.preactivations(relaxation, &mut g);
            for (layer, momenta) in momenta.iter_mut().enumerate() {
                let (lines, coefficients) = self.lines_and_coefficients(layer);
                let length = descent.first * SHRINK.powi(step as i32);
                momenta.descend(lines, coefficients, &g[layer], step, length);
            }
            self.evaluate(relaxation);
            for (best, value) in best.iter_mut().zip(self.values()) {
                *best = best.min(*value);
            }
        }
        best
    }
}

impl Momenta {
    fn new(coefficients: &Array2<f64>) -> Self {
        let width = coefficients.ncols() as f64;
        let rows = coefficients.rows().into_iter();
        Self {
            mean: Array2::zeros(coefficients.raw_dim()),
            square: Array2::zeros(coefficients.raw_dim()),
            scale: rows
                .map(|row| row.iter().map(|a| a.abs()).sum::<f64>() / width)
                .collect(),
        }
    }

    /// Takes one step in all slopes and multipliers of a layer. The derivative of a row's bound is `min(a, 0) g` with
    /// respect to the slope of an unstable neuron, and `g` with respect to the multiplier of a fixed one.
    fn descend(
        &mut self,
        lines: &mut Lines,
        a: &Array2<f64>,
        g: &Array2<f64>,
        step: usize,
        length: f64,
    ) {
        let count = step as i32 + 1;
        let (of_mean, of_square) = (1.0 - MEAN.powi(count), 1.0 - SQUARE.powi(count));
        let length = length / of_mean;
        let of_square = 1.0 / of_square;
        Zip::from(&mut self.mean)
            .and(&mut self.square)
            .and(a)
            .and(g)
            .and(&lines.unstable)
            .and(&lines.fixed)
            .for_each(|mean, square, &a, &g, &unstable, &fixed| {
                let slope = (unstable * a.min(0.0) + fixed.abs()) * g;
                *mean = MEAN * *mean + (1.0 - MEAN) * slope;
                *square = SQUARE * *square + (1.0 - SQUARE) * slope * slope;
            });
        for (row, scale) in self.scale.iter().enumerate() {
            let mean = self.mean.row(row);
            let steps = mean.iter().zip(self.square.row(row));
            let steps = steps.map(|(m, s)| length * m / ((s * of_square).sqrt() + 1e-300));
            let mut slopes = lines.lower_slope.row_mut(row);
            let mut multipliers = lines.multiplier.row_mut(row);
            let parameters = slopes.iter_mut().zip(multipliers.iter_mut());
            let kinds = lines
                .unstable
                .row(row)
                .into_iter()
                .zip(lines.fixed.row(row));
            for ((step, (slope, multiplier)), (unstable, fixed)) in steps.zip(parameters).zip(kinds)
            {
                *slope = (*slope - step * unstable).clamp(0.0, 1.0);
                // Has the sign of the fixed phase, or is zero.
                *multiplier = (fixed * (*multiplier - scale * step)).max(0.0) * fixed;
            }
        }
    }
}
