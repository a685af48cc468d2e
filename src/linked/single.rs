//! A linked problem that is a question about one network over a box with rows: `search::portfolio` answers it, by
//! branch and bound over the phases, without a MILP.

use super::{LinkedBounds, LinkedProblem, Source};
use crate::instance::{Instance, Linear, Objective, Region};
use crate::milp::{Affine, Column, Kind, Sense};
use crate::network::Network;

/// A question about the only copy of the only network.
pub(super) struct SingleNetwork<'a> {
    pub network: &'a Network,
    pub instance: Instance,
    linked: &'a LinkedProblem,
    /// The column of each input that reads one.
    inputs: Vec<Option<Column>>,
}

impl<'a> SingleNetwork<'a> {
    /// The question, if `linked` is one: a single copy, no integers, rows over its inputs alone, and every other column
    /// fixed.
    pub fn of(linked: &'a LinkedProblem, bounds: &LinkedBounds) -> Option<Self> {
        let &[at] = &linked.order[..] else {
            return None;
        };
        let problem = linked.problem();
        let copy = linked.copy(at);
        let inputs: Vec<Option<Column>> = copy
            .inputs
            .iter()
            .map(|input| match input.source {
                Source::Column(column) => Some(column),
                Source::Number(_) => None,
            })
            .collect();
        // What each column is in terms of the network's inputs and outputs.
        let mut roles: Vec<Option<Role>> = problem
            .columns
            .iter()
            .map(|data| {
                let is_fixed = data.lower == data.upper;
                is_fixed.then_some(Role::Fixed(data.lower))
            })
            .collect();
        for (index, column) in inputs.iter().enumerate() {
            let Some(Column(column)) = *column else {
                continue;
            };
            if matches!(roles[column], Some(Role::Input(_))) {
                return None;
            }
            roles[column] = Some(Role::Input(index));
        }
        for (index, output) in copy.outputs.iter().enumerate() {
            let Some(output) = output else { continue };
            let data = &problem.columns[output.column.0];
            let (lower, upper) = bounds.columns[output.column.0];
            if data.lower > f64::NEG_INFINITY && data.lower >= lower
                || data.upper < f64::INFINITY && data.upper <= upper
            {
                return None;
            }
            roles[output.column.0] = Some(Role::Output(index));
        }
        let has_integers = problem
            .columns
            .iter()
            .any(|data| data.kind == Kind::Integer);
        let roles: Vec<Role> = roles.into_iter().collect::<Option<_>>()?;
        if has_integers {
            return None;
        }
        let linear = |expression: &Affine| {
            let mut linear = Linear {
                constant: expression.constant,
                ..Linear::default()
            };
            for &(Column(column), c) in expression.terms.iter().filter(|(_, c)| *c != 0.0) {
                match roles[column] {
                    Role::Fixed(value) => linear.constant += c * value,
                    Role::Input(index) => {
                        let input = copy.inputs[index];
                        linear.inputs.push((index, c * input.factor));
                        linear.constant += c * input.offset;
                    }
                    Role::Output(index) => {
                        let output = copy.outputs[index].expect("it has a column");
                        linear.outputs.push((index, c * output.factor));
                        linear.constant += c * output.offset;
                    }
                }
            }
            linear
        };
        let mut rows = Vec::new();
        for row in &problem.rows {
            let function = linear(&Affine {
                constant: 0.0,
                terms: row.terms.clone(),
            });
            if !function.outputs.is_empty() {
                return None;
            }
            for (side, sign) in [(row.upper, 1.0), (row.lower, -1.0)] {
                if side.is_finite() {
                    let mut half = function.clone();
                    half.constant -= side;
                    rows.push(if sign > 0.0 { half } else { half.negated() });
                }
            }
        }
        let costs = problem.columns.iter().enumerate();
        let objective = linear(&Affine {
            constant: problem.offset,
            terms: costs
                .map(|(index, data)| (Column(index), data.cost))
                .collect(),
        });
        let objective = match problem.sense {
            Sense::Maximize => objective,
            Sense::Minimize => objective.negated(),
        };
        let region = region(linked, bounds)?.subject_to(rows).ok()?;
        if region.may_be_empty() {
            return None;
        }
        let network = &linked.networks[at.network].network;
        let instance = Instance::maximize(region, Objective::new(objective));
        instance.check_network(network).ok()?;
        Some(Self {
            network,
            instance,
            linked,
            inputs,
        })
    }

    /// The columns of the problem where the network's inputs are `x`; those of outputs are zero.
    pub fn columns(&self, x: &[f64]) -> Vec<f64> {
        let columns = self.linked.problem().columns.iter();
        let mut point: Vec<f64> = columns
            .map(|data| {
                if data.lower == data.upper {
                    data.lower
                } else {
                    0.0
                }
            })
            .collect();
        let copy = self.linked.copy(self.linked.order[0]);
        for ((input, column), x) in copy.inputs.iter().zip(&self.inputs).zip(x) {
            if let Some(Column(column)) = column {
                point[*column] = x * input.factor + input.offset;
            }
        }
        point
    }

    /// A value of the instance's objective as one of the problem's.
    pub fn objective(&self, value: f64) -> f64 {
        match self.linked.problem().sense {
            Sense::Maximize => value,
            Sense::Minimize => -value,
        }
    }
}

/// What a column is.
#[derive(Debug, Clone, Copy)]
enum Role {
    Fixed(f64),
    /// With its place.
    Input(usize),
    /// With its place.
    Output(usize),
}

/// The box of the copy's inputs; `None` where a side is infinite.
fn region(linked: &LinkedProblem, bounds: &LinkedBounds) -> Option<Region> {
    let copy = linked.copy(linked.order[0]);
    let sides = copy.inputs.iter().map(|input| {
        let (least, most) = match input.source {
            Source::Number(value) => (value, value),
            Source::Column(column) => bounds.columns[column.0],
        };
        let (one, other) = (input.scaled(least), input.scaled(most));
        (one.min(other), one.max(other))
    });
    let (lower, upper) = sides.unzip();
    Region::new_box(lower, upper).ok()
}
