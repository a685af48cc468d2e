//! The best input whose outputs meet constraints, as questions of the sign of a network with one output.

use super::{Condition, Instance, InstanceError, Linear, Objective, Region, Witness, check};
use crate::network::Network;

/// Maximise a linear function of inputs and outputs over a region, subject to rows over inputs and outputs: the general
/// form of the paper, `max c'x + d'y, Ax + By <= b, y = NN(x)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Constrained {
    objective: Linear,
    region: Region,
    /// Functions that read outputs and are nowhere above zero.
    rows: Vec<Linear>,
}

impl Constrained {
    /// Maximises `objective` where no row is above zero. Rows over inputs alone become rows of the region.
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

    /// The functions that read outputs and are nowhere above zero.
    pub fn rows(&self) -> &[Linear] {
        &self.rows
    }

    /// Whether the question can be asked of this network.
    ///
    /// # Errors
    /// As [`Instance::check_network`].
    pub fn check_network(&self, network: &Network) -> Result<(), InstanceError> {
        self.exceeding(Some(0.0)).check_network(network)
    }

    /// The same without the rows that read outputs: its optimum is a bound.
    pub fn unconstrained(&self) -> Instance {
        Instance::maximize(self.region.clone(), Objective::new(self.objective.clone()))
    }

    /// Whether some input meets the rows, and where a value is given has a larger one.
    ///
    /// # Panics
    /// When nothing is asked: there is no row and no value.
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

    /// The independent check of an input: the objective there, where it lies in the region and meets every row in real
    /// arithmetic; `None` otherwise.
    pub fn check(&self, dense: &Network, candidate: &[f64]) -> Option<Witness> {
        let witness = check(dense, &self.unconstrained(), candidate)?;
        let meets_rows =
            self.rows.is_empty() || check(dense, &self.exceeding(None), &witness.input)?.answers();
        meets_rows.then_some(witness)
    }
}
