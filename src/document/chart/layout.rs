//! Where the parts of a chart are.

use plotters::style::text_anchor::HPos;

use super::axis::Ruler;
use super::pen::{Lettering, Place, px};
use super::{Chart, Form};

pub(super) const MARGIN: f64 = 14.0;
/// Between elements.
pub(super) const GAP: f64 = 10.0;
/// Of the title, of labels and notes in panels, of headers, of the legend, of ticks and notes above panels.
pub(super) const TITLE: Lettering = Lettering::of(20.0).bold();
pub(super) const LABEL: Lettering = Lettering::of(15.0).aligned(HPos::Center);
pub(super) const HEADER: Lettering = Lettering::of(14.0).bold().aligned(HPos::Center);
pub(super) const LEGEND: Lettering = Lettering::of(14.0);
pub(super) const TICK: Lettering = Lettering::of(12.5);
/// Above each panel, for notes.
pub(super) const ABOVE: f64 = 17.0;
/// Width of the sample before the text of an entry of the legend: of a marker, and of a line.
const MARKER: f64 = 26.0;
const CURVE: f64 = 52.0;
/// Width that the panels share, the widths of the smallest, of the largest square and of the largest of others, and
/// the height of these.
const WIDTH: f64 = 975.0;
const SMALLEST: f64 = 180.0;
const SQUARE: f64 = 420.0;
const WIDEST: f64 = 720.0;
const HEIGHT: f64 = 0.58;
/// Width of the edges for points that lack a coordinate.
const EDGE: f64 = 16.0;

/// A chart with its axes and the positions of its parts, in pixels.
pub(super) struct Layout<'a> {
    pub chart: &'a Chart,
    pub x: &'a Ruler<'a>,
    pub y: &'a Ruler<'a>,
    pub columns: usize,
    /// Width to the right of the labels of the vertical axis.
    pub room: i32,
    pub legend: Vec<Entry<'a>>,
    /// Top left corner of the first panel, and the size of the area of each between the axes.
    pub start: Place,
    pub area: Place,
    pub edge: i32,
    /// Thickness of the headers.
    pub header: i32,
    pub size: (u32, u32),
}

/// A panel: its area between the axes, with edges at its top and its right.
pub(super) struct Frame<'a> {
    pub layout: &'a Layout<'a>,
    pub left: i32,
    pub top: i32,
    pub right: i32,
    pub bottom: i32,
}

/// An entry of the legend: its symbol, its text and the middle of its left side.
pub(super) type Entry<'a> = (Sample, &'a str, Place);

/// The symbol that an entry of the legend explains.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sample {
    Kind(usize, Option<Form>),
    Missing,
    Identity,
    Limit,
}

impl Sample {
    /// Its width in units.
    pub fn width(self) -> f64 {
        match self {
            Self::Kind(_, Some(Form::Steps | Form::Line)) => CURVE,
            _ => MARKER,
        }
    }
}

impl<'a> Layout<'a> {
    pub fn of(chart: &'a Chart, x: &'a Ruler<'a>, y: &'a Ruler<'a>) -> Self {
        let columns = chart.panels.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let shared = (WIDTH / columns as f64).floor();
        let area = match chart.identity {
            Some(_) => [shared.clamp(SMALLEST, SQUARE); 2],
            None => [1.0, HEIGHT].map(|part| part * shared.clamp(SMALLEST, WIDEST)),
        };
        let area = (px(area[0]), px(area[1]));
        let edge = chart.missing.as_ref().map_or(0, |_| px(EDGE));
        let labels = y.labelled_ticks(area.1, TICK, false).into_iter();
        let labels = labels
            .map(|tick| TICK.width(&tick.label))
            .max()
            .unwrap_or(0);
        let left = px(MARGIN + 2.0 * GAP) + LABEL.lines(1) + labels;
        let across = chart
            .columns
            .iter()
            .map(|title| HEADER.wrap(title, area.0).len());
        let down = chart
            .rows
            .iter()
            .map(|title| HEADER.wrap(title, area.1).len());
        let header = HEADER.lines(across.chain(down).max().unwrap_or(0)) + px(GAP / 2.0);
        let room = columns as i32 * (area.0 + edge + px(GAP)) + header;
        let mut layout = Self {
            chart,
            x,
            y,
            columns,
            room,
            legend: Vec::new(),
            start: (left, 0),
            area,
            edge,
            header,
            size: (0, 0),
        };
        let title = TITLE.lines(TITLE.wrap(&chart.title, room).len()) + px(4.0);
        let below_legend = layout.lay_out_legend(px(MARGIN) + title);
        let headers = if chart.columns.is_empty() { 0 } else { header };
        layout.start.1 = below_legend + px(GAP + ABOVE) + headers;
        let below = px(2.0 * GAP + MARGIN) + TICK.lines(1) + LABEL.lines(1);
        let height = layout.last_frame().bottom + below;
        layout.size = ((left + room + px(MARGIN)) as u32, height as u32);
        layout
    }

    /// Places the entries of the legend side by side as far as they fit, and returns where they end.
    fn lay_out_legend(&mut self, mut top: i32) -> i32 {
        let (mut left, mut bottom) = (0, top);
        for (sample, text) in self.entries() {
            let sample_width = px(sample.width());
            let lines = LEGEND.wrap(text, self.room - sample_width);
            let widths = lines.iter().map(|line| LEGEND.width(line));
            let width = sample_width + widths.max().unwrap_or(0);
            if left + width > self.room {
                (left, top) = (0, bottom);
            }
            let height = LEGEND.lines(lines.len());
            bottom = bottom.max(top + height + px(4.0));
            self.legend
                .push((sample, text, (self.start.0 + left, top + height / 2)));
            left += width + px(2.0 * GAP);
        }
        bottom
    }

    fn entries(&self) -> Vec<(Sample, &'a str)> {
        let chart = self.chart;
        let curves = chart
            .panels
            .iter()
            .flatten()
            .flat_map(|panel| &panel.curves);
        let form = |kind| {
            curves
                .clone()
                .find(|curve| curve.kind == kind)
                .map(|curve| curve.form)
        };
        let kinds = chart.kinds.iter().enumerate();
        let kinds = kinds.map(|(kind, name)| (Sample::Kind(kind, form(kind)), name.as_str()));
        let others = [
            (Sample::Missing, &chart.missing),
            (Sample::Identity, &chart.identity),
        ];
        let others = others
            .into_iter()
            .filter_map(|(sample, text)| Some((sample, text.as_deref()?)));
        let mut limits: Vec<&str> = [self.x, self.y]
            .into_iter()
            .filter_map(|axis| Some(axis.limit_inside()?.1))
            .collect();
        limits.dedup();
        let limits = limits.into_iter().map(|text| (Sample::Limit, text));
        kinds.chain(others).chain(limits).collect()
    }

    pub fn frame(&self, row: usize, column: usize) -> Frame<'_> {
        let left = self.start.0 + column as i32 * (self.area.0 + self.edge + px(GAP));
        let top = self.start.1 + row as i32 * (self.area.1 + self.edge + px(ABOVE));
        Frame {
            layout: self,
            left,
            top,
            right: left + self.area.0 + self.edge,
            bottom: top + self.edge + self.area.1,
        }
    }

    pub fn last_frame(&self) -> Frame<'_> {
        self.frame(self.chart.panels.len().max(1) - 1, self.columns - 1)
    }
}

impl Frame<'_> {
    /// The position at these shares of the axes.
    pub fn at(&self, x: f64, y: f64) -> Place {
        let (width, height) = self.layout.area;
        let right = (f64::from(width) * x).round() as i32;
        let up = (f64::from(height) * y).round() as i32;
        (self.left + right, self.bottom - up)
    }

    pub fn place(&self, (x, y): (f64, f64)) -> Place {
        self.at(self.layout.x.share(x), self.layout.y.share(y))
    }
}
