//! Checks that runs can be made from a description.

use std::fmt::Display;

use serde::Serialize;

use super::description::{Application, DescriptionError, Experiment, SurrogateAxes};
use super::finetuning::FinetuningAxis;
use crate::dataset::SIDE;
use crate::instance::{Distance, LabelSource};
use crate::network::check_sizes;
use crate::pruning::{Granularity, OutputRows};
use crate::search::Strategy;
use crate::training::Device;

/// The longest time limit: a year, in seconds.
const LONGEST: f64 = 365.0 * 24.0 * 3600.0;
/// The shortest time limit: nothing is solved sooner, and shorter limits would give file names that
/// are too long for any disk.
const SHORTEST: f64 = 0.001;
const MOST_SAMPLES: usize = 10_000_000;
const MOST_EPOCHS: usize = 100_000;
/// A lower rate prunes nothing from any network that fits in memory.
const LEAST_RATE: f64 = 1e-6;

impl Experiment {
    /// Refuses values that no run can be made with.
    ///
    /// # Errors
    /// Names the field and the expected values.
    pub fn check(&self) -> Result<(), DescriptionError> {
        let networks = &self.networks;
        let above_zero = |&number: &usize| number > 0;
        require_all("networks.depths", &networks.depths, above_zero, ABOVE_ZERO)?;
        require_all("networks.widths", &networks.widths, above_zero, ABOVE_ZERO)?;
        require_some("networks.seeds", &networks.seeds)?;
        require_some("solve.strategies", &self.solve.strategies)?;
        require_some("solve.labels", &self.solve.labels)?;
        require_some("solve.regions", &self.solve.regions)?;
        match self.application {
            Application::Verification => {
                require_some("networks.datasets", &networks.datasets)?;
                let sound = |side: &usize| (1..=SIDE).contains(side);
                require_all(
                    "networks.sides",
                    &networks.sides,
                    sound,
                    "sides from 1 to 28",
                )?;
                require_none("networks.inputs", &networks.inputs)?;
            }
            Application::Relaxation => {
                require_some("networks.functions", &networks.functions)?;
                require_some("networks.regularisers", &networks.regularisers)?;
                let samples = networks.samples.map_or([0; 3], |samples| {
                    [samples.training, samples.validation, samples.test]
                });
                let are_some = samples
                    .iter()
                    .all(|&count| (1..=MOST_SAMPLES).contains(&count));
                let expected = "numbers of training, validation and test samples, 1 to 10000000";
                require("networks.samples", in_toml(&samples), are_some, expected)?;
                require_none("networks.inputs", &networks.inputs)?;
                require_none("networks.datasets", &networks.datasets)?;
                require_none("networks.sides", &networks.sides)?;
                self.check_labels_unused()?;
                self.check_regions_unused("the inputs are those of the function")?;
            }
            Application::Maximization => {
                require_all("networks.inputs", &networks.inputs, above_zero, ABOVE_ZERO)?;
                require_none("networks.datasets", &networks.datasets)?;
                require_none("networks.sides", &networks.sides)?;
                require_none("networks.epochs", networks.epochs.as_slice())?;
                self.check_labels_unused()?;
                self.check_regions_unused("the inputs are those of the unit box")?;
                let device = networks.device;
                let expected = "nothing in this application: random networks are not trained";
                require(
                    "networks.device",
                    device,
                    device == Device::default(),
                    expected,
                )?;
            }
        }
        if self.application != Application::Relaxation {
            require_none("networks.functions", &networks.functions)?;
            require_none("networks.regularisers", &networks.regularisers)?;
            let samples = networks.samples.as_ref().map(|samples| samples.training);
            require_none("networks.samples", samples.as_slice())?;
        }
        self.check_network_sizes()?;
        let limit = self.solve.time_limit;
        require(
            "solve.time_limit",
            format!("{limit:?}"),
            (SHORTEST..=LONGEST).contains(&limit),
            "0.001 seconds to a year",
        )?;
        let threads = self.solve.threads;
        require(
            "solve.threads",
            threads,
            (1..=1024).contains(&threads),
            "1 to 1024",
        )?;
        let seed = self.solve.seed;
        require(
            "solve.seed",
            seed,
            i32::try_from(seed).is_ok(),
            "at most 2147483647",
        )?;
        let epochs = networks.epochs.unwrap_or(1);
        let sound = (1..=MOST_EPOCHS).contains(&epochs);
        require("networks.epochs", epochs, sound, "1 to 100000")?;
        let are_solved = self.solve.strategies.contains(&Strategy::Surrogate);
        require(
            "surrogates",
            format!("a list of {}", self.surrogates.len()),
            self.surrogates.is_empty() != are_solved,
            "at least one with the strategy surrogate, none without it",
        )?;
        let mut blocks = self.surrogates.iter().enumerate();
        blocks.try_for_each(|(index, axes)| self.check_surrogates(index, axes))
    }

    fn check_surrogates(&self, index: usize, axes: &SurrogateAxes) -> Result<(), DescriptionError> {
        let field = |name: &str| format!("surrogates[{index}].{name}");
        // A negative zero would give another key for the same network.
        let sound = |rate: &f64| {
            *rate == 0.0 && rate.is_sign_positive() || (LEAST_RATE..1.0).contains(rate)
        };
        let expected = "rates below 1, and 0 or at least 0.000001";
        require_all(&field("rates"), &axes.rates, sound, expected)?;
        require_some(&field("methods"), &axes.methods)?;
        require_some(&field("granularities"), &axes.granularities)?;
        require_some(&field("scopes"), &axes.scopes)?;
        require_some(&field("output_rows"), &axes.output_rows)?;
        let structured = axes.granularities.contains(&Granularity::Structured);
        let sound = |&rows: &OutputRows| structured || rows == OutputRows::Keep;
        let expected = "keep, unless pruning is structured";
        require_all(&field("output_rows"), &axes.output_rows, sound, expected)?;
        let trained = self.application == Application::Verification;
        let sound = |&finetuning: &FinetuningAxis| trained || finetuning == FinetuningAxis::None;
        let expected = "none: only trained networks can be finetuned";
        require_all(&field("finetuning"), &axes.finetuning, sound, expected)?;
        if let Some(seeds) = &axes.seeds {
            let sound = |seed: &u32| self.networks.seeds.contains(seed);
            require_all(&field("seeds"), seeds, sound, "seeds among networks.seeds")?;
        }
        if let Some(labels) = &axes.labels {
            let sound = |label: &LabelSource| self.solve.labels.contains(label);
            let expected = "label sources among solve.labels";
            require_all(&field("labels"), labels, sound, expected)?;
        }
        Ok(())
    }

    /// Label sources apply to verification alone; `dense`, which every description is written with,
    /// counts as none.
    fn check_labels_unused(&self) -> Result<(), DescriptionError> {
        let unused = |field: &str, labels: &[LabelSource]| {
            let sound = labels == [LabelSource::Dense];
            let expected = "nothing in this application: only verification has labels";
            require(field, in_toml(labels), sound, expected)
        };
        unused("solve.labels", &self.solve.labels)?;
        for (index, axes) in self.surrogates.iter().enumerate() {
            if let Some(labels) = &axes.labels {
                unused(&format!("surrogates[{index}].labels"), labels)?;
            }
        }
        Ok(())
    }

    /// Regions apply to verification alone.
    fn check_regions_unused(&self, why: &str) -> Result<(), DescriptionError> {
        let regions = &self.solve.regions;
        let expected = format!("nothing in this application: {why}");
        let is_default = regions == &[Distance::L1];
        require("solve.regions", in_toml(regions), is_default, &expected)
    }

    fn check_network_sizes(&self) -> Result<(), DescriptionError> {
        let largest = |values: &[usize]| values.iter().copied().max().unwrap_or(1);
        let inputs = largest(&self.networks.inputs);
        let width = largest(&self.networks.widths);
        let depth = largest(&self.networks.depths);
        let too_large = |found: String| DescriptionError::Field {
            field: String::from("networks"),
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

const ABOVE_ZERO: &str = "numbers above zero";

/// Checks that an axis has values, all of them `sound`.
fn require_all<T: Serialize>(
    field: &str,
    values: &[T],
    sound: impl Fn(&T) -> bool,
    expected: &str,
) -> Result<(), DescriptionError> {
    require_some(field, values)?;
    require(field, in_toml(values), values.iter().all(sound), expected)
}

/// Checks that an axis has values; any are allowed.
fn require_some<T: Serialize>(field: &str, values: &[T]) -> Result<(), DescriptionError> {
    let is_some = !values.is_empty();
    require(field, in_toml(values), is_some, "at least one value")
}

/// A list as in TOML, numbers with an exponent where plain digits would be too long.
pub(super) fn in_toml<T: Serialize>(values: &[T]) -> String {
    serde_json::to_string(values).unwrap_or_else(|error| error.to_string())
}

fn require_none<T: Serialize>(field: &str, values: &[T]) -> Result<(), DescriptionError> {
    let found = in_toml(values);
    let expected = "nothing in this application";
    require(field, found, values.is_empty(), expected)
}

pub(super) fn require(
    field: &str,
    found: impl Display,
    sound: bool,
    expected: &str,
) -> Result<(), DescriptionError> {
    if sound {
        return Ok(());
    }
    Err(DescriptionError::Field {
        field: field.to_owned(),
        found: found.to_string(),
        expected: expected.to_owned(),
    })
}
