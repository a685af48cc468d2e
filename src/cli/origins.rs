//! Models that are used with another data set than they were trained on.

use std::path::Path;

use super::output::tell;
use crate::dataset::DatasetName;
use crate::formats::Metadata;
use crate::named::Named;

/// Warns if a model was trained on another data set than it is used with.
pub fn warn_of_other_origin(path: &Path, metadata: Option<&Metadata>, used_with: DatasetName) {
    let trained_on = metadata.and_then(Metadata::trained_on);
    if let Some(dataset) = trained_on.filter(|&dataset| dataset != used_with.as_str()) {
        tell(&format!(
            "warning: {} was trained on {dataset}, but is used with {used_with}",
            path.display()
        ));
    }
}
