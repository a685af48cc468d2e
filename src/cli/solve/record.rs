//! The machine-readable record of a solve.

use std::path::Path;

use serde::Serialize;

use super::Strategy;
use crate::cli::question::Question;
use crate::search::{Findings, Settings};

/// Its fields; what does not apply is null.
#[derive(Serialize)]
pub struct Record<'a> {
    status: &'static str,
    dense_objective: Option<f64>,
    surrogate_objective: Option<f64>,
    dual_bound: Option<f64>,
    solver_status: String,
    seconds_to_first: Option<f64>,
    seconds_to_best: Option<f64>,
    seconds_total: f64,
    solutions: usize,
    binaries: usize,
    columns: usize,
    rows: usize,
    nonzeros: usize,
    stable_active: usize,
    stable_inactive: usize,
    label: Option<usize>,
    target: Option<usize>,
    epsilon: Option<f64>,
    image: Option<usize>,
    dataset: Option<&'static str>,
    class: Option<usize>,
    correctly_classified: Option<bool>,
    seed: u32,
    threads: u32,
    time_limit: f64,
    strategy: Strategy,
    network: &'a Path,
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
        let (image, size) = (question.image.as_ref(), findings.size);
        Self {
            status: findings.verdict.as_str(),
            dense_objective: findings.best.as_ref().map(|best| best.value),
            surrogate_objective: findings.surrogate_objective,
            dual_bound: findings.dual_bound,
            solver_status: findings.solver_status.to_string(),
            seconds_to_first: findings.seconds_to_first,
            seconds_to_best: findings.seconds_to_best,
            seconds_total: findings.seconds_total,
            solutions: findings.candidates.len(),
            binaries: size.binaries,
            columns: size.columns,
            rows: size.rows,
            nonzeros: size.nonzeros,
            stable_active: size.stable_active,
            stable_inactive: size.stable_inactive,
            label: image.map(|image| image.labels.label),
            target: image.map(|image| image.labels.target),
            epsilon: image.map(|image| image.epsilon),
            image: image.map(|image| image.index),
            dataset: image.map(|image| image.dataset.as_str()),
            class: image.map(|image| image.class),
            correctly_classified: image.map(|image| image.correctly_classified),
            seed: settings.seed,
            threads: settings.threads,
            time_limit: settings.time_limit,
            strategy,
            network: &question.paths.network,
            surrogate: question.paths.surrogate.as_deref(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}
