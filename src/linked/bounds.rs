//! Bounds on columns and neurons from the whole problem: its rows, its integers, and the networks through each other.

use std::time::Instant;

use super::propagation::{Empty, Sides};
use super::{CopyIndex, LinkedError, LinkedProblem, Source, formulate};
use crate::bounds::{BoundKind, Bounds, Interval, interval, unstable_neurons};
use crate::formulation::{Embedding, Neuron};
use crate::instance::Region;
use crate::limits::Limits;
use crate::milp::{Affine, Column, Problem, Sense};
use crate::network::Network;
use crate::solver::LinearProgram;
use crate::tightening;

/// Rounds in which the columns and the networks bound each other.
const ROUNDS: usize = 10;
/// Share of the time limit for the linear programs of each kind.
const SHARE: f64 = 0.2;
/// By how much computed bounds are moved outwards, relative to their size: more than all rounding.
const MARGIN: f64 = 1e-9;

/// Bounds on all columns of a linked problem and on all neurons of its copies.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkedBounds {
    /// Lower and upper bound of each column; infinite if there is none.
    pub columns: Vec<(f64, f64)>,
    /// Of each network, the bounds of each copy.
    pub networks: Vec<Vec<Bounds>>,
}

/// Bounds the columns of `linked` and the neurons of `networks`, which take the places of its own, by `kind` unless a
/// network asks for another kind: [`BoundKind::Interval`] (and [`BoundKind::Box`]) propagates bounds through rows and
/// networks; [`BoundKind::Linear`] and [`BoundKind::Alpha`] also bound the inputs by linear programs over all rows, and the
/// neurons by linear relaxations; [`BoundKind::Tightening`] bounds inputs and neurons by linear programs over the relaxation
/// of the whole problem, for a fifth of the time limit. `None` if no point can satisfy the rows.
///
/// # Errors
/// When an input has no finite bounds, a bound overflows or the solver fails.
///
/// # Panics
/// When the networks have other inputs or outputs than those of the problem.
pub fn bounds(
    linked: &LinkedProblem,
    networks: &[&Network],
    kind: BoundKind,
    limits: &Limits,
) -> Result<Option<LinkedBounds>, LinkedError> {
    let started = Instant::now();
    let mut bounder = Bounder {
        linked,
        networks,
        kind,
        limits,
        sides: Sides::of(linked.problem()),
    };
    match bounder.bound(started) {
        Ok(bounds) => Ok(Some(bounds)),
        Err(Halt::Empty) => Ok(None),
        Err(Halt::Failed(error)) => Err(*error),
    }
}

/// Why bounding ends early.
enum Halt {
    Empty,
    Failed(Box<LinkedError>),
}

impl From<Empty> for Halt {
    fn from(_: Empty) -> Self {
        Self::Empty
    }
}

impl From<LinkedError> for Halt {
    fn from(error: LinkedError) -> Self {
        Self::Failed(Box::new(error))
    }
}

struct Bounder<'a> {
    linked: &'a LinkedProblem,
    networks: &'a [&'a Network],
    kind: BoundKind,
    limits: &'a Limits,
    sides: Sides,
}

impl Bounder<'_> {
    fn bound(&mut self, started: Instant) -> Result<LinkedBounds, Halt> {
        self.round_integers()?;
        self.propagate()?;
        // Each kind starts from the bounds of the one before, so that it is nowhere looser.
        let mut bounds = self.of_all_copies(BoundKind::Interval, None, started)?;
        let strongest = self.strongest();
        if strongest > BoundKind::Interval {
            self.narrow_inputs(started)?;
            self.propagate()?;
        }
        for kind in [BoundKind::Linear, BoundKind::Alpha] {
            if kind <= strongest {
                bounds = self.of_all_copies(kind, Some(bounds), started)?;
            }
        }
        if strongest == BoundKind::Tightening {
            self.tighten(&mut bounds, started)?;
        }
        Ok(bounds)
    }

    /// The last of the kinds that networks ask for.
    fn strongest(&self) -> BoundKind {
        let kinds = self.linked.networks().iter().map(|network| network.bounds);
        let kinds = kinds.map(|kind| kind.unwrap_or(self.kind));
        kinds.max().unwrap_or(self.kind)
    }

    fn kind_of(&self, at: CopyIndex) -> BoundKind {
        self.linked.networks()[at.network]
            .bounds
            .unwrap_or(self.kind)
    }

    /// Rounds the bounds of integer columns.
    fn round_integers(&mut self) -> Result<(), Empty> {
        let problem = self.linked.problem();
        for (index, column) in problem.columns.iter().enumerate() {
            self.sides
                .tighten(Column(index), column, column.lower, column.upper)?;
        }
        Ok(())
    }

    /// Lets rows and networks bound the columns through each other.
    fn propagate(&mut self) -> Result<(), Halt> {
        for _ in 0..ROUNDS {
            self.sides.propagate(self.linked.problem())?;
            let mut gains = false;
            for &at in &self.linked.order {
                let region = self.region(at)?;
                let bounds = interval(self.networks[at.network], &region);
                let bounds = bounds.map_err(|_| self.overflow(at))?;
                gains |= self.bound_outputs(at, &bounds)?;
            }
            if !gains {
                break;
            }
        }
        Ok(())
    }

    fn overflow(&self, at: CopyIndex) -> LinkedError {
        LinkedError::Overflow {
            copy: self.linked.in_words(at),
        }
    }

    /// The box of a copy's inputs.
    fn region(&self, at: CopyIndex) -> Result<Region, LinkedError> {
        let (mut lower, mut upper) = (Vec::new(), Vec::new());
        for input in &self.linked.copy(at).inputs {
            let (least, most) = match input.source {
                Source::Number(value) => (value, value),
                Source::Column(column) => self.finite_sides(column, at)?,
            };
            let (one, other) = (input.scaled(least), input.scaled(most));
            // Constants and bounds are scaled as the replay scales them; in between, rounding is monotone.
            lower.push(one.min(other));
            upper.push(one.max(other));
        }
        Region::new_box(lower, upper).map_err(|_| self.overflow(at))
    }

    fn finite_sides(
        &self,
        Column(column): Column,
        at: CopyIndex,
    ) -> Result<(f64, f64), LinkedError> {
        let (lower, upper) = (self.sides.lower[column], self.sides.upper[column]);
        let side = match (lower.is_finite(), upper.is_finite()) {
            (true, true) => return Ok((lower, upper)),
            (false, true) => "below",
            (true, false) => "above",
            (false, false) => "below and above",
        };
        Err(LinkedError::Unbounded {
            column: self.linked.problem().columns[column].name.clone(),
            copy: self.linked.in_words(at),
            side,
        })
    }

    /// Tightens the columns of a copy's outputs by the bounds of its last layer; whether that gains much.
    fn bound_outputs(&mut self, at: CopyIndex, bounds: &Bounds) -> Result<bool, Empty> {
        let last = bounds.layers().last().expect("a network has layers");
        let mut gains = false;
        for (output, interval) in self.linked.copy(at).outputs.iter().zip(last) {
            let Some(output) = output else { continue };
            let (one, other) = (
                output.unscaled(interval.lower()),
                output.unscaled(interval.upper()),
            );
            let slack = MARGIN * (one.abs() + other.abs() + output.offset.abs());
            let data = &self.linked.problem().columns[output.column.0];
            let (lower, upper) = (one.min(other) - slack, one.max(other) + slack);
            gains |= self.sides.tighten(output.column, data, lower, upper)?;
        }
        Ok(gains)
    }

    /// Bounds the columns that copies read by linear programs over all rows.
    fn narrow_inputs(&mut self, started: Instant) -> Result<(), Halt> {
        let problem = self.with_sides(self.linked.problem());
        let in_rows = |column: Column| {
            let mut rows = problem.rows.iter();
            rows.any(|row| row.terms.iter().any(|term| term.0 == column))
        };
        let columns = self.linked.columns_read().into_iter();
        let columns: Vec<Column> = columns.filter(|column| in_rows(*column)).collect();
        let mut program = Maximum::new(problem, self.limits)?;
        for column in columns {
            let until = self.seconds_left(started, SHARE / 2.0);
            self.narrow(&mut program, column, until)?;
        }
        Ok(())
    }

    /// The columns that a copy reads.
    fn read_by(&self, at: CopyIndex) -> Vec<Column> {
        let inputs = self.linked.copy(at).inputs.iter();
        let columns = inputs.filter_map(|input| match input.source {
            Source::Column(column) => Some(column),
            Source::Number(_) => None,
        });
        columns.collect()
    }

    /// Bounds a column by two linear programs.
    fn narrow(&mut self, program: &mut Maximum, column: Column, seconds: f64) -> Result<(), Halt> {
        let expression = Affine::column(column);
        let upper = program.of(&expression, 1.0, seconds)?;
        let lower = -program.of(&expression, -1.0, seconds)?;
        let data = &self.linked.problem().columns[column.0];
        self.sides.tighten(column, data, lower, upper)?;
        Ok(())
    }

    fn seconds_left(&self, started: Instant, share: f64) -> f64 {
        let stopped = self.limits.stop.is_raised();
        let left = share * self.limits.time_limit - started.elapsed().as_secs_f64();
        if stopped { 0.0 } else { left.max(0.0) }
    }

    /// The problem with the bounds of its columns as they are known, without integers.
    fn with_sides(&self, problem: &Problem) -> Problem {
        let mut problem = problem.relaxed();
        problem.sense = Sense::Maximize;
        for (index, column) in problem
            .columns
            .iter_mut()
            .take(self.sides.lower.len())
            .enumerate()
        {
            (column.lower, column.upper) = (self.sides.lower[index], self.sides.upper[index]);
        }
        problem
    }

    /// Bounds the neurons of every copy over the box of its inputs, one after the other, by at most `kind`, and within
    /// the bounds that are `known`.
    fn of_all_copies(
        &mut self,
        kind: BoundKind,
        known: Option<LinkedBounds>,
        started: Instant,
    ) -> Result<LinkedBounds, Halt> {
        let copies = self.linked.networks().iter();
        let mut all: Vec<Vec<Option<Bounds>>> = copies
            .map(|network| vec![None; network.copies.len()])
            .collect();
        for (done, &at) in self.linked.order.iter().enumerate() {
            let region = self.region(at)?;
            let rest = (self.linked.order.len() - done) as f64;
            let limits = Limits {
                time_limit: self.seconds_left(started, 2.0 * SHARE) / rest,
                ..self.limits.clone()
            };
            let kind = self.kind_of(at).min(kind);
            let bounds = tightening::bounds(kind, self.networks[at.network], &region, &limits, 0.5);
            let mut bounds = bounds.map_err(|_| self.overflow(at))?;
            if let Some(known) = &known {
                bounds = intersection(&known.networks[at.network][at.copy], &bounds)?;
            }
            self.bound_outputs(at, &bounds)?;
            all[at.network][at.copy] = Some(bounds);
        }
        self.sides.propagate(self.linked.problem())?;
        let networks = all
            .into_iter()
            .map(|copies| copies.into_iter().flatten().collect());
        Ok(LinkedBounds {
            columns: self.columns(),
            networks: networks.collect(),
        })
    }

    fn columns(&self) -> Vec<(f64, f64)> {
        let both = self.sides.lower.iter().zip(&self.sides.upper);
        both.map(|(lower, upper)| (*lower, *upper)).collect()
    }

    /// Tightens inputs and neurons by linear programs over the relaxation of the whole problem, copy by copy and layer
    /// by layer.
    fn tighten(&mut self, bounds: &mut LinkedBounds, started: Instant) -> Result<(), Halt> {
        let mut left: usize = self
            .linked
            .order
            .iter()
            .map(|at| self.networks[at.network].layers().len())
            .sum();
        for &at in &self.linked.order {
            for layer in 0..self.networks[at.network].layers().len() {
                let seconds = self.seconds_left(started, 2.0 * SHARE) / left as f64;
                left -= 1;
                if seconds > 0.0 && self.kind_of(at) == BoundKind::Tightening {
                    self.tighten_layer(bounds, at, layer, seconds)?;
                }
            }
        }
        Ok(())
    }

    fn tighten_layer(
        &mut self,
        bounds: &mut LinkedBounds,
        at: CopyIndex,
        layer: usize,
        seconds: f64,
    ) -> Result<(), Halt> {
        let begun = Instant::now();
        let left = || (seconds - begun.elapsed().as_secs_f64()).max(0.0);
        let formulation = formulate(self.linked, self.networks, bounds);
        let embedding = &formulation.networks[at.network][at.copy];
        let mut program = Maximum::new(self.with_sides(&formulation.problem), self.limits)?;
        if layer == 0 {
            for column in self.read_by(at) {
                self.narrow(&mut program, column, left())?;
            }
        }
        let own = &bounds.networks[at.network][at.copy];
        let mut layers = own.layers().to_vec();
        let neurons = match layer + 1 == layers.len() {
            true => (0..layers[layer].len()).collect(),
            false => unstable_neurons(&layers[layer]),
        };
        for neuron in neurons {
            let Some(expression) = preactivation(embedding, layer, neuron) else {
                continue;
            };
            if left() <= 0.0 {
                break;
            }
            let upper = program.of(&expression, 1.0, left())?;
            let lower = -program.of(&expression, -1.0, left())?;
            layers[layer][neuron] = within(layers[layer][neuron], lower, upper)?;
        }
        let tightened = Bounds::new(layers);
        if layer + 1 == tightened.layers().len() {
            self.bound_outputs(at, &tightened)?;
        }
        bounds.networks[at.network][at.copy] = tightened;
        bounds.columns = self.columns();
        Ok(())
    }
}

/// The bounds that are within both.
fn intersection(known: &Bounds, other: &Bounds) -> Result<Bounds, Empty> {
    let layers = known.layers().iter().zip(other.layers());
    let layers = layers.map(|(known, other)| {
        let pairs = known.iter().zip(other);
        pairs
            .map(|(known, other)| within(*known, other.lower(), other.upper()))
            .collect::<Result<Vec<_>, _>>()
    });
    Ok(Bounds::new(layers.collect::<Result<_, _>>()?))
}

/// The part of an interval between other valid bounds.
fn within(interval: Interval, lower: f64, upper: f64) -> Result<Interval, Empty> {
    let slack = MARGIN * interval.size();
    let is_empty = lower > interval.upper() + slack
        || upper < interval.lower() - slack
        || lower > upper + slack;
    match is_empty {
        true => Err(Empty),
        false => Ok(interval.within(lower, upper)),
    }
}

/// The preactivation of a neuron over the columns, where the problem has them.
fn preactivation(embedding: &Embedding, layer: usize, neuron: usize) -> Option<Affine> {
    let Some(neurons) = embedding.neurons.get(layer) else {
        return embedding.outputs.get(neuron).cloned();
    };
    match neurons[neuron] {
        Neuron::Unstable { h, s, .. } => Some(Affine {
            constant: 0.0,
            terms: vec![(h, 1.0), (s, -1.0)],
        }),
        _ => None,
    }
}

/// Proved upper bounds on expressions over the columns of a linear program.
struct Maximum {
    problem: Problem,
    program: LinearProgram,
}

impl Maximum {
    fn new(problem: Problem, limits: &Limits) -> Result<Self, LinkedError> {
        Ok(Self {
            program: LinearProgram::new(&problem, limits)?,
            problem,
        })
    }

    /// An upper bound on `sign * expression`; infinite where there is none within `seconds`.
    fn of(&mut self, expression: &Affine, sign: f64, seconds: f64) -> Result<f64, LinkedError> {
        let objective = Affine::combination(0.0, [(sign, expression)]);
        self.problem.set_objective(&objective);
        self.program.set_objective(&objective, &[]);
        if seconds <= 0.0 {
            return Ok(f64::INFINITY);
        }
        // A program that HiGHS cannot solve gives no bound.
        let Ok(Some(solution)) = self.program.solve(seconds) else {
            return Ok(f64::INFINITY);
        };
        let bound = self.problem.safe_dual_bound(&solution.row_duals);
        match bound.is_finite() {
            true => Ok(bound + MARGIN * (bound.abs() + objective.constant.abs())),
            false => Ok(f64::INFINITY),
        }
    }
}
