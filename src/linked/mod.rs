//! A MILP of the user's own, some of whose columns are outputs of networks at others: the paper's general form of
//! constraint learning,
//!
//! ```text
//! max  c'x + d'y    subject to    A x + B y <= b,    y = NN(x)        (equation 6)
//! ```
//!
//! where some `x` may be integer, with several networks, any number of copies of each, and networks that read what
//! others give.
//!
//! Reading order: `link_file` (which columns are the inputs and outputs of which network), `propagation` and `bounds`
//! (bounds on columns and neurons from the whole problem), `formulation` (the complete MILP), `evaluation` (what the
//! dense networks say of a point), `pieces` and `descent` (points that satisfy the rows with the dense networks),
//! `splitting` (branch and bound over the inputs), `single` (problems that are a question about one network), `solve`.
//!
//! ```
//! use pipeline::linked::{LinkedNetwork, LinkedProblem, solve, Settings, Status};
//! use pipeline::milp::{Problem, Sense};
//! use pipeline::network::{Layer, Network};
//!
//! // max y - x1 where y = max(0, x1 - x2), x1 + x2 <= 1 and y >= 0.25.
//! let network = Network::new(vec![
//!     Layer::new(2, vec![1.0, -1.0], vec![0.0]),
//!     Layer::new(1, vec![1.0], vec![0.0]),
//! ])?;
//! let mut problem = Problem::new(Sense::Maximize);
//! let x1 = problem.add_continuous("x1".into(), 0.0, 1.0);
//! let x2 = problem.add_continuous("x2".into(), -1.0, 1.0);
//! let y = problem.add_continuous("y".into(), 0.25, f64::INFINITY);
//! problem.add_row("sum".into(), f64::NEG_INFINITY, 1.0, vec![(x1, 1.0), (x2, 1.0)]);
//! problem.columns[y.0].cost = 1.0;
//! problem.columns[x1.0].cost = -1.0;
//!
//! let linked = LinkedProblem::new(problem, vec![
//!     LinkedNetwork::new("gain", network).copy(&[x1, x2], &[y]),
//! ])?;
//! let result = solve(&linked, &Settings::default(), &mut |_| {})?;
//! let best = result.best.expect("it is feasible");
//! assert_eq!(result.status, Status::Optimal);
//! assert!((best.objective - 1.0).abs() < 1e-6); // x2 = -1, and y = x1 + 1
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod affine;
mod bounds;
mod descent;
mod error;
mod evaluation;
mod formulation;
mod link_file;
mod pieces;
mod propagation;
mod result;
mod single;
mod solve;
mod splitting;
#[cfg(test)]
mod tests;

pub use bounds::{LinkedBounds, bounds};
pub use error::LinkedError;
pub use evaluation::{Evaluation, Replay};
pub use formulation::{Formulation, formulate};
pub use link_file::{LinkError, read_link};
pub use result::{Accepted, Event, LinkedResult, Settings, Size, Status, Way};
pub use solve::solve;

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::bounds::BoundKind;
use crate::milp::{Column, Kind, Problem};
use crate::network::Network;

/// A MILP and the networks that give some of its columns their values.
#[derive(Debug, Clone)]
pub struct LinkedProblem {
    problem: Problem,
    networks: Vec<LinkedNetwork>,
    /// Copies, each after those whose outputs it reads.
    order: Vec<CopyIndex>,
}

/// A network with the copies of it in a problem.
#[derive(Debug, Clone)]
pub struct LinkedNetwork {
    /// Name in messages and, with a number, in the names of columns and rows.
    pub name: String,
    /// The dense network.
    pub network: Network,
    /// The model files that it was read from; none if it was not.
    pub files: Vec<PathBuf>,
    /// A sparse network that stands for it in surrogate MILPs.
    pub surrogate: Option<Network>,
    /// The kind of bounds on its neurons, if not that of the settings.
    pub bounds: Option<BoundKind>,
    /// Its copies.
    pub copies: Vec<NetworkCopy>,
}

/// A copy of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkCopy {
    /// What it reads, one for each input.
    pub inputs: Vec<Input>,
    /// What it gives, one for each output; `None` for one that is not read.
    pub outputs: Vec<Option<Output>>,
}

/// An input of a copy: `(source - offset) / factor`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Input {
    /// What is read.
    pub source: Source,
    /// What is subtracted from it.
    pub offset: f64,
    /// What the difference is divided by.
    pub factor: f64,
}

/// What an input reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Source {
    /// A column.
    Column(Column),
    /// A constant.
    Number(f64),
}

/// An output of a copy: `column = output * factor + offset`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Output {
    /// The column that has the value.
    pub column: Column,
    /// What is added to the product.
    pub offset: f64,
    /// What the network's output is multiplied by.
    pub factor: f64,
}

/// A copy by the positions of its network and of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct CopyIndex {
    network: usize,
    copy: usize,
}

impl Input {
    /// The value of the column itself.
    pub fn column(column: Column) -> Self {
        Self {
            source: Source::Column(column),
            offset: 0.0,
            factor: 1.0,
        }
    }

    /// The input where the source has this value.
    fn scaled(self, value: f64) -> f64 {
        (value - self.offset) / self.factor
    }
}

impl Output {
    /// The output itself.
    pub fn column(column: Column) -> Self {
        Self {
            column,
            offset: 0.0,
            factor: 1.0,
        }
    }

    /// The column's value where the network's output is `y`.
    fn unscaled(self, y: f64) -> f64 {
        y * self.factor + self.offset
    }
}

impl LinkedNetwork {
    /// A network without copies, surrogate or kind of bounds.
    pub fn new(name: impl Into<String>, network: Network) -> Self {
        Self {
            name: name.into(),
            network,
            files: Vec::new(),
            surrogate: None,
            bounds: None,
            copies: Vec::new(),
        }
    }

    /// The network with one more copy, whose inputs and outputs are these columns, unscaled.
    #[must_use]
    pub fn copy(mut self, inputs: &[Column], outputs: &[Column]) -> Self {
        let outputs = outputs.iter().map(|column| Some(Output::column(*column)));
        self.copies.push(NetworkCopy {
            inputs: inputs.iter().map(|column| Input::column(*column)).collect(),
            outputs: outputs.collect(),
        });
        self
    }
}

impl LinkedProblem {
    /// Links `problem` with `networks`. Bounds of its integer columns are rounded to integers.
    ///
    /// # Errors
    /// When a copy does not fit its network, a number is not finite or a factor zero, an output is integer or given
    /// twice, or copies read each other's outputs in a circle.
    ///
    /// # Panics
    /// When a copy names a column that is not in the problem.
    pub fn new(problem: Problem, networks: Vec<LinkedNetwork>) -> Result<Self, LinkedError> {
        let mut linked = Self {
            problem: with_integer_bounds(problem),
            networks,
            order: Vec::new(),
        };
        for at in linked.all_copies() {
            linked.check_copy(at)?;
        }
        linked.order = linked.ordered()?;
        Ok(linked)
    }

    /// The MILP, without the networks.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// The networks, with their copies.
    pub fn networks(&self) -> &[LinkedNetwork] {
        &self.networks
    }

    /// The dense networks.
    fn dense(&self) -> Vec<&Network> {
        self.networks.iter().map(|linked| &linked.network).collect()
    }

    fn copy(&self, at: CopyIndex) -> &NetworkCopy {
        &self.networks[at.network].copies[at.copy]
    }

    fn all_copies(&self) -> Vec<CopyIndex> {
        let networks = self.networks.iter().enumerate();
        let copies = networks.flat_map(|(network, linked)| {
            (0..linked.copies.len()).map(move |copy| CopyIndex { network, copy })
        });
        copies.collect()
    }

    /// The columns that copies read, each once.
    fn columns_read(&self) -> BTreeSet<Column> {
        let copies = self.networks.iter().flat_map(|network| &network.copies);
        let inputs = copies.flat_map(|copy| &copy.inputs);
        let columns = inputs.filter_map(|input| match input.source {
            Source::Column(column) => Some(column),
            Source::Number(_) => None,
        });
        columns.collect()
    }

    /// The columns that copies give their values.
    fn columns_given(&self) -> BTreeSet<Column> {
        let copies = self.networks.iter().flat_map(|network| &network.copies);
        let outputs = copies.flat_map(|copy| copy.outputs.iter().flatten());
        outputs.map(|output| output.column).collect()
    }

    /// Whether no copy reads what another gives.
    fn reads_no_outputs(&self) -> bool {
        self.columns_read().is_disjoint(&self.columns_given())
    }

    /// `copy 2 of network "yield"`, or without the number if there is one.
    fn in_words(&self, at: CopyIndex) -> String {
        let linked = &self.networks[at.network];
        match linked.copies.len() {
            1 => format!("network \"{}\"", linked.name),
            _ => format!("copy {} of network \"{}\"", at.copy + 1, linked.name),
        }
    }

    fn check_copy(&self, at: CopyIndex) -> Result<(), LinkedError> {
        let (linked, copy) = (&self.networks[at.network], self.copy(at));
        let network = &linked.network;
        let sizes = [
            ("inputs", copy.inputs.len(), network.inputs()),
            ("outputs", copy.outputs.len(), network.outputs()),
        ];
        for (side, found, expected) in sizes {
            if found != expected {
                let copy = self.in_words(at);
                return Err(LinkedError::Size {
                    copy,
                    side,
                    found,
                    expected,
                });
            }
        }
        for (index, input) in copy.inputs.iter().enumerate() {
            self.check_scale(at, format!("input {index}"), input.offset, input.factor)?;
            if let Source::Number(value) = input.source {
                self.check_number(at, format!("input {index}"), value, value.is_finite())?;
            }
        }
        for (index, output) in copy.outputs.iter().enumerate() {
            let Some(output) = output else { continue };
            self.check_scale(at, format!("output {index}"), output.offset, output.factor)?;
            let column = &self.problem.columns[output.column.0];
            if column.kind == Kind::Integer {
                return Err(LinkedError::IntegerOutput {
                    column: column.name.clone(),
                    copy: self.in_words(at),
                });
            }
        }
        Ok(())
    }

    fn check_scale(
        &self,
        at: CopyIndex,
        field: String,
        offset: f64,
        factor: f64,
    ) -> Result<(), LinkedError> {
        self.check_number(
            at,
            format!("the offset of {field}"),
            offset,
            offset.is_finite(),
        )?;
        if factor == 0.0 {
            return Err(LinkedError::Number {
                copy: self.in_words(at),
                field: format!("the factor of {field}"),
                value: factor,
                expected: "a number other than zero",
            });
        }
        self.check_number(
            at,
            format!("the factor of {field}"),
            factor,
            factor.is_finite(),
        )
    }

    fn check_number(
        &self,
        at: CopyIndex,
        field: String,
        value: f64,
        is_usable: bool,
    ) -> Result<(), LinkedError> {
        match is_usable {
            true => Ok(()),
            false => Err(LinkedError::Number {
                copy: self.in_words(at),
                field,
                value,
                expected: "a finite number",
            }),
        }
    }

    /// The copy that gives each column its value.
    fn givers(&self) -> Result<Vec<Option<CopyIndex>>, LinkedError> {
        let mut givers = vec![None; self.problem.columns.len()];
        for at in self.all_copies() {
            for output in self.copy(at).outputs.iter().flatten() {
                if let Some(first) = givers[output.column.0].replace(at) {
                    return Err(LinkedError::TwoOutputs {
                        column: self.problem.columns[output.column.0].name.clone(),
                        first: self.in_words(first),
                        second: self.in_words(at),
                    });
                }
            }
        }
        Ok(givers)
    }

    /// The copies, each after those whose outputs it reads.
    fn ordered(&self) -> Result<Vec<CopyIndex>, LinkedError> {
        let givers = self.givers()?;
        let mut left = self.all_copies();
        let mut order = Vec::with_capacity(left.len());
        while !left.is_empty() {
            let reads = |at: &CopyIndex| {
                let inputs = self.copy(*at).inputs.iter();
                let givers = inputs.filter_map(|input| match input.source {
                    Source::Column(column) => givers[column.0],
                    Source::Number(_) => None,
                });
                givers.collect::<Vec<_>>()
            };
            let (ready, waiting): (Vec<_>, Vec<_>) = left
                .iter()
                .partition(|at| reads(at).iter().all(|giver| !left.contains(giver)));
            if ready.is_empty() {
                let copies: Vec<String> = left.iter().map(|at| self.in_words(*at)).collect();
                return Err(LinkedError::Circle {
                    copies: copies.join(", "),
                });
            }
            order.extend(ready);
            left = waiting;
        }
        Ok(order)
    }
}

/// Rounds the bounds of integer columns inwards. (HiGHS 1.15 takes some problems with fractional ones for infeasible.)
fn with_integer_bounds(mut problem: Problem) -> Problem {
    for data in &mut problem.columns {
        if data.kind == Kind::Integer {
            (data.lower, data.upper) = propagation::integers_within(data.lower, data.upper);
        }
    }
    problem
}
