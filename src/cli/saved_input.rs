//! Inputs as `solve --save-input` writes them and `check` reads them.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};

use super::question::Question;
use crate::dataset::DatasetName;
use crate::instance::{Distance, Instance, InstanceError, Labels, Witness};
use crate::named::{Named, in_words};

/// An input with the question that it answers. Files of earlier versions have the first two fields alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SavedInput {
    pub input: Vec<f64>,
    /// The dense network's objective at the input.
    pub dense_objective: f64,
    pub region: Option<RegionKind>,
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
}

impl Named for RegionKind {
    const WHAT: &'static str = "region";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Near(Distance::L1), "l1"),
        (Self::Near(Distance::LInfinity), "linf"),
        (Self::Near(Distance::Rows), "rows"),
        (Self::UnitBox, "unit-box"),
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
        Self {
            input: best.input.clone(),
            dense_objective: best.value,
            region: Some(match image {
                Some(image) => RegionKind::Near(image.distance),
                None => RegionKind::UnitBox,
            }),
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
            !is_verification || self.region != Some(RegionKind::UnitBox),
            "field region is {}, expected l1, linf or rows with the other fields of a verification",
            RegionKind::UnitBox
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

    /// The question of a maximization.
    ///
    /// # Errors
    /// When the network has several outputs: the file does not say which classes are compared.
    pub fn maximization(&self, outputs: usize) -> anyhow::Result<Instance> {
        ensure!(
            outputs == 1,
            "fields dataset, image, epsilon, label and target are missing, expected them for a network of {outputs} outputs"
        );
        Ok(Instance::maximization(self.input.len()))
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
