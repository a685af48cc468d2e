//! Expands the axes of a grid to models and runs.

use std::collections::BTreeSet;

use super::description::{Application, Experiment, SurrogateAxes};
use super::finetuning::FinetuningAxis;
use crate::campaign::Plan;
use crate::dataset::DatasetName;
use crate::experiment::settings::{QuestionSettings, RunSettings};
use crate::experiment::task::Task;
use crate::instance::{LabelSource, draw};
use crate::named::Named;
use crate::pruning::{Granularity, Method, OutputRows, Pruning};
use crate::recipe::{
    DenseRecipe, RegressionRecipe, RegressionSource, SurrogateRecipe, TrainedRecipe,
};
use crate::regularisers::Regularisers;
use crate::search::Strategy;
use crate::training::{Finetuning, TrainingSettings};

/// The published runs trained the network of data seed s from seed s + 2.
const TRAINING_SEED_OFFSET: u64 = 2;

/// All models and runs of some experiments, each once, in the order in which they are made. Runs of
/// the first seed come first, so that an unfinished experiment covers the whole grid.
pub fn plan<'a>(experiments: impl IntoIterator<Item = &'a Experiment>) -> Plan<Task> {
    let mut runs = Vec::new();
    for experiment in experiments {
        for &seed in &experiment.networks.seeds {
            for dense in dense_networks(experiment, seed) {
                add_network(experiment, seed, &dense, &mut runs);
            }
        }
    }
    Plan::of(runs.into_iter().map(|run| Task::Run(Box::new(run))))
}

/// The data sets, other than the built-in one, that the tasks need.
pub fn image_files(tasks: &[Task]) -> BTreeSet<DatasetName> {
    let dense = tasks.iter().map(|task| match task {
        Task::Model(recipe) => &recipe.dense,
        Task::Run(run) => &run.dense,
    });
    let names = dense.filter_map(DenseRecipe::dataset);
    names.filter(|&name| name != DatasetName::Digits).collect()
}

/// An upper bound on the solver time of the runs, in seconds of one thread.
pub fn solver_seconds(tasks: &[Task]) -> f64 {
    let seconds = tasks.iter().filter_map(|task| match task {
        Task::Model(_) => None,
        Task::Run(run) => Some(run.time_limit * f64::from(run.threads)),
    });
    // An empty sum would be -0.
    seconds.fold(0.0, |sum, seconds| sum + seconds)
}

fn add_network(
    experiment: &Experiment,
    seed: u32,
    dense: &DenseRecipe,
    runs: &mut Vec<RunSettings>,
) {
    let strategies = &experiment.solve.strategies;
    let all = Strategy::NAMES.iter().map(|&(strategy, _)| strategy);
    for strategy in all.filter(|strategy| *strategy != Strategy::Surrogate) {
        if strategies.contains(&strategy) {
            // Without a surrogate, the two label sources are the same.
            for question in questions(experiment, dense, seed, &[LabelSource::Dense]) {
                runs.push(run(experiment, question, strategy, dense, None));
            }
        }
    }
    if !strategies.contains(&Strategy::Surrogate) {
        return;
    }
    for axes in &experiment.surrogates {
        if axes
            .seeds
            .as_ref()
            .is_some_and(|seeds| !seeds.contains(&seed))
        {
            continue;
        }
        for surrogate in surrogates(axes, dense) {
            let labels = axes.labels.as_ref().unwrap_or(&experiment.solve.labels);
            for question in questions(experiment, dense, seed, labels) {
                let surrogate = Some(surrogate.clone());
                let strategy = Strategy::Surrogate;
                runs.push(run(experiment, question, strategy, dense, surrogate));
            }
        }
    }
}

fn run(
    experiment: &Experiment,
    question: QuestionSettings,
    strategy: Strategy,
    dense: &DenseRecipe,
    surrogate: Option<SurrogateRecipe>,
) -> RunSettings {
    let solve = &experiment.solve;
    RunSettings {
        question,
        strategy,
        time_limit: solve.time_limit,
        threads: solve.threads,
        solver_seed: solve.seed,
        bounds: solve.bounds,
        dense: dense.clone(),
        surrogate,
    }
}

fn dense_networks(experiment: &Experiment, seed: u32) -> Vec<DenseRecipe> {
    let axes = &experiment.networks;
    let mut hidden = Vec::new();
    for &depth in &axes.depths {
        hidden.extend(axes.widths.iter().map(|&width| vec![width; depth]));
    }
    let mut networks = Vec::new();
    match experiment.application {
        Application::Verification => {
            for &dataset in &axes.datasets {
                for &side in &axes.sides {
                    let networks_of_side = hidden.iter().map(|hidden| TrainedRecipe {
                        dataset,
                        side,
                        hidden: hidden.clone(),
                        seed: u64::from(seed) + TRAINING_SEED_OFFSET,
                        device: axes.device,
                        training: training(dataset, axes.epochs),
                        regularisers: Regularisers::default(),
                    });
                    networks.extend(networks_of_side.map(DenseRecipe::Trained));
                }
            }
        }
        Application::Relaxation => {
            for &function in &axes.functions {
                for hidden in &hidden {
                    let regularised = axes.regularisers.iter();
                    networks.extend(regularised.map(|regularisers| {
                        let (hidden, regularisers) = (hidden.clone(), regularisers.clone());
                        DenseRecipe::Regression(RegressionRecipe {
                            source: RegressionSource::Function {
                                function,
                                samples: axes.samples.expect("a checked description has them"),
                                seed,
                            },
                            hidden,
                            seed: u64::from(seed),
                            device: axes.device,
                            training: regression_training(axes.epochs),
                            regularisers,
                            increasing: false,
                        })
                    }));
                }
            }
        }
        Application::Maximization => {
            for &inputs in &axes.inputs {
                let networks_of_size = hidden.iter().map(|hidden| DenseRecipe::Random {
                    inputs,
                    hidden: hidden.clone(),
                    seed,
                });
                networks.extend(networks_of_size);
            }
        }
    }
    networks
}

fn regression_training(epochs: Option<usize>) -> TrainingSettings {
    let defaults = TrainingSettings::for_regression();
    TrainingSettings {
        epochs: epochs.unwrap_or(defaults.epochs),
        ..defaults
    }
}

fn training(dataset: DatasetName, epochs: Option<usize>) -> TrainingSettings {
    let defaults = TrainingSettings::for_dataset(dataset);
    TrainingSettings {
        epochs: epochs.unwrap_or(defaults.epochs),
        ..defaults
    }
}

/// The questions about a network, one for each region and each of the sources of `labels`.
fn questions(
    experiment: &Experiment,
    dense: &DenseRecipe,
    data_seed: u32,
    labels: &[LabelSource],
) -> Vec<QuestionSettings> {
    let trained = match dense {
        DenseRecipe::Trained(trained) => trained,
        DenseRecipe::Regression(_) => return vec![QuestionSettings::Minimization],
        DenseRecipe::Random { .. } => return vec![QuestionSettings::Maximization],
    };
    let drawn = draw(data_seed);
    let regions = experiment.solve.regions.iter();
    let kinds = regions.flat_map(|&region| labels.iter().map(move |&labels| (region, labels)));
    kinds
        .map(|(region, labels)| QuestionSettings::Verification {
            data_seed,
            // The draw is made for MNIST; there are fewer built-in digits.
            image: drawn.image % trained.dataset.training_images(),
            epsilon: drawn.epsilon,
            region,
            labels,
        })
        .collect()
}

fn surrogates(axes: &SurrogateAxes, dense: &DenseRecipe) -> Vec<SurrogateRecipe> {
    let mut surrogates = Vec::new();
    for &method in &axes.methods {
        for &granularity in &axes.granularities {
            for &scope in &axes.scopes {
                for &output_rows in &axes.output_rows {
                    for &finetuning in &axes.finetuning {
                        for &rate in &axes.rates {
                            let pruning = Pruning {
                                rate,
                                method,
                                granularity,
                                scope,
                                output_rows,
                                seed: 0,
                            };
                            surrogates.push(surrogate(pruning, finetuning, dense));
                        }
                    }
                }
            }
        }
    }
    surrogates
}

/// Settings of a surrogate. Those without effect have a fixed value, so that equal surrogates have
/// equal settings.
fn surrogate(pruning: Pruning, finetuning: FinetuningAxis, dense: &DenseRecipe) -> SurrogateRecipe {
    let seed = dense.seed();
    let finetuning = match (finetuning, dense.dataset()) {
        (FinetuningAxis::Rounds { rounds, epochs }, Some(dataset)) => Some(Finetuning {
            rounds,
            settings: training(dataset, Some(epochs)),
            seed,
        }),
        _ => None,
    };
    SurrogateRecipe {
        pruning: Pruning {
            seed: match pruning.method {
                Method::Random => seed,
                Method::Magnitude => 0,
            },
            output_rows: match pruning.granularity {
                Granularity::Structured => pruning.output_rows,
                Granularity::Unstructured => OutputRows::Keep,
            },
            ..pruning
        },
        finetuning,
    }
}

#[cfg(test)]
mod tests;
