//! The picture of an adversarial input next to its image.

use super::picture::AdversarialPicture;
use crate::instance::Distance;

/// An adversarial input with the facts for its captions.
pub struct Adversarial<'a> {
    pub title: String,
    /// Pixels per row.
    pub side: usize,
    pub image: &'a [f64],
    pub input: &'a [f64],
    /// The class that the network gives the image.
    pub image_class: usize,
    pub label: usize,
    pub target: usize,
    /// The network's class for the input.
    pub class: usize,
    /// `y_target - y_label`, or another objective that had to be positive.
    pub margin: f64,
    /// Whether the margin is the smallest one over all other classes.
    pub is_strict: bool,
    pub distance: Distance,
    /// Distance from the image to the input in that metric.
    pub length: f64,
    pub epsilon: f64,
}

impl<'a> Adversarial<'a> {
    pub fn picture(&self) -> AdversarialPicture<'a> {
        let Self {
            image_class,
            label,
            target,
            class,
            ..
        } = self;
        let pairs = self.input.iter().zip(self.image);
        let changed = pairs
            .filter(|(found, image)| (*found - *image).abs() > 1e-9)
            .count();
        let measure = match self.distance {
            Distance::L1 => "L1 distance",
            Distance::LInfinity => "L-infinity distance",
            Distance::Rows => "row distance",
        };
        AdversarialPicture {
            title: self.title.clone(),
            side: self.side,
            image: self.image,
            adversarial: self.input,
            captions: [
                [format!("image: class {image_class}"), String::new()],
                [
                    format!("adversarial input: class {class}"),
                    match self.is_strict {
                        true => format!("least margin of y{target} = {:+.4}", self.margin),
                        false => format!("margin y{target} - y{label} = {:+.4}", self.margin),
                    },
                ],
                [
                    String::from("difference: red brighter, blue darker"),
                    format!(
                        "{measure} {:.3} of at most {:.3}, {changed} pixels",
                        self.length, self.epsilon
                    ),
                ],
            ],
        }
    }
}
