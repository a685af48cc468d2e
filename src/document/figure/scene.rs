//! Everything that a figure shows, as data: shapes in drawing order, and tooltips.

use plotters::style::{RGBAColor, RGBColor};

use super::dash::dashes;
use super::place::Place;
use super::text::{LINE, Weight, width};

pub(super) const BLACK: RGBColor = RGBColor(0, 0, 0);
pub(super) const WHITE: RGBColor = RGBColor(255, 255, 255);
/// For elements that should not compete with the data.
pub(super) const GREY: RGBColor = RGBColor(120, 120, 120);
pub(super) const LIGHT_GREY: RGBColor = RGBColor(224, 224, 224);
pub(super) const PALE_GREY: RGBColor = RGBColor(240, 240, 240);

/// Half the height of letters, including descenders, as a multiple of the size.
const HALF_LINE: f64 = 0.45;

/// A figure ready to be painted. Units are those in which text of size 12 is easy to read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scene {
    /// Accessible name, for readers who cannot see the figure.
    pub name: String,
    pub width: f64,
    pub height: f64,
    pub shapes: Vec<Shape>,
    pub hovers: Vec<Hover>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    Line {
        points: Vec<Place>,
        stroke: Stroke,
    },
    Rectangle {
        corners: [Place; 2],
        fill: RGBAColor,
    },
    Circle {
        centre: Place,
        radius: f64,
        stroke: Stroke,
    },
    Disc {
        centre: Place,
        radius: f64,
        fill: RGBColor,
    },
    Text(Text),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stroke {
    pub colour: RGBAColor,
    pub width: f64,
}

/// One line of text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    pub text: String,
    /// Vertically at half the height of a capital letter; horizontally as `anchor` says.
    pub at: Place,
    pub anchor: Anchor,
    pub direction: Direction,
    pub size: f64,
    pub weight: Weight,
    pub colour: RGBColor,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Direction {
    Right,
    Up,
    Down,
}

/// A tooltip near a position.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hover {
    pub at: Place,
    pub text: String,
}

impl Stroke {
    pub const fn new(colour: RGBColor, width: f64) -> Self {
        Self::translucent(colour, 1.0, width)
    }

    pub const fn translucent(colour: RGBColor, opacity: f64, width: f64) -> Self {
        let RGBColor(red, green, blue) = colour;
        Self {
            colour: RGBAColor(red, green, blue, opacity),
            width,
        }
    }
}

impl Text {
    /// Normal black left-to-right text that starts at `at`.
    pub fn new(text: impl Into<String>, at: Place, size: f64) -> Self {
        Self {
            text: text.into(),
            at,
            anchor: Anchor::Start,
            direction: Direction::Right,
            size,
            weight: Weight::Normal,
            colour: BLACK,
        }
    }

    pub fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub fn directed(self, direction: Direction) -> Self {
        Self { direction, ..self }
    }

    pub fn bold(self) -> Self {
        let weight = Weight::Bold;
        Self { weight, ..self }
    }

    pub fn coloured(self, colour: RGBColor) -> Self {
        Self { colour, ..self }
    }

    /// Bounding box of the text: its top left and bottom right corner.
    pub fn corners(&self) -> [Place; 2] {
        let length = width(&self.text, self.size, self.weight);
        let before = match self.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => length / 2.0,
            Anchor::End => length,
        };
        let (after, half) = (length - before, HALF_LINE * self.size);
        let (x, y) = self.at;
        match self.direction {
            Direction::Right => [(x - before, y - half), (x + after, y + half)],
            Direction::Up => [(x - half, y - after), (x + half, y + before)],
            Direction::Down => [(x - half, y - before), (x + half, y + after)],
        }
    }
}

impl Scene {
    pub fn new(name: &str, width: f64, height: f64) -> Self {
        Self {
            name: name.to_owned(),
            width,
            height,
            shapes: Vec::new(),
            hovers: Vec::new(),
        }
    }

    pub fn line(&mut self, points: &[Place], stroke: Stroke) {
        let points = points.to_vec();
        self.shapes.push(Shape::Line { points, stroke });
    }

    /// Draws a closed line through at least two corners.
    pub fn closed(&mut self, corners: &[Place], stroke: Stroke) {
        // Starts in the middle of a side, so that all corners are joints.
        let (first, last) = (corners[0], corners[corners.len() - 1]);
        let middle = ((first.0 + last.0) / 2.0, (first.1 + last.1) / 2.0);
        let points: Vec<Place> = std::iter::once(middle)
            .chain(corners.iter().copied())
            .chain([middle])
            .collect();
        self.line(&points, stroke);
    }

    pub fn dashed(&mut self, points: &[Place], pattern: &[f64], stroke: Stroke) {
        for dash in dashes(points, pattern) {
            self.line(&dash, stroke);
        }
    }

    pub fn rectangle(&mut self, corners: [Place; 2], colour: RGBColor, opacity: f64) {
        let RGBColor(red, green, blue) = colour;
        self.filled(corners, RGBAColor(red, green, blue, opacity));
    }

    pub fn filled(&mut self, corners: [Place; 2], fill: RGBAColor) {
        self.shapes.push(Shape::Rectangle { corners, fill });
    }

    pub fn frame(&mut self, [(left, top), (right, bottom)]: [Place; 2], stroke: Stroke) {
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        self.closed(&corners, stroke);
    }

    pub fn circle(&mut self, centre: Place, radius: f64, stroke: Stroke) {
        self.shapes.push(Shape::Circle {
            centre,
            radius,
            stroke,
        });
    }

    pub fn disc(&mut self, centre: Place, radius: f64, fill: RGBColor) {
        self.shapes.push(Shape::Disc {
            centre,
            radius,
            fill,
        });
    }

    pub fn text(&mut self, text: Text) {
        self.shapes.push(Shape::Text(text));
    }

    /// Draws the lines of a title below and to the right of `at`.
    pub fn title(&mut self, lines: &[String], (x, y): Place, size: f64) {
        for (index, line) in lines.iter().enumerate() {
            let middle = y + (index as f64 + 0.5) * size * LINE;
            self.text(Text::new(line, (x, middle), size).bold());
        }
    }

    /// Adds the tooltip `text` at `at`, unless it is empty.
    pub fn hover(&mut self, at: Place, text: &str) {
        if !text.is_empty() {
            self.hovers.push(Hover {
                at,
                text: text.to_owned(),
            });
        }
    }
}
