//! The question asked of a network: an input region, an objective over its outputs, and the independent check of an
//! input that a search claims to have found.

mod ball;
mod constrained;
mod draw;
mod image;
mod labels;
mod linear;
mod minimum;
mod nearest;
mod objective;
mod polyhedron;
mod property;
mod region;
mod rounding;
mod steps;
mod witness;

pub use ball::{Ball, Distance, Groups};
pub use constrained::Constrained;
pub use draw::{Drawn, draw};
pub use image::{Asked, ImageQuestion, Target};
pub use labels::{LabelSource, Labels, runner_up_labels};
pub use linear::Linear;
pub use objective::Objective;
pub use property::Property;
pub use region::Region;
pub use witness::{Witness, check};

use thiserror::Error;

use std::cmp::Ordering;

use crate::exact::Dyadic;
use crate::network::Network;
use crate::numbers::Shortest;

/// Why an instance is invalid.
#[derive(Debug, Error, PartialEq)]
pub enum InstanceError {
    /// The radius of a ball is not a finite number above 0.
    #[error("epsilon is {}, expected a finite number above 0", Shortest(*.0))]
    Epsilon(f64),
    /// The centre of a ball lies outside the box.
    #[error(
        "entry {index} of the centre is {}, expected a number in [{}, {}]",
        Shortest(*value), Shortest(*lower), Shortest(*upper)
    )]
    Centre {
        /// The first input at which it does, from 0.
        index: usize,
        /// The centre's entry for that input.
        value: f64,
        /// Lower side of the box there.
        lower: f64,
        /// Upper side of the box there.
        upper: f64,
    },
    /// A side of a box is not finite, or a lower side is above the upper one.
    #[error(
        "bounds of input {index} are [{}, {}], expected finite lower <= upper",
        Shortest(*lower), Shortest(*upper)
    )]
    Bounds {
        /// The input with these sides, from 0.
        index: usize,
        /// Lower side of the box.
        lower: f64,
        /// Upper side of the box.
        upper: f64,
    },
    /// A row of a region reads an input that does not exist.
    #[error(
        "a row of the region reads input {input}, but there are {inputs} inputs, counted from 0"
    )]
    RowInput {
        /// The input that it reads, from 0.
        input: usize,
        /// Number of inputs of the region.
        inputs: usize,
    },
    /// A row of a region reads this input twice.
    #[error("a row of the region reads input {0} twice, expected one coefficient for each input")]
    RowTwice(usize),
    /// A row of a region reads an output.
    #[error("a row of the region reads an output, expected inputs only")]
    RowOutput,
    /// A coefficient or the constant of a region's row is not finite.
    #[error("a row of the region has a number that is not finite")]
    RowNumber,
    /// The distance over rows of pixels is asked for, but the number of pixels is not a square.
    #[error("an image of {0} pixels has no rows, expected a square number")]
    NotSquare(usize),
    /// An alternative of a property has no conditions, so every input satisfies it.
    #[error("the property has an alternative without conditions, which every input satisfies")]
    NoCondition,
    /// A property has more alternatives than this limit.
    #[error("the property has more than {0} alternatives")]
    TooManyAlternatives(usize),
    /// The centre of a ball has another size than the box.
    #[error("the centre has {centre} entries, but the region has {region} inputs")]
    CentreSize {
        /// Entries of the centre.
        centre: usize,
        /// Inputs of the box.
        region: usize,
    },
    /// The groups of a ball are not a partition of the inputs.
    #[error("input {input} does not exist or is not in exactly one group")]
    Groups {
        /// An input that does not exist, or is in no group or in several, from 0.
        input: usize,
    },
    /// The network does not take inputs of the region's, or the image's, size.
    #[error("the network has {network} inputs, but the region has {region}")]
    InputSize {
        /// Number of inputs of the network.
        network: usize,
        /// Number of inputs of the region, or pixels of the image.
        region: usize,
    },
    /// Label or target is not a class of the network.
    #[error("{name} is class {class}, but the network has {outputs} outputs (classes from 0)")]
    Class {
        /// Which of the two: `label` or `target`.
        name: &'static str,
        /// The class asked for, from 0.
        class: usize,
        /// Number of outputs of the network, one per class.
        outputs: usize,
    },
    /// The objective or a condition reads an output that the network does not have.
    #[error("output {output} is asked for, but the network has {outputs} (from 0)")]
    Output {
        /// The largest index of an output that is read, from 0.
        output: usize,
        /// Number of outputs of the network.
        outputs: usize,
    },
    /// The objective or a condition reads an input that the network does not have.
    #[error("input {input} is asked for, but the network has {inputs} (from 0)")]
    Input {
        /// The largest index of an input that is read, from 0.
        input: usize,
        /// Number of inputs of the network.
        inputs: usize,
    },
    /// Label and target are the same class, so there is nothing to compare.
    #[error("label and target are both class {0}, expected two different classes")]
    SameClass(usize),
    /// The network has too few outputs to have a second-largest one.
    #[error("the network has {0} output, expected two or more to compare classes")]
    TooFewOutputs(usize),
    /// No objective is given, and the network has several outputs to choose from.
    #[error("the network has {0} outputs, expected one to maximise (a regression network)")]
    NotOneOutput(usize),
}

/// One optimisation question: the `objective` of a network over `region`.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    region: Region,
    objective: Objective,
    goal: Goal,
}

/// What answers a question.
#[derive(Debug, Clone, PartialEq)]
enum Goal {
    /// The largest value.
    Optimum,
    /// An input at which every function of the objective is above zero or, if it is not strict, not below zero; or a
    /// proof that there is none.
    Sign { is_strict: Vec<bool> },
}

/// A linear condition on inputs and outputs: the function is above zero or, if the condition is not strict, not below
/// zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The function of inputs and outputs whose sign is tested.
    pub function: Linear,
    /// Whether zero violates the condition.
    pub is_strict: bool,
}

impl Instance {
    /// Maximises an objective over a region.
    pub fn maximize(region: Region, objective: Objective) -> Self {
        Self {
            region,
            objective,
            goal: Goal::Optimum,
        }
    }

    /// Asks for an input of the region that satisfies all conditions.
    ///
    /// # Panics
    /// When there is no condition.
    pub fn satisfy(region: Region, conditions: Vec<Condition>) -> Self {
        let is_strict = conditions.iter().map(|condition| condition.is_strict);
        Self {
            region,
            goal: Goal::Sign {
                is_strict: is_strict.collect(),
            },
            objective: Objective::least(
                conditions
                    .into_iter()
                    .map(|condition| condition.function)
                    .collect(),
            ),
        }
    }

    /// Network verification, paper (7): `y_target - y_label` is positive in the L1 ball of
    /// radius `epsilon` around `image`, intersected with the unit box.
    ///
    /// # Errors
    /// When label and target are the same class, epsilon is not a finite number above 0, or the image is not in the
    /// unit box.
    pub fn verification(
        image: Vec<f64>,
        epsilon: f64,
        label: usize,
        target: usize,
    ) -> Result<Self, InstanceError> {
        Self::near(image, epsilon, Distance::L1, label, target)
    }

    /// The same for another distance.
    ///
    /// # Errors
    /// As [`Self::verification`], and when the image does not have the rows that the distance needs.
    pub fn near(
        image: Vec<f64>,
        epsilon: f64,
        distance: Distance,
        label: usize,
        target: usize,
    ) -> Result<Self, InstanceError> {
        if label == target {
            return Err(InstanceError::SameClass(label));
        }
        let unit_box = Region::unit_box(image.len());
        let groups = distance.groups(image.len())?;
        let region = unit_box.within(Ball::new(image, epsilon, groups)?)?;
        let function = Linear::difference(target, label);
        let condition = Condition {
            function,
            is_strict: true,
        };
        Ok(Self::satisfy(region, vec![condition]))
    }

    /// The same verification, but the target must exceed all of the network's `classes`, not only the label.
    ///
    /// # Panics
    /// When this is not a verification, or there is no class other than the target.
    #[must_use]
    pub fn strict(self, classes: usize) -> Self {
        let (target, _) = self.objective.functions()[0]
            .as_difference()
            .expect("a verification compares two outputs");
        let objective = Objective::strict_margin(classes, target);
        let is_strict = vec![true; objective.functions().len()];
        Self {
            objective,
            goal: match self.goal {
                Goal::Sign { .. } => Goal::Sign { is_strict },
                Goal::Optimum => Goal::Optimum,
            },
            ..self
        }
    }

    /// The same question, answered by the largest value rather than by the first positive one.
    #[must_use]
    pub fn seeking_optimum(self) -> Self {
        Self {
            goal: Goal::Optimum,
            ..self
        }
    }

    /// Function maximization, paper (8): maximise `y_1` over the unit box.
    pub fn maximization(inputs: usize) -> Self {
        let first = Objective::new(Linear::output(0));
        Self::maximize(Region::unit_box(inputs), first)
    }

    /// The inputs among which an answer is sought.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The objective to be maximised; for conditions, the least of their functions.
    pub fn objective(&self) -> &Objective {
        &self.objective
    }

    /// The questions of each condition alone, if this is a decision on several.
    pub fn parts(&self) -> Vec<Self> {
        let Goal::Sign { is_strict } = &self.goal else {
            return Vec::new();
        };
        let functions = self.objective.functions().iter().zip(is_strict);
        let part = |(function, &is_strict): (&Linear, &bool)| {
            let function = function.clone();
            let condition = Condition {
                function,
                is_strict,
            };
            Self::satisfy(self.region.clone(), vec![condition])
        };
        match is_strict.len() {
            1 => Vec::new(),
            _ => functions.map(part).collect(),
        }
    }

    /// Whether any input with a positive value, or a proof that there is none, answers the question.
    pub fn is_decision(&self) -> bool {
        matches!(self.goal, Goal::Sign { .. })
    }

    /// The largest bound that proves that no input answers a decision: a bound on a function that differs from the
    /// objective by at most `rounding`. At zero, a condition that is not strict may hold.
    pub fn excluding(&self, rounding: f64) -> f64 {
        match self.is_strict() {
            true => -rounding,
            false => (-rounding).next_down(),
        }
    }

    /// Whether zero satisfies none of the conditions.
    fn is_strict(&self) -> bool {
        match &self.goal {
            Goal::Optimum => true,
            Goal::Sign { is_strict } => !is_strict.contains(&false),
        }
    }

    /// The signs of the functions at the input `x` with the exact outputs `y`.
    fn signs(&self, x: &[f64], y: &[Dyadic]) -> Vec<Ordering> {
        let functions = self.objective.functions().iter();
        functions
            .map(|function| function.exact_value(x, y).sign())
            .collect()
    }

    /// Whether an input with this value in f64 and these exact signs answers the question.
    fn is_answered_by(&self, value: f64, signs: &[Ordering]) -> bool {
        let Goal::Sign { is_strict } = &self.goal else {
            return true;
        };
        let holds = |(is_strict, sign): (&bool, &Ordering)| match is_strict {
            true => *sign == Ordering::Greater,
            false => *sign != Ordering::Less,
        };
        // A strict question is answered in f64, too, as Algorithm 1 tests it.
        (value > 0.0 || !self.is_strict()) && is_strict.iter().zip(signs).all(holds)
    }

    /// Checks that `network` has the inputs and outputs that the question reads.
    ///
    /// # Errors
    /// Names what is missing.
    pub fn check_network(&self, network: &Network) -> Result<(), InstanceError> {
        let (inputs, outputs) = (network.inputs(), network.outputs());
        if inputs != self.region.inputs() {
            return Err(InstanceError::InputSize {
                network: inputs,
                region: self.region.inputs(),
            });
        }
        for function in self.objective.functions() {
            let (needs_inputs, needs_outputs) = function.sizes();
            if needs_outputs > outputs {
                return Err(InstanceError::Output {
                    output: needs_outputs - 1,
                    outputs,
                });
            }
            if needs_inputs > inputs {
                return Err(InstanceError::Input {
                    input: needs_inputs - 1,
                    inputs,
                });
            }
        }
        Ok(())
    }
}
