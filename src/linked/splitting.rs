//! Branch and bound over the inputs: the box of the columns is split, and in each part every output lies between two
//! linear functions of the inputs (the lines of a linear relaxation), so that the relaxation is a linear program of the
//! user's columns alone. The smaller the part, the closer these functions. It needs no binaries, and suits problems
//! whose networks have few inputs, however wide and deep they are; where few neurons are left unstable, the MILP of the
//! part ends it.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::ControlFlow;

use super::formulation::input_expressions;
use super::propagation::{Empty, Sides};
use super::{CopyIndex, LinkedBounds, LinkedProblem, Replay, Source, formulate};
use crate::bounds::{Bounds, Envelope, LinearFunction, Phase, envelopes, unstable_neurons};
use crate::instance::Region;
use crate::limits::Limits;
use crate::milp::{Affine, Column, Kind, Problem, Sense};
use crate::network::Network;
use crate::solver::{self, Event, LinearEnd, LinearProgram, SolveEnd};

/// Unstable neurons with which a part is solved as a MILP.
const FEW: usize = 12;
/// How far from an integer an integer column is split.
const INTEGRALITY: f64 = 1e-6;
/// Where a part is split at most, as a share of its range from either end.
const END: f64 = 0.2;
/// Least error of an output that counts, so that parts without errors are split, too.
const LEAST_ERROR: f64 = 1e-12;
/// By how much computed bounds are moved outwards, relative to their size.
const ROUNDING: f64 = 1e-12;
/// Ranges below which a part is not split, relative to the size of its bounds.
const NARROW: f64 = 1e-9;

/// A part of the box, with a bound on the objective there, negated where that is maximised: the smaller the better.
struct Part {
    cost: f64,
    sides: Sides,
}

impl Ord for Part {
    // The part with the least cost comes first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.cost.total_cmp(&self.cost)
    }
}

impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Part {}

/// What is known of a part.
enum Outcome {
    /// No point of it satisfies the rows, or none better than the best so far.
    Done,
    /// Two parts of it.
    Split([Part; 2]),
    /// It is too narrow to be split; its bound stays.
    Kept,
}

/// The relaxation of a part.
enum Relaxed {
    /// A lower bound on the cost, and a point.
    Point(f64, Vec<f64>),
    /// No point satisfies the rows.
    Empty,
    /// Nothing is known.
    Open,
}

/// Branch and bound over the inputs of a linked problem.
pub(super) struct Splitting<'a> {
    pub linked: &'a LinkedProblem,
    pub limits: &'a Limits,
    /// Seconds that are left.
    pub left: &'a dyn Fn() -> f64,
    /// Relative gap at which it ends.
    pub gap: f64,
    /// Whether only the bounds of columns matter: no row can be violated, and no copy reads another's output.
    pub is_separable: bool,
}

/// What the search says to its caller.
pub(super) enum Visit<'a> {
    /// A point of a relaxation or of a part's MILP, to be tried on the dense networks.
    Point(&'a Replay),
    /// The bound on the objective so far and the number of parts.
    Progress(f64, i64),
}

impl Splitting<'_> {
    /// Splits until the best objective that `visit` returns is proved; the proved bound on the objective, infinite if no
    /// point can satisfy the rows.
    pub fn run(
        &self,
        start: &LinkedBounds,
        visit: &mut dyn FnMut(Visit) -> Option<f64>,
    ) -> Option<f64> {
        let mut open = BinaryHeap::from([Part {
            cost: f64::NEG_INFINITY,
            sides: start.into(),
        }]);
        // The least cost of parts that are not split any more.
        let mut kept = f64::INFINITY;
        let mut count = 0;
        let mut best = f64::INFINITY;
        while let Some(part) = open.pop() {
            let cost = part.cost.min(kept).min(self.enough(best));
            let shown = visit(Visit::Progress(self.sign() * cost, count));
            best = shown.map_or(best, |objective| self.sign() * objective);
            if part.cost >= self.enough(best) || (self.left)() <= 0.0 {
                return Some(self.sign() * cost).filter(|bound| !bound.is_nan());
            }
            count += 1;
            let cost = part.cost;
            match self.explored(part, &mut best, visit) {
                Outcome::Done => {}
                Outcome::Kept => kept = kept.min(cost),
                Outcome::Split(parts) => open.extend(parts),
            }
        }
        Some(self.sign() * kept.min(self.enough(best)))
    }

    /// 1 where the objective is minimised, -1 where it is maximised.
    fn sign(&self) -> f64 {
        match self.linked.problem().sense {
            Sense::Minimize => 1.0,
            Sense::Maximize => -1.0,
        }
    }

    /// The cost from which on a part is of no interest.
    fn enough(&self, best: f64) -> f64 {
        match best.is_finite() {
            true => best - self.gap * best.abs().max(1.0),
            false => f64::INFINITY,
        }
    }

    fn explored(
        &self,
        part: Part,
        best: &mut f64,
        visit: &mut dyn FnMut(Visit) -> Option<f64>,
    ) -> Outcome {
        let Part { cost, mut sides } = part;
        let Ok(copies) = self.copies(&mut sides) else {
            return Outcome::Done;
        };
        let Some(copies) = copies else {
            return Outcome::Kept;
        };
        let (own, columns) = match self.relaxed(&sides, &copies) {
            Relaxed::Point(own, columns) => (own, columns),
            Relaxed::Empty => return Outcome::Done,
            Relaxed::Open => return Outcome::Kept,
        };
        let cost = cost.max(own);
        if cost >= self.enough(*best) {
            return Outcome::Done;
        }
        let replay = self.linked.replay(&self.linked.rounded(columns.clone()));
        if let Some(objective) = visit(Visit::Point(&replay)) {
            *best = self.sign() * objective;
        }
        let unstable: usize = copies.iter().map(|copy| copy.unstable).sum();
        if unstable <= FEW && self.finished(&sides, &copies, best, visit) {
            return Outcome::Done;
        }
        match self.split(&sides, &copies, &columns) {
            Some(parts) => Outcome::Split(parts.map(|sides| Part { cost, sides })),
            None => Outcome::Kept,
        }
    }

    /// The relaxation over a part.
    fn relaxed(&self, sides: &Sides, copies: &[BoundedCopy]) -> Relaxed {
        if self.is_separable {
            return self.corner(sides, copies);
        }
        let problem = self.relaxation(sides, copies);
        let limits = Limits {
            time_limit: (self.left)(),
            ..self.limits.clone()
        };
        let program = LinearProgram::new(&problem, &limits);
        let solution = match program.and_then(|mut program| program.end(limits.time_limit)) {
            Ok(LinearEnd::Optimal(solution)) => solution,
            Ok(LinearEnd::Infeasible) => return Relaxed::Empty,
            // A solver that fails proves nothing.
            Ok(LinearEnd::Open) | Err(_) => return Relaxed::Open,
        };
        let bound = problem.safe_dual_bound(&solution.row_duals);
        let own = match bound.is_finite() {
            true => self.sign() * bound,
            false => f64::NEG_INFINITY,
        };
        Relaxed::Point(own, solution.columns)
    }

    /// The relaxation where only the bounds of columns matter: every column is at one of them.
    fn corner(&self, sides: &Sides, copies: &[BoundedCopy]) -> Relaxed {
        let problem = self.linked.problem();
        let sign = self.sign();
        let mut costs: Vec<f64> = problem
            .columns
            .iter()
            .map(|data| sign * data.cost)
            .collect();
        let mut constant = sign * problem.offset;
        let mut size = constant.abs();
        for (&at, copy) in self.linked.order.iter().zip(copies) {
            let inputs = input_expressions(self.linked, at);
            for (output, envelope) in self.linked.copy(at).outputs.iter().zip(&copy.envelopes) {
                let Some(output) = output else { continue };
                let cost = std::mem::take(&mut costs[output.column.0]);
                let line = match cost * output.factor > 0.0 {
                    true => &envelope.lower,
                    false => &envelope.upper,
                };
                let line = over(line, &inputs);
                let factor = cost * output.factor;
                constant += factor * line.constant + cost * output.offset;
                size += (factor * line.constant).abs() + (cost * output.offset).abs();
                for (column, weight) in line.terms {
                    costs[column.0] += factor * weight;
                    let (lower, upper) = (sides.lower[column.0], sides.upper[column.0]);
                    size += (factor * weight).abs() * lower.abs().max(upper.abs());
                }
            }
        }
        let mut point = Vec::with_capacity(costs.len());
        for (column, cost) in costs.into_iter().enumerate() {
            let (lower, upper) = (sides.lower[column], sides.upper[column]);
            let value = match cost > 0.0 || !upper.is_finite() {
                true if lower.is_finite() => lower,
                _ if upper.is_finite() => upper,
                _ => 0.0,
            };
            if cost != 0.0 {
                // At the side that is infinite, if there is one.
                let side = if cost > 0.0 { lower } else { upper };
                constant += cost * side;
                size += (cost * side).abs();
            }
            point.push(value);
        }
        // Far more than all rounding.
        let own = constant - 1e-12 * size;
        match own.is_finite() {
            true => Relaxed::Point(own, point),
            false => Relaxed::Open,
        }
    }

    /// Bounds the copies over a part, and the columns through them; `None` where a bound overflows.
    fn copies(&self, sides: &mut Sides) -> Result<Option<Vec<BoundedCopy>>, Empty> {
        let problem = self.linked.problem();
        sides.propagate(problem)?;
        let mut copies = Vec::with_capacity(self.linked.order.len());
        for &at in &self.linked.order {
            let region = self.region(at, sides);
            let bounded = region.and_then(|region| envelopes(self.network(at), &region).ok());
            let Some((bounds, envelopes)) = bounded else {
                return Ok(None);
            };
            let last = bounds.layers().last().expect("a network has layers");
            for (output, interval) in self.linked.copy(at).outputs.iter().zip(last) {
                let Some(output) = output else { continue };
                let (one, other) = (
                    output.unscaled(interval.lower()),
                    output.unscaled(interval.upper()),
                );
                let data = &problem.columns[output.column.0];
                let slack = ROUNDING * (one.abs() + other.abs() + output.offset.abs());
                let (lower, upper) = (one.min(other) - slack, one.max(other) + slack);
                sides.tighten(output.column, data, lower, upper)?;
            }
            let hidden = &bounds.layers()[..bounds.layers().len() - 1];
            copies.push(BoundedCopy {
                unstable: hidden
                    .iter()
                    .map(|layer| unstable_neurons(layer).len())
                    .sum(),
                bounds,
                envelopes,
            });
        }
        sides.propagate(problem)?;
        Ok(Some(copies))
    }

    fn region(&self, at: CopyIndex, sides: &Sides) -> Option<Region> {
        let inputs = self.linked.copy(at).inputs.iter().map(|input| {
            let (least, most) = match input.source {
                Source::Number(value) => (value, value),
                Source::Column(Column(column)) => (sides.lower[column], sides.upper[column]),
            };
            let (one, other) = (input.scaled(least), input.scaled(most));
            (one.min(other), one.max(other))
        });
        let (lower, upper) = inputs.unzip();
        Region::new_box(lower, upper).ok()
    }

    /// The user's problem over a part, with the functions around the outputs as rows and without integers.
    fn relaxation(&self, sides: &Sides, copies: &[BoundedCopy]) -> Problem {
        let mut problem = self.linked.problem().relaxed();
        for (index, data) in problem.columns.iter_mut().enumerate() {
            (data.lower, data.upper) = (sides.lower[index], sides.upper[index]);
        }
        for (&at, copy) in self.linked.order.iter().zip(copies) {
            let inputs = input_expressions(self.linked, at);
            let outputs = self.linked.copy(at).outputs.iter().zip(&copy.envelopes);
            for (output, envelope) in outputs {
                let Some(output) = output else { continue };
                for (function, is_upper) in [(&envelope.lower, false), (&envelope.upper, true)] {
                    let value = Affine::column(output.column);
                    let line = over(function, &inputs);
                    let parts = [(1.0, &value), (-output.factor, &line)];
                    let row = Affine::combination(-output.offset, parts);
                    // Below the upper line, unless the factor turns it.
                    let (lower, upper) = match is_upper == (output.factor > 0.0) {
                        true => (f64::NEG_INFINITY, -row.constant),
                        false => (-row.constant, f64::INFINITY),
                    };
                    problem.add_row(String::from("line"), lower, upper, row.terms);
                }
            }
        }
        problem
    }

    /// Solves the MILP of a part; whether it did.
    fn finished(
        &self,
        sides: &Sides,
        copies: &[BoundedCopy],
        best: &mut f64,
        visit: &mut dyn FnMut(Visit) -> Option<f64>,
    ) -> bool {
        let networks = self.linked.networks().iter();
        let mut networks: Vec<Vec<Option<Bounds>>> = networks
            .map(|network| vec![None; network.copies.len()])
            .collect();
        for (at, copy) in self.linked.order.iter().zip(copies) {
            networks[at.network][at.copy] = Some(copy.bounds.clone());
        }
        let columns = sides.lower.iter().copied().zip(sides.upper.iter().copied());
        let bounds = LinkedBounds {
            columns: columns.collect(),
            networks: networks
                .into_iter()
                .map(|copies| copies.into_iter().flatten().collect())
                .collect(),
        };
        let formulation = formulate(self.linked, &self.linked.dense(), &bounds);
        let end = self.solved(&formulation.problem, sides, best, visit);
        let is_infeasible = |end: &Option<SolveEnd>| {
            let status = end.as_ref().map(|end| end.status);
            status.is_some_and(solver::Status::is_infeasible)
        };
        if is_infeasible(&end) {
            // Whether it is so is only known of what is infeasible with room, too.
            let loosened = formulation.loosened(self.linked);
            return is_infeasible(&self.solved(&loosened, sides, best, visit));
        }
        // The part is done where its bound says so: the solver's own solution may violate rows of the dense networks.
        let bound = end.and_then(|end| end.dual_bound);
        bound.is_some_and(|bound| self.sign() * bound >= self.enough(*best))
    }

    /// Solves a MILP of a part for points that are better than the best so far; `None` if the solver fails.
    fn solved(
        &self,
        problem: &Problem,
        sides: &Sides,
        best: &mut f64,
        visit: &mut dyn FnMut(Visit) -> Option<f64>,
    ) -> Option<SolveEnd> {
        let count = self.linked.problem().columns.len();
        let mut problem = problem.clone();
        let given = self.linked.columns_given();
        for (index, data) in problem.columns.iter_mut().take(count).enumerate() {
            // Those of outputs are in the problem already, and may be loosened there.
            if !given.contains(&Column(index)) {
                (data.lower, data.upper) = (sides.lower[index], sides.upper[index]);
            }
        }
        let settings = solver::Settings {
            cutoff: best.is_finite().then_some(self.sign() * *best),
            ..solver::Settings::new(Limits {
                time_limit: (self.left)(),
                ..self.limits.clone()
            })
        };
        let end = solver::solve(&problem, &settings, &mut |event| {
            if let Event::Solution(solution) = event {
                let columns = solution.columns[..count].to_vec();
                let replay = self.linked.replay(&self.linked.rounded(columns));
                if let Some(objective) = visit(Visit::Point(&replay)) {
                    *best = self.sign() * objective;
                }
            }
            ControlFlow::Continue(())
        });
        end.ok()
    }

    /// Splits an integer column between integers, or the input whose range matters most.
    fn split(&self, sides: &Sides, copies: &[BoundedCopy], point: &[f64]) -> Option<[Sides; 2]> {
        let problem = self.linked.problem();
        let fraction = |column: usize| {
            let value = point[column];
            let is_integer = problem.columns[column].kind == Kind::Integer;
            if is_integer {
                (value - value.round()).abs()
            } else {
                0.0
            }
        };
        let most = (0..problem.columns.len()).max_by(|a, b| fraction(*a).total_cmp(&fraction(*b)));
        if let Some(column) = most.filter(|column| fraction(*column) > INTEGRALITY) {
            let down = point[column].floor();
            return Some(sides.divided(column, down, down + 1.0));
        }
        let (column, _) = self.widest(sides, copies, point)?;
        let (lower, upper) = (sides.lower[column], sides.upper[column]);
        if problem.columns[column].kind == Kind::Integer {
            let down = (lower + (upper - lower) / 2.0).floor();
            return Some(sides.divided(column, down, down + 1.0));
        }
        let width = upper - lower;
        let at = point[column]
            .max(lower + END * width)
            .min(upper - END * width);
        Some(sides.divided(column, at, at))
    }

    /// The input column whose range matters most to an output, weighted by how far the relaxation's point is from what
    /// the network gives.
    fn widest(&self, sides: &Sides, copies: &[BoundedCopy], point: &[f64]) -> Option<(usize, f64)> {
        let exact = self.linked.replay(point);
        let mut best: Option<(usize, f64)> = None;
        for (&at, copy) in self.linked.order.iter().zip(copies) {
            let linked = self.linked.copy(at);
            let errors = linked.outputs.iter().map(|output| {
                output.map_or(0.0, |output| {
                    let Column(y) = output.column;
                    (point[y] - exact.columns[y]).abs() + LEAST_ERROR
                })
            });
            let influences = influences(self.network(at), &copy.bounds, errors.collect());
            for (input, influence) in linked.inputs.iter().zip(influences) {
                let Source::Column(Column(column)) = input.source else {
                    continue;
                };
                let width = sides.upper[column] - sides.lower[column];
                let size = sides.upper[column].abs().max(sides.lower[column].abs());
                let score = influence * (width / input.factor).abs();
                if width > NARROW * size.max(1.0) && best.is_none_or(|(_, most)| score > most) {
                    best = Some((column, score));
                }
            }
        }
        best
    }

    fn network(&self, at: CopyIndex) -> &Network {
        &self.linked.networks[at.network].network
    }
}

/// How much each input can matter to the weighted outputs: the sums over all paths of the products of their weights'
/// magnitudes, without paths through inactive neurons. (The slopes of a relaxation can cancel where the range of an
/// input matters most.)
fn influences(network: &Network, bounds: &Bounds, weights: Vec<f64>) -> Vec<f64> {
    let mut of_neurons = weights;
    for (index, layer) in network.layers().iter().enumerate().rev() {
        let mut before = vec![0.0; layer.inputs()];
        let is_hidden = index + 1 < network.layers().len();
        for (neuron, influence) in of_neurons.iter().enumerate() {
            let is_inactive = bounds.layer(index)[neuron].phase() == Phase::Inactive;
            if *influence == 0.0 || (is_hidden && is_inactive) {
                continue;
            }
            for (own, weight) in before.iter_mut().zip(layer.row(neuron)) {
                *own += influence * weight.abs();
            }
        }
        of_neurons = before;
    }
    of_neurons
}

/// A copy over a part.
struct BoundedCopy {
    bounds: Bounds,
    envelopes: Vec<Envelope>,
    unstable: usize,
}

fn over(function: &LinearFunction, inputs: &[Affine]) -> Affine {
    Affine::combination(
        function.constant,
        function.weights.iter().copied().zip(inputs),
    )
}
