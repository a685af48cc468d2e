//! Charts: panels of points, steps, lines and bars on common axes.
//!
//! Reading order: this file (a chart as data, as SVG and as PNG), `axis`, `layout` (where everything is), `draw` and
//! `panel` (what is drawn there), `pen` (the elements).

mod axis;
mod draw;
mod layout;
mod panel;
mod pen;
#[cfg(test)]
mod tests;

use std::fmt::Write;

use plotters::backend::{BitMapBackend, SVGBackend};
use plotters::drawing::IntoDrawingArea;
use thiserror::Error;

use super::bitmap::png;
use super::markup::escape;
use axis::Ruler;
use layout::Layout;
use pen::{Pen, SCALE};

pub use axis::{Axis, Scale};

/// Why a chart could not be drawn.
#[derive(Debug, Error)]
pub enum ChartError {
    #[error("an axis cannot end at {0} ({1})")]
    Limit(f64, String),
    #[error("a logarithmic axis cannot show values from {0}")]
    Least(f64),
    #[error("the chart could not be drawn: {0}")]
    Draw(String),
}

/// Panels in rows and columns on common axes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chart {
    pub title: String,
    pub x: Axis,
    pub y: Axis,
    /// Titles of the columns and rows of panels; empty for a single panel without titles.
    pub columns: Vec<String>,
    pub rows: Vec<String>,
    /// Rows of columns.
    pub panels: Vec<Vec<Panel>>,
    /// The names of the kinds of points and curves, each with a colour, a marker and dashes of its own.
    pub kinds: Vec<String>,
    /// What it means that a point lacks a coordinate: then it is a square in an edge beyond the end of that axis.
    pub missing: Option<String>,
    /// What the line of equal coordinates means: with it, panels are squares and both axes have the same ends.
    pub identity: Option<String>,
}

/// What one panel shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Panel {
    pub points: Vec<Point>,
    pub curves: Vec<Curve>,
    pub notes: Vec<(Corner, String)>,
}

/// A marker.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    pub x: Option<f64>,
    pub y: Option<f64>,
    /// Index into the names of kinds.
    pub kind: usize,
    /// Tooltip in SVG.
    pub hover: String,
}

/// Values that belong together, in ascending order of x.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Index into the names of kinds.
    pub kind: usize,
    pub form: Form,
    pub values: Vec<(f64, f64)>,
}

/// How a curve is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// From zero at the start of the axis to its end; each value holds from its x on.
    Steps,
    /// Straight from value to value.
    Line,
    /// Up from zero, those of several kinds side by side.
    Bars,
}

/// Where a panel has text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corner {
    TopLeft,
    BottomRight,
    Middle,
    /// Above the frame.
    AboveLeft,
    AboveRight,
}

/// Share of a square panel's height at its bottom that has its text and no point.
const TEXT: f64 = 0.1;
/// Radius of the area of a tooltip in pixels.
const REACH: i32 = 24;
/// Pixels per side of the drawing that are merged into one of a PNG, for smooth edges.
const MERGED: u32 = 2;

impl Chart {
    /// Renders the chart as a standalone SVG document that also fits into HTML. It has no ids, so that several fit into
    /// one page. The same chart gives the same bytes.
    ///
    /// # Errors
    /// When an axis cannot end at its limit, or a logarithmic one does not begin above zero.
    pub fn svg(&self) -> Result<String, ChartError> {
        let (x, y) = self.rulers()?;
        let layout = Layout::of(self, &x, &y);
        let (width, height) = layout.size;
        let mut drawn = String::new();
        let pen = Pen::new(SVGBackend::with_string(&mut drawn, layout.size).into_drawing_area());
        let hovers = layout.draw(&pen);
        pen.finish()?;
        // The backend's own root element has neither a size for the screen nor a name.
        let body = drawn.split_once('\n').map_or("", |(_, rest)| rest);
        let body = body.trim_end().trim_end_matches("</svg>");
        let [across, down] = [width, height].map(|pixels| f64::from(pixels) / f64::from(SCALE));
        let name = escape(&self.title);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{across}\" height=\"{down}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{name}\">\n{body}"
        );
        for ((x, y), text) in hovers {
            let text = escape(text);
            writeln!(
                svg,
                "<circle cx=\"{x}\" cy=\"{y}\" r=\"{REACH}\" fill-opacity=\"0\"><title>{text}</title></circle>"
            )
            .expect("a string takes any text");
        }
        Ok(svg + "</svg>\n")
    }

    /// Renders the chart as PNG.
    ///
    /// # Errors
    /// When an axis cannot end at its limit, or a logarithmic one does not begin above zero.
    pub fn png(&self) -> Result<Vec<u8>, ChartError> {
        let (x, y) = self.rulers()?;
        let layout = Layout::of(self, &x, &y);
        let [width, height] = <[u32; 2]>::from(layout.size).map(|l| l.next_multiple_of(MERGED));
        let mut pixels = vec![255; 3 * width as usize * height as usize];
        let area = BitMapBackend::with_buffer(&mut pixels, (width, height));
        let pen = Pen::new(area.into_drawing_area());
        layout.draw(&pen);
        pen.finish()?;
        let size = (width / MERGED, height / MERGED);
        Ok(png(&merged(&pixels, width as usize), size))
    }

    /// The axes for all coordinates.
    fn rulers(&self) -> Result<(Ruler<'_>, Ruler<'_>), ChartError> {
        let panels = || self.panels.iter().flatten();
        let points = || panels().flat_map(|panel| &panel.points);
        let values = || {
            panels()
                .flat_map(|panel| &panel.curves)
                .flat_map(|curve| &curve.values)
        };
        let xs = || {
            points()
                .filter_map(|point| point.x)
                .chain(values().map(|(x, _)| *x))
        };
        let ys = || {
            points()
                .filter_map(|point| point.y)
                .chain(values().map(|(_, y)| *y))
        };
        if self.identity.is_none() {
            return Ok((Ruler::of(&self.x, xs())?, Ruler::of(&self.y, ys())?));
        }
        let [x, y] = [&self.x, &self.y].map(|axis| Ruler::of(axis, xs().chain(ys())));
        Ok((x?.with_room_below(TEXT), y?.with_room_below(TEXT)))
    }
}

impl Curve {
    fn finite(&self) -> impl Iterator<Item = (f64, f64)> {
        let values = self.values.iter().copied();
        values.filter(|(x, y)| x.is_finite() && y.is_finite())
    }
}

/// The mean of each square of pixels.
fn merged(pixels: &[u8], width: usize) -> Vec<u8> {
    let side = MERGED as usize;
    let row = 3 * width;
    let mut merged = Vec::with_capacity(pixels.len() / (side * side));
    for rows in pixels.chunks_exact(side * row) {
        for column in (0..row).step_by(3 * side) {
            for channel in column..column + 3 {
                let of_square =
                    (0..side * side).map(|at| rows[(at / side) * row + channel + 3 * (at % side)]);
                let sum: usize = of_square.map(usize::from).sum();
                merged.push((sum / (side * side)) as u8);
            }
        }
    }
    merged
}
