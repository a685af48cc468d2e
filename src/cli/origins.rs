//! The data sets that model files were trained on.

use std::path::Path;

use super::output::tell;
use crate::dataset::DatasetName;
use crate::formats::{Metadata, Origin};

/// The data set that the weights were first trained on; `None` if the file does not record it.
pub fn trained_on(metadata: Option<&Metadata>) -> Option<DatasetName> {
    match metadata?.origin.root()? {
        Origin::Trained { dataset, .. } => Some(*dataset),
        _ => None,
    }
}

/// Warns if a model was trained on another data set than it is used with.
pub fn warn_of_other_origin(path: &Path, metadata: Option<&Metadata>, used_with: DatasetName) {
    let Some(dataset) = trained_on(metadata).filter(|&dataset| dataset != used_with) else {
        return;
    };
    tell(&format!(
        "warning: {} was trained on {dataset}, but is used with {used_with}",
        path.display()
    ));
}
