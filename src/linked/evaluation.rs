//! What the dense networks say of a point: the independent check of every solution.
//!
//! Nothing here reads bounds, binaries or the rows of a formulation.

use super::{CopyIndex, LinkedProblem, Source};
use crate::milp::Kind;

/// Largest relative violation of an accepted point.
pub(super) const ACCEPTED: f64 = 1e-6;

/// A point of the problem, with the outputs of the dense networks at it, evaluated in f64.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// The value of each column; those of outputs are the dense networks'.
    pub columns: Vec<f64>,
    /// The objective there.
    pub objective: f64,
    /// The largest violation of a row, of a column's bounds or of integrality, relative to the side that is violated
    /// or to 1 if that is more.
    pub violation: f64,
    /// What is violated most, in words; `None` if nothing is.
    pub violated: Option<String>,
}

/// A copy of a network at a point.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation<'a> {
    /// The network's name.
    pub network: &'a str,
    /// The number of the copy, from 0.
    pub copy: usize,
    /// The network's inputs, scaled.
    pub inputs: Vec<f64>,
    /// The network's own outputs.
    pub outputs: Vec<f64>,
}

impl LinkedProblem {
    /// The copies of all networks where the columns have these values.
    pub fn evaluations(&self, columns: &[f64]) -> Vec<Evaluation<'_>> {
        let copies = self.all_copies().into_iter();
        let evaluations = copies.map(|at| {
            let linked = &self.networks[at.network];
            let inputs = self.inputs_of(at, columns);
            Evaluation {
                network: &linked.name,
                copy: at.copy,
                outputs: linked.network.forward(&inputs),
                inputs,
            }
        });
        evaluations.collect()
    }

    /// Evaluates the dense networks at `columns`, one value for each column of the problem, of which those of outputs
    /// are ignored, and checks every row, bound and integer.
    ///
    /// # Panics
    /// When there is not one value for each column.
    pub fn replay(&self, columns: &[f64]) -> Replay {
        let problem = self.problem();
        assert_eq!(
            columns.len(),
            problem.columns.len(),
            "a value for each column"
        );
        let mut columns = columns.to_vec();
        self.set_outputs(&mut columns);
        let mut worst = Worst::default();
        for (data, &value) in problem.columns.iter().zip(&columns) {
            worst.side(value, data.lower, data.upper, || {
                format!("column \"{}\"", data.name)
            });
            if data.kind == Kind::Integer {
                let nearest = value.round();
                worst.side(value, nearest, nearest, || {
                    format!("the integrality of column \"{}\"", data.name)
                });
            }
        }
        for row in &problem.rows {
            let terms = row.terms.iter();
            let sum: f64 = terms.map(|(column, c)| c * columns[column.0]).sum();
            worst.side(sum, row.lower, row.upper, || {
                format!("row \"{}\"", row.name)
            });
        }
        let costs = problem.columns.iter().zip(&columns);
        let objective = problem.offset + costs.map(|(data, x)| data.cost * x).sum::<f64>();
        Replay {
            columns,
            objective,
            violation: worst.violation,
            violated: worst.what,
        }
    }

    /// The point within the bounds of its columns, whose integers are integers.
    pub(super) fn rounded(&self, mut columns: Vec<f64>) -> Vec<f64> {
        for (value, data) in columns.iter_mut().zip(&self.problem().columns) {
            if data.kind == Kind::Integer {
                *value = value.round();
            }
            // Not `clamp`, which panics where bounds cross.
            *value = value.max(data.lower).min(data.upper);
        }
        columns
    }

    /// The inputs of a copy where the columns have these values.
    pub(super) fn inputs_of(&self, at: CopyIndex, columns: &[f64]) -> Vec<f64> {
        let inputs = self.copy(at).inputs.iter().map(|input| {
            input.scaled(match input.source {
                Source::Column(column) => columns[column.0],
                Source::Number(value) => value,
            })
        });
        inputs.collect()
    }

    /// Sets the columns of outputs to what the dense networks give.
    fn set_outputs(&self, columns: &mut [f64]) {
        for &at in &self.order {
            let copy = self.copy(at);
            let x = self.inputs_of(at, columns);
            let y = self.networks[at.network].network.forward(&x);
            for (output, y) in copy.outputs.iter().zip(y) {
                if let Some(output) = output {
                    columns[output.column.0] = output.unscaled(y);
                }
            }
        }
    }
}

/// The largest violation so far.
#[derive(Default)]
struct Worst {
    violation: f64,
    what: Option<String>,
}

impl Worst {
    fn side(&mut self, value: f64, lower: f64, upper: f64, what: impl Fn() -> String) {
        for (distance, side) in [(lower - value, lower), (value - upper, upper)] {
            let mut relative = distance / side.abs().max(1.0);
            // Where the value is not a number, nothing holds.
            if value.is_nan() {
                relative = f64::INFINITY;
            }
            if relative > self.violation {
                self.violation = relative;
                self.what = Some(what());
            }
        }
    }
}
