//! What makes a description one of runs that can be made.

use std::fmt::Display;

use serde::Serialize;

use super::description::{Application, DescriptionError, Experiment, SurrogateAxes};
use super::finetuning::FinetuningAxis;
use crate::dataset::SIDE;
use crate::network::check_sizes;

impl Experiment {
    /// Refuses what no run can be made with.
    ///
    /// # Errors
    /// Names the field and what was expected.
    pub fn check(&self) -> Result<(), DescriptionError> {
        let networks = &self.networks;
        some("networks.depths", &networks.depths, |&depth| depth > 0)?;
        some("networks.widths", &networks.widths, |&width| width > 0)?;
        some("networks.seeds", &networks.seeds, |_| true)?;
        some("solve.strategies", &self.solve.strategies, |_| true)?;
        some("solve.labels", &self.solve.labels, |_| true)?;
        match self.application {
            Application::Verification => {
                some("networks.datasets", &networks.datasets, |_| true)?;
                some("networks.sides", &networks.sides, |&side| {
                    (1..=SIDE).contains(&side)
                })?;
                none("networks.inputs", &networks.inputs)?;
            }
            Application::Maximization => {
                some("networks.inputs", &networks.inputs, |&inputs| inputs > 0)?;
                none("networks.datasets", &networks.datasets)?;
                none("networks.sides", &networks.sides)?;
            }
        }
        self.check_network_sizes()?;
        let limit = self.solve.time_limit;
        holds(
            "solve.time_limit",
            limit,
            limit > 0.0 && limit.is_finite(),
            "seconds above 0",
        )?;
        let threads = self.solve.threads;
        holds(
            "solve.threads",
            threads,
            (1..=1024).contains(&threads),
            "1 to 1024",
        )?;
        let seed = self.solve.seed;
        holds(
            "solve.seed",
            seed,
            i32::try_from(seed).is_ok(),
            "at most 2147483647",
        )?;
        let epochs = networks.epochs.unwrap_or(1);
        holds("networks.epochs", epochs, epochs > 0, "at least one")?;
        self.surrogates
            .iter()
            .try_for_each(|axes| self.check_surrogates(axes))
    }

    fn check_surrogates(&self, axes: &SurrogateAxes) -> Result<(), DescriptionError> {
        some("surrogates.rates", &axes.rates, |rate| {
            (0.0..1.0).contains(rate)
        })?;
        some("surrogates.methods", &axes.methods, |_| true)?;
        some("surrogates.granularities", &axes.granularities, |_| true)?;
        some("surrogates.scopes", &axes.scopes, |_| true)?;
        some("surrogates.output_rows", &axes.output_rows, |_| true)?;
        let trained = self.application == Application::Verification;
        some("surrogates.finetuning", &axes.finetuning, |&finetuning| {
            trained || finetuning == FinetuningAxis::None
        })?;
        if let Some(seeds) = &axes.seeds {
            some("surrogates.seeds", seeds, |seed| {
                self.networks.seeds.contains(seed)
            })?;
        }
        if let Some(labels) = &axes.labels {
            some("surrogates.labels", labels, |label| {
                self.solve.labels.contains(label)
            })?;
        }
        Ok(())
    }

    fn check_network_sizes(&self) -> Result<(), DescriptionError> {
        let largest = |values: &[usize]| values.iter().copied().max().unwrap_or(1);
        let inputs = largest(&self.networks.inputs);
        let width = largest(&self.networks.widths);
        let depth = largest(&self.networks.depths);
        let too_large = |found: String| DescriptionError::Field {
            field: "networks",
            found,
            expected: String::from("sizes that fit in memory"),
        };
        if depth > 1000 {
            return Err(too_large(format!("{depth} hidden layers")));
        }
        let mut sizes = vec![inputs];
        sizes.extend(std::iter::repeat_n(width, depth));
        sizes.push(1);
        check_sizes(&sizes).map_err(|error| too_large(format!("too large ({error})")))
    }
}

/// An axis has values, each of them sound.
fn some<T: Serialize>(
    field: &'static str,
    values: &[T],
    sound: impl Fn(&T) -> bool,
) -> Result<(), DescriptionError> {
    let expected = match field {
        "surrogates.rates" => "rates of at least 0 and below 1",
        "networks.sides" => "sides from 1 to 28",
        "surrogates.seeds" => "seeds among networks.seeds",
        "surrogates.labels" => "label sources among solve.labels",
        "surrogates.finetuning" => "none: only trained networks can be finetuned",
        _ => "at least one value, numbers above zero",
    };
    let found = serde_json::to_string(values).unwrap_or_default();
    holds(
        field,
        found,
        !values.is_empty() && values.iter().all(sound),
        expected,
    )
}

fn none<T: Serialize>(field: &'static str, values: &[T]) -> Result<(), DescriptionError> {
    let found = serde_json::to_string(values).unwrap_or_default();
    holds(
        field,
        found,
        values.is_empty(),
        "nothing in this application",
    )
}

pub(super) fn holds(
    field: &'static str,
    found: impl Display,
    sound: bool,
    expected: &str,
) -> Result<(), DescriptionError> {
    if sound {
        return Ok(());
    }
    Err(DescriptionError::Field {
        field,
        found: found.to_string(),
        expected: expected.to_owned(),
    })
}
