//! Regression networks: what they learn, how they are trained, and the units of what comes out.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::key::json;
use crate::bounds::interval;
use crate::dataset::{Function, Regression, SampleCounts, Scale, Scaling, Table, TableError};
use crate::formats::Origin;
use crate::instance::Region;
use crate::network::{Layer, Network, NetworkError};
use crate::regularisers::Regularisers;
use crate::stochastic::TwoStageName;
use crate::training::{
    self, Device, Job, Loss, Observer, TrainingData, TrainingError, TrainingSettings,
};

/// Everything that determines the weights of a regression network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegressionRecipe {
    /// What it learns.
    pub source: RegressionSource,
    /// Neurons of each hidden layer, first to last.
    pub hidden: Vec<usize>,
    /// Seed of the initial weights and of the order of the samples.
    pub seed: u64,
    /// Device for the training.
    pub device: Device,
    /// Settings of the training.
    pub training: TrainingSettings,
    /// What is penalised besides the error.
    pub regularisers: Regularisers,
    /// Whether the outputs are quantiles that never cross ([`Job::with_increasing_outputs`]); not written where they are
    /// not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub increasing: bool,
}

/// Where the samples of a regression come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RegressionSource {
    /// A test function, sampled by [`Regression::of_function`].
    Function {
        /// The function.
        function: Function,
        /// Numbers of samples.
        samples: SampleCounts,
        /// Seed of the samples.
        seed: u32,
    },
    /// The second stage's cost of a two-stage problem at random decisions, in random scenarios.
    TwoStage {
        /// The problem.
        problem: TwoStageName,
        /// Numbers of samples.
        samples: SampleCounts,
        /// Seed of the samples for training; validation and test have the next two.
        seed: u32,
    },
    /// A CSV file, split by [`Regression::of_table`].
    Table {
        /// Its name, without its folder.
        file: String,
        /// SHA-256 of its content in lower-case hexadecimal digits.
        sha256: String,
        /// The columns that are inputs.
        inputs: Vec<String>,
        /// The columns that are outputs.
        targets: Vec<String>,
        /// Seed of the split into training, validation and test.
        seed: u64,
    },
}

impl RegressionSource {
    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        match self {
            Self::Function { function, .. } => function.inputs(),
            Self::TwoStage { problem, .. } => problem.problem().decisions().len(),
            Self::Table { inputs, .. } => inputs.len(),
        }
    }

    /// Number of targets.
    pub fn targets(&self) -> usize {
        match self {
            Self::Function { .. } | Self::TwoStage { .. } => 1,
            Self::Table { targets, .. } => targets.len(),
        }
    }

    /// Number of samples for training; of a table, whose file is not known, one.
    pub fn training_samples(&self) -> usize {
        match self {
            Self::Function { samples, .. } | Self::TwoStage { samples, .. } => samples.training,
            Self::Table { .. } => 1,
        }
    }

    /// The samples; `None` of a table, whose file is not known.
    ///
    /// # Errors
    /// When a number of samples is zero.
    pub fn samples(&self) -> Result<Option<Regression>, TableError> {
        match *self {
            Self::Function {
                function,
                samples,
                seed,
            } => Regression::of_function(function, samples, seed).map(Some),
            Self::TwoStage {
                problem,
                samples,
                seed,
            } => of_two_stage(problem, samples, seed).map(Some),
            Self::Table { .. } => Ok(None),
        }
    }
}

/// Random decisions, each with the cost of the second stage in its own scenario.
///
/// # Errors
/// When `count` is zero.
pub fn two_stage_samples(
    problem: TwoStageName,
    count: usize,
    seed: u32,
) -> Result<Table, TableError> {
    let (decisions, costs) = problem.samples(count, seed);
    Table::new(&decisions, &costs)
}

/// Samples of the cost of the second stage, scaled to unit deviation.
fn of_two_stage(
    problem: TwoStageName,
    samples: SampleCounts,
    seed: u32,
) -> Result<Regression, TableError> {
    let parts = [
        two_stage_samples(problem, samples.training, seed)?,
        two_stage_samples(problem, samples.validation, seed.wrapping_add(1))?,
        two_stage_samples(problem, samples.test, Regression::test_seed(seed))?,
    ];
    let decisions = problem.problem().decisions().into_iter();
    Regression::standardised(
        parts,
        decisions.map(|each| (each.lower, each.upper)).collect(),
    )
}

impl fmt::Display for RegressionSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function { function, .. } => write!(f, "{function}"),
            Self::TwoStage { problem, .. } => write!(f, "{problem}"),
            Self::Table { file, .. } => f.write_str(file),
        }
    }
}

impl RegressionRecipe {
    /// What the header of the model's file says of its weights, which are in the units of the data.
    pub fn origin(&self, data: &Regression) -> Origin {
        Origin::Regression {
            source: json(&self.source),
            domain: data.domain.clone(),
            scaling: json(&data.scaling),
            seed: self.seed,
            device: self.device.to_string(),
            settings: json(&self.settings()),
            regularisers: self.regularisers.to_string(),
        }
    }

    /// The network in the units of the data, from one that [`fit`] trained: the scaling becomes part of the first and of
    /// the last layer.
    ///
    /// # Errors
    /// When a weight or bias overflows.
    ///
    /// # Panics
    /// When the network does not fit the data.
    pub fn in_data_units(
        &self,
        data: &Regression,
        network: &Network,
    ) -> Result<Network, NetworkError> {
        let network = in_units_of(&data.scaling, network)?;
        match self.increasing {
            true => with_unclipped_first_quantile(&network, &data.domain),
            false => Ok(network),
        }
    }

    /// Whether [`fit`] can train both networks at once.
    pub fn goes_with(&self, other: &Self) -> bool {
        let common = |recipe: &Self| Self {
            seed: 0,
            regularisers: Regularisers::default(),
            training: TrainingSettings {
                learning_rate: 1.0,
                ..recipe.training.clone()
            },
            ..recipe.clone()
        };
        common(self) == common(other)
    }

    /// The layer sizes of the network under training, without the layer that sums up increments.
    pub fn sizes(&self) -> Vec<usize> {
        let outputs = match &self.training.loss {
            Loss::Quantile(levels) => levels.len(),
            _ => self.source.targets(),
        };
        [&[self.source.inputs()], &self.hidden[..], &[outputs]].concat()
    }

    /// The settings of the training, in which the layer that sums up increments is fixed.
    pub fn settings(&self) -> TrainingSettings {
        TrainingSettings {
            fixed_layers: usize::from(self.increasing),
            ..self.training.clone()
        }
    }
}

/// Trains regression networks on the same data, all at once. The recipes may differ in seeds, learning rates and
/// regularisers ([`RegressionRecipe::goes_with`]). The networks compute scaled outputs from scaled inputs, see [`RegressionRecipe::in_data_units`].
///
/// # Errors
/// As [`training::train`].
pub fn fit(
    recipes: &[&RegressionRecipe],
    data: &Regression,
    observer: Observer,
) -> Result<Vec<Result<Network, TrainingError>>, TrainingError> {
    let Some(first) = recipes.first() else {
        return Ok(Vec::new());
    };
    let domain = data.scaled_domain();
    let job = |recipe: &&RegressionRecipe| {
        let sizes = recipe.sizes();
        let job = match (&recipe.training.loss, recipe.increasing) {
            (Loss::Quantile(_), true) => Job::with_increasing_outputs(&sizes, recipe.seed)?,
            (Loss::Quantile(_), false) => Job::with_sizes(&sizes, recipe.seed)?,
            (_, true) => return Err(TrainingError::IncreasingWithoutQuantiles),
            (_, false) => Job::with_normal_weights(&sizes, recipe.seed)?,
        };
        let job = job.with_learning_rate(recipe.training.learning_rate);
        Ok(recipe.regularisers.added_to(job, &domain))
    };
    let jobs: Vec<Job> = recipes
        .iter()
        .map(job)
        .collect::<Result<_, TrainingError>>()?;
    let samples = TrainingData {
        training: (&data.training).into(),
        validation: Some((&data.validation).into()),
    };
    training::train(&jobs, samples, &first.settings(), first.device, observer)
}

/// The network that takes inputs and gives outputs as they are, from one that takes and gives scaled ones: the scaling
/// becomes part of the first and of the last layer. Several outputs share the scale of a single target.
fn in_units_of(scaling: &Scaling, network: &Network) -> Result<Network, NetworkError> {
    let mut layers = network.layers().to_vec();
    if scaling.inputs.iter().any(|scale| *scale != Scale::NONE) {
        layers[0] = of_unscaled(&layers[0], &scaling.inputs);
    }
    let last = layers.last_mut().expect("a network has layers");
    let targets = match &scaling.targets[..] {
        [only] => vec![*only; last.outputs()],
        all => all.to_vec(),
    };
    *last = to_unscaled(last, &targets);
    Network::new(layers)
}

/// A network of increasing quantiles whose first one is not cut off by a ReLU over the box with these sides: the neuron
/// that carries it is raised until it is always active, and the outputs lowered by as much. Where a bound overflows, the
/// network stays as it is.
fn with_unclipped_first_quantile(
    network: &Network,
    sides: &[(f64, f64)],
) -> Result<Network, NetworkError> {
    let (lower, upper) = sides.iter().copied().unzip();
    let region = Region::new_box(lower, upper).expect("the sides of a domain are in order");
    let hidden = network.hidden().len();
    let lowest = match interval(network, &region) {
        Ok(bounds) => bounds.layer(hidden - 1)[0].lower(),
        Err(_) => 0.0,
    };
    if lowest >= 0.0 {
        return Ok(network.clone());
    }
    let mut layers = network.layers().to_vec();
    // So far that the bound stays above zero when it is computed again.
    let raised = -lowest * RAISED_BEYOND;
    let unit = layers[hidden].row(0)[0];
    layers[hidden - 1] = shifted(&layers[hidden - 1], |neuron| match neuron {
        0 => raised,
        _ => 0.0,
    });
    layers[hidden] = shifted(&layers[hidden], |_| -raised * unit);
    Network::new(layers)
}

/// Rounding of a bound must not undo what was raised.
const RAISED_BEYOND: f64 = 1.0 + 1e-9;

fn shifted(layer: &Layer, by: impl Fn(usize) -> f64) -> Layer {
    let biases = layer.biases().iter().enumerate();
    let biases = biases.map(|(neuron, bias)| bias + by(neuron)).collect();
    Layer::new(layer.inputs(), layer.weights().to_vec(), biases)
}

fn of_unscaled(layer: &Layer, scales: &[Scale]) -> Layer {
    assert_eq!(layer.inputs(), scales.len(), "a scale for each input");
    let (mut weights, mut biases) = (Vec::new(), Vec::new());
    for (neuron, &bias) in layer.biases().iter().enumerate() {
        let row = layer.row(neuron).iter().zip(scales);
        let own: Vec<f64> = row.map(|(weight, scale)| weight / scale.unit).collect();
        let shift = own
            .iter()
            .zip(scales)
            .map(|(weight, scale)| weight * scale.offset);
        biases.push(bias - shift.sum::<f64>());
        weights.extend(own);
    }
    Layer::new(layer.inputs(), weights, biases)
}

fn to_unscaled(layer: &Layer, scales: &[Scale]) -> Layer {
    assert_eq!(layer.outputs(), scales.len(), "a scale for each output");
    let (mut weights, mut biases) = (Vec::new(), Vec::new());
    for (neuron, (&bias, scale)) in layer.biases().iter().zip(scales).enumerate() {
        weights.extend(layer.row(neuron).iter().map(|weight| weight * scale.unit));
        biases.push(bias * scale.unit + scale.offset);
    }
    Layer::new(layer.inputs(), weights, biases)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::random;

    #[test]
    fn networks_in_units_undo_the_scaling() {
        for hidden in [&[4, 3][..], &[]] {
            let network = random(2, hidden, 5).unwrap();
            let scale = |offset, unit| Scale { offset, unit };
            let scaling = Scaling {
                inputs: vec![scale(-2.0, 4.0), scale(10.0, 0.5)],
                targets: vec![scale(3.0, 100.0)],
            };
            let own = in_units_of(&scaling, &network).unwrap();
            for x in [[0.3, 10.2], [-1.9, 10.5], [2.0, 9.7]] {
                let scaled: Vec<f64> = scaling
                    .inputs
                    .iter()
                    .zip(x)
                    .map(|(scale, x)| scale.of(x))
                    .collect();
                let expected = 3.0 + 100.0 * network.forward(&scaled)[0];
                assert!((own.forward(&x)[0] - expected).abs() < 1e-10);
            }
        }
    }
}
