//! What the tolerances of a MILP solver may amount to in the optimum of a network's model.

use super::{Embedding, Neuron};
use crate::bounds::{Bounds, Phase};
use crate::instance::{Ball, Groups, Region};
use crate::milp::{ColumnData, Problem};
use crate::network::Network;
use crate::solver::Tolerances;

/// By how much a bound of the solver may lie on the wrong side of the model's optimum, for each unit of its tolerances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Room {
    per_feasibility: f64,
    per_dual: f64,
}

impl Room {
    /// In the objective's units, with these tolerances.
    pub fn with(&self, tolerances: Tolerances) -> f64 {
        self.per_feasibility * tolerances.feasibility + self.per_dual * tolerances.dual
    }

    /// The tolerances that the solver can have of which the room comes nearest to `room`, its own where they are small
    /// enough.
    pub fn tolerances(&self, room: f64) -> Tolerances {
        let own = Tolerances::default();
        if self.with(own) <= room {
            return own;
        }
        let of_dual = self.per_dual * Tolerances::sharp(0.0).dual;
        Tolerances::sharp((room - of_dual) / self.per_feasibility)
    }
}

/// Each row may be off by the tolerance of feasibility, and each binary by as much of its big-M coefficients; what
/// that moves a preactivation by goes through the weights after it, at their sizes, to the output. HiGHS looks for no
/// points that are better by less than the tolerance of feasibility, in units of the objective. Each reduced cost may be
/// off by the tolerance of duals, over the whole range of its column.
pub(super) fn solver_room(
    network: &Network,
    region: &Region,
    bounds: &Bounds,
    embedding: &Embedding,
    problem: &Problem,
) -> Room {
    let mut of_rows = 0.0;
    // By how much the output moves at most where an activation of a layer does by one, the last layer first.
    let mut slopes: Vec<f64> = network.output().row(0).iter().map(|w| w.abs()).collect();
    for (index, layer) in network.hidden().iter().enumerate().rev() {
        let mut before = vec![0.0; layer.inputs()];
        for (neuron, slope) in slopes.iter().enumerate() {
            let bound = bounds.layer(index)[neuron];
            of_rows += slope
                * match embedding.neurons[index][neuron] {
                    Neuron::Unread | Neuron::Inactive => 0.0,
                    Neuron::Active { .. } => 1.0,
                    Neuron::Unstable { .. } => 2.0 + bound.upper().max(-bound.lower()),
                };
            if bound.phase() != Phase::Inactive {
                for (before, weight) in before.iter_mut().zip(layer.row(neuron)) {
                    *before += slope * weight.abs();
                }
            }
        }
        slopes = before;
    }
    // A row keeps the budget; each input of a group has a row of its own.
    match region.budget().map(Ball::groups) {
        Some(Groups::Sets(sets)) => {
            let of_group = |group: &Vec<usize>| group.iter().map(|&input| slopes[input]).sum();
            of_rows += slopes.iter().sum::<f64>();
            of_rows += sets.iter().map(of_group).fold(0.0, f64::max);
        }
        Some(_) => of_rows += slopes.iter().fold(0.0, |most: f64, s| most.max(*s)),
        None => {}
    }
    // A row that is off by the tolerance is met again when one of its inputs moves.
    for row in region.rows() {
        let moves = row.inputs.iter().map(|(input, a)| slopes[*input] / a.abs());
        of_rows += moves
            .filter(|move_by| move_by.is_finite())
            .fold(0.0, f64::max);
    }
    let range = |column: &ColumnData| column.upper - column.lower;
    let ranges: f64 = problem.columns.iter().map(range).sum();
    Room {
        per_feasibility: of_rows + problem.unit(),
        per_dual: problem.unit() * ranges,
    }
}
