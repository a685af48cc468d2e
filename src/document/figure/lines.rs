//! The lines of an anytime plot.

use plotters::style::RGBColor;

use super::apart::moved_apart;
use super::axis::{LogAxis, measured};
use super::legend::{LIMIT, LIMIT_DASHES};
use super::marker::{colour, marker};
use super::place::Place;
use super::scene::{Anchor, GREY, LIGHT_GREY, Scene, Stroke, Text, WHITE};
use super::text::{self, Weight};
use crate::numbers;

/// Minimum size of the plot area.
pub(super) const WIDTH: f64 = 720.0;
pub(super) const HEIGHT: f64 = 420.0;
/// Gap between the plot area and the text around it.
pub(super) const GAP: f64 = 10.0;
pub(super) const TICK_SIZE: f64 = 13.0;

const NAME_SIZE: f64 = 14.0;
/// Distance between two names.
const APART: f64 = NAME_SIZE * 1.25;
/// Between the end of a line and its name: a connecting line, and a sample of the line.
const LINK: f64 = 20.0;
const SAMPLE: f64 = 40.0;
const THICKNESS: f64 = 1.75;
const RADIUS: f64 = 3.5;
/// Markers on each line, so that it is not known by its dashes alone.
const MARKERS: usize = 4;

/// The lengths drawn and left out along a line, alternately.
const PATTERNS: [&[f64]; 7] = [
    &[],
    &[9.0, 4.0],
    &[2.5, 3.0],
    &[10.0, 3.5, 2.5, 3.5],
    &[18.0, 5.0],
    &[10.0, 3.5, 2.5, 3.5, 2.5, 3.5],
    &[5.0, 8.0],
];

/// The data of one method.
#[derive(Debug, Clone, PartialEq)]
pub struct AnytimeLine {
    pub name: String,
    /// Times of the runs that found something, in any order.
    pub seconds: Vec<f64>,
    /// Number of all runs, at least one.
    pub runs: usize,
}

/// Position of the plot area.
pub(super) struct Plot {
    pub axis: LogAxis,
    pub left: f64,
    pub top: f64,
    pub height: f64,
}

/// Width of the names beside the plot area.
pub(super) fn room_for_names(lines: &[Steps]) -> f64 {
    let widths = lines
        .iter()
        .map(|steps| text::width(&steps.name, NAME_SIZE, Weight::Normal));
    LINK + SAMPLE + GAP + widths.fold(0.0, f64::max)
}

/// Height of the names, one below the other.
pub(super) fn height_of_names(lines: &[Steps]) -> f64 {
    lines.len() as f64 * APART
}

impl Plot {
    /// Draws the plot with its lines.
    pub fn draw(&self, scene: &mut Scene, lines: &[Steps]) {
        self.background(scene);
        self.lines(scene, lines);
    }

    pub fn bottom(&self) -> f64 {
        self.top + self.height
    }

    fn right(&self) -> f64 {
        self.left + WIDTH
    }

    fn x(&self, seconds: f64) -> f64 {
        self.left + WIDTH * self.axis.share(seconds)
    }

    fn y(&self, share: f64) -> f64 {
        self.bottom() - self.height * share
    }

    fn background(&self, scene: &mut Scene) {
        let (left, right) = (self.left, self.right());
        for percent in (0..=100).step_by(20) {
            let y = self.y(f64::from(percent) / 100.0);
            scene.line(&[(left, y), (right, y)], Stroke::new(LIGHT_GREY, 0.75));
            let label = Text::new(format!("{percent}%"), (left - GAP, y), TICK_SIZE);
            scene.text(label.anchored(Anchor::End));
        }
        for tick in self.axis.spaced_ticks(WIDTH, TICK_SIZE) {
            let (x, bottom) = (self.x(tick.seconds), self.bottom());
            scene.line(&[(x, self.top), (x, bottom)], Stroke::new(LIGHT_GREY, 0.75));
            scene.line(
                &[(x, bottom), (x, bottom + GAP / 2.0)],
                Stroke::new(GREY, 1.0),
            );
            let label = Text::new(tick.label, (x, bottom + GAP + TICK_SIZE / 2.0), TICK_SIZE);
            scene.text(label.anchored(Anchor::Middle));
        }
        if let Some(limit) = self.axis.limit_inside() {
            let x = self.x(limit);
            scene.dashed(&[(x, self.top), (x, self.bottom())], &LIMIT_DASHES, LIMIT);
            let at = (x, self.top - GAP);
            let label = Text::new(format!("limit of {limit} s"), at, TICK_SIZE).coloured(GREY);
            scene.text(label.anchored(Anchor::Middle));
        }
        let corners = [(left, self.top), (right, self.bottom())];
        scene.frame(corners, Stroke::new(GREY, 1.0));
    }

    fn lines(&self, scene: &mut Scene, lines: &[Steps]) {
        let ends: Vec<f64> = lines
            .iter()
            .map(|steps| self.y(steps.share(steps.seconds.len())))
            .collect();
        let places = moved_apart(&ends, APART, (self.top, self.bottom()));
        for (index, steps) in lines.iter().enumerate() {
            let style = LineStyle::of(index);
            style.line(scene, &self.path(steps));
            self.name(scene, steps, &style, (ends[index], places[index]));
        }
        // Last, so that no line hides them.
        for (index, steps) in lines.iter().enumerate() {
            for at in self.marked(steps, index, lines.len()) {
                LineStyle::of(index).marker(scene, at);
            }
        }
    }

    /// Draws the name of the line that ends at height `end` at height `place`.
    fn name(&self, scene: &mut Scene, steps: &Steps, style: &LineStyle, (end, place): (f64, f64)) {
        let sample = self.right() + LINK;
        let link = Stroke::translucent(style.colour, 0.6, 1.0);
        scene.line(&[(self.right(), end), (sample, place)], link);
        style.line(scene, &[(sample, place), (sample + SAMPLE, place)]);
        style.marker(scene, (sample + SAMPLE / 2.0, place));
        let at = (sample + SAMPLE + GAP, place);
        scene.text(Text::new(&steps.name, at, NAME_SIZE).coloured(style.colour));
    }

    /// The step line from nothing found to the end of the axis.
    fn path(&self, steps: &Steps) -> Vec<Place> {
        let mut path = vec![(self.left, self.y(0.0))];
        for (index, &seconds) in steps.seconds.iter().enumerate() {
            let x = self.x(seconds);
            path.push((x, self.y(steps.share(index))));
            path.push((x, self.y(steps.share(index + 1))));
        }
        path.push((self.right(), self.y(steps.share(steps.seconds.len()))));
        path
    }

    /// Positions of the markers on the line with this index, at times other than those on the other
    /// lines, where something is found.
    fn marked(&self, steps: &Steps, index: usize, lines: usize) -> Vec<Place> {
        let offset = (index as f64 + 0.5) / lines as f64;
        let parts = (0..MARKERS).map(|marker| (marker as f64 + offset) / MARKERS as f64);
        parts
            .map(|part| (part, steps.share_at(self.axis.seconds(part))))
            .filter(|(_, found)| *found > 0.0)
            .map(|(part, found)| (self.left + WIDTH * part, self.y(found)))
            .collect()
    }
}

/// A step line in shares of runs.
pub(super) struct Steps {
    name: String,
    /// In ascending order.
    seconds: Vec<f64>,
    runs: usize,
}

impl Steps {
    pub fn of(line: &AnytimeLine) -> Self {
        let mut seconds: Vec<f64> = line.seconds.iter().copied().filter_map(measured).collect();
        seconds.sort_by(f64::total_cmp);
        let percent = numbers::percent(100.0 * seconds.len() as f64 / line.runs as f64);
        Self {
            name: format!("{}: {percent}", line.name),
            seconds,
            runs: line.runs,
        }
    }

    /// The share of `found` runs.
    fn share(&self, found: usize) -> f64 {
        found as f64 / self.runs as f64
    }

    /// The share found within `seconds`.
    fn share_at(&self, seconds: f64) -> f64 {
        self.share(self.seconds.partition_point(|&time| time <= seconds))
    }
}

/// The style that distinguishes a line from the others.
struct LineStyle {
    index: usize,
    colour: RGBColor,
    stroke: Stroke,
}

impl LineStyle {
    fn of(index: usize) -> Self {
        let colour = colour(index);
        let stroke = Stroke::new(colour, THICKNESS);
        Self {
            index,
            colour,
            stroke,
        }
    }

    fn line(&self, scene: &mut Scene, points: &[Place]) {
        scene.dashed(points, PATTERNS[self.index % PATTERNS.len()], self.stroke);
    }

    fn marker(&self, scene: &mut Scene, at: Place) {
        scene.disc(at, 1.6 * RADIUS, WHITE);
        marker(scene, self.index, at, RADIUS, self.stroke);
    }
}
