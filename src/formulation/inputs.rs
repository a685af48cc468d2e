//! The input region as columns.
//!
//! A box has one column per input that is not fixed. A ball around `x0` is `x = x0 + p - n` with `p, n >= 0`: no column
//! for `x` itself, and no `p` (or `n`) if the centre already lies at the upper (or lower) side of the box. For the L1
//! ball, one row enforces `sum (p + n) <= epsilon`; inputs in groups have rows `p + n <= s` with a column `s` for the
//! distance of their group, and that row is `sum s <= epsilon`.

use crate::exact::power_of_two_below;
use crate::instance::{Ball, Groups, Region};
use crate::milp::{Affine, Column, Problem};

/// The inputs of a network as expressions over columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Inputs {
    expressions: Vec<Affine>,
    /// The distances of groups, each with the columns that move the inputs of the group.
    distances: Vec<(Column, Vec<Column>)>,
}

impl Inputs {
    /// One expression per input.
    pub fn expressions(&self) -> &[Affine] {
        &self.expressions
    }

    /// The input `x` at a point of the problem.
    pub fn at(&self, columns: &[f64]) -> Vec<f64> {
        let expressions = self.expressions.iter();
        expressions.map(|input| input.value(columns)).collect()
    }

    /// Sets the inputs' columns, all zero before, to their values at `x`.
    pub(super) fn set_columns(&self, x: &[f64], columns: &mut [f64]) {
        for (expression, x) in self.expressions.iter().zip(x) {
            let beyond = x - expression.constant;
            // Of `p - n`, the one in whose direction the input is displaced.
            let own = match &expression.terms[..] {
                [only] => Some(only),
                several => several.iter().find(|(_, sign)| sign * beyond > 0.0),
            };
            if let Some((column, sign)) = own {
                columns[column.0] = sign * beyond;
            }
        }
        for (distance, moves) in &self.distances {
            let moves = moves.iter().map(|column| columns[column.0]);
            columns[distance.0] = moves.fold(0.0, f64::max);
        }
    }
}

/// Adds columns for the inputs that are `read` by the network or by rows of the region, and the rows that keep them in
/// `region`; the other inputs stay constant at the region's default point.
pub fn add_inputs(problem: &mut Problem, region: &Region, read: &[bool]) -> Inputs {
    let mut read = read.to_vec();
    for row in region.rows() {
        row.inputs.iter().for_each(|(input, _)| read[*input] = true);
    }
    let inputs = add_columns(problem, region, &read);
    for (index, row) in region.rows().iter().enumerate() {
        // A solver's tolerances are absolute, and it refuses large coefficients.
        let largest = row.inputs.iter().map(|(_, a)| a.abs()).fold(0.0, f64::max);
        let unit = power_of_two_below(largest).recip();
        let unit = if unit.is_normal() { unit } else { 1.0 };
        let terms = row.inputs.iter();
        let row = Affine::combination(
            unit * row.constant,
            terms.map(|(input, a)| (unit * a, &inputs.expressions[*input])),
        );
        problem.add_row(
            format!("region{index}"),
            f64::NEG_INFINITY,
            -row.constant,
            row.terms,
        );
    }
    inputs
}

/// Adds columns for the inputs that are `read`, limited to box and ball.
fn add_columns(problem: &mut Problem, region: &Region, read: &[bool]) -> Inputs {
    let Some(ball) = region.budget() else {
        let (lower, upper) = (region.lower(), region.upper());
        let expression = |input: usize| {
            if read[input] && lower[input] < upper[input] {
                let name = format!("x{input}");
                Affine::column(problem.add_continuous(name, lower[input], upper[input]))
            } else {
                Affine::constant(region.default_point()[input])
            }
        };
        return Inputs {
            expressions: (0..region.inputs()).map(expression).collect(),
            distances: Vec::new(),
        };
    };
    let expressions: Vec<Affine> = (0..region.inputs())
        .map(|input| match read[input] {
            true => add_moves(problem, region, ball, input),
            false => Affine::constant(ball.centre()[input]),
        })
        .collect();
    let moves = |input: usize| expressions[input].terms.iter().map(|(column, _)| *column);
    let mut distances = Vec::new();
    let spent: Vec<Column> = match ball.groups() {
        Groups::Sets(sets) => {
            for (group, inputs) in sets.iter().enumerate() {
                let moved = inputs.iter().map(|&input| moves(input).collect::<Vec<_>>());
                let moved: Vec<_> = moved.filter(|columns| !columns.is_empty()).collect();
                if !moved.is_empty() {
                    distances.push(add_distance(problem, ball, group, &moved));
                }
            }
            distances.iter().map(|(distance, _)| *distance).collect()
        }
        _ => (0..region.inputs()).flat_map(moves).collect(),
    };
    if !spent.is_empty() {
        let terms = spent.into_iter().map(|column| (column, 1.0)).collect();
        let radius = ball.radius();
        problem.add_row(String::from("ball"), f64::NEG_INFINITY, radius, terms);
    }
    Inputs {
        expressions,
        distances,
    }
}

/// Adds the columns that move `input` from the centre.
fn add_moves(problem: &mut Problem, region: &Region, ball: &Ball, input: usize) -> Affine {
    let (lower, upper) = (region.lower()[input], region.upper()[input]);
    let centre = ball.centre()[input];
    let mut expression = Affine::constant(centre);
    for (name, sign, room) in [("p", 1.0, upper - centre), ("n", -1.0, centre - lower)] {
        if room > 0.0 {
            let largest = room.min(ball.radius());
            let column = problem.add_continuous(format!("{name}{input}"), 0.0, largest);
            expression.terms.push((column, sign));
        }
    }
    expression
}

/// Adds the distance of `group`, whose inputs are moved by the columns `moved`.
fn add_distance(
    problem: &mut Problem,
    ball: &Ball,
    group: usize,
    moved: &[Vec<Column>],
) -> (Column, Vec<Column>) {
    let distance = problem.add_continuous(format!("s{group}"), 0.0, ball.radius());
    for (index, columns) in moved.iter().enumerate() {
        let mut terms: Vec<_> = columns.iter().map(|column| (*column, 1.0)).collect();
        terms.push((distance, -1.0));
        let name = format!("s{group}_{index}");
        problem.add_row(name, f64::NEG_INFINITY, 0.0, terms);
    }
    (distance, moved.concat())
}
