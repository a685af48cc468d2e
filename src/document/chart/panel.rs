//! Draws what is in a panel, and its ticks.

use plotters::backend::DrawingBackend;
use plotters::style::text_anchor::HPos;
use plotters::style::{BLACK, Color, WHITE};

use super::layout::{Frame, GAP, LABEL, Layout, TICK};
use super::pen::{GREY, GRID, LIMIT, LINE, PALE_GREY, Pen, Place, px};
use super::{Corner, Curve, Form, Panel, Point};

/// How far points in an edge are moved off its middle, so that they do not all coincide.
const MOVED: f64 = 3.5;
/// Successive multiples of the golden ratio are spread evenly, whatever their number.
const GOLDEN: [f64; 2] = [0.618_033_988_749_895, 0.381_966_011_250_105];
/// Markers on each line, so that it is not known by its dashes alone.
const MARKERS: usize = 4;
/// Share of the space of a value that its bars fill.
const BARS: f64 = 0.8;

impl Frame<'_> {
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
        let &Layout {
            x, y, edge, chart, ..
        } = self.layout;
        let (start, corner, end) = (self.at(0.0, 0.0), self.at(1.0, 1.0), (self.right, self.top));
        if edge > 0 {
            pen.rectangle([(start.0, end.1), (end.0, corner.1)], PALE_GREY.filled());
            pen.rectangle([(corner.0, end.1), (end.0, start.1)], PALE_GREY.filled());
        }
        let vertical = |share: f64| [self.at(share, 0.0), self.at(share, 1.0)];
        let horizontal = |share: f64| [self.at(0.0, share), self.at(1.0, share)];
        for tick in x.ticks() {
            pen.line(&vertical(tick.share), GRID);
        }
        for tick in y.ticks() {
            pen.line(&horizontal(tick.share), GRID);
        }
        if let Some((share, _)) = x.limit_inside() {
            pen.line(&vertical(share), LIMIT);
        }
        if let Some((share, _)) = y.limit_inside() {
            pen.line(&horizontal(share), LIMIT);
        }
        if chart.identity.is_some() {
            pen.line(&[start, corner], LINE);
        }
        pen.rectangle(
            [(start.0, corner.1), (corner.0, start.1)],
            GREY.stroke_width(2),
        );
        pen.rectangle([(start.0, end.1), (end.0, start.1)], GREY.stroke_width(4));
    }

    /// Draws text; inside the frame, on a background that covers most of the lines below it.
    fn note<DB: DrawingBackend>(&self, pen: &Pen<DB>, corner: Corner, text: &str) {
        let inside = px(5.0) + LABEL.lines(1) / 2;
        let (end, middle) = (self.at(1.0, 1.0), self.at(0.5, 0.5));
        let (left, right) = (self.left + px(5.0), end.0 - px(5.0));
        let above = self.top - TICK.lines(1) / 2;
        let (at, lettering) = match corner {
            Corner::AboveLeft => ((self.left, above), TICK),
            Corner::AboveRight => ((self.right, above), TICK.aligned(HPos::Right)),
            Corner::TopLeft => ((left, end.1 + inside), LABEL.aligned(HPos::Left).bold()),
            Corner::BottomRight => (
                (right, self.bottom - inside),
                LABEL.aligned(HPos::Right).bold(),
            ),
            Corner::Middle => (middle, LABEL),
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
        let (mut height, end) = (self.zero(), self.at(1.0, 0.0).0);
        let mut path = vec![(self.left, height)];
        for (x, y) in places {
            path.extend([(x, height), (x, y)]);
            height = y;
        }
        path.push((end, height));
        path
    }

    /// The height of zero.
    fn zero(&self) -> i32 {
        self.at(0.0, self.layout.y.share(0.0)).1
    }

    /// Where a line has markers: evenly along it, at other places than those of other kinds; steps only above zero.
    fn marked(&self, curve: &Curve) -> Vec<Place> {
        let path = self.path(curve);
        let (Some(first), Some(last)) = (path.first(), path.last()) else {
            return Vec::new();
        };
        let kinds = self.layout.chart.kinds.len().max(1);
        let offset = ((curve.kind % kinds) as f64 + 0.5) / kinds as f64;
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
        let space = self.place((1.0, 0.0)).0 - self.place((0.0, 0.0)).0;
        let width = BARS * f64::from(space) / kinds as f64;
        let zero = self.zero();
        for value in curve.finite() {
            let (middle, end) = self.place(value);
            let left = middle + (width * (index as f64 - kinds as f64 / 2.0)).round() as i32;
            let corners = [(left, zero.min(end)), (left + width as i32, zero.max(end))];
            pen.bar(curve.kind, corners);
        }
    }

    pub fn x_ticks<DB: DrawingBackend>(&self, pen: &Pen<DB>) {
        let below = |share: f64, off: f64| (self.at(share, 0.0).0, self.bottom + px(off));
        for tick in self.layout.x.ticks() {
            pen.line(
                &[below(tick.share, 0.0), below(tick.share, GAP / 2.0)],
                LINE,
            );
        }
        let (x, length) = (self.layout.x, self.layout.area.0);
        for tick in x.labelled_ticks(length, TICK, true) {
            let at = below(tick.share, GAP + 0.6 * TICK.size);
            pen.text(&tick.label, at, TICK.aligned(HPos::Center), BLACK);
        }
    }

    pub fn y_ticks<DB: DrawingBackend>(&self, pen: &Pen<DB>) {
        let beside = |share: f64, off: f64| (self.left - px(off), self.at(0.0, share).1);
        for tick in self.layout.y.ticks() {
            pen.line(
                &[beside(tick.share, GAP / 2.0), beside(tick.share, 0.0)],
                LINE,
            );
        }
        let (y, length) = (self.layout.y, self.layout.area.1);
        for tick in y.labelled_ticks(length, TICK, false) {
            let at = beside(tick.share, GAP);
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
