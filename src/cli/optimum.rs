//! The question of an optimum: of a linear function of a network's inputs and outputs over a box.

use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, anyhow, ensure};
use clap::Args;

use super::destination::Input;
use super::expression::Expression;
use super::question::{NetworkArguments, Question};
use crate::instance::{Instance, InstanceError, Linear, Objective, Region};
use crate::milp::Sense;

/// Arguments of function maximization and minimization.
#[derive(Debug, Clone, Args)]
pub struct OptimumArguments {
    #[command(flatten)]
    networks: NetworkArguments,
    /// What is optimised, linear in the inputs x0, x1, ... and outputs y0, y1, ..., such as "2*y0 - y1 + 0.1*x3"; by
    /// default the output of a network that has one
    #[arg(long, value_name = "FUNCTION", allow_hyphen_values = true)]
    objective: Option<Expression>,
    /// Lower sides of the inputs: a number for all, or a file of numbers, one for each
    #[arg(
        long,
        value_name = "L",
        default_value = "0",
        allow_hyphen_values = true
    )]
    lower: Sides,
    /// Upper sides of the inputs
    #[arg(
        long,
        value_name = "U",
        default_value = "1",
        allow_hyphen_values = true
    )]
    upper: Sides,
}

/// One side of a box.
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
            Self::File(path) => {
                let sides = numbers(path)?;
                ensure!(
                    sides.len() == inputs,
                    "{} has {} numbers, expected {inputs}, one for each input",
                    path.display(),
                    sides.len()
                );
                Ok(sides)
            }
        }
    }
}

/// The numbers in a file, with spaces, commas or lines between them.
fn numbers(path: &Path) -> anyhow::Result<Vec<f64>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let words = text.split(|c: char| c.is_whitespace() || c == ',');
    let words = words.filter(|word| !word.is_empty());
    let number = |(place, word): (usize, &str)| {
        word.parse::<f64>().map_err(|_| {
            anyhow!(
                "{}: the number at place {place} is {word:?}, expected numbers with spaces, commas or lines between them",
                path.display()
            )
        })
    };
    words.enumerate().map(number).collect()
}

impl OptimumArguments {
    pub fn question(&self, sense: Sense) -> anyhow::Result<Question> {
        let networks = self.networks.read()?;
        let dense = networks.dense.network;
        let cannot_optimise =
            || format!("cannot optimise over {}", self.networks.network.display());
        let inputs = dense.inputs();
        let region = Region::new_box(self.lower.read(inputs)?, self.upper.read(inputs)?)
            .with_context(cannot_optimise)?;
        let objective = self.objective.as_ref();
        if objective.is_none() && dense.outputs() != 1 {
            let outputs = InstanceError::NotOneOutput(dense.outputs());
            return Err(outputs).with_context(cannot_optimise);
        }
        let instance = instance(region, objective, sense);
        instance
            .check_network(&dense)
            .with_context(cannot_optimise)?;
        Ok(Question {
            paths: self.networks.clone(),
            dense,
            dense_sha256: networks.dense_sha256,
            surrogate: networks.surrogate.map(|model| model.network),
            instance,
            image: None,
            sense,
            objective: objective.map(|objective| objective.text.clone()),
        })
    }

    /// The files that [`OptimumArguments::question`] reads.
    pub fn inputs(&self) -> Vec<Input> {
        let mut inputs = self.networks.inputs();
        for (what, sides) in [
            ("the lower sides", &self.lower),
            ("the upper sides", &self.upper),
        ] {
            if let Sides::File(path) = sides {
                inputs.push((what.to_owned(), path.clone()));
            }
        }
        inputs
    }
}

/// An objective, by default the first output, is always maximised: one that is to be small is negated.
pub fn instance(region: Region, objective: Option<&Expression>, sense: Sense) -> Instance {
    let function = objective.map_or_else(|| Linear::output(0), |given| given.function.clone());
    let function = match sense {
        Sense::Maximize => function,
        Sense::Minimize => function.negated(),
    };
    Instance::maximize(region, Objective::new(function))
}
