//! One scatter plot of a grid.

use super::axis::{LogAxis, measured};
use super::legend::{IDENTITY, LIMIT, LIMIT_DASHES, OPACITY, RADIUS, THICKNESS};
use super::marker::{colour, marker, square};
use super::place::Place;
use super::scene::{Anchor, GREY, LIGHT_GREY, PALE_GREY, Scene, Stroke, Text, WHITE};
use crate::numbers;

/// Width of the edges at the top and on the right, where runs that found nothing are drawn.
pub(super) const EDGE: f64 = 16.0;
/// Largest distance of these from the middle of the edge, so that they do not all coincide.
const SCATTER: f64 = 3.5;
const SIZE: f64 = 15.0;
const COUNT_SIZE: f64 = 12.0;
/// Between the frame and the text inside it.
const INSET: f64 = 5.0;
/// Margin of the background of text.
const AROUND: f64 = 2.0;
/// Successive multiples of the golden ratio are spread evenly, whatever their number.
const GOLDEN: f64 = 0.618_033_988_749_895;
const GOLDEN_SQUARED: f64 = 0.381_966_011_250_105;

/// One scatter plot; without points it shows that there are no runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    pub points: Vec<Point>,
    /// Percent of instances above the identity line.
    pub above: f64,
    /// Percent of instances below the identity line.
    pub below: f64,
}

/// One instance.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Seconds; `None`: nothing found, drawn on the right edge.
    pub x: Option<f64>,
    /// Seconds; `None`: nothing found, drawn on the top edge.
    pub y: Option<f64>,
    /// Index into the names of markers.
    pub marker: usize,
    /// Tooltip of the point in SVG.
    pub hover: String,
}

/// Position of a panel: a square of times, with edges at its top and its right.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// The top left corner, including the edge.
    pub left: f64,
    pub top: f64,
    /// The side of the square of times.
    pub side: f64,
}

impl Frame {
    /// The right end, including the edge.
    pub fn right(&self) -> f64 {
        self.left + self.side + EDGE
    }

    pub fn bottom(&self) -> f64 {
        self.top + EDGE + self.side
    }

    pub fn x(&self, axis: &LogAxis, seconds: f64) -> f64 {
        self.left + self.side * axis.share(seconds)
    }

    pub fn y(&self, axis: &LogAxis, seconds: f64) -> f64 {
        self.bottom() - self.side * axis.share(seconds)
    }

    /// Position of the point with this index; NaN counts as nothing found.
    fn place(&self, axis: &LogAxis, point: &Point, index: usize) -> Place {
        let off = |ratio: f64| SCATTER * (2.0 * (index as f64 * ratio).fract() - 1.0);
        let x = point.x.and_then(measured).map_or_else(
            || self.right() - EDGE / 2.0 + off(GOLDEN),
            |seconds| self.x(axis, seconds),
        );
        let y = point.y.and_then(measured).map_or_else(
            || self.top + EDGE / 2.0 + off(GOLDEN_SQUARED),
            |seconds| self.y(axis, seconds),
        );
        (x, y)
    }
}

/// Draws a panel.
pub(super) fn draw(scene: &mut Scene, frame: &Frame, axis: &LogAxis, panel: &Panel) {
    background(scene, frame, axis);
    if panel.points.is_empty() {
        let middle = frame.left + frame.side / 2.0;
        let at = (middle, frame.bottom() - frame.side / 2.0);
        let text = Text::new("no runs", at, SIZE).coloured(GREY);
        on_white(scene, text.anchored(Anchor::Middle));
        return;
    }
    // First, so that no point is hidden.
    percentages(scene, frame, panel);
    let mut neither = 0;
    for (index, point) in panel.points.iter().enumerate() {
        let at = frame.place(axis, point, index);
        let stroke = Stroke::translucent(colour(point.marker), OPACITY, THICKNESS);
        let found = [point.x, point.y].map(|seconds| seconds.and_then(measured).is_some());
        if found == [true, true] {
            marker(scene, point.marker, at, RADIUS, stroke);
        } else {
            square(scene, point.marker, at, RADIUS, stroke);
        }
        neither += usize::from(found == [false, false]);
        scene.hover(at, &point.hover);
    }
    let middle = frame.top - COUNT_SIZE / 2.0 - 1.0;
    let count = format!("n = {}", panel.points.len());
    scene.text(Text::new(count, (frame.left, middle), COUNT_SIZE));
    if neither > 0 {
        let at = (frame.right(), middle);
        let count = Text::new(format!("×{neither}"), at, COUNT_SIZE);
        scene.text(count.anchored(Anchor::End));
    }
}

fn background(scene: &mut Scene, frame: &Frame, axis: &LogAxis) {
    let (left, top, right, bottom) = (frame.left, frame.top, frame.right(), frame.bottom());
    let (inner_right, inner_top) = (right - EDGE, top + EDGE);
    scene.rectangle([(left, top), (right, inner_top)], PALE_GREY, 1.0);
    scene.rectangle([(inner_right, inner_top), (right, bottom)], PALE_GREY, 1.0);
    for tick in axis.ticks() {
        let (x, y) = (frame.x(axis, tick.seconds), frame.y(axis, tick.seconds));
        scene.line(
            &[(x, inner_top), (x, bottom)],
            Stroke::new(LIGHT_GREY, 0.75),
        );
        scene.line(
            &[(left, y), (inner_right, y)],
            Stroke::new(LIGHT_GREY, 0.75),
        );
    }
    if let Some(limit) = axis.limit_inside() {
        let (x, y) = (frame.x(axis, limit), frame.y(axis, limit));
        scene.dashed(&[(x, inner_top), (x, bottom)], &LIMIT_DASHES, LIMIT);
        scene.dashed(&[(left, y), (inner_right, y)], &LIMIT_DASHES, LIMIT);
    }
    scene.line(&[(left, bottom), (inner_right, inner_top)], IDENTITY);
    let inner = [
        (left, inner_top),
        (inner_right, inner_top),
        (inner_right, bottom),
    ];
    scene.line(&inner, Stroke::new(GREY, 0.5));
    scene.frame([(left, top), (right, bottom)], Stroke::new(GREY, 1.0));
}

/// Draws the share above the identity line at the top left, that below at the bottom right.
fn percentages(scene: &mut Scene, frame: &Frame, panel: &Panel) {
    let top = frame.top + EDGE + INSET + SIZE / 2.0;
    let above = Text::new(
        numbers::percent(panel.above),
        (frame.left + INSET, top),
        SIZE,
    );
    on_white(scene, above.bold());
    let right = frame.right() - EDGE - INSET;
    let bottom = frame.bottom() - INSET - SIZE / 2.0;
    let below = Text::new(numbers::percent(panel.below), (right, bottom), SIZE);
    on_white(scene, below.bold().anchored(Anchor::End));
}

/// Draws horizontal text on a background that covers most of the lines below it.
fn on_white(scene: &mut Scene, text: Text) {
    let [(left, top), (right, bottom)] = text.corners();
    let corners = [
        (left - AROUND, top - AROUND),
        (right + AROUND, bottom + AROUND),
    ];
    scene.rectangle(corners, WHITE, 0.8);
    scene.text(text);
}
