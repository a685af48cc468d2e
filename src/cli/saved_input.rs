//! Inputs as written by `solve --save-input` and read by `check`.

use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow, bail, ensure};
use serde::{Deserialize, Serialize};

use super::expression::{Expression, Row};
use super::number_file::without_mark;
use super::optimum::constrained;
use super::question::{Centre, Question, Verification};
use crate::dataset::{DatasetName, SplitName};
use crate::instance::{Constrained, Distance, Instance, InstanceError, Labels, Region, Witness};
use crate::milp::Sense;
use crate::named::{self, Named};

/// An input with the question that it answers. Files of earlier versions have only the first two fields.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedInput {
    pub input: Vec<f64>,
    /// The dense network's objective at the input.
    pub dense_objective: f64,
    pub region: Option<RegionKind>,
    /// The lower bounds of a box other than the unit box.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower: Option<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<Vec<f64>>,
    /// The objective as written; by default the first output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<String>,
    /// By default maximization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sense: Option<Sense>,
    /// The constraints on inputs and outputs, as written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subject_to: Vec<String>,
    pub dataset: Option<DatasetName>,
    /// Index in the split, by default the training set.
    pub image: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<SplitName>,
    /// The centre of the region, if it is not an image of a data set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centre: Option<Vec<f64>>,
    pub epsilon: Option<f64>,
    pub label: Option<usize>,
    pub target: Option<usize>,
    /// Whether the target's output must exceed all others.
    pub strict: Option<bool>,
    /// The network's class for the input.
    pub found_class: Option<usize>,
    /// Path of the dense network's file.
    pub network: Option<String>,
    pub network_sha256: Option<String>,
    /// Version of the program that wrote the file.
    pub version: Option<String>,
}

/// The kind of input region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegionKind {
    /// The unit box within a distance epsilon of the image.
    Near(Distance),
    /// The unit box.
    UnitBox,
    /// Another box.
    Box,
}

impl Named for RegionKind {
    const WHAT: &'static str = "region";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Near(Distance::L1), "l1"),
        (Self::Near(Distance::LInfinity), "linf"),
        (Self::Near(Distance::Rows), "rows"),
        (Self::UnitBox, "unit-box"),
        (Self::Box, "box"),
    ];
}

named::in_words!(RegionKind);

/// The centre of a verification's region.
#[derive(Debug, Clone)]
pub enum SavedCentre {
    Image {
        dataset: DatasetName,
        split: SplitName,
        index: usize,
    },
    Input(Vec<f64>),
}

/// A verification question without its image.
#[derive(Debug, Clone)]
pub struct Near {
    pub centre: SavedCentre,
    pub epsilon: f64,
    pub distance: Distance,
    pub label: usize,
    pub target: usize,
    pub strict: bool,
}

impl SavedInput {
    pub fn new(question: &Question, best: &Witness) -> Self {
        let asked = question.verification.as_ref();
        let is_file = |asked: &&Verification| matches!(asked.centre, Centre::File(_));
        let index = asked.and_then(Verification::index);
        let region = question.instance().region();
        let is_unit_box = *region == Region::unit_box(region.inputs());
        let is_box = asked.is_none() && !is_unit_box;
        Self {
            input: best.input.clone(),
            dense_objective: best.value,
            region: Some(match asked {
                Some(asked) => RegionKind::Near(asked.distance),
                None if is_unit_box => RegionKind::UnitBox,
                None => RegionKind::Box,
            }),
            lower: is_box.then(|| region.lower().to_vec()),
            upper: is_box.then(|| region.upper().to_vec()),
            objective: question.objective.clone(),
            sense: (question.sense != Sense::Maximize).then_some(question.sense),
            subject_to: question.subject_to.clone(),
            dataset: asked.and_then(Verification::dataset),
            image: index.map(|(index, _)| index),
            split: index
                .map(|(_, split)| split)
                .filter(|split| *split != SplitName::Train),
            centre: asked.filter(is_file).map(|asked| asked.image.clone()),
            epsilon: asked.map(|asked| asked.epsilon),
            label: asked.map(|asked| asked.label),
            target: asked.map(Verification::target),
            strict: asked.map(|asked| asked.strict),
            found_class: question.found_class(Some(best)),
            network: Some(question.paths.network.display().to_string()),
            network_sha256: Some(question.dense_sha256.clone()),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }
    }

    /// # Errors
    /// When the file cannot be read or is not a saved input.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let not_saved = || {
            format!(
                "{} is not a saved input, expected the JSON of `pipeline solve --save-input`",
                path.display()
            )
        };
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let text = String::from_utf8(bytes).with_context(not_saved)?;
        let json = &mut serde_json::Deserializer::from_str(without_mark(&text));
        let saved: Self = serde_path_to_error::deserialize(&mut *json)
            .map_err(in_words)
            .with_context(not_saved)?;
        json.end().with_context(not_saved)?;
        Ok(saved)
    }

    /// Fails if a field belongs to another kind of question than the others, and so would not count.
    fn check_fields(&self, is_verification: bool) -> anyhow::Result<()> {
        let is_box = self.region == Some(RegionKind::Box);
        let (given, expected) = match is_verification {
            true => (
                [
                    ("lower", self.lower.is_some()),
                    ("upper", self.upper.is_some()),
                    ("objective", self.objective.is_some()),
                    ("sense", self.sense.is_some()),
                    ("subject_to", !self.subject_to.is_empty()),
                ],
                "an optimum, but fields dataset, centre, image, epsilon, label or target to a verification",
            ),
            false => (
                [
                    ("lower", self.lower.is_some() && !is_box),
                    ("upper", self.upper.is_some() && !is_box),
                    ("split", self.split.is_some()),
                    ("strict", self.strict == Some(true)),
                    ("found_class", self.found_class.is_some()),
                ],
                "a verification, or to a box other than the unit box: expected region box, or fields dataset, image, epsilon, label and target",
            ),
        };
        for (field, is_given) in given {
            ensure!(!is_given, "field {field} belongs to {expected}");
        }
        for (field, is_given) in [
            ("dataset", self.dataset.is_some()),
            ("image", self.image.is_some()),
            ("split", self.split.is_some()),
        ] {
            ensure!(
                self.centre.is_none() || !is_given,
                "fields centre and {field} are both given, expected the centre or the image of a data set"
            );
        }
        Ok(())
    }

    /// The verification question of the input; `None` for an optimum.
    ///
    /// # Errors
    /// When only some of the fields of a verification are present.
    pub fn near(&self) -> anyhow::Result<Option<Near>> {
        let given = [
            ("dataset", self.dataset.is_some() || self.centre.is_some()),
            ("image", self.image.is_some() || self.centre.is_some()),
            ("epsilon", self.epsilon.is_some()),
            ("label", self.label.is_some()),
            ("target", self.target.is_some()),
        ];
        let missing: Vec<&str> = given
            .iter()
            .filter(|(_, is_there)| !is_there)
            .map(|&(field, _)| field)
            .collect();
        let is_verification = missing.len() < given.len();
        ensure!(
            !is_verification || matches!(self.region, None | Some(RegionKind::Near(_))),
            "field region is {}, expected l1, linf or rows with the other fields of a verification",
            self.region
                .map_or_else(String::new, |region| region.to_string())
        );
        self.check_fields(is_verification)?;
        let centre = match (&self.centre, self.dataset, self.image) {
            (Some(centre), ..) => Some(SavedCentre::Input(centre.clone())),
            (None, Some(dataset), Some(index)) => Some(SavedCentre::Image {
                dataset,
                split: self.split.unwrap_or_default(),
                index,
            }),
            _ => None,
        };
        match (centre, self.epsilon, self.label, self.target) {
            (Some(centre), Some(epsilon), Some(label), Some(target)) => Ok(Some(Near {
                centre,
                epsilon,
                distance: match self.region {
                    Some(RegionKind::Near(distance)) => distance,
                    _ => Distance::L1,
                },
                label,
                target,
                strict: self.strict.unwrap_or(false),
            })),
            _ if missing.len() == given.len()
                && !matches!(self.region, Some(RegionKind::Near(_))) =>
            {
                Ok(None)
            }
            _ => match &missing[..] {
                [field] => bail!("field {field} is missing"),
                fields => bail!("fields {} are missing", fields.join(", ")),
            },
        }
    }

    /// The optimum question of the input.
    ///
    /// # Errors
    /// When the network has several outputs and the file names neither classes nor an objective; when the bounds of a
    /// box are missing or invalid.
    pub fn optimum(&self, outputs: usize) -> anyhow::Result<Constrained> {
        ensure!(
            outputs == 1 || self.objective.is_some(),
            "fields dataset, image, epsilon, label and target are missing, expected them, or field objective, for a network of {outputs} outputs"
        );
        let inputs = self.input.len();
        let region = match (self.region, &self.lower, &self.upper) {
            (Some(RegionKind::Box), Some(lower), Some(upper)) => {
                for (field, sides) in [("lower", lower), ("upper", upper)] {
                    ensure!(
                        sides.len() == inputs,
                        "field {field} has {} numbers, but field input has {inputs}",
                        sides.len()
                    );
                }
                Region::new_box(lower.clone(), upper.clone())?
            }
            (Some(RegionKind::Box), ..) => bail!("fields lower and upper are missing"),
            _ => Region::unit_box(inputs),
        };
        let objective = self.objective.as_deref().map(str::parse::<Expression>);
        let objective = objective.transpose().context("field objective")?;
        let sense = self.sense.unwrap_or(Sense::Maximize);
        let rows = self.subject_to.iter().map(|row| row.parse::<Row>());
        let rows = rows
            .collect::<Result<Vec<_>, _>>()
            .context("field subject_to")?;
        Ok(constrained(region, objective.as_ref(), &rows, sense)?)
    }

    /// The factor between the maximised objective and the saved one.
    pub fn sign(&self) -> f64 {
        match self.sense {
            Some(Sense::Minimize) => -1.0,
            _ => 1.0,
        }
    }
}

/// An error of JSON with the name of its field, and with what was expected in plain words.
fn in_words(error: serde_path_to_error::Error<serde_json::Error>) -> anyhow::Error {
    let field = error.path().to_string();
    let mut text = error.into_inner().to_string();
    for (rust, plain) in [
        ("usize", "an index"),
        ("f64", "a number"),
        ("a sequence", "a list"),
        ("struct SavedInput with 20 elements", "an object"),
        ("struct SavedInput", "an object"),
    ] {
        text = text.replace(&format!("expected {rust}"), &format!("expected {plain}"));
    }
    match field.as_str() {
        "." => anyhow!(text),
        field => anyhow!("field {field}: {text}"),
    }
}

impl Near {
    /// # Errors
    /// When epsilon or the classes are invalid.
    pub fn instance(&self, image: Vec<f64>, outputs: usize) -> Result<Instance, InstanceError> {
        let (epsilon, distance, label, target) =
            (self.epsilon, self.distance, self.label, self.target);
        let instance = Instance::near(image, epsilon, distance, label, target)?;
        Labels { label, target }.check(outputs)?;
        Ok(if self.strict {
            instance.strict(outputs)
        } else {
            instance
        })
    }
}
