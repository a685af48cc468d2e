//! The verification questions about one image.

use super::{Distance, Instance, InstanceError, Labels, runner_up_labels};
use crate::network::Network;

/// A question about an image: an input within `epsilon` of it that the dense network assigns to another class.
#[derive(Debug, Clone)]
pub struct ImageQuestion {
    /// The pixels, row by row, each in [0, 1].
    pub image: Vec<f64>,
    /// Largest distance of an input from the image, above 0.
    pub epsilon: f64,
    /// How the distance from the image is measured.
    pub distance: Distance,
    /// The class that the input must leave; by default the one that the label source predicts.
    pub label: Option<usize>,
    /// The class or classes to which the input may be assigned instead.
    pub target: Target,
    /// Whether the target must exceed all other classes, not only the label.
    pub is_strict: bool,
}

/// The class whose output must exceed that of the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Target {
    /// The class with the largest output other than the label.
    #[default]
    RunnerUp,
    /// This class, counted from 0.
    Class(usize),
    /// Any class other than the label.
    All,
}

/// The instances, one for each target.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The class that the dense network predicts for the image.
    pub predicted: usize,
    /// The class that the input must leave.
    pub label: usize,
    /// The targets, largest output first.
    pub targets: Vec<usize>,
    /// One question for each of the targets, in the same order.
    pub instances: Vec<Instance>,
}

impl ImageQuestion {
    /// Creates the instances for the `dense` network; the outputs of `label_source`, this network or a surrogate,
    /// determine the classes that are not given.
    ///
    /// # Errors
    /// When a network does not fit the image, has one output or no such class, label and target are the same, or
    /// [`Instance::near`] refuses the region.
    pub fn ask(self, dense: &Network, label_source: &Network) -> Result<Asked, InstanceError> {
        let predicted = runner_up_labels(dense, &self.image)?.label;
        let best = runner_up_labels(label_source, &self.image)?;
        let label = match (self.label, self.target) {
            (Some(label), _) => label,
            (None, Target::Class(target)) => best.other_than(target),
            (None, _) => best.label,
        };
        let targets = match self.target {
            Target::RunnerUp => vec![best.other_than(label)],
            Target::Class(target) => vec![target],
            Target::All => {
                let outputs = label_source.forward(&self.image);
                let mut targets: Vec<usize> = (0..outputs.len()).filter(|t| *t != label).collect();
                targets.sort_by(|&a, &b| outputs[b].total_cmp(&outputs[a]));
                targets
            }
        };
        let instance = |&target: &usize| {
            Labels { label, target }.check(dense.outputs())?;
            let (image, epsilon) = (self.image.clone(), self.epsilon);
            let instance = Instance::near(image, epsilon, self.distance, label, target)?;
            Ok(match self.is_strict {
                true => instance.strict(dense.outputs()),
                false => instance,
            })
        };
        Ok(Asked {
            predicted,
            label,
            instances: targets.iter().map(instance).collect::<Result<_, _>>()?,
            targets,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Layer;

    /// Outputs 0.1 x, x and 0.5 x.
    fn three_classes() -> Network {
        Network::new(vec![Layer::new(1, vec![0.1, 1.0, 0.5], vec![0.0; 3])]).unwrap()
    }

    fn asked(label: Option<usize>, target: Target) -> (usize, Vec<usize>) {
        let question = ImageQuestion {
            image: vec![1.0],
            epsilon: 0.5,
            distance: Distance::L1,
            label,
            target,
            is_strict: false,
        };
        let network = three_classes();
        let asked = question.ask(&network, &network).unwrap();
        assert_eq!(asked.predicted, 1);
        (asked.label, asked.targets)
    }

    #[test]
    fn classes_that_are_not_given_are_the_largest_outputs() {
        assert_eq!(asked(None, Target::RunnerUp), (1, vec![2]));
        assert_eq!(asked(Some(2), Target::RunnerUp), (2, vec![1]));
        assert_eq!(asked(None, Target::Class(0)), (1, vec![0]));
        assert_eq!(asked(None, Target::Class(1)), (2, vec![1]));
        assert_eq!(asked(None, Target::All), (1, vec![2, 0]));
    }
}
