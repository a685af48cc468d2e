//! The two classes that a verification instance compares.

use super::InstanceError;
use crate::named::{Named, in_words};
use crate::network::Network;

/// The network whose two largest outputs give label and target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LabelSource {
    /// The dense network (the paper).
    Dense,
    /// The embedded network (the published runs).
    Surrogate,
}

impl Named for LabelSource {
    const WHAT: &'static str = "source of labels";
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Dense, "dense"), (Self::Surrogate, "surrogate")];
}

in_words!(LabelSource);

/// The classes of `max y_target - y_label`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labels {
    /// `j`: the class that the network predicts for the image.
    pub label: usize,
    /// `j'`: the class with the largest output other than `j`.
    pub target: usize,
}

impl Labels {
    /// The label, or the target if the label is `class`.
    pub(super) fn other_than(&self, class: usize) -> usize {
        match class == self.label {
            true => self.target,
            false => self.label,
        }
    }

    /// Checks both classes against the number of outputs.
    ///
    /// # Errors
    /// When the label or the target is not a class of a network with `outputs` outputs.
    pub fn check(&self, outputs: usize) -> Result<(), InstanceError> {
        for (name, class) in [("label", self.label), ("target", self.target)] {
            if class >= outputs {
                return Err(InstanceError::Class {
                    name,
                    class,
                    outputs,
                });
            }
        }
        Ok(())
    }
}

/// The classes of the two largest outputs of `network` at `image`. On a correctly classified image `label` is its
/// class, as in the paper (section 4); on another it is the predicted class, as in the published runs. Ties go to the
/// lower class.
pub fn runner_up_labels(network: &Network, image: &[f64]) -> Result<Labels, InstanceError> {
    if network.inputs() != image.len() {
        return Err(InstanceError::InputSize {
            network: network.inputs(),
            region: image.len(),
        });
    }
    let outputs = network.forward(image);
    let mut classes: Vec<usize> = (0..outputs.len()).collect();
    classes.sort_by(|&a, &b| outputs[b].total_cmp(&outputs[a]));
    match classes[..] {
        [label, target, ..] => Ok(Labels { label, target }),
        _ => Err(InstanceError::TooFewOutputs(outputs.len())),
    }
}
