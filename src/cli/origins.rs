//! What the header of a model file says of its training.

use std::path::Path;

use super::output::tell;
use crate::dataset::DatasetName;
use crate::formats::{Metadata, Origin};
use crate::named::Named;
use crate::recipe::RegressionSource;
use crate::stochastic::TwoStageName;
use crate::training::{Loss, TrainingSettings};

/// Warns if a model was trained on another data set than it is used with.
pub fn warn_of_other_origin(path: &Path, metadata: Option<&Metadata>, used_with: DatasetName) {
    let trained_on = metadata.and_then(Metadata::trained_on);
    if let Some(dataset) = trained_on.filter(|&dataset| dataset != used_with.as_str()) {
        warn(path, dataset, used_with.as_str());
    }
}

/// Warns if a model learned something else than the two-stage problem that it is used with.
pub fn warn_of_other_problem(path: &Path, metadata: Option<&Metadata>, used_with: TwoStageName) {
    let Some(Origin::Regression { source, .. }) = root(metadata) else {
        return;
    };
    match serde_json::from_value(source.clone()) {
        Ok(RegressionSource::TwoStage { problem, .. }) if problem == used_with => {}
        Ok(RegressionSource::Table { .. }) | Err(_) => {}
        Ok(other) => warn(path, &other.to_string(), used_with.as_str()),
    }
}

fn warn(path: &Path, trained_on: &str, used_with: &str) {
    tell(&format!(
        "warning: {} was trained on {trained_on}, but is used with {used_with}",
        path.display()
    ));
}

/// The loss that a regression network was trained with, if its file records it.
pub fn loss_of(metadata: Option<&Metadata>) -> Option<Loss> {
    let Some(Origin::Regression { settings, .. }) = root(metadata) else {
        return None;
    };
    let settings = serde_json::from_value::<TrainingSettings>(settings.clone());
    settings.ok().map(|settings| settings.loss)
}

fn root(metadata: Option<&Metadata>) -> Option<&Origin> {
    metadata?.origin.root()
}
