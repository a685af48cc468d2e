//! Draws the elements of a chart, in pixels.

use std::cell::RefCell;

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{
    Circle, DashedPathElement, Drawable, PathElement, PointCollection, Rectangle, Text as Label,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    BLACK, Color, FontDesc, FontStyle, FontTransform, RGBColor, ShapeStyle, TextStyle, WHITE,
};

use super::ChartError;
use crate::document::bitmap::{FONT, register_fonts};
use crate::document::markup::is_printable;

/// Pixels per unit, in which text of size 12 is easy to read: the backends know whole pixels only.
pub(super) const SCALE: i32 = 4;
/// For elements that should not compete with the data.
pub(super) const GREY: RGBColor = RGBColor(120, 120, 120);
pub(super) const PALE_GREY: RGBColor = RGBColor(240, 240, 240);

/// A line: its colour, its width, and the lengths drawn and left out along it.
pub(super) type Stroke = (RGBColor, u32, [i32; 2]);

pub(super) const LINE: Stroke = (GREY, 4, SOLID);
pub(super) const LIMIT: Stroke = (GREY, 4, [16, 12]);
pub(super) const GRID: Stroke = (RGBColor(224, 224, 224), 3, SOLID);
const SOLID: [i32; 2] = [1, 0];

/// Height of a line of text as a multiple of its size.
const SPACING: f64 = 1.15;
/// Of markers, and of the ground of those on lines.
const RADIUS: i32 = 13;
const GROUND: i32 = 22;
const OPACITY: f64 = 0.75;

/// Strokes in units of the radius, all of about the same size; closed ones come back to their start.
type Shape = (bool, &'static [&'static [(f64, f64)]]);

/// The markers of all kinds but the first, whose is a circle; squares stand for points that lack a coordinate.
const SHAPES: [Shape; 6] = [
    (
        false,
        &[
            &[(-0.85, -0.85), (0.85, 0.85)],
            &[(-0.85, 0.85), (0.85, -0.85)],
        ],
    ),
    (true, &[&[(-1.05, 0.75), (1.05, 0.75), (0.0, -1.2)]]),
    (
        false,
        &[&[(-1.25, 0.0), (1.25, 0.0)], &[(0.0, -1.25), (0.0, 1.25)]],
    ),
    (
        true,
        &[&[(-1.25, 0.0), (0.0, -1.25), (1.25, 0.0), (0.0, 1.25)]],
    ),
    (true, &[&[(-1.05, -0.75), (1.05, -0.75), (0.0, 1.2)]]),
    (
        false,
        &[
            &[(0.0, -1.25), (0.0, 1.25)],
            &[(-1.09, -0.63), (1.09, 0.63)],
            &[(-1.09, 0.63), (1.09, -0.63)],
        ],
    ),
];

/// Dark enough for paper, and distinguishable for most colour-blind readers.
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 84, 159),
    RGBColor(196, 62, 0),
    RGBColor(0, 122, 94),
    RGBColor(150, 45, 130),
    RGBColor(60, 60, 60),
    RGBColor(150, 108, 0),
    RGBColor(0, 130, 170),
];
const DASHES: [[i32; 2]; 4] = [SOLID, [36, 16], [10, 12], [72, 20]];

/// Pixels to the right of and below the top left corner.
pub(super) type Place = (i32, i32);

/// How text is written: vertically, it is in the middle of its position.
#[derive(Clone, Copy)]
pub(super) struct Lettering {
    /// In units.
    pub size: f64,
    pub bold: bool,
    pub align: HPos,
    /// Quarter turns clockwise.
    pub turns: i8,
}

impl Lettering {
    pub const fn of(size: f64) -> Self {
        let (bold, align, turns) = (false, HPos::Left, 0);
        Self {
            size,
            bold,
            align,
            turns,
        }
    }

    pub const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub const fn aligned(self, align: HPos) -> Self {
        Self { align, ..self }
    }

    pub const fn turned(self, turns: i8) -> Self {
        Self { turns, ..self }
    }

    /// Height of this many lines.
    pub fn lines(self, count: usize) -> i32 {
        px(count as f64 * self.size * SPACING)
    }

    pub fn width(self, text: &str) -> i32 {
        let size = self.font().layout_box(text);
        size.map_or(0, |((left, _), (right, _))| right - left)
    }

    /// Breaks `text` between words into lines no wider than `room`. A longer word stays whole.
    pub fn wrap(self, text: &str, room: i32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            match lines.last_mut() {
                Some(line) if self.width(&format!("{line} {word}")) <= room => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines
    }

    /// Top left and bottom right corner of text that is not turned.
    pub fn corners(self, text: &str, (x, y): Place) -> [Place; 2] {
        let (width, half) = (self.width(text), self.lines(1) / 2);
        let left = match self.align {
            HPos::Left => x,
            HPos::Center => x - width / 2,
            HPos::Right => x - width,
        };
        [(left, y - half), (left + width, y + half)]
    }

    fn font(self) -> FontDesc<'static> {
        register_fonts();
        let weight = if self.bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        FontDesc::new(FONT.into(), self.size * f64::from(SCALE), weight)
    }
}

/// Draws on an area; the first failure ends all drawing.
pub(super) struct Pen<DB: DrawingBackend> {
    area: DrawingArea<DB, Shift>,
    failure: RefCell<Option<String>>,
}

/// Pixels of a length in units.
pub(super) fn px(length: f64) -> i32 {
    (length * f64::from(SCALE)).round() as i32
}

fn colour(kind: usize) -> RGBColor {
    // Another colour in each round of the markers.
    COLOURS[(kind + kind / COLOURS.len()) % COLOURS.len()]
}

impl<DB: DrawingBackend> Pen<DB> {
    pub fn new(area: DrawingArea<DB, Shift>) -> Self {
        let failure = area.fill(&WHITE).err().map(|error| error.to_string());
        Self {
            area,
            failure: failure.into(),
        }
    }

    /// Ends the drawing.
    pub fn finish(self) -> Result<(), ChartError> {
        let failure = self.failure.into_inner();
        let failure = failure.or_else(|| self.area.present().err().map(|error| error.to_string()));
        failure.map_or(Ok(()), |failure| Err(ChartError::Draw(failure)))
    }

    fn draw<'a, E>(&self, element: &'a E)
    where
        &'a E: PointCollection<'a, Place>,
        E: Drawable<DB>,
    {
        let mut failure = self.failure.borrow_mut();
        if failure.is_none() {
            *failure = self.area.draw(element).err().map(|error| error.to_string());
        }
    }

    pub fn text(&self, text: &str, (x, y): Place, lettering: Lettering, colour: RGBColor) {
        // Letters have more above their middle than below.
        let down = px(0.1 * lettering.size);
        let (turn, at) = match lettering.turns {
            0 => (FontTransform::None, (x, y + down)),
            1 => (FontTransform::Rotate90, (x - down, y)),
            _ => (FontTransform::Rotate270, (x + down, y)),
        };
        let font = lettering.font().transform(turn);
        let anchor = Pos::new(lettering.align, VPos::Center);
        let style = TextStyle::from(font).color(&colour).pos(anchor);
        let printable: String = text.chars().filter(|&c| is_printable(c)).collect();
        self.draw(&Label::new(printable, at, style));
    }

    /// Writes the lines of a text that is broken at `room` around the middle of its position.
    pub fn paragraph(&self, text: &str, (x, y): Place, lettering: Lettering, room: i32) {
        let lines = lettering.wrap(text, room);
        for (index, line) in lines.iter().enumerate() {
            let off = lettering.lines(1) * (2 * index as i32 + 1 - lines.len() as i32) / 2;
            // In text that runs downwards the first line is the rightmost one.
            let at = if lettering.turns == 0 {
                (x, y + off)
            } else {
                (x - off, y)
            };
            self.text(line, at, lettering, BLACK);
        }
    }

    /// Writes text on a strip.
    pub fn header(&self, text: &str, corners: [Place; 2], lettering: Lettering, room: i32) {
        self.rectangle(corners, PALE_GREY.filled());
        let [(left, top), (right, bottom)] = corners;
        self.paragraph(
            text,
            ((left + right) / 2, (top + bottom) / 2),
            lettering,
            room,
        );
    }

    pub fn rectangle(&self, corners: [Place; 2], style: impl Into<ShapeStyle>) {
        self.draw(&Rectangle::new(corners, style))
    }

    pub fn line(&self, points: &[Place], (colour, width, [dash, gap]): Stroke) {
        let style = colour.stroke_width(width);
        let mut points = points.to_vec();
        points.dedup();
        match (points.len(), gap) {
            // The backends cannot draw a line of no length.
            (0 | 1, _) => {}
            (_, 0) => self.draw(&PathElement::new(points, style)),
            _ => self.draw(&DashedPathElement::new(points, dash, gap, style)),
        }
    }

    /// Draws the line of a kind.
    pub fn curve(&self, points: &[Place], kind: usize) {
        self.line(points, (colour(kind), 7, DASHES[kind % DASHES.len()]));
    }

    /// Draws the marker of a kind: seven have other shapes, so that they can be told apart without colour.
    pub fn marker(&self, kind: usize, (x, y): Place) {
        let style = colour(kind).mix(OPACITY).stroke_width(5);
        match (kind % (SHAPES.len() + 1)).checked_sub(1) {
            None => self.draw(&Circle::new((x, y), RADIUS, style)),
            Some(index) => {
                let (is_closed, strokes) = SHAPES[index];
                let length = |share: f64| (f64::from(RADIUS) * share).round() as i32;
                for stroke in strokes {
                    let points = stroke
                        .iter()
                        .map(|(dx, dy)| (x + length(*dx), y + length(*dy)));
                    let mut points: Vec<Place> = points.collect();
                    if is_closed {
                        points.push(points[0]);
                    }
                    self.draw(&PathElement::new(points, style));
                }
            }
        }
    }

    /// Draws the square of a point of a kind that lacks a coordinate: empty, filled or crossed out.
    pub fn square(&self, kind: usize, at: Place) {
        self.filled_square(kind % 4, at, colour(kind));
    }

    /// Draws the square of any such point.
    pub fn missing(&self, at: Place) {
        self.filled_square(0, at, BLACK);
    }

    fn filled_square(&self, filling: usize, (x, y): Place, colour: RGBColor) {
        let half = RADIUS - 1;
        let corners = [(x - half, y - half), (x + half, y + half)];
        let style = colour.mix(OPACITY).stroke_width(5);
        if filling == 1 {
            self.rectangle(corners, colour.mix(OPACITY).filled());
        }
        self.rectangle(corners, style);
        if filling >= 2 {
            self.draw(&PathElement::new(corners.to_vec(), style));
        }
        if filling == 3 {
            let other = vec![(x - half, y + half), (x + half, y - half)];
            self.draw(&PathElement::new(other, style));
        }
    }

    /// Draws a bar of a kind.
    pub fn bar(&self, kind: usize, corners: [Place; 2]) {
        self.rectangle(corners, colour(kind).mix(OPACITY).filled());
        self.rectangle(corners, colour(kind).stroke_width(4))
    }

    /// Draws the marker of a kind on its line.
    pub fn marker_on_line(&self, kind: usize, at: Place) {
        self.draw(&Circle::new(at, GROUND, WHITE.filled()));
        self.marker(kind, at)
    }
}
