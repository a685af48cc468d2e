//! Inputs as `solve --save-input` writes them and `check` reads them.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};

use super::expression::Expression;
use super::optimum::instance;
use super::question::Question;
use crate::dataset::DatasetName;
use crate::instance::{Distance, Instance, InstanceError, Labels, Region, Witness};
use crate::milp::Sense;
use crate::named::{Named, in_words};

/// An input with the question that it answers. Files of earlier versions have the first two fields alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SavedInput {
    pub input: Vec<f64>,
    /// The dense network's objective at the input.
    pub dense_objective: f64,
    pub region: Option<RegionKind>,
    /// The sides of a box that is not the unit box.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower: Option<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<Vec<f64>>,
    /// What is optimised, as it was written; by default the first output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<String>,
    /// By default it is maximised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sense: Option<Sense>,
    pub dataset: Option<DatasetName>,
    /// Index in the training set.
    pub image: Option<usize>,
    pub epsilon: Option<f64>,
    pub label: Option<usize>,
    pub target: Option<usize>,
    /// Whether the target must win over all classes.
    pub strict: Option<bool>,
    /// The class that the network gives the input.
    pub found_class: Option<usize>,
    /// The file of the dense network.
    pub network: Option<String>,
    pub network_sha256: Option<String>,
    /// Of the program that wrote the file.
    pub version: Option<String>,
}

/// Which set the input lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegionKind {
    /// The unit box within a distance epsilon of the image.
    Near(Distance),
    /// The unit box.
    UnitBox,
    /// Another one.
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

in_words!(RegionKind);

/// A verification's question without its image.
#[derive(Debug, Clone, Copy)]
pub struct Near {
    pub dataset: DatasetName,
    pub image: usize,
    pub epsilon: f64,
    pub distance: Distance,
    pub label: usize,
    pub target: usize,
    pub strict: bool,
}

impl SavedInput {
    pub fn new(question: &Question, best: &Witness) -> Self {
        let image = question.image.as_ref();
        let region = question.instance.region();
        let is_unit_box = *region == Region::unit_box(region.len());
        let is_box = image.is_none() && !is_unit_box;
        Self {
            input: best.input.clone(),
            dense_objective: best.value,
            region: Some(match image {
                Some(image) => RegionKind::Near(image.distance),
                None if is_unit_box => RegionKind::UnitBox,
                None => RegionKind::Box,
            }),
            lower: is_box.then(|| region.lower().to_vec()),
            upper: is_box.then(|| region.upper().to_vec()),
            objective: question.objective.clone(),
            sense: (question.sense != Sense::Maximize).then_some(question.sense),
            dataset: image.map(|image| image.dataset),
            image: image.map(|image| image.index),
            epsilon: image.map(|image| image.epsilon),
            label: image.map(|image| image.labels.label),
            target: image.map(|image| image.labels.target),
            strict: image.map(|image| image.strict),
            found_class: question.found_class(Some(best)),
            network: Some(question.paths.network.display().to_string()),
            network_sha256: Some(question.dense_sha256.clone()),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }
    }

    /// # Errors
    /// When the file cannot be read or is no saved input.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_slice(&bytes).with_context(|| {
            format!(
                "{} is no saved input, expected the JSON of `pipeline solve --save-input`",
                path.display()
            )
        })
    }

    /// The verification that the input is from; nothing for a maximization.
    ///
    /// # Errors
    /// When the fields of a verification are there only in part.
    pub fn near(&self) -> anyhow::Result<Option<Near>> {
        let given = [
            ("dataset", self.dataset.is_some()),
            ("image", self.image.is_some()),
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
        ensure!(
            is_verification || (self.strict != Some(true) && self.found_class.is_none()),
            "field strict or found_class is that of a verification, expected fields {}, too",
            missing.join(", ")
        );
        match (
            self.dataset,
            self.image,
            self.epsilon,
            self.label,
            self.target,
        ) {
            (Some(dataset), Some(image), Some(epsilon), Some(label), Some(target)) => {
                Ok(Some(Near {
                    dataset,
                    image,
                    epsilon,
                    distance: match self.region {
                        Some(RegionKind::Near(distance)) => distance,
                        _ => Distance::L1,
                    },
                    label,
                    target,
                    strict: self.strict.unwrap_or(false),
                }))
            }
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

    /// The question of an optimum.
    ///
    /// # Errors
    /// When the network has several outputs and the file does not say which classes are compared, or what is optimised; when
    /// the sides of a box are missing or make none.
    pub fn optimum(&self, outputs: usize) -> anyhow::Result<Instance> {
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
        Ok(instance(region, objective.as_ref(), sense))
    }

    /// What the objective that is maximised is to be multiplied by.
    pub fn sign(&self) -> f64 {
        match self.sense {
            Some(Sense::Minimize) => -1.0,
            _ => 1.0,
        }
    }
}

impl Near {
    /// # Errors
    /// When epsilon or the classes make no question.
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
