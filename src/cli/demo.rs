//! `pipeline demo`: from training to optimisation on built-in data, in about two minutes.

use std::path::PathBuf;

use clap::Args;

use super::adversarial::Adversarial;
use super::arguments::check_time_limit;
use super::destination::check_file;
use super::interrupt::stop_on_interrupt;
use super::output::{print, tell};
use super::picture::AdversarialPicture;
use super::terminal::Meter;
use super::train::shape;
use super::training_meter::TrainingMeter;
use crate::dataset::{self, Dataset, DatasetName, Source};
use crate::instance::{Distance, Instance, Labels, Witness, runner_up_labels};
use crate::network::{Network, argmax, random};
use crate::pruning::{Pruning, prune};
use crate::search::{SearchResult, Settings, Verdict, exact, surrogate};
use crate::training::{self, Device, Event, Job, TrainingSettings};

const HIDDEN: [usize; 2] = [32, 32];
const RATES: [f64; 3] = [0.5, 0.8, 0.9];
/// Training images to verify: the first three have an adversarial input, the last has none.
const IMAGES: [usize; 4] = [30, 50, 80, 3];
const EPSILON: f64 = 5.0;
/// Seeds of the regression networks, and their shape.
const RANDOM_SEEDS: [u32; 2] = [50, 51];
const RANDOM_INPUTS: usize = 100;
const RANDOM_HIDDEN: [usize; 2] = [50, 50];

/// Train, prune, verify and maximise on built-in data, in about two minutes
///
/// The images are digits that the program draws; dense and sparse networks are compared. Needs neither
/// files nor an internet connection, prints two tables and writes one picture.
///
/// Example: pipeline demo
#[derive(Debug, Args)]
pub struct Arguments {
    /// Picture to write (PNG)
    #[arg(short, long, value_name = "FILE", default_value = "demo.png")]
    output: PathBuf,
    /// Time limit of each solve in seconds
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 8.0,
        allow_negative_numbers = true
    )]
    time_limit: f64,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    check_time_limit(arguments.time_limit)?;
    check_file("--output", &arguments.output)?;
    let digits = dataset::load(DatasetName::Digits, &Source::default(), &mut |_| {})?;
    let dense = train(&digits)?;
    let sparse = prune_at_rates(&dense)?;
    print(&accuracies(&digits, &dense, &sparse))?;
    let settings = Settings {
        time_limit: arguments.time_limit,
        stop: stop_on_interrupt()?,
        ..Settings::default()
    };
    let found = verify(&digits, &dense, &sparse, &settings)?;
    maximize(&settings)?;
    if settings.stop.is_raised() {
        tell("interrupted");
    }
    match found {
        Some(found) => {
            found.picture().write(&arguments.output)?;
            print(&format!("\npicture: {}", arguments.output.display()))
        }
        None => print("\nno adversarial input was found, so there is no picture"),
    }
}

fn train(digits: &Dataset) -> anyhow::Result<Network> {
    let settings = TrainingSettings::for_dataset(DatasetName::Digits);
    let job = Job::new(digits.train.side(), &HIDDEN, 0)?;
    let meter = TrainingMeter::new("training on the built-in digits", 1);
    let network = training::train_one(job, &digits.train, &settings, Device::Cpu, &|event| {
        if let Event::Progress(progress) = event {
            meter.show(&progress);
        }
    })?;
    Ok(network)
}

fn prune_at_rates(network: &Network) -> anyhow::Result<Vec<Network>> {
    let pruned = RATES
        .iter()
        .map(|&rate| Ok(prune(network, &Pruning::magnitude(rate))?.apply(network)));
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
/// network's MILP and by Algorithm 1 at each rate. Returns the input with the largest margin.
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
    let mut solves = Solves::new("verifying", IMAGES.len(), settings);
    for index in IMAGES {
        let image = digits.train.input(index);
        let labels = runner_up_labels(dense, &image)?;
        let instance = Instance::verification(image, EPSILON, labels.label, labels.target)?;
        let Some(all) = solves.row(dense, sparse, &instance)? else {
            break;
        };
        let name = format!("{index} ({} to {})", labels.label, labels.target);
        solves.print(&name, all.iter().map(seconds).collect())?;
        for witness in all.into_iter().filter_map(|findings| findings.best) {
            let beaten = |best: &Found| witness.value > best.witness.value;
            if witness.is_adversarial() && best.as_ref().is_none_or(beaten) {
                best = Some(Found {
                    side: digits.train.side(),
                    index,
                    image: digits.train.input(index),
                    labels,
                    predicted: argmax(&dense.forward(&witness.input)),
                    witness,
                });
            }
        }
    }
    Ok(best)
}

fn seconds(findings: &SearchResult) -> String {
    match (findings.verdict, findings.seconds_to_first) {
        (Verdict::NoneExists, _) => String::from("proved: none"),
        (_, Some(seconds)) => format!("{seconds:.3}"),
        (_, None) => String::from("-"),
    }
}

/// Prints the best dense value found by solving FM(D) and by Algorithm 2 at each rate.
fn maximize(settings: &Settings) -> anyhow::Result<()> {
    if settings.stop.is_raised() {
        return Ok(());
    }
    let limit = settings.time_limit;
    print(&format!(
        "\nMaximization: best value on the dense network in {limit} s (\"=\": proved optimal, \"c\": the surrogate is constant)"
    ))?;
    print(&header("random network"))?;
    let instance = Instance::maximization(RANDOM_INPUTS);
    let mut solves = Solves::new("maximising", RANDOM_SEEDS.len(), settings);
    for seed in RANDOM_SEEDS {
        let dense = random(RANDOM_INPUTS, &RANDOM_HIDDEN, seed)?;
        let sparse = prune_at_rates(&dense)?;
        let Some(all) = solves.row(&dense, &sparse, &instance)? else {
            break;
        };
        let name = format!("{} seed {seed}", shape(&dense.sizes()));
        solves.print(&name, all.iter().map(value).collect())?;
    }
    Ok(())
}

fn value(findings: &SearchResult) -> String {
    let mark = match findings.verdict {
        Verdict::Optimal => "=",
        _ if findings.size.is_some_and(|size| size.columns == 0) => "c",
        _ => "",
    };
    match &findings.best {
        Some(best) => format!("{:.5}{mark}", best.value),
        None => String::from("-"),
    }
}

/// The solves of one table, row by row: the dense network, then its surrogates.
struct Solves<'a> {
    settings: &'a Settings,
    meter: Meter,
    done: u64,
}

impl<'a> Solves<'a> {
    fn new(name: &str, rows: usize, settings: &'a Settings) -> Self {
        let total = rows * (1 + RATES.len());
        Self {
            settings,
            meter: Meter::new(name, total as u64),
            done: 0,
        }
    }

    /// The results of one row; `None` if interrupted.
    fn row(
        &mut self,
        dense: &Network,
        sparse: &[Network],
        instance: &Instance,
    ) -> anyhow::Result<Option<Vec<SearchResult>>> {
        let mut row = vec![exact(dense, instance, self.settings, &mut |_| {})?];
        self.advance();
        for sparse in sparse {
            row.push(surrogate(
                dense,
                sparse,
                instance,
                self.settings,
                &mut |_| {},
            )?);
            self.advance();
        }
        Ok((!self.settings.stop.is_raised()).then_some(row))
    }

    fn advance(&mut self) {
        self.done += 1;
        self.meter.set(self.done, "");
    }

    fn print(&self, name: &str, cells: Vec<String>) -> anyhow::Result<()> {
        self.meter.hidden(|| print(&line(name, &cells)))
    }
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

impl Found {
    fn picture(&self) -> AdversarialPicture<'_> {
        let Labels { label, target } = self.labels;
        let pairs = self.witness.input.iter().zip(&self.image);
        let adversarial = Adversarial {
            title: format!(
                "Digit {}: classified as {label}, an input near it as {}",
                self.index, self.predicted
            ),
            side: self.side,
            image: &self.image,
            input: &self.witness.input,
            image_class: label,
            label,
            target,
            class: self.predicted,
            margin: self.witness.value,
            is_strict: false,
            distance: Distance::L1,
            length: pairs.map(|(found, image)| (found - image).abs()).sum(),
            epsilon: EPSILON,
        };
        adversarial.picture()
    }
}
