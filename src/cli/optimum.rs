//! Optimum questions: a linear function of a network's inputs and outputs, over a box.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Context;
use clap::Args;

use super::destination::Input;
use super::expression::{Expression, Row};
use super::number_file::numbers;
use super::question::{NetworkArguments, Question};
use crate::formats::Metadata;
use crate::instance::{Constrained, InstanceError, Linear, Region};
use crate::milp::Sense;

/// Arguments of function maximization and minimization.
#[derive(Debug, Clone, Args)]
pub struct OptimumArguments {
    #[command(flatten)]
    networks: NetworkArguments,
    /// Function to optimise, linear in the inputs x0, x1, ... and outputs y0, y1, ..., such as "2*y0 - y1 + 0.1*x3"
    /// [default: the output, if the network has only one]
    #[arg(long, value_name = "FUNCTION", allow_hyphen_values = true)]
    objective: Option<Expression>,
    /// Lower bounds on the inputs: one number for all, or a file with one number per input [default: of a regression
    /// network, those of its training samples, else 0]
    #[arg(long, value_name = "L", allow_hyphen_values = true)]
    lower: Option<Sides>,
    /// Upper bounds on the inputs, likewise [default: likewise, else 1]
    #[arg(long, value_name = "U", allow_hyphen_values = true)]
    upper: Option<Sides>,
    /// Linear constraint on inputs and outputs, such as "x0 + 2*x1 <= 3" or "y1 >= x0"; may be repeated
    #[arg(long, value_name = "CONSTRAINT", allow_hyphen_values = true)]
    subject_to: Vec<Row>,
}

/// The lower or upper bounds of a box.
#[derive(Debug, Clone)]
enum Sides {
    Same(f64),
    File(PathBuf),
}

impl FromStr for Sides {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.parse() {
            Ok(number) => Self::Same(number),
            Err(_) => Self::File(PathBuf::from(text)),
        })
    }
}

impl Sides {
    fn read(&self, inputs: usize) -> anyhow::Result<Vec<f64>> {
        match self {
            Self::Same(side) => Ok(vec![*side; inputs]),
            Self::File(path) => numbers(path, inputs),
        }
    }
}

impl OptimumArguments {
    pub fn question(&self, sense: Sense) -> anyhow::Result<Question> {
        let networks = self.networks.read()?;
        let domain = networks.dense.metadata.as_ref().and_then(Metadata::domain);
        let domain = domain.map(<[(f64, f64)]>::to_vec);
        let dense = networks.dense.network;
        let cannot_optimise =
            || format!("cannot optimise over {}", self.networks.network.display());
        let inputs = dense.inputs();
        let domain = domain.unwrap_or_else(|| vec![(0.0, 1.0); inputs]);
        let (lower, upper): (Vec<f64>, Vec<f64>) = domain.into_iter().unzip();
        let sides = |given: &Option<Sides>, default: Vec<f64>| match given {
            Some(sides) => sides.read(inputs),
            None => Ok(default),
        };
        let region = Region::new_box(sides(&self.lower, lower)?, sides(&self.upper, upper)?)
            .with_context(cannot_optimise)?;
        let objective = self.objective.as_ref();
        if objective.is_none() && dense.outputs() != 1 {
            let outputs = InstanceError::NotOneOutput(dense.outputs());
            return Err(outputs).with_context(cannot_optimise);
        }
        let question = constrained(region, objective, &self.subject_to, sense);
        let question = question.with_context(cannot_optimise)?;
        question
            .check_network(&dense)
            .with_context(cannot_optimise)?;
        let instance = question.unconstrained();
        Ok(Question {
            paths: self.networks.clone(),
            dense,
            dense_sha256: networks.dense_sha256,
            surrogate: networks.surrogate.map(|model| model.network),
            instances: vec![instance],
            constrained: Some(question),
            verification: None,
            sense,
            objective: objective.map(|objective| objective.text.clone()),
            subject_to: self.subject_to.iter().map(|row| row.text.clone()).collect(),
        })
    }

    /// The files that [`OptimumArguments::question`] reads.
    pub fn inputs(&self) -> Vec<Input> {
        let mut inputs = self.networks.inputs();
        for (what, sides) in [
            ("the lower bounds", &self.lower),
            ("the upper bounds", &self.upper),
        ] {
            if let Some(Sides::File(path)) = sides {
                inputs.push((what.to_owned(), path.clone()));
            }
        }
        inputs
    }
}

/// The maximization of an objective, by default the first output, subject to `rows`; an objective that is minimised is
/// negated.
///
/// # Errors
/// When a constraint is invalid for the region.
pub fn constrained(
    region: Region,
    objective: Option<&Expression>,
    rows: &[Row],
    sense: Sense,
) -> Result<Constrained, InstanceError> {
    let function = objective.map_or_else(|| Linear::output(0), |given| given.function.clone());
    let function = match sense {
        Sense::Maximize => function,
        Sense::Minimize => function.negated(),
    };
    let rows = rows.iter().flat_map(|row| row.functions.clone());
    Constrained::new(region, function, rows.collect())
}
