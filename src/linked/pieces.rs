//! Points that satisfy the rows with the dense networks.
//!
//! Where every phase is fixed, the networks are affine, and the problem with its integers fixed is a linear program over
//! the user's columns alone: rows for the outputs, and one row for each neuron that keeps it in its phase. A point whose
//! rows fail on the dense networks is repaired by moving from piece to piece while the sum of the violations falls; one
//! whose rows hold is improved by moving while the objective improves. A piece is left through the neuron whose row has the
//! largest multiplier (Perakis and Tsiourvas, arXiv 2201.05009; Tong, Cai and Serra, CPAIOR 2024).

use super::affine::Phases;
use super::evaluation::ACCEPTED;
use super::formulation::input_expressions;
use super::{LinkedProblem, Replay};
use crate::limits::Limits;
use crate::milp::{Affine, Column, Kind, Problem, Sense};
use crate::solver::{LinearSolution, solve_linear};

/// Least improvement, relative to the objective or violation, that is worth a move.
const GAIN: f64 = 1e-7;
/// Least multiplier, relative to the largest, of a neuron through whose border a piece is left.
const PRICE: f64 = 1e-6;
/// The sum of violations at which a piece counts as feasible.
const FEASIBLE: f64 = 1e-9;

/// A hidden neuron: the copy's place in the order, the layer and the neuron.
type NeuronIndex = (usize, usize, usize);

/// What is optimised in a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// The sum of the relative violations of rows and of the bounds of outputs, at its least.
    Feasibility,
    /// The objective.
    Objective,
}

/// The optimum of a piece.
struct Optimum {
    /// Smaller is better.
    cost: f64,
    columns: Vec<f64>,
    /// Neurons through whose borders the cost might fall, largest multiplier first.
    borders: Vec<NeuronIndex>,
}

/// Moves between the pieces of a linked problem.
pub(super) struct Pieces<'a> {
    pub linked: &'a LinkedProblem,
    pub limits: &'a Limits,
    /// Seconds that are left.
    pub left: &'a dyn Fn() -> f64,
}

impl Pieces<'_> {
    /// The best accepted point that moves from `start` reach by at most `programs` linear programs, or `start` itself if
    /// it is accepted; its integers are fixed.
    pub fn improved(&self, start: &Replay, programs: usize) -> Option<Replay> {
        let mut left = programs;
        let mut best = (start.violation <= ACCEPTED).then(|| start.clone());
        let Some(mut phases) = self.linked.phases(&start.columns) else {
            return best;
        };
        if best.is_none() {
            let walk = self.walk(&mut phases, &start.columns, Goal::Feasibility, &mut left)?;
            if walk.cost > FEASIBLE {
                return None;
            }
        }
        let start = best
            .as_ref()
            .map_or(start.columns.clone(), |best| best.columns.clone());
        if let Some(walk) = self.walk(&mut phases, &start, Goal::Objective, &mut left) {
            let found = self.linked.replay(&self.linked.rounded(walk.columns));
            let is_better = |best: &Replay| self.cost_of(&found) < self.cost_of(best);
            if found.violation <= ACCEPTED && best.as_ref().is_none_or(is_better) {
                best = Some(found);
            }
        }
        best
    }

    /// Moves from piece to piece while the cost falls; leaves the phases of the last one in `phases`.
    fn walk(
        &self,
        phases: &mut Phases,
        start: &[f64],
        goal: Goal,
        left: &mut usize,
    ) -> Option<Optimum> {
        let mut optimum = self.optimum(phases, start, goal, left)?;
        'moves: loop {
            if goal == Goal::Feasibility && optimum.cost <= FEASIBLE {
                return Some(optimum);
            }
            for &(copy, layer, neuron) in &optimum.borders {
                let mut beyond = phases.clone();
                let phase = &mut beyond[copy][layer][neuron];
                *phase = !*phase;
                let Some(next) = self.optimum(&beyond, start, goal, left) else {
                    if *left == 0 {
                        return Some(optimum);
                    }
                    continue;
                };
                if next.cost < optimum.cost - GAIN * optimum.cost.abs() {
                    *phases = beyond;
                    optimum = next;
                    continue 'moves;
                }
            }
            return Some(optimum);
        }
    }

    /// The optimum of a piece; `None` if the piece is empty, or programs or time have run out.
    fn optimum(
        &self,
        phases: &Phases,
        start: &[f64],
        goal: Goal,
        left: &mut usize,
    ) -> Option<Optimum> {
        let seconds = (self.left)();
        if *left == 0 || seconds <= 0.0 {
            return None;
        }
        *left -= 1;
        let piece = Piece::of(self.linked, phases, start, goal)?;
        let limits = Limits {
            time_limit: seconds,
            ..self.limits.clone()
        };
        // A solver that fails has no optimum of this piece.
        let solution = solve_linear(&piece.problem, &limits).ok()??;
        let costs = piece.problem.columns.iter().zip(&solution.columns);
        let value = costs.map(|(data, x)| data.cost * x).sum::<f64>();
        let columns = self.linked.problem().columns.len();
        Some(Optimum {
            cost: match piece.problem.sense {
                Sense::Minimize => value,
                Sense::Maximize => -value,
            },
            borders: piece.borders(&solution),
            columns: solution.columns[..columns].to_vec(),
        })
    }

    fn cost_of(&self, replay: &Replay) -> f64 {
        match self.linked.problem().sense {
            Sense::Minimize => replay.objective,
            Sense::Maximize => -replay.objective,
        }
    }
}

/// The linear program of a piece.
struct Piece {
    problem: Problem,
    /// The neurons whose phases rows fix, and the first of these rows.
    neurons: Vec<NeuronIndex>,
    first_row: usize,
}

impl Piece {
    /// The piece of these phases, with the integers at their values in `start`; `None` where a number overflows.
    fn of(linked: &LinkedProblem, phases: &Phases, start: &[f64], goal: Goal) -> Option<Self> {
        let mut problem = linked.problem().clone();
        for (data, value) in problem.columns.iter_mut().zip(start) {
            if data.kind == Kind::Integer {
                let value = value.round().max(data.lower).min(data.upper);
                (data.lower, data.upper) = (value, value);
            }
        }
        let mut problem = problem.relaxed();
        if goal == Goal::Feasibility {
            relax_rows(&mut problem, linked);
            problem.sense = Sense::Minimize;
        }
        let networks = linked.affine(phases);
        linked.add_outputs(&mut problem, &networks);
        let first_row = problem.rows.len();
        let mut neurons = Vec::new();
        let copies = linked.order.iter().zip(&networks).zip(phases);
        for (place, ((&at, affine), phases)) in copies.enumerate() {
            let inputs = input_expressions(linked, at);
            for (layer, (functions, phases)) in affine.hidden.iter().zip(phases).enumerate() {
                for (neuron, (function, &active)) in functions.iter().zip(phases).enumerate() {
                    let g = function.over(&inputs);
                    if g.terms.is_empty() {
                        continue;
                    }
                    let g = scaled(g);
                    let (lower, upper) = match active {
                        true => (-g.constant, f64::INFINITY),
                        false => (f64::NEG_INFINITY, -g.constant),
                    };
                    problem.add_row(String::from("phase"), lower, upper, g.terms);
                    neurons.push((place, layer, neuron));
                }
            }
        }
        let numbers = problem
            .rows
            .iter()
            .flat_map(|row| row.terms.iter().map(|term| term.1));
        let is_finite = numbers.into_iter().all(f64::is_finite);
        is_finite.then_some(Self {
            problem,
            neurons,
            first_row,
        })
    }

    /// The neurons whose rows have nonzero multipliers, largest first.
    fn borders(&self, solution: &LinearSolution) -> Vec<NeuronIndex> {
        let prices = solution.row_duals[self.first_row..]
            .iter()
            .map(|price| price.abs());
        let mut priced: Vec<(f64, NeuronIndex)> =
            prices.zip(self.neurons.iter().copied()).collect();
        let highest = priced
            .iter()
            .fold(0.0, |most: f64, (price, _)| most.max(*price));
        priced.retain(|(price, _)| *price > PRICE * highest);
        priced.sort_by(|a, b| b.0.total_cmp(&a.0));
        priced.into_iter().map(|(_, neuron)| neuron).collect()
    }
}

/// Lets rows and the bounds of outputs be violated; the objective becomes the sum of the relative violations.
pub(super) fn relax_rows(problem: &mut Problem, linked: &LinkedProblem) {
    for Column(output) in linked.columns_given() {
        let data = &mut problem.columns[output];
        let (lower, upper) = (data.lower, data.upper);
        (data.lower, data.upper) = (f64::NEG_INFINITY, f64::INFINITY);
        problem.add_row(
            String::from("output"),
            lower,
            upper,
            vec![(Column(output), 1.0)],
        );
    }
    problem.set_objective(&Affine::constant(0.0));
    for index in 0..problem.rows.len() {
        let (lower, upper) = (problem.rows[index].lower, problem.rows[index].upper);
        for (side, sign) in [(lower, 1.0), (upper, -1.0)] {
            if side.is_finite() {
                let slack = problem.add_continuous(String::from("slack"), 0.0, f64::INFINITY);
                problem.columns[slack.0].cost = 1.0;
                let unit = sign * side.abs().max(1.0);
                problem.rows[index].terms.push((slack, unit));
            }
        }
    }
}

/// The expression times a positive number, so that its largest coefficient is 1: a solver's tolerances are absolute.
fn scaled(mut g: Affine) -> Affine {
    let largest = g.terms.iter().map(|term| term.1.abs()).fold(0.0, f64::max);
    g.terms.iter_mut().for_each(|term| term.1 /= largest);
    g.constant /= largest;
    g
}
