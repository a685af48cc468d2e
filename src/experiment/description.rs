//! An experiment as data: the axes of its grid, read from a TOML file.

use std::fmt::Display;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::dataset::{DatasetName, SIDE};
use crate::files::sha256;
use crate::instance::LabelSource;
use crate::named::{Named, in_words};
use crate::network::check_sizes;
use crate::pruning::{Granularity, Method, OutputRows, Scope};
use crate::search::Strategy;
use crate::training::Device;

/// Why a description describes no experiment.
#[derive(Debug, Error)]
pub enum DescriptionError {
    #[error("it is not TOML of an experiment")]
    Toml(#[source] Box<toml::de::Error>),
    #[error("{field} is {found}, expected {expected}")]
    Field {
        field: &'static str,
        found: String,
        expected: String,
    },
}

/// What a network is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Application {
    /// An adversarial input (paper section 4).
    Verification,
    /// A large output (paper section 5).
    Maximization,
}

impl Named for Application {
    const WHAT: &'static str = "application";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Verification, "verification"),
        (Self::Maximization, "maximization"),
    ];
}

/// The descriptions that come with the program, in the folder `experiments`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// Every step on built-in data, in a minute or two.
    Smoke,
    /// The paper's grid with fewer seeds and a shorter limit, for one machine.
    Scaled,
    /// The paper's grid.
    Paper,
}

impl Named for Preset {
    const WHAT: &'static str = "preset";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Smoke, "smoke"),
        (Self::Scaled, "scaled"),
        (Self::Paper, "paper"),
    ];
}

in_words!(Application, Preset);

/// A grid of runs: every combination of its axes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    pub application: Application,
    pub networks: NetworkAxes,
    pub solve: SolveAxes,
    /// Each block is a grid of surrogates by itself; what two of them share is made once.
    #[serde(default)]
    pub surrogates: Vec<SurrogateAxes>,
}

/// The dense networks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkAxes {
    /// Verification only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub datasets: Vec<DatasetName>,
    /// Pixels per row and per column; verification only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sides: Vec<usize>,
    /// Numbers of inputs; maximization only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<usize>,
    /// Numbers of hidden layers.
    pub depths: Vec<usize>,
    /// Neurons of every hidden layer.
    pub widths: Vec<usize>,
    /// Verification: data seeds, the network being trained from the seed + 2 as in the published
    /// runs. Maximization: seeds of the networks.
    pub seeds: Vec<u32>,
    /// Epochs of training, where not the data set's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
    /// Where networks are trained and finetuned.
    #[serde(default)]
    pub device: Device,
}

/// The surrogates of each dense network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SurrogateAxes {
    pub rates: Vec<f64>,
    #[serde(default = "only::<Method, 0>")]
    pub methods: Vec<Method>,
    #[serde(default = "only::<Granularity, 0>")]
    pub granularities: Vec<Granularity>,
    #[serde(default = "only::<Scope, 0>")]
    pub scopes: Vec<Scope>,
    #[serde(default = "only::<OutputRows, 0>")]
    pub output_rows: Vec<OutputRows>,
    #[serde(default = "no_finetuning")]
    pub finetuning: Vec<FinetuningAxis>,
    /// Only networks of these seeds; without it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeds: Option<Vec<u32>>,
    /// Only these label sources; without it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<LabelSource>>,
}

/// How each run is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SolveAxes {
    pub strategies: Vec<Strategy>,
    /// Verification only.
    #[serde(default = "only::<LabelSource, 0>")]
    pub labels: Vec<LabelSource>,
    /// Wall seconds of each run.
    pub time_limit: f64,
    /// Threads of the solver.
    pub threads: u32,
    /// Seed of the solver.
    pub seed: u32,
}

/// Finetuning, written `none` or rounds x epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinetuningAxis {
    None,
    Rounds { rounds: usize, epochs: usize },
}

impl Experiment {
    /// A description that comes with the program.
    pub fn preset(application: Application, preset: Preset) -> Self {
        use Application::{Maximization, Verification};
        let text = match (application, preset) {
            (Verification, Preset::Smoke) => {
                include_str!("../../experiments/verification-smoke.toml")
            }
            (Verification, Preset::Scaled) => {
                include_str!("../../experiments/verification-scaled.toml")
            }
            (Verification, Preset::Paper) => {
                include_str!("../../experiments/verification-paper.toml")
            }
            (Maximization, Preset::Smoke) => {
                include_str!("../../experiments/maximization-smoke.toml")
            }
            (Maximization, Preset::Scaled) => {
                include_str!("../../experiments/maximization-scaled.toml")
            }
            (Maximization, Preset::Paper) => {
                include_str!("../../experiments/maximization-paper.toml")
            }
        };
        Self::parse(text).expect("the descriptions that come with the program are tested")
    }

    /// Reads a description.
    ///
    /// # Errors
    /// When it is no TOML, has other fields, or values that no run can be made with.
    pub fn parse(text: &str) -> Result<Self, DescriptionError> {
        let experiment: Self =
            toml::from_str(text).map_err(|error| DescriptionError::Toml(Box::new(error)))?;
        experiment.check()?;
        Ok(experiment)
    }

    /// The description as TOML, which [`Experiment::parse`] reads back.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a description has a TOML form")
    }

    /// Six hexadecimal digits by which descriptions differ.
    pub fn fingerprint(&self) -> String {
        sha256(self.to_toml().as_bytes())[..6].to_owned()
    }

    /// Leaves out what is not for these seeds.
    pub fn keep_seeds(&mut self, seeds: &[u32]) {
        self.networks.seeds = seeds.to_vec();
        for axes in &mut self.surrogates {
            if let Some(own) = &mut axes.seeds {
                own.retain(|seed| seeds.contains(seed));
            }
        }
        self.surrogates
            .retain(|axes| axes.seeds.as_ref().is_none_or(|own| !own.is_empty()));
    }

    /// Leaves out what is not for these label sources.
    pub fn keep_labels(&mut self, labels: &[LabelSource]) {
        self.solve.labels = labels.to_vec();
        for axes in &mut self.surrogates {
            if let Some(own) = &mut axes.labels {
                own.retain(|label| labels.contains(label));
            }
        }
        self.surrogates
            .retain(|axes| axes.labels.as_ref().is_none_or(|own| !own.is_empty()));
    }

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

fn holds(
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

/// An axis of one value, the `INDEX`-th of its enum.
fn only<T: Named, const INDEX: usize>() -> Vec<T> {
    vec![T::NAMES[INDEX].0]
}

fn no_finetuning() -> Vec<FinetuningAxis> {
    vec![FinetuningAxis::None]
}

impl Display for FinetuningAxis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Rounds { rounds, epochs } => write!(f, "{rounds}x{epochs}"),
        }
    }
}

impl FromStr for FinetuningAxis {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            text.parse()
                .ok()
                .filter(|number| (1..=1000).contains(number))
        };
        if text == "none" {
            return Ok(Self::None);
        }
        text.split_once('x')
            .and_then(|(rounds, epochs)| {
                let (rounds, epochs) = (number(rounds)?, number(epochs)?);
                Some(Self::Rounds { rounds, epochs })
            })
            .ok_or_else(|| {
                format!("finetuning is {text:?}, expected none or rounds x epochs, as 5x5")
            })
    }
}

impl Serialize for FinetuningAxis {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FinetuningAxis {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
