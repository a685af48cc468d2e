//! The margin by which the tolerances of a MILP solver may move the optimum of a network's model.

use super::{Embedding, Neuron};
use crate::bounds::{Bounds, Phase};
use crate::instance::{Ball, Groups, Region};
use crate::milp::{ColumnData, Problem};
use crate::network::Network;
use crate::solver::Tolerances;

/// The most by which a bound of the solver may lie on the wrong side of the model's optimum, per unit of its
/// tolerances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Room {
    per_feasibility: f64,
    per_dual: f64,
}

impl Room {
    /// The margin for these tolerances, in units of the objective.
    pub fn with(&self, tolerances: Tolerances) -> f64 {
        self.per_feasibility * tolerances.feasibility + self.per_dual * tolerances.dual
    }

    /// The solver's default tolerances if their margin is at most `room`, else those possible ones whose margin is
    /// nearest to it.
    pub fn tolerances(&self, room: f64) -> Tolerances {
        let own = Tolerances::default();
        if self.with(own) <= room {
            return own;
        }
        let of_dual = self.per_dual * Tolerances::sharp(0.0).dual;
        Tolerances::sharp((room - of_dual) / self.per_feasibility)
    }
}

/// Computes the margin of a model. Each row may be violated by the feasibility tolerance, and each binary by as much
/// times its big-M coefficients; the effect on a preactivation propagates to the output through the absolute values of
/// the weights after it. HiGHS does not look for points that are better by less than the feasibility tolerance, in
/// units of the objective. Each reduced cost may be off by the dual tolerance, over the whole range of its column.
pub(super) fn solver_room(
    network: &Network,
    region: &Region,
    bounds: &Bounds,
    embedding: &Embedding,
    problem: &Problem,
) -> Room {
    let mut of_rows = 0.0;
    // The most by which the output moves when an activation of a layer moves by one, last layer first.
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
    // One row enforces the budget; each input of a group has a row of its own.
    match region.budget().map(Ball::groups) {
        Some(Groups::Sets(sets)) => {
            let of_group = |group: &Vec<usize>| group.iter().map(|&input| slopes[input]).sum();
            of_rows += slopes.iter().sum::<f64>();
            of_rows += sets.iter().map(of_group).fold(0.0, f64::max);
        }
        Some(_) => of_rows += slopes.iter().fold(0.0, |most: f64, s| most.max(*s)),
        None => {}
    }
    // A row violated by the tolerance is satisfied again when one of its inputs moves.
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
