//! `pipeline check`: checks a saved input, independently of the search that found it.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use serde::Serialize;

use super::arguments::{DataArguments, side_of};
use super::output::{path_as_text, print, print_json, tell};
use super::saved_input::{SavedCentre, SavedInput};
use super::verification::image_of;

use crate::formats::{file_sha256, read_model};
use crate::instance::{Ball, Constrained, Instance};
use crate::network::{Network, argmax};
use crate::numbers::{Decimals, Shortest};

/// Tolerance between the objective and the stored one, relative where the objective exceeds 1: another kind of CPU may
/// round differently.
const TOLERANCE: f64 = 1e-9;

/// Check an input saved by `solve --save-input`: evaluate it again on the network, in f64 and in f32
///
/// The input must lie in the region without any tolerance (box and distance are compared exactly), and the
/// network's objective in f64 must match the stored one. Whether the verdict also holds in f32, which most
/// other programs use, is reported too. Exit status: 0 the input passes, 1 it does not.
///
/// Example: pipeline check found.json --network models/mnist-2x32.safetensors
#[derive(Debug, Args)]
pub struct Arguments {
    /// The saved input
    #[arg(value_name = "INPUT.json")]
    input: PathBuf,
    /// The dense network that the input was found for
    #[arg(long, value_name = "MODEL")]
    network: PathBuf,
    #[command(flatten)]
    data: DataArguments,
    /// Print one JSON object instead of the summary
    #[arg(long)]
    json: bool,
}

/// The result of a check.
#[derive(Serialize)]
struct Record<'a> {
    #[serde(serialize_with = "path_as_text")]
    input: &'a Path,
    #[serde(serialize_with = "path_as_text")]
    network: &'a Path,
    holds: bool,
    /// The checks that failed.
    faults: Vec<String>,
    in_region: bool,
    /// The distance from the image in the region's metric, rounded.
    distance: Option<f64>,
    epsilon: Option<f64>,
    stored_objective: f64,
    dense_objective: f64,
    /// The objective with the network evaluated in f32.
    f32_objective: f64,
    label: Option<usize>,
    target: Option<usize>,
    strict: Option<bool>,
    found_class: Option<usize>,
    f32_class: Option<usize>,
    /// Verification: whether the input is adversarial.
    adversarial: Option<bool>,
    f32_adversarial: Option<bool>,
    /// Whether the network's file is the one that the input was found for; absent if the saved input has no checksum.
    same_network: Option<bool>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let name = || arguments.input.display().to_string();
    let saved = SavedInput::read(&arguments.input)?;
    let network = read_model(&arguments.network)?.network;
    let asked = arguments.asked(&saved, &network).with_context(name)?;
    ensure!(
        saved.input.len() == network.inputs(),
        "{}: field input has {} numbers, but {} has {} inputs",
        name(),
        saved.input.len(),
        arguments.network.display(),
        network.inputs()
    );
    let sha256 = file_sha256(&arguments.network)?;
    let record = Record::of(arguments, &saved, &network, &sha256, &asked);
    record.warn();
    if arguments.json {
        print_json(&record)?;
    } else {
        print(&record.summary())?;
    }
    if !record.holds {
        bail!("{} does not hold: {}", name(), record.faults.join("; "));
    }
    Ok(())
}

impl Arguments {
    /// The question that the input answers.
    fn asked(&self, saved: &SavedInput, network: &Network) -> anyhow::Result<Asked> {
        let asked = match saved.near()? {
            None => Asked::Optimum(saved.optimum(network.outputs())?),
            Some(near) => {
                let image = self.centre(&near.centre, network)?;
                Asked::Near(near.instance(image, network.outputs())?)
            }
        };
        let fits = match &asked {
            Asked::Near(instance) => instance.check_network(network),
            Asked::Optimum(question) => question.check_network(network),
        };
        fits.with_context(|| format!("the question does not fit {}", self.network.display()))?;
        Ok(asked)
    }

    fn centre(&self, centre: &SavedCentre, network: &Network) -> anyhow::Result<Vec<f64>> {
        Ok(match centre {
            SavedCentre::Input(centre) => centre.clone(),
            SavedCentre::Image {
                dataset,
                split,
                index,
            } => {
                let dataset = self.data.load(*dataset, side_of(network.inputs())?)?;
                image_of(&dataset, *split, *index, "field image")?.0
            }
        })
    }
}

/// The question that an input answers.
enum Asked {
    Near(Instance),
    Optimum(Constrained),
}

impl Asked {
    fn instance(&self) -> Instance {
        match self {
            Self::Near(instance) => instance.clone(),
            Self::Optimum(question) => question.unconstrained(),
        }
    }

    /// A fault if an input of box and ball violates a constraint, by exact arithmetic.
    fn missed_row(&self, network: &Network, input: &[f64]) -> Option<String> {
        let Self::Optimum(question) = self else {
            return None;
        };
        let is_met = question.unconstrained().region().contains(input)
            && question.check(network, input).is_some();
        (!is_met).then(|| String::from("the input violates a constraint of field subject_to"))
    }
}

impl<'a> Record<'a> {
    fn of(
        arguments: &'a Arguments,
        saved: &SavedInput,
        network: &Network,
        sha256: &str,
        asked: &Asked,
    ) -> Self {
        let instance = &asked.instance();
        let (region, objective) = (instance.region(), instance.objective());
        let x = &saved.input;
        let outputs = network.forward(x);
        let single: Vec<f64> = network
            .forward_in_f32(x)
            .into_iter()
            .map(f64::from)
            .collect();
        let of = |y: &[f64]| saved.sign() * objective.value(x, y);
        let (value, in_f32) = (of(&outputs), of(&single));
        let ball = region.ball();
        let for_verification = |truth: bool| instance.is_decision().then_some(truth);
        let classes = saved.label.zip(saved.target);
        let class = classes.map(|_| argmax(&outputs));
        let mut faults = faults(saved, instance, value, class);
        if outside(x, instance).is_none() {
            faults.extend(asked.missed_row(network, x));
        }
        Self {
            input: &arguments.input,
            network: &arguments.network,
            holds: faults.is_empty(),
            faults,
            in_region: region.contains(x),
            distance: ball.map(|ball| ball.distance(x)),
            epsilon: ball.map(Ball::radius),
            stored_objective: saved.dense_objective,
            dense_objective: value,
            f32_objective: in_f32,
            label: classes.map(|(label, _)| label),
            target: classes.map(|(_, target)| target),
            strict: classes.and(Some(saved.strict.unwrap_or(false))),
            found_class: class,
            f32_class: classes.map(|_| argmax(&single)),
            adversarial: for_verification(value > 0.0),
            f32_adversarial: for_verification(in_f32 > 0.0),
            same_network: saved.network_sha256.as_ref().map(|known| known == sha256),
        }
    }

    fn warn(&self) {
        if self.same_network == Some(false) {
            tell(&format!(
                "warning: {} is not the file that {} was found for: its sha256 differs",
                self.network.display(),
                self.input.display()
            ));
        }
        if self.adversarial == Some(true) && self.f32_adversarial == Some(false) {
            tell("warning: in f32, the input is not adversarial");
        }
    }

    fn summary(&self) -> String {
        let mut lines = vec![format!("{}: {}", self.input.display(), self.verdict())];
        if let (Some(distance), Some(epsilon)) = (self.distance, self.epsilon) {
            lines.push(format!(
                "distance              {} of at most {}",
                Decimals(distance, 9),
                Shortest(epsilon)
            ));
        }
        lines.push(format!(
            "objective             {} in f64, {} stored, {} in f32",
            Decimals(self.dense_objective, 9),
            Decimals(self.stored_objective, 9),
            Decimals(self.f32_objective, 9)
        ));
        if let (Some(double), Some(single)) = (self.found_class, self.f32_class) {
            lines.push(format!(
                "class of the input    {double} in f64, {single} in f32"
            ));
        }
        lines.join("\n")
    }

    fn verdict(&self) -> String {
        if !self.holds {
            return String::from("does not hold");
        }
        let in_f32 = |adversarial: bool| match self.f32_adversarial == Some(adversarial) {
            true => ", in f32 too",
            false => ", but not in f32",
        };
        let Some((label, target)) = self.label.zip(self.target) else {
            return String::from("holds: a feasible input with the stored objective");
        };
        let rather = match self.strict {
            Some(true) => format!("class {target}"),
            _ => format!("class {target} rather than {label}"),
        };
        match self.adversarial {
            Some(true) => format!("holds: an adversarial input, {rather}{}", in_f32(true)),
            _ => format!("holds: an input that is not {rather}{}", in_f32(false)),
        }
    }
}

/// The disagreements with the saved file.
fn faults(
    saved: &SavedInput,
    instance: &Instance,
    value: f64,
    class: Option<usize>,
) -> Vec<String> {
    let stored = saved.dense_objective;
    let mut faults: Vec<String> = outside(&saved.input, instance).into_iter().collect();
    let is_near = (value - stored).abs() <= TOLERANCE * stored.abs().max(1.0);
    if !is_near {
        faults.push(format!(
            "the objective is {}, but field dense_objective is {}",
            Shortest(value),
            Shortest(stored)
        ));
    } else if instance.is_decision() && (stored > 0.0) != (value > 0.0) {
        faults.push(format!(
            "the objective is {}, but field dense_objective is {}: only one of them is adversarial",
            Shortest(value),
            Shortest(stored)
        ));
    }
    if let (Some(class), Some(stored)) = (class, saved.found_class)
        && class != stored
    {
        faults.push(format!(
            "the network's class is {class}, but field found_class is {stored}"
        ));
    }
    faults
}

/// How the input violates the region, by exact comparisons.
fn outside(input: &[f64], instance: &Instance) -> Option<String> {
    let region = instance.region();
    let sides = region.lower().iter().zip(region.upper());
    for (index, (x, (lower, upper))) in input.iter().zip(sides).enumerate() {
        if !(lower <= x && x <= upper) {
            return Some(format!(
                "entry {index} of the input is {}, outside [{}, {}]",
                Shortest(*x),
                Shortest(*lower),
                Shortest(*upper)
            ));
        }
    }
    let ball = region.ball()?;
    (!ball.contains(input)).then(|| {
        format!(
            "the distance from the image, about {}, is above epsilon {}",
            Shortest(ball.distance(input)),
            Shortest(ball.radius())
        )
    })
}
