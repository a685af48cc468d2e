//! `pipeline demo`: the whole way on built-in data, in about two minutes.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::output::print;
use super::solve::stop_on_interrupt;
use super::terminal::Meter;
use super::train::{EpochMeter, shape};
use crate::dataset::{self, Dataset, DatasetName, Source};
use crate::files::check_writable;
use crate::instance::{Instance, Labels, Witness, runner_up_labels};
use crate::network::{Network, random};
use crate::pruning::{Pruning, Scope, prune};
use crate::report::AdversarialPicture;
use crate::search::{Findings, Settings, Verdict, exact, surrogate};
use crate::training::{self, Device, TrainingSettings};

const HIDDEN: [usize; 2] = [32, 32];
const RATES: [f64; 3] = [0.5, 0.8, 0.9];
/// Training images to verify. On the first three there is an adversarial input, on the last none.
const IMAGES: [usize; 4] = [30, 50, 80, 3];
const EPSILON: f64 = 5.0;
/// Seeds of the regression networks, and their shape.
const RANDOM_SEEDS: [u32; 2] = [50, 51];
const RANDOM_INPUTS: usize = 100;
const RANDOM_HIDDEN: [usize; 2] = [50, 50];

/// Show the whole way in about two minutes: train on built-in digits, prune, verify and maximise,
/// dense and sparse. Needs no file and no network; prints a table and writes one picture.
///
/// Example: pipeline demo
#[derive(Debug, Args)]
pub struct Arguments {
    /// The picture to write
    #[arg(short, long, value_name = "FILE", default_value = "demo.png")]
    output: PathBuf,
    /// Seconds for each solve
    #[arg(long, value_name = "SECONDS", default_value_t = 8.0)]
    time_limit: f64,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    anyhow::ensure!(
        arguments.time_limit > 0.0 && arguments.time_limit.is_finite(),
        "--time-limit is {}, expected seconds above 0",
        arguments.time_limit
    );
    check_writable(&arguments.output)
        .with_context(|| format!("cannot write {}", arguments.output.display()))?;
    let settings = Settings {
        time_limit: arguments.time_limit,
        threads: 1,
        seed: 0,
        stop: stop_on_interrupt()?,
    };
    let digits = dataset::load(DatasetName::Digits, &Source::default(), &mut |_| {})?;
    let dense = train(&digits)?;
    let sparse = prune_at_rates(&dense, Scope::Layer)?;
    print(&accuracies(&digits, &dense, &sparse))?;
    let found = verify(&digits, &dense, &sparse, &settings)?;
    if !settings.stop.is_raised() {
        maximize(&settings)?;
    }
    match found {
        Some(found) => {
            found.picture().write(&arguments.output)?;
            print(&format!("\npicture: {}", arguments.output.display()))
        }
        None => print("\nno adversarial input was found in time, so there is no picture"),
    }
}

fn train(digits: &Dataset) -> anyhow::Result<Network> {
    let settings = TrainingSettings::for_dataset(DatasetName::Digits);
    let mut watch = EpochMeter::new("training on the built-in digits");
    let mut show = |progress| watch.show(&progress);
    Ok(training::train(
        &HIDDEN,
        &digits.train,
        &settings,
        0,
        Device::Cpu,
        &mut show,
    )?)
}

fn prune_at_rates(network: &Network, scope: Scope) -> anyhow::Result<Vec<Network>> {
    let pruned = RATES.iter().map(|&rate| {
        let pruning = Pruning {
            scope,
            ..Pruning::magnitude(rate)
        };
        Ok(prune(network, &pruning)?.apply(network))
    });
    pruned.collect()
}

fn accuracies(digits: &Dataset, dense: &Network, sparse: &[Network]) -> String {
    let accuracy = |network| training::accuracy(network, &digits.test);
    let pruned = RATES.iter().zip(sparse);
    let pruned = pruned.map(|(rate, network)| format!("{rate}: {:.3}", accuracy(network)));
    format!(
        "network {} on digits: test accuracy {:.3}; pruned (magnitude, no finetuning) {}",
        shape(&dense.sizes()),
        accuracy(dense),
        pruned.collect::<Vec<_>>().join(", ")
    )
}

/// An adversarial input and the problem that it belongs to.
struct Found {
    side: usize,
    index: usize,
    image: Vec<f64>,
    labels: Labels,
    predicted: usize,
    witness: Witness,
}

/// Prints seconds to the first adversarial input of the dense network, by solving the dense
/// network's MILP and by Algorithm 1 at each rate. Returns the input of the largest margin.
fn verify(
    digits: &Dataset,
    dense: &Network,
    sparse: &[Network],
    settings: &Settings,
) -> anyhow::Result<Option<Found>> {
    let limit = settings.time_limit;
    print(&format!(
        "\nVerification: seconds to an adversarial input (\"-\": none in {limit} s)"
    ))?;
    print(&header("image (class to class)"))?;
    let mut best: Option<Found> = None;
    let solves = IMAGES.len() * (1 + sparse.len());
    let mut meter = Meter::new("verifying", solves as u64);
    let mut done = 0;
    for index in IMAGES {
        let image = digits.train.input(index);
        let labels = runner_up_labels(dense, &image)?;
        let instance = Instance::verification(image.clone(), EPSILON, labels.label, labels.target)?;
        let mut row = Vec::new();
        for surrogate in std::iter::once(None).chain(sparse.iter().map(Some)) {
            let findings = search(dense, surrogate, &instance, settings)?;
            row.push(
                findings
                    .seconds_to_first
                    .map_or(String::from("-"), |s| format!("{s:.3}")),
            );
            if findings.verdict == Verdict::NoneExists {
                row.pop();
                row.push(String::from("proved: none"));
            }
            done += 1;
            meter.set(done, "");
            let witness = findings.best.filter(Witness::is_adversarial);
            let better = |best: &Found, witness: &Witness| witness.value > best.witness.value;
            if let Some(witness) = witness
                && best.as_ref().is_none_or(|best| better(best, &witness))
            {
                let outputs = dense.forward(&witness.input);
                best = Some(Found {
                    side: digits.train.side(),
                    index,
                    image: image.clone(),
                    labels,
                    predicted: largest(&outputs),
                    witness,
                });
            }
        }
        let name = format!("{index} ({} to {})", labels.label, labels.target);
        meter.hidden(|| print(&line(&name, &row)))?;
        if settings.stop.is_raised() {
            break;
        }
    }
    Ok(best)
}

/// Prints the best dense value found by solving FM(D) and by Algorithm 2 at each rate.
fn maximize(settings: &Settings) -> anyhow::Result<()> {
    let limit = settings.time_limit;
    print(&format!(
        "\nMaximization: best value on the dense network in {limit} s (\"=\": proved optimal, \"c\": the surrogate is a constant)"
    ))?;
    print(&header("random network"))?;
    let solves = RANDOM_SEEDS.len() * (1 + RATES.len());
    let mut meter = Meter::new("maximising", solves as u64);
    let mut done = 0;
    for seed in RANDOM_SEEDS {
        let dense = random(RANDOM_INPUTS, &RANDOM_HIDDEN, seed)?;
        let sparse = prune_at_rates(&dense, Scope::Layer)?;
        let instance = Instance::maximization(RANDOM_INPUTS);
        let mut row = Vec::new();
        for surrogate in std::iter::once(None).chain(sparse.iter().map(Some)) {
            let findings = search(&dense, surrogate, &instance, settings)?;
            let value = findings
                .best
                .map_or(String::from("-"), |best| format!("{:.5}", best.value));
            let mark = match findings.verdict {
                Verdict::Optimal => "=",
                _ if findings.size.columns == 0 => "c",
                _ => "",
            };
            row.push(format!("{value}{mark}"));
            done += 1;
            meter.set(done, "");
        }
        let name = format!("{} seed {seed}", shape(&dense.sizes()));
        meter.hidden(|| print(&line(&name, &row)))?;
        if settings.stop.is_raised() {
            break;
        }
    }
    Ok(())
}

fn search(
    dense: &Network,
    sparse: Option<&Network>,
    instance: &Instance,
    settings: &Settings,
) -> anyhow::Result<Findings> {
    let findings = match sparse {
        None => exact(dense, instance, settings, &mut |_| {}),
        Some(sparse) => surrogate(dense, sparse, instance, settings, &mut |_| {}),
    };
    Ok(findings?)
}

fn header(first: &str) -> String {
    let rates = RATES.iter().map(|rate| format!("S {rate}"));
    let cells: Vec<String> = std::iter::once(String::from("dense"))
        .chain(rates)
        .collect();
    line(first, &cells)
}

fn line(first: &str, cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:>12}")).collect();
    format!("{first:28}{}", cells.concat())
}

fn largest(outputs: &[f64]) -> usize {
    let best = |best: usize, class: usize| {
        if outputs[class] > outputs[best] {
            class
        } else {
            best
        }
    };
    (1..outputs.len()).fold(0, best)
}

impl Found {
    fn picture(&self) -> AdversarialPicture<'_> {
        let Labels { label, target } = self.labels;
        let pairs = self.witness.input.iter().zip(&self.image);
        let changes: Vec<f64> = pairs.map(|(found, image)| (found - image).abs()).collect();
        let changed = changes.iter().filter(|change| **change > 1e-9).count();
        AdversarialPicture {
            title: format!(
                "Digit {}: the network takes it for a {label}, and near it another input for a {}",
                self.index, self.predicted
            ),
            side: self.side,
            image: &self.image,
            adversarial: &self.witness.input,
            captions: [
                [format!("image: class {label}"), String::new()],
                [
                    format!("adversarial input: class {}", self.predicted),
                    format!("margin y{target} - y{label} = {:+.4}", self.witness.value),
                ],
                [
                    String::from("difference: red brighter, blue darker"),
                    format!(
                        "L1 distance {:.3} of at most {:.3}, {changed} pixels",
                        changes.iter().sum::<f64>(),
                        EPSILON
                    ),
                ],
            ],
        }
    }
}
