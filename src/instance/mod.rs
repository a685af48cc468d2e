//! What is asked of a network: an input region, an objective over its outputs, and the
//! independent check of an input that a search claims to have found.

mod ball;
mod draw;
mod labels;
mod minimum;
mod nearest;
mod objective;
mod region;
mod rounding;
mod steps;
mod witness;

pub use ball::{Ball, Distance, Groups};
pub use draw::{Drawn, draw};
pub use labels::{LabelSource, Labels, runner_up_labels};
pub use objective::Objective;
pub use region::Region;
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
    #[error("an image of {0} pixels has no rows, expected a square number")]
    NotSquare(usize),
    #[error("the centre has {centre} entries, but the region has {region} inputs")]
    CentreSize { centre: usize, region: usize },
    #[error(
        "input {input} is in none or in several of the groups, or there is no such input: expected each in one"
    )]
    Groups { input: usize },
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
    goal: Goal,
}

/// When a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// By an input with a positive value, or the proof that there is none.
    Sign,
    /// By the largest value.
    Optimum,
}

impl Instance {
    /// Maximises an objective over a region.
    ///
    /// # Errors
    /// When label and target of a margin are the same class.
    pub fn new(region: Region, objective: Objective) -> Result<Self, InstanceError> {
        match objective.classes() {
            Some((label, target)) if label == target => Err(InstanceError::SameClass(label)),
            classes => Ok(Self {
                region,
                objective,
                goal: match classes {
                    Some(_) => Goal::Sign,
                    None => Goal::Optimum,
                },
            }),
        }
    }

    /// Network verification, paper (7): maximise `y_target - y_label` over the L1 ball of
    /// radius `epsilon` around `image`, intersected with the unit box.
    pub fn verification(
        image: Vec<f64>,
        epsilon: f64,
        label: usize,
        target: usize,
    ) -> Result<Self, InstanceError> {
        Self::near(image, epsilon, Distance::L1, label, target)
    }

    /// The same within another distance.
    ///
    /// # Errors
    /// When label and target are the same class, epsilon is not a finite number above 0, or the image is not in the unit
    /// box, or without the rows that the distance needs.
    pub fn near(
        image: Vec<f64>,
        epsilon: f64,
        distance: Distance,
        label: usize,
        target: usize,
    ) -> Result<Self, InstanceError> {
        let unit_box = Region::unit_box(image.len());
        let groups = distance.groups(image.len())?;
        let region = unit_box.within(Ball::new(image, epsilon, groups)?)?;
        Self::new(region, Objective::Margin { label, target })
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

    /// The same question, answered by the largest margin and not by the first positive one.
    #[must_use]
    pub fn to_optimum(self) -> Self {
        Self {
            goal: Goal::Optimum,
            ..self
        }
    }

    /// Function maximization, paper (8): maximise `y_1` over the unit box.
    pub fn maximization(inputs: usize) -> Self {
        Self {
            region: Region::unit_box(inputs),
            objective: Objective::FirstOutput,
            goal: Goal::Optimum,
        }
    }

    pub fn region(&self) -> &Region {
        &self.region
    }

    pub fn objective(&self) -> Objective {
        self.objective
    }

    /// Whether classes are compared.
    pub fn is_verification(&self) -> bool {
        self.objective.is_margin()
    }

    /// Whether any input with a positive value, or the proof that there is none, answers the question.
    pub fn is_decision(&self) -> bool {
        self.goal == Goal::Sign
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
