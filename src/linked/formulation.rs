//! The complete MILP: the user's columns and rows first, then those of every copy of a network.

use super::evaluation::ACCEPTED;
use super::{CopyIndex, LinkedBounds, LinkedProblem, Source};
use crate::formulation::{Embedding, embed};
use crate::milp::{Affine, Column, Problem};
use crate::network::Network;

/// A linked problem as one MILP.
#[derive(Debug, Clone)]
pub struct Formulation {
    /// Its first columns and rows are those of the user's problem.
    pub problem: Problem,
    /// Of each network, the columns and rows of each copy.
    pub networks: Vec<Vec<Embedding>>,
}

/// Writes `linked` as one MILP, with `networks` in the places of its own; `bounds` must be theirs.
///
/// Columns and rows of a copy are named as [`embed`] names them, after the network's name, the copy's number from 1 and
/// an underscore; the row that gives an output is named `y0`, `y1`, ...
pub fn formulate(
    linked: &LinkedProblem,
    networks: &[&Network],
    bounds: &LinkedBounds,
) -> Formulation {
    let mut problem = linked.problem().clone();
    let copies = linked.networks().iter();
    let mut embeddings: Vec<Vec<Option<Embedding>>> = copies
        .map(|network| vec![None; network.copies.len()])
        .collect();
    for &at in &linked.order {
        let copy = linked.copy(at);
        let inputs = input_expressions(linked, at);
        for input in &copy.inputs {
            if let Source::Column(column) = input.source {
                tighten(&mut problem, column, bounds);
            }
        }
        let prefix = prefix(linked, at);
        let own = &bounds.networks[at.network][at.copy];
        let embedding = embed(&mut problem, &prefix, networks[at.network], own, &inputs);
        for (index, (output, y)) in copy.outputs.iter().zip(&embedding.outputs).enumerate() {
            let Some(output) = output else { continue };
            tighten(&mut problem, output.column, bounds);
            let value = Affine::column(output.column);
            let row = Affine::combination(-output.offset, [(1.0, &value), (-output.factor, y)]);
            let side = -row.constant;
            problem.add_row(format!("{prefix}y{index}"), side, side, row.terms);
        }
        embeddings[at.network][at.copy] = Some(embedding);
    }
    let networks = embeddings.into_iter();
    Formulation {
        problem,
        networks: networks
            .map(|copies| copies.into_iter().flatten().collect())
            .collect(),
    }
}

/// Sides moved outwards by what an accepted point may violate them by.
fn widened(lower: f64, upper: f64) -> (f64, f64) {
    let reach = |side: f64| ACCEPTED * side.abs().max(1.0);
    (lower - reach(lower), upper + reach(upper))
}

/// The inputs of a copy over the columns.
pub(super) fn input_expressions(linked: &LinkedProblem, at: CopyIndex) -> Vec<Affine> {
    let inputs = linked.copy(at).inputs.iter();
    let expressions = inputs.map(|input| match input.source {
        Source::Number(value) => Affine::constant(input.scaled(value)),
        Source::Column(column) => Affine {
            constant: -input.offset / input.factor,
            terms: vec![(column, input.factor.recip())],
        },
    });
    expressions.collect()
}

/// Gives a column the bounds that are known of it.
fn tighten(problem: &mut Problem, Column(column): Column, bounds: &LinkedBounds) {
    let (lower, upper) = bounds.columns[column];
    let data = &mut problem.columns[column];
    (data.lower, data.upper) = (data.lower.max(lower), data.upper.min(upper));
}

/// `yield1_`, or with more underscores where the problem has names that begin like that.
fn prefix(linked: &LinkedProblem, at: CopyIndex) -> String {
    let name = &linked.networks()[at.network].name;
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = name.chars().map(plain).collect();
    let mut prefix = format!("{name}{}_", at.copy + 1);
    let problem = linked.problem();
    let columns = problem.columns.iter().map(|column| &column.name);
    let names: Vec<&String> = columns
        .chain(problem.rows.iter().map(|row| &row.name))
        .collect();
    while names.iter().any(|name| name.starts_with(&prefix)) {
        prefix.push('_');
    }
    prefix
}

impl Formulation {
    /// The MILP with the user's rows, and the bounds of outputs, widened to what an accepted point may violate them by.
    pub(super) fn loosened(&self, linked: &LinkedProblem) -> Problem {
        let mut problem = self.problem.clone();
        let own = linked.problem();
        for (row, own) in problem.rows.iter_mut().zip(&own.rows) {
            (row.lower, row.upper) = widened(own.lower, own.upper);
        }
        for Column(column) in linked.columns_given() {
            let data = &mut problem.columns[column];
            let (lower, upper) = widened(data.lower, data.upper);
            (data.lower, data.upper) = (lower, upper);
        }
        problem
    }

    /// The point of the MILP at which the user's columns have these values and the networks, which must be those of the
    /// formulation, theirs.
    pub(super) fn completed(&self, linked: &LinkedProblem, columns: &[f64]) -> Vec<f64> {
        let mut point = vec![0.0; self.problem.columns.len()];
        point[..columns.len()].copy_from_slice(columns);
        for at in linked.all_copies() {
            let x = linked.inputs_of(at, columns);
            let preactivations = linked.networks()[at.network].network.preactivations(&x);
            self.networks[at.network][at.copy].set_columns(&preactivations, &mut point);
        }
        point
    }
}
