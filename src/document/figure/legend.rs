//! The legend of markers and lines, in rows that fit.

use super::marker::{colour, marker, square};
use super::place::Place;
use super::scene::{BLACK, GREY, Scene, Stroke, Text};
use super::text::{self, Weight};

const SIZE: f64 = 14.0;
const ROW: f64 = 20.0;
/// Width of the sample before its text, and gap between two entries.
const SAMPLE: f64 = 24.0;
const APART: f64 = 22.0;

/// Radius of markers, their line width, and their opacity.
pub(super) const RADIUS: f64 = 3.3;
pub(super) const THICKNESS: f64 = 1.25;
pub(super) const OPACITY: f64 = 0.75;
/// The line of equal times, and the line of the limit with its dashes.
pub(super) const IDENTITY: Stroke = Stroke::new(GREY, 1.0);
pub(super) const LIMIT: Stroke = Stroke::new(GREY, 1.0);
pub(super) const LIMIT_DASHES: [f64; 2] = [4.0, 3.0];

/// The symbol that an entry explains.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sample {
    /// A marker, and the square in its place if nothing was found.
    Marker(usize),
    Square,
    Identity,
    Limit,
}

/// The entries of a legend with their positions.
#[derive(Debug, Default)]
pub(super) struct Legend {
    entries: Vec<Entry>,
    rows: usize,
}

#[derive(Debug)]
struct Entry {
    sample: Sample,
    lines: Vec<String>,
    left: f64,
    row: usize,
}

impl Legend {
    /// Lays out the entries in as many rows as they need in a width of `room`.
    pub fn of(entries: impl IntoIterator<Item = (Sample, String)>, room: f64) -> Self {
        let mut legend = Self::default();
        let (mut left, mut row) = (0.0, 0);
        for (sample, text) in entries {
            let lines = text::wrap(&text, SIZE, Weight::Normal, room - SAMPLE);
            let widths = lines
                .iter()
                .map(|line| text::width(line, SIZE, Weight::Normal));
            let width = SAMPLE + widths.fold(0.0, f64::max);
            if left + width > room {
                (left, row) = (0.0, legend.rows);
            }
            legend.rows = legend.rows.max(row + lines.len());
            legend.entries.push(Entry {
                sample,
                lines,
                left,
                row,
            });
            left += width + APART;
        }
        legend
    }

    pub fn height(&self) -> f64 {
        self.rows as f64 * ROW
    }

    /// Draws the legend below and to the right of `at`.
    pub fn draw(&self, scene: &mut Scene, (x, y): Place) {
        for entry in &self.entries {
            let left = x + entry.left;
            let top = y + entry.row as f64 * ROW;
            entry.sample.draw(scene, (left, top + ROW / 2.0));
            for (index, line) in entry.lines.iter().enumerate() {
                let at = (left + SAMPLE, top + (index as f64 + 0.5) * ROW);
                scene.text(Text::new(line, at, SIZE));
            }
        }
    }
}

impl Sample {
    /// Draws the sample to the right of `left`.
    fn draw(self, scene: &mut Scene, (left, y): Place) {
        let line = [(left, y), (left + SAMPLE - 6.0, y)];
        match self {
            Self::Marker(kind) => {
                let stroke = Stroke::new(colour(kind), THICKNESS);
                marker(scene, kind, (left + RADIUS, y), RADIUS, stroke);
                square(scene, kind, (left + 4.0 * RADIUS, y), RADIUS, stroke);
            }
            Self::Square => {
                let stroke = Stroke::new(BLACK, THICKNESS);
                square(scene, 0, (left + SAMPLE / 2.0 - 3.0, y), RADIUS, stroke);
            }
            Self::Identity => {
                scene.line(&[(left + 2.0, y + 7.0), (left + 16.0, y - 7.0)], IDENTITY)
            }
            Self::Limit => scene.dashed(&line, &LIMIT_DASHES, LIMIT),
        }
    }
}
