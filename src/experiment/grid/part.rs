//! Restricts an experiment to some of its seeds or label sources.

use serde::Serialize;

use super::check::{in_toml, require};
use super::description::{DescriptionError, Experiment};
use crate::instance::LabelSource;

impl Experiment {
    /// Keeps only the part of the experiment with these seeds.
    ///
    /// # Errors
    /// When one of them is not in the description.
    pub fn keep_seeds(&mut self, seeds: &[u32]) -> Result<(), DescriptionError> {
        within("seeds", seeds, &self.networks.seeds)?;
        self.networks.seeds = seeds.to_vec();
        for axes in &mut self.surrogates {
            if let Some(own) = &mut axes.seeds {
                own.retain(|seed| seeds.contains(seed));
            }
        }
        self.surrogates
            .retain(|axes| axes.seeds.as_ref().is_none_or(|own| !own.is_empty()));
        Ok(())
    }

    /// Keeps only the part of the experiment with these label sources.
    ///
    /// # Errors
    /// When one of them is not in the description.
    pub fn keep_labels(&mut self, labels: &[LabelSource]) -> Result<(), DescriptionError> {
        within("labels", labels, &self.solve.labels)?;
        self.solve.labels = labels.to_vec();
        for axes in &mut self.surrogates {
            if let Some(own) = &mut axes.labels {
                own.retain(|label| labels.contains(label));
            }
        }
        self.surrogates
            .retain(|axes| axes.labels.as_ref().is_none_or(|own| !own.is_empty()));
        Ok(())
    }
}

/// Refuses `chosen` values that an axis does not have.
fn within<T: Serialize + PartialEq>(
    field: &str,
    chosen: &[T],
    axis: &[T],
) -> Result<(), DescriptionError> {
    let sound = chosen.iter().all(|value| axis.contains(value));
    let expected = format!("some of the description's values, {}", in_toml(axis));
    require(field, in_toml(chosen), sound, &expected)
}
