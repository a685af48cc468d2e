//! What is asked of a network: an input region, an objective over its outputs, and the
//! independent check of an input that somebody claims to have found.

mod draw;
mod labels;
mod objective;
mod region;
mod witness;

pub use draw::{Drawn, draw};
pub use labels::{LabelSource, Labels, runner_up_labels};
pub use objective::Objective;
pub use region::{L1Ball, Region};
pub use witness::{Witness, check};

use thiserror::Error;

use crate::network::Network;

/// Why a question cannot be asked.
#[derive(Debug, Error, PartialEq)]
pub enum InstanceError {
    #[error("epsilon is {0}, expected a finite number above 0")]
    Epsilon(f64),
    #[error("pixel {index} of the centre is {value}, expected a number in [{lower}, {upper}]")]
    Centre {
        index: usize,
        value: f64,
        lower: f64,
        upper: f64,
    },
    #[error("bounds of input {index} are [{lower}, {upper}], expected finite lower <= upper")]
    Bounds {
        index: usize,
        lower: f64,
        upper: f64,
    },
    #[error("the network has {network} inputs, but the region has {region}")]
    InputSize { network: usize, region: usize },
    #[error("{name} is class {class}, but the network has {outputs} outputs (classes from 0)")]
    Class {
        name: &'static str,
        class: usize,
        outputs: usize,
    },
    #[error("label and target are both class {0}, expected two different classes")]
    SameClass(usize),
    #[error("the network has {0} outputs, expected two or more to compare classes")]
    TooFewOutputs(usize),
    #[error("the network has {0} outputs, expected one to maximise (a regression network)")]
    NotOneOutput(usize),
}

/// One optimisation question: maximise `objective` of a network over `region`.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    region: Region,
    objective: Objective,
}

impl Instance {
    /// Network verification, paper (7): maximise `y_target - y_label` over the L1 ball of
    /// radius `epsilon` around `image`, intersected with the unit box.
    pub fn verification(
        image: Vec<f64>,
        epsilon: f64,
        label: usize,
        target: usize,
    ) -> Result<Self, InstanceError> {
        if label == target {
            return Err(InstanceError::SameClass(label));
        }
        Ok(Self {
            region: Region::l1_ball(image, epsilon)?,
            objective: Objective::Margin { label, target },
        })
    }

    /// Function maximization, paper (8): maximise `y_1` over the unit box.
    pub fn maximization(inputs: usize) -> Self {
        Self {
            region: Region::unit_box(inputs),
            objective: Objective::FirstOutput,
        }
    }

    pub fn region(&self) -> &Region {
        &self.region
    }

    pub fn objective(&self) -> Objective {
        self.objective
    }

    /// Whether an adversarial input is asked for, rather than a large value.
    pub fn is_verification(&self) -> bool {
        matches!(self.objective, Objective::Margin { .. })
    }

    /// Whether the question can be asked of this network: sizes and classes fit.
    pub fn check_network(&self, network: &Network) -> Result<(), InstanceError> {
        if network.inputs() != self.region.len() {
            return Err(InstanceError::InputSize {
                network: network.inputs(),
                region: self.region.len(),
            });
        }
        let outputs = network.outputs();
        match self.objective {
            Objective::FirstOutput if outputs != 1 => Err(InstanceError::NotOneOutput(outputs)),
            Objective::FirstOutput => Ok(()),
            Objective::Margin { label, target } => [("label", label), ("target", target)]
                .into_iter()
                .find(|&(_, class)| class >= outputs)
                .map_or(Ok(()), |(name, class)| {
                    Err(InstanceError::Class {
                        name,
                        class,
                        outputs,
                    })
                }),
        }
    }
}
