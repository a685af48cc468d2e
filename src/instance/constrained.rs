//! Maximisation under constraints on outputs, as questions about the sign of a network with one output.

use super::{Condition, Instance, InstanceError, Linear, Objective, Region, Witness, check};
use crate::exact::{sum_up, two_sum};
use crate::network::Network;

/// Maximises a linear function of inputs and outputs over a region, subject to rows over inputs and outputs: the
/// general form of the paper, `max c'x + d'y, Ax + By <= b, y = NN(x)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Constrained {
    objective: Linear,
    region: Region,
    /// Functions that read outputs and must not be above zero.
    rows: Vec<Linear>,
}

impl Constrained {
    /// Maximises `objective` subject to `row <= 0` for each of `rows`. Rows over inputs alone become rows of the
    /// region.
    ///
    /// # Errors
    /// As [`Region::subject_to`].
    pub fn new(
        region: Region,
        objective: Linear,
        rows: Vec<Linear>,
    ) -> Result<Self, InstanceError> {
        let (of_inputs, rows): (Vec<Linear>, Vec<Linear>) =
            rows.into_iter().partition(|row| row.outputs.is_empty());
        Ok(Self {
            objective,
            region: region.subject_to(of_inputs)?,
            rows,
        })
    }

    /// The functions that read outputs and must not be above zero.
    pub fn rows(&self) -> &[Linear] {
        &self.rows
    }

    /// Checks that `network` has the inputs and outputs that the question reads.
    ///
    /// # Errors
    /// As [`Instance::check_network`].
    pub fn check_network(&self, network: &Network) -> Result<(), InstanceError> {
        self.exceeding(Some(0.0)).check_network(network)
    }

    /// The same question without the rows that read outputs; its optimum is a bound.
    pub fn unconstrained(&self) -> Instance {
        Instance::maximize(self.region.clone(), Objective::new(self.objective.clone()))
    }

    /// Asks whether some input satisfies the rows and, if `value` is given, has a larger objective.
    ///
    /// # Panics
    /// When there is neither a row nor a value.
    pub fn exceeding(&self, value: Option<f64>) -> Instance {
        let rows = self.rows.iter().map(|row| Condition {
            function: row.clone().negated(),
            is_strict: false,
        });
        let objective = value.map(|value| {
            let mut function = self.objective.clone();
            function.constant -= value;
            Condition {
                function,
                is_strict: true,
            }
        });
        Instance::satisfy(
            self.region.clone(),
            objective.into_iter().chain(rows).collect(),
        )
    }

    /// A bound on the objective if no input [exceeds](Self::exceeding) `value`: the threshold itself is rounded there.
    pub fn not_exceeding(&self, value: f64) -> f64 {
        let (_, rest) = two_sum(self.objective.constant, -value);
        sum_up(value, rest.abs())
    }

    /// The independent check of an input: its witness if the input lies in the region and satisfies every row in real
    /// arithmetic, `None` otherwise.
    pub fn check(&self, dense: &Network, candidate: &[f64]) -> Option<Witness> {
        let witness = check(dense, &self.unconstrained(), candidate)?;
        let meets_rows =
            self.rows.is_empty() || check(dense, &self.exceeding(None), &witness.input)?.answers();
        meets_rows.then_some(witness)
    }
}
