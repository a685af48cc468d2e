//! The machine-readable record of a solve.

use std::path::Path;

use serde::Serialize;

use crate::bounds::BoundKind;
use crate::cli::output::{path_as_text, some_path_as_text};
use crate::cli::question::{Question, Verification};
use crate::dataset::{DatasetName, SplitName};
use crate::instance::Distance;
use crate::milp::Sense;
use crate::search::{SearchRecord, SearchResult, Settings, Strategy};

/// The fields of the record; null where not applicable.
#[derive(Serialize)]
pub struct Record<'a> {
    #[serde(flatten)]
    outcome: SearchRecord,
    label: Option<usize>,
    target: Option<usize>,
    epsilon: Option<f64>,
    /// The metric of the distance from the image.
    region: Option<Distance>,
    /// The objective as written; null for the first output.
    objective: Option<&'a str>,
    /// The constraints on inputs and outputs, as written.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    subject_to: &'a [String],
    sense: Sense,
    image: Option<usize>,
    /// The split that contains the image.
    split: Option<SplitName>,
    /// Whether any class but the label is a target; `target` is that of the best input.
    all_targets: Option<bool>,
    dataset: Option<DatasetName>,
    /// The image's class in the data set.
    class: Option<usize>,
    correctly_classified: Option<bool>,
    /// The dense network's class for the image.
    predicted: Option<usize>,
    /// The dense network's class for the best input.
    found_class: Option<usize>,
    strict: Option<bool>,
    /// Whether the largest margin is requested.
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
        findings: &SearchResult,
    ) -> Self {
        let asked = question.verification.as_ref();
        Self {
            outcome: findings.into(),
            label: asked.map(|asked| asked.label),
            target: asked.map(Verification::target),
            epsilon: asked.map(|asked| asked.epsilon),
            region: asked.map(|asked| asked.distance),
            objective: question.objective.as_deref(),
            sense: question.sense,
            subject_to: &question.subject_to,
            image: asked.and_then(|asked| Some(asked.index()?.0)),
            split: asked.and_then(|asked| Some(asked.index()?.1)),
            all_targets: asked.map(|asked| asked.targets.len() > 1),
            dataset: asked.and_then(Verification::dataset),
            class: asked.and_then(Verification::class),
            correctly_classified: asked.and_then(Verification::is_correctly_classified),
            predicted: asked.map(|asked| asked.predicted),
            found_class: question.found_class(findings.best.as_ref()),
            strict: asked.map(|asked| asked.strict),
            optimum: asked.map(|_| !question.instance().is_decision()),
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
