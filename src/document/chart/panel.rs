//! Draws what is in a panel, and its ticks.

use plotters::backend::DrawingBackend;
use plotters::style::text_anchor::HPos;
use plotters::style::{BLACK, Color, RGBColor, WHITE};

use super::axis::Ruler;
use super::draw::{GAP, LABEL, Layout, TICK};
use super::pen::{GREY, LIMIT, PALE_GREY, Pen, Place, SOLID, px};
use super::{Corner, Curve, Form, Panel, Point};

/// How far points in an edge are moved off its middle, so that they do not all coincide.
const MOVED: f64 = 3.5;
/// Successive multiples of the golden ratio are spread evenly, whatever their number.
const GOLDEN: [f64; 2] = [0.618_033_988_749_895, 0.381_966_011_250_105];
/// Markers on each line, so that it is not known by its dashes alone.
const MARKERS: usize = 4;
/// Share of the space of a value that its bars fill.
const BARS: f64 = 0.8;
const LIGHT_GREY: RGBColor = RGBColor(224, 224, 224);

/// A panel: its area between the axes, with edges at its top and its right.
pub(super) struct Frame<'a> {
    pub layout: &'a Layout<'a>,
    pub left: i32,
    pub top: i32,
    pub right: i32,
    pub bottom: i32,
}

impl<'a> Frame<'a> {
    /// Position of a share of the axis across.
    fn across(&self, share: f64) -> i32 {
        self.left + (f64::from(self.layout.area.0) * share).round() as i32
    }

    /// Position of a share of the axis upwards.
    fn up(&self, share: f64) -> i32 {
        self.bottom - (f64::from(self.layout.area.1) * share).round() as i32
    }

    fn place(&self, (x, y): (f64, f64)) -> Place {
        (
            self.across(self.layout.x.share(x)),
            self.up(self.layout.y.share(y)),
        )
    }

    pub fn draw<'p, DB: DrawingBackend>(
        &self,
        pen: &Pen<DB>,
        panel: &'p Panel,
        hovers: &mut Vec<(Place, &'p str)>,
    ) {
        self.background(pen);
        // First, so that no point is hidden.
        for (corner, text) in &panel.notes {
            self.note(pen, *corner, text);
        }
        let is_bars = |curve: &&Curve| curve.form == Form::Bars;
        let (bars, lines): (Vec<&Curve>, Vec<&Curve>) = panel.curves.iter().partition(is_bars);
        for (index, curve) in bars.iter().enumerate() {
            self.bars(pen, curve, (index, bars.len()));
        }
        for curve in &lines {
            pen.curve(&self.path(curve), curve.kind);
        }
        // Last, so that no line hides them.
        for curve in lines {
            for at in self.marked(curve) {
                pen.marker_on_line(curve.kind, at);
            }
        }
        for (index, point) in panel.points.iter().enumerate() {
            let at = self.point(pen, point, index);
            if !point.hover.is_empty() {
                hovers.push((at, &point.hover));
            }
        }
    }

    fn background<DB: DrawingBackend>(&self, pen: &Pen<DB>) {
        let (layout, start) = (self.layout, (self.left, self.bottom));
        let (inner_right, inner_top) = (self.across(1.0), self.up(1.0));
        if layout.edge > 0 {
            let beyond = [(start.0, self.top), (self.right, inner_top)];
            pen.rectangle(beyond, PALE_GREY.filled());
            let beyond = [(inner_right, self.top), (self.right, start.1)];
            pen.rectangle(beyond, PALE_GREY.filled());
        }
        let [x, y] = [layout.x, layout.y].map(Ruler::limit_inside);
        for tick in layout.x.ticks(layout.area.0, TICK, true) {
            self.vertical(pen, tick.share, LIGHT_GREY, SOLID);
        }
        for tick in layout.y.ticks(layout.area.1, TICK, false) {
            self.horizontal(pen, tick.share, LIGHT_GREY, SOLID);
        }
        if let Some((share, _)) = x {
            self.vertical(pen, share, GREY, LIMIT);
        }
        if let Some((share, _)) = y {
            self.horizontal(pen, share, GREY, LIMIT);
        }
        if layout.chart.identity.is_some() {
            pen.line(&[start, (inner_right, inner_top)], GREY, 1.0, SOLID);
        }
        let border = GREY.stroke_width(px(1.0) as u32);
        pen.rectangle(
            [(start.0, inner_top), (inner_right, start.1)],
            GREY.stroke_width(2),
        );
        pen.rectangle([(start.0, self.top), (self.right, start.1)], border);
    }

    fn vertical<DB: DrawingBackend>(
        &self,
        pen: &Pen<DB>,
        share: f64,
        colour: RGBColor,
        dashes: (i32, i32),
    ) {
        let x = self.across(share);
        pen.line(&[(x, self.up(1.0)), (x, self.bottom)], colour, 0.75, dashes);
    }

    fn horizontal<DB: DrawingBackend>(
        &self,
        pen: &Pen<DB>,
        share: f64,
        colour: RGBColor,
        dashes: (i32, i32),
    ) {
        let y = self.up(share);
        pen.line(
            &[(self.left, y), (self.across(1.0), y)],
            colour,
            0.75,
            dashes,
        );
    }

    /// Draws text; inside the frame, on a background that covers most of the lines below it.
    fn note<DB: DrawingBackend>(&self, pen: &Pen<DB>, corner: Corner, text: &str) {
        let inside = px(5.0) + LABEL.lines(1) / 2;
        let (left, right) = (self.left + px(5.0), self.across(1.0) - px(5.0));
        let above = self.top - TICK.lines(1) / 2;
        let (at, lettering) = match corner {
            Corner::AboveLeft => ((self.left, above), TICK),
            Corner::AboveRight => ((self.right, above), TICK.aligned(HPos::Right)),
            Corner::TopLeft => (
                (left, self.up(1.0) + inside),
                LABEL.aligned(HPos::Left).bold(),
            ),
            Corner::BottomRight => (
                (right, self.bottom - inside),
                LABEL.aligned(HPos::Right).bold(),
            ),
            Corner::Middle => ((self.across(0.5), self.up(0.5)), LABEL),
        };
        if !matches!(corner, Corner::AboveLeft | Corner::AboveRight) {
            pen.rectangle(lettering.corners(text, at), WHITE.mix(0.8).filled());
        }
        pen.text(
            text,
            at,
            lettering,
            if corner == Corner::Middle {
                GREY
            } else {
                BLACK
            },
        );
    }

    /// Draws the point with this index and returns its position; a coordinate that is not finite counts as missing.
    fn point<DB: DrawingBackend>(&self, pen: &Pen<DB>, point: &Point, index: usize) -> Place {
        let off = |axis: usize| px(MOVED * (2.0 * (index as f64 * GOLDEN[axis]).fract() - 1.0));
        let [x, y] = [point.x, point.y].map(|at| at.filter(|at| at.is_finite()));
        let mut at = self.place((x.unwrap_or(0.0), y.unwrap_or(0.0)));
        if x.is_none() {
            at.0 = self.right - self.layout.edge / 2 + off(0);
        }
        if y.is_none() {
            at.1 = self.top + self.layout.edge / 2 + off(1);
        }
        match (x, y) {
            (Some(_), Some(_)) => pen.marker(point.kind, at),
            _ => pen.square(point.kind, at),
        }
        at
    }

    /// The corners of a line.
    fn path(&self, curve: &Curve) -> Vec<Place> {
        let places = curve.finite().map(|value| self.place(value));
        if curve.form != Form::Steps {
            return places.collect();
        }
        let mut height = self.up(self.layout.y.share(0.0));
        let mut path = vec![(self.left, height)];
        for (x, y) in places {
            path.extend([(x, height), (x, y)]);
            height = y;
        }
        path.push((self.across(1.0), height));
        path
    }

    /// Where a line has markers: evenly along it, at other places than those of other kinds; steps only above zero.
    fn marked(&self, curve: &Curve) -> Vec<Place> {
        let path = self.path(curve);
        let (Some(first), Some(last)) = (path.first(), path.last()) else {
            return Vec::new();
        };
        let offset = (curve.kind as f64 + 0.5) / self.layout.chart.kinds.len().max(1) as f64;
        let xs = (0..MARKERS).map(|marker| {
            let share = (marker as f64 + offset) / MARKERS as f64;
            first.0 + (share * f64::from(last.0 - first.0)).round() as i32
        });
        let on_path = xs.filter_map(|x| Some((x, height_at(&path, x)?)));
        on_path
            .filter(|(_, y)| curve.form != Form::Steps || *y < first.1)
            .collect()
    }

    /// Draws the bars of one of several kinds side by side.
    fn bars<DB: DrawingBackend>(
        &self,
        pen: &Pen<DB>,
        curve: &Curve,
        (index, kinds): (usize, usize),
    ) {
        let space = self.across(self.layout.x.share(1.0)) - self.across(self.layout.x.share(0.0));
        let width = BARS * f64::from(space) / kinds as f64;
        let zero = self.up(self.layout.y.share(0.0));
        for value in curve.finite() {
            let (middle, end) = self.place(value);
            let left = middle + (width * (index as f64 - kinds as f64 / 2.0)).round() as i32;
            let corners = [(left, zero.min(end)), (left + width as i32, zero.max(end))];
            pen.bar(curve.kind, corners);
        }
    }

    pub fn x_ticks<DB: DrawingBackend>(&self, pen: &Pen<DB>) {
        for tick in self.layout.x.ticks(self.layout.area.0, TICK, true) {
            let (x, y) = (self.across(tick.share), self.bottom);
            pen.line(&[(x, y), (x, y + px(GAP / 2.0))], GREY, 1.0, SOLID);
            let at = (x, y + px(GAP) + TICK.lines(1) / 2);
            pen.text(&tick.label, at, TICK.aligned(HPos::Center), BLACK);
        }
    }

    pub fn y_ticks<DB: DrawingBackend>(&self, pen: &Pen<DB>) {
        for tick in self.layout.y.ticks(self.layout.area.1, TICK, false) {
            let (x, y) = (self.left, self.up(tick.share));
            pen.line(&[(x - px(GAP / 2.0), y), (x, y)], GREY, 1.0, SOLID);
            let at = (x - px(GAP), y);
            pen.text(&tick.label, at, TICK.aligned(HPos::Right), BLACK);
        }
    }
}

/// The height of the path at `x`.
fn height_at(path: &[Place], x: i32) -> Option<i32> {
    let mut sections = path.windows(2).rev();
    let section = sections.find(|section| (section[0].0..=section[1].0).contains(&x))?;
    let [(from, low), (to, high)] = [section[0], section[1]];
    let share = f64::from(x - from) / f64::from(to - from).max(1.0);
    Some(low + (share * f64::from(high - low)).round() as i32)
}
