//! An experiment as data: the axes of its grid, read from a TOML file.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::finetuning::FinetuningAxis;
use crate::bounds::BoundKind;
use crate::dataset::{DatasetName, Function, SampleCounts};
use crate::files::sha256;
use crate::instance::{Distance, LabelSource};
use crate::named::{Named, in_words};
use crate::pruning::{Granularity, Method, OutputRows, Scope};
use crate::regularisers::Regularisers;
use crate::search::Strategy;
use crate::training::Device;

/// Why a description is not one of an experiment.
#[derive(Debug, Error)]
pub enum DescriptionError {
    #[error("it is not a TOML description of an experiment")]
    Toml(#[source] Box<toml::de::Error>),
    #[error("{field} is {found}, expected {expected}")]
    Field {
        field: String,
        found: String,
        expected: String,
    },
}

/// What is asked of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Application {
    /// An adversarial input (paper section 4).
    Verification,
    /// A large output (paper section 5).
    Maximization,
    /// The least output of networks trained with regularisers (arXiv 2604.22746).
    Relaxation,
}

impl Named for Application {
    const WHAT: &'static str = "application";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Verification, "verification"),
        (Self::Maximization, "maximization"),
        (Self::Relaxation, "relaxation"),
    ];
}

/// The descriptions built into the program, from the folder `experiments`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// Every step on built-in data, in some ten seconds.
    Smoke,
    /// The paper's grid with fewer seeds and a shorter limit, for one machine.
    Scaled,
    /// The paper's grid, as the paper describes it.
    Paper,
    /// The paper's grid, as the published result files show that it was run.
    Published,
}

impl Named for Preset {
    const WHAT: &'static str = "preset";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Smoke, "smoke"),
        (Self::Scaled, "scaled"),
        (Self::Paper, "paper"),
        (Self::Published, "published"),
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
    /// Each block is a separate grid of surrogates; what two of them have in common is made once.
    #[serde(default)]
    pub surrogates: Vec<SurrogateAxes>,
}

/// Axes of the dense networks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkAxes {
    /// Verification only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub datasets: Vec<DatasetName>,
    /// Pixels per row and per column; verification only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sides: Vec<usize>,
    /// Functions that networks learn; relaxation only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<Function>,
    /// Numbers of samples of each function; relaxation only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<SampleCounts>,
    /// What is penalised in the training, one network each; relaxation only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regularisers: Vec<Regularisers>,
    /// Numbers of inputs; maximization only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<usize>,
    /// Numbers of hidden layers.
    pub depths: Vec<usize>,
    /// Neurons of every hidden layer.
    pub widths: Vec<usize>,
    /// Verification: data seeds; the network is trained from the seed + 2, as in the published
    /// runs. Maximization: seeds of the networks. Relaxation: seeds of the samples and of the networks.
    pub seeds: Vec<u32>,
    /// Epochs of training, if not the data set's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
    /// Device for training and finetuning.
    #[serde(default)]
    pub device: Device,
}

/// Axes of the surrogates of each dense network.
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
    /// Only networks with these seeds; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeds: Option<Vec<u32>>,
    /// Only these label sources; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<LabelSource>>,
}

/// Settings of the runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SolveAxes {
    /// All but `surrogate` use the dense network alone.
    pub strategies: Vec<Strategy>,
    /// Verification only.
    #[serde(default = "only::<LabelSource, 0>")]
    pub labels: Vec<LabelSource>,
    /// How the distance from the image is measured; verification only.
    #[serde(default = "only_l1", skip_serializing_if = "is_only_l1")]
    pub regions: Vec<Distance>,
    /// Time limit of each run, in wall seconds.
    pub time_limit: f64,
    /// Threads of the solver.
    pub threads: u32,
    /// Seed of the solver.
    pub seed: u32,
    /// The bounds that give big-M coefficients and fixed ReLU phases.
    #[serde(
        default = "BoundKind::interval",
        skip_serializing_if = "BoundKind::is_interval"
    )]
    pub bounds: BoundKind,
}

impl Experiment {
    /// Returns a built-in description.
    pub fn preset(application: Application, preset: Preset) -> Self {
        use Application::{Maximization, Relaxation, Verification};
        let text = match (application, preset) {
            (Verification, Preset::Smoke) => {
                include_str!("../../../experiments/verification-smoke.toml")
            }
            (Verification, Preset::Scaled) => {
                include_str!("../../../experiments/verification-scaled.toml")
            }
            (Verification, Preset::Paper) => {
                include_str!("../../../experiments/verification-paper.toml")
            }
            (Verification, Preset::Published) => {
                include_str!("../../../experiments/verification-published.toml")
            }
            (Relaxation, Preset::Smoke) => {
                include_str!("../../../experiments/relaxation-smoke.toml")
            }
            (Relaxation, Preset::Scaled) => {
                include_str!("../../../experiments/relaxation-scaled.toml")
            }
            (Relaxation, Preset::Paper | Preset::Published) => {
                include_str!("../../../experiments/relaxation-paper.toml")
            }
            (Maximization, Preset::Smoke) => {
                include_str!("../../../experiments/maximization-smoke.toml")
            }
            (Maximization, Preset::Scaled) => {
                include_str!("../../../experiments/maximization-scaled.toml")
            }
            (Maximization, Preset::Paper) => {
                include_str!("../../../experiments/maximization-paper.toml")
            }
            (Maximization, Preset::Published) => {
                include_str!("../../../experiments/maximization-published.toml")
            }
        };
        Self::parse(text).expect("the built-in descriptions are tested")
    }

    /// Parses and checks a description.
    ///
    /// # Errors
    /// When it is not TOML, has unknown fields, or values that no run can be made with.
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

    /// Six hexadecimal digits that distinguish descriptions.
    pub fn fingerprint(&self) -> String {
        sha256(self.to_toml().as_bytes())[..6].to_owned()
    }
}

/// An axis with one value, the `INDEX`-th of its enum.
fn only<T: Named, const INDEX: usize>() -> Vec<T> {
    vec![T::NAMES[INDEX].0]
}

fn only_l1() -> Vec<Distance> {
    vec![Distance::L1]
}

fn is_only_l1(regions: &[Distance]) -> bool {
    regions == [Distance::L1]
}

fn no_finetuning() -> Vec<FinetuningAxis> {
    vec![FinetuningAxis::None]
}
