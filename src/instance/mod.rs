//! What is asked of a network: an input region, an objective over its outputs, and the
//! independent check of an input that a search claims to have found.

mod draw;
mod labels;
mod minimum;
mod objective;
mod region;
mod rounding;
mod within;
mod witness;

pub use draw::{Drawn, draw};
pub use labels::{LabelSource, Labels, runner_up_labels};
pub use objective::Objective;
pub use region::{L1Ball, Region};
pub use within::is_within_l1;
pub use witness::{Witness, check};

use thiserror::Error;

use crate::network::Network;
use crate::numbers::Shortest;

/// Why a question cannot be asked.
#[derive(Debug, Error, PartialEq)]
pub enum InstanceError {
    #[error("epsilon is {}, expected a finite number above 0", Shortest(*.0))]
    Epsilon(f64),
    #[error(
        "pixel {index} of the centre is {}, expected a number in [{}, {}]",
        Shortest(*value), Shortest(*lower), Shortest(*upper)
    )]
    Centre {
        index: usize,
        value: f64,
        lower: f64,
        upper: f64,
    },
    #[error(
        "bounds of input {index} are [{}, {}], expected finite lower <= upper",
        Shortest(*lower), Shortest(*upper)
    )]
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
    #[error("the network has {0} output, expected two or more to compare classes")]
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

    /// The same verification where the target must win over all classes, not only over the label;
    /// maximization stays as it is.
    #[must_use]
    pub fn strict(self) -> Self {
        let objective = match self.objective.classes() {
            Some((label, target)) => Objective::StrictMargin { label, target },
            None => self.objective,
        };
        Self { objective, ..self }
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
        self.objective.is_margin()
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
        let Some((label, target)) = self.objective.classes() else {
            return match outputs {
                1 => Ok(()),
                _ => Err(InstanceError::NotOneOutput(outputs)),
            };
        };
        let missing = |&(_, class): &(_, usize)| class >= outputs;
        let mut classes = [("label", label), ("target", target)].into_iter();
        classes.find(missing).map_or(Ok(()), |(name, class)| {
            Err(InstanceError::Class {
                name,
                class,
                outputs,
            })
        })
    }
}
