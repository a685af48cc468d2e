//! The machine-readable record of a solve.

use std::path::Path;

use serde::Serialize;

use crate::bounds::BoundKind;
use crate::cli::output::{path_as_text, some_path_as_text};
use crate::cli::question::Question;
use crate::dataset::DatasetName;
use crate::instance::Distance;
use crate::milp::Sense;
use crate::search::{Findings, Outcome, Settings, Strategy};

/// Its fields; what does not apply is null.
#[derive(Serialize)]
pub struct Record<'a> {
    #[serde(flatten)]
    outcome: Outcome,
    label: Option<usize>,
    target: Option<usize>,
    epsilon: Option<f64>,
    /// How the distance from the image is measured.
    region: Option<Distance>,
    /// What is optimised, as it was written; absent for the first output.
    objective: Option<&'a str>,
    sense: Sense,
    image: Option<usize>,
    dataset: Option<DatasetName>,
    /// The image's class in the data set.
    class: Option<usize>,
    correctly_classified: Option<bool>,
    /// The class that the dense network gives the image.
    predicted: Option<usize>,
    /// The class that it gives the best input.
    found_class: Option<usize>,
    strict: Option<bool>,
    /// Whether the largest margin is asked for.
    optimum: Option<bool>,
    seed: u32,
    threads: u32,
    time_limit: f64,
    strategy: Strategy,
    bounds: BoundKind,
    relaxation_first: bool,
    mip_start: bool,
    #[serde(serialize_with = "path_as_text")]
    network: &'a Path,
    #[serde(serialize_with = "some_path_as_text")]
    surrogate: Option<&'a Path>,
    version: &'static str,
}

impl<'a> Record<'a> {
    pub fn of(
        question: &'a Question,
        strategy: Strategy,
        settings: &Settings,
        findings: &Findings,
    ) -> Self {
        let image = question.image.as_ref();
        Self {
            outcome: findings.into(),
            label: image.map(|image| image.labels.label),
            target: image.map(|image| image.labels.target),
            epsilon: image.map(|image| image.epsilon),
            region: image.map(|image| image.distance),
            objective: question.objective.as_deref(),
            sense: question.sense,
            image: image.map(|image| image.index),
            dataset: image.map(|image| image.dataset),
            class: image.map(|image| image.class),
            correctly_classified: image.map(|image| image.is_correctly_classified()),
            predicted: image.map(|image| image.predicted),
            found_class: question.found_class(findings.best.as_ref()),
            strict: image.map(|image| image.strict),
            optimum: image.map(|_| !question.instance.is_decision()),
            seed: settings.seed,
            threads: settings.threads,
            time_limit: settings.time_limit,
            strategy,
            bounds: settings.bounds,
            relaxation_first: settings.relaxation_first,
            mip_start: settings.mip_start,
            network: &question.paths.network,
            surrogate: question.paths.surrogate.as_deref(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}
