//! The input region as columns.
//!
//! A box is one column per input. The L1 ball around `x0` is `x = x0 + p - n` with `p, n >= 0`
//! and one row `sum (p + n) <= epsilon`: no column for `x` itself, and no `p` (or `n`) where the
//! centre already lies at the upper (or lower) side of the box.

use crate::instance::Region;
use crate::milp::{Affine, Column, Problem};

/// The inputs of a network as expressions over columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Inputs {
    expressions: Vec<Affine>,
}

impl Inputs {
    /// One expression per input.
    pub fn expressions(&self) -> &[Affine] {
        &self.expressions
    }

    /// The input `x` that a point of the problem stands for.
    pub fn at(&self, columns: &[f64]) -> Vec<f64> {
        let expressions = self.expressions.iter();
        expressions.map(|input| input.value(columns)).collect()
    }

    /// Gives these columns, of a problem whose columns are all at zero, the values that stand for `x`.
    pub(super) fn place(&self, x: &[f64], columns: &mut [f64]) {
        for (expression, x) in self.expressions.iter().zip(x) {
            let beyond = x - expression.constant;
            // Of `p - n` the one in whose direction the input is off.
            let own = match &expression.terms[..] {
                [only] => Some(only),
                several => several.iter().find(|(_, sign)| sign * beyond > 0.0),
            };
            if let Some((column, sign)) = own {
                columns[column.0] = sign * beyond;
            }
        }
    }
}

/// Adds columns for the inputs that are `read` and the rows that keep them in `region`; the
/// others stay constant at the region's default point.
pub fn add_inputs(problem: &mut Problem, region: &Region, read: &[bool]) -> Inputs {
    let mut spent = Vec::new();
    let expressions = (0..region.len())
        .map(|input| {
            if read[input] {
                add_input(problem, region, input, &mut spent)
            } else {
                Affine::constant(region.default_point()[input])
            }
        })
        .collect();
    if let Some(ball) = region.ball()
        && !spent.is_empty()
    {
        let terms = spent.into_iter().map(|column| (column, 1.0)).collect();
        problem.add_row(String::from("ball"), f64::NEG_INFINITY, ball.radius, terms);
    }
    Inputs { expressions }
}

fn add_input(
    problem: &mut Problem,
    region: &Region,
    input: usize,
    spent: &mut Vec<Column>,
) -> Affine {
    let (lower, upper) = (region.lower()[input], region.upper()[input]);
    let Some(ball) = region.ball() else {
        return Affine::column(problem.add_continuous(format!("x{input}"), lower, upper));
    };
    let centre = ball.centre[input];
    let mut expression = Affine::constant(centre);
    for (name, sign, room) in [("p", 1.0, upper - centre), ("n", -1.0, centre - lower)] {
        if room > 0.0 {
            let largest = room.min(ball.radius);
            let column = problem.add_continuous(format!("{name}{input}"), 0.0, largest);
            expression.terms.push((column, sign));
            spent.push(column);
        }
    }
    expression
}
