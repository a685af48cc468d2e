//! The lines above and below the ReLUs of one layer, for each row of a batch.

use ndarray::{Array2, Zip};

use super::Relaxation;
use crate::bounds::{Interval, Phase};

/// Linear bounds `a max(0, g) <= lambda g + o` for every possible preactivation `g`, where `a` is a row's
/// coefficient: `lambda = upper_slope a`, `o = offset a` for `a > 0`, else `lambda = lower_slope a`,
/// `o = 0`; `multiplier` is added to both `lambda`. All matrices are (rows x neurons).
#[derive(Debug, Clone)]
pub struct Lines {
    upper_slope: Array2<f64>,
    offset: Array2<f64>,
    /// `alpha` of an unstable neuron, anything in `[0, 1]`.
    pub(super) lower_slope: Array2<f64>,
    /// `beta` of a fixed neuron, at least 0 if fixed to `g >= 0`, at most 0 if fixed to `g <= 0`; 0 for all
    /// others.
    pub(super) multiplier: Array2<f64>,
    /// 1 if a neuron is unstable, else 0.
    pub(super) unstable: Array2<f64>,
    /// 1 if a neuron is fixed to `g >= 0`, -1 if fixed to `g <= 0`, else 0.
    pub(super) fixed: Array2<f64>,
}

/// The line above one ReLU, and the one below that leaves the least area: `(upper_slope, offset,
/// lower_slope)`.
fn lines_of(bound: &Interval) -> (f64, f64, f64) {
    let (lower, upper) = (bound.lower(), bound.upper());
    match bound.phase() {
        Phase::Active => (1.0, 0.0, 1.0),
        Phase::Inactive => (0.0, 0.0, 0.0),
        Phase::Unstable => {
            // Rounded up: the line may lie above `u` at `u`, but not below.
            let slope = (upper / (upper - lower).next_down()).next_up();
            let lower_slope = if upper > -lower { 1.0 } else { 0.0 };
            (slope, (-lower * slope).next_up(), lower_slope)
        }
    }
}

impl Lines {
    /// The lines that follow from the `bounds` of a layer, the same in all rows.
    pub(super) fn of(bounds: &[Interval], rows: usize) -> Self {
        let row: Vec<(f64, f64, f64)> = bounds.iter().map(lines_of).collect();
        let shape = (rows, bounds.len());
        let fill = |f: &dyn Fn(usize) -> f64| Array2::from_shape_fn(shape, |(_, neuron)| f(neuron));
        Self {
            upper_slope: fill(&|neuron| row[neuron].0),
            offset: fill(&|neuron| row[neuron].1),
            lower_slope: fill(&|neuron| row[neuron].2),
            multiplier: Array2::zeros(shape),
            unstable: fill(&|neuron| {
                f64::from(u8::from(bounds[neuron].phase() == Phase::Unstable))
            }),
            fixed: Array2::zeros(shape),
        }
    }

    /// Fixes the phase of an unstable neuron in one row.
    pub fn fix(&mut self, row: usize, neuron: usize, active: bool, multiplier: f64) {
        let at = [row, neuron];
        let slope = f64::from(u8::from(active));
        self.upper_slope[at] = slope;
        self.lower_slope[at] = slope;
        self.offset[at] = 0.0;
        self.unstable[at] = 0.0;
        self.fixed[at] = if active { 1.0 } else { -1.0 };
        self.multiplier[at] = if active {
            multiplier.max(0.0)
        } else {
            multiplier.min(0.0)
        };
    }

    /// Sets the slope of the line below an unstable neuron in one row.
    pub fn set_lower_slope(&mut self, row: usize, neuron: usize, slope: f64) {
        self.lower_slope[[row, neuron]] = slope.clamp(0.0, 1.0);
    }

    /// Makes `lambda` of each coefficient of one row as close to `wanted` as possible.
    pub(super) fn adopt(&mut self, row: usize, coefficients: &[f64], wanted: &[f64]) {
        for (neuron, (&a, &lambda)) in coefficients.iter().zip(wanted).enumerate() {
            let at = [row, neuron];
            if self.fixed[at] != 0.0 {
                let own = a * self.upper_slope[at];
                self.multiplier[at] = match self.fixed[at] * (lambda - own) {
                    beyond if beyond > 0.0 => lambda - own,
                    _ => 0.0,
                };
            } else if self.unstable[at] != 0.0 && a < 0.0 {
                self.lower_slope[at] = (lambda / a).clamp(0.0, 1.0);
            }
        }
    }

    /// The free parameter of a neuron in one row: its slope, or its multiplier if it is fixed.
    pub fn parameter(&self, row: usize, neuron: usize) -> f64 {
        let at = [row, neuron];
        if self.fixed[at] == 0.0 {
            self.lower_slope[at]
        } else {
            self.multiplier[at]
        }
    }

    /// Computes `lambda` of every coefficient `a`.
    pub(super) fn multipliers(&self, coefficients: &Array2<f64>, lambda: &mut Array2<f64>) {
        Zip::from(lambda)
            .and(coefficients)
            .and(&self.upper_slope)
            .and(&self.lower_slope)
            .and(&self.multiplier)
            .for_each(|lambda, &a, &upper, &lower, &multiplier| {
                // NaN from an overflow stays NaN.
                let slope = if a > 0.0 { upper } else { lower };
                *lambda = a * slope + multiplier;
            });
    }

    /// Adds the sum of `o` over each row to `constants`.
    pub(super) fn add_offsets(&self, coefficients: &Array2<f64>, constants: &mut [f64]) {
        let rows = coefficients.rows().into_iter().zip(self.offset.rows());
        for ((a, offset), constant) in rows.zip(constants) {
            let mut sum = 0.0;
            for (a, offset) in a.iter().zip(offset) {
                sum += a.max(0.0) * offset;
            }
            *constant += sum;
        }
    }

    /// Computes the activations `h` that the lines give for preactivations `g`.
    pub(super) fn activations(
        &self,
        coefficients: &Array2<f64>,
        g: &Array2<f64>,
        h: &mut Array2<f64>,
    ) {
        Zip::from(h)
            .and(g)
            .and(coefficients)
            .and(&self.upper_slope)
            .and(&self.offset)
            .and(&self.lower_slope)
            .for_each(|h, &g, &a, &upper, &offset, &lower| {
                *h = if a > 0.0 {
                    upper * g + offset
                } else {
                    lower * g
                };
            });
    }

    /// Computes the branching score of each unstable neuron of a row: the excess of the line above at zero
    /// (BaBSR: Bunel et al., JMLR 2020), or a small share of it where the line below applies.
    pub(super) fn branching_scores(
        &self,
        row: usize,
        coefficients: &Array2<f64>,
        scores: &mut [f64],
    ) {
        let a = coefficients.row(row);
        for (neuron, score) in scores.iter_mut().enumerate() {
            let at = [row, neuron];
            *score = if self.unstable[at] == 0.0 {
                f64::NEG_INFINITY
            } else {
                a[neuron].abs() * self.offset[at] * if a[neuron] > 0.0 { 1.0 } else { 1e-3 }
            };
        }
    }
}

impl Relaxation {
    /// The lines of all bounded layers, the same in all rows.
    pub(super) fn lines(&self, rows: usize) -> Vec<Lines> {
        self.bounds()
            .map(|bounds| Lines::of(bounds, rows))
            .collect()
    }
}
