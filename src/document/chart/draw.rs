//! Draws a chart: everything around its panels.

use plotters::backend::DrawingBackend;
use plotters::style::BLACK;

use super::Form;
use super::layout::{ABOVE, GAP, HEADER, LABEL, LEGEND, Layout, MARGIN, Sample, TITLE};
use super::pen::{LIMIT, LINE, Pen, Place, px};

impl<'a> Layout<'a> {
    /// Draws the chart and returns its tooltips.
    pub fn draw<DB: DrawingBackend>(&self, pen: &Pen<DB>) -> Vec<(Place, &'a str)> {
        let title = (
            self.start.0,
            (px(MARGIN) + TITLE.lines(TITLE.wrap(&self.chart.title, self.room).len()) / 2),
        );
        pen.paragraph(&self.chart.title, title, TITLE, self.room);
        for (sample, text, at) in &self.legend {
            self.sample(pen, *sample, *at);
            pen.paragraph(
                text,
                (at.0 + px(sample.width()), at.1),
                LEGEND,
                self.room - px(sample.width()),
            );
        }
        let mut hovers = Vec::new();
        for (row, panels) in self.chart.panels.iter().enumerate() {
            for (column, panel) in panels.iter().enumerate() {
                let frame = self.frame(row, column);
                frame.draw(pen, panel, &mut hovers);
                if row + 1 == self.chart.panels.len() {
                    frame.x_ticks(pen);
                }
                if column == 0 {
                    frame.y_ticks(pen);
                }
            }
        }
        self.headers(pen);
        self.labels(pen);
        hovers
    }

    fn headers<DB: DrawingBackend>(&self, pen: &Pen<DB>) {
        for (column, title) in self.chart.columns.iter().enumerate() {
            let frame = self.frame(0, column);
            let bottom = frame.top - px(ABOVE);
            let corners = [(frame.left, bottom - self.header), (frame.right, bottom)];
            pen.header(title, corners, HEADER, self.area.0);
        }
        for (row, title) in self.chart.rows.iter().enumerate() {
            let frame = self.frame(row, self.columns - 1);
            let left = frame.right + px(GAP);
            let corners = [(left, frame.top), (left + self.header, frame.bottom)];
            pen.header(title, corners, HEADER.turned(1), self.area.1);
        }
    }

    fn labels<DB: DrawingBackend>(&self, pen: &Pen<DB>) {
        let (last, edge) = (self.last_frame(), px(MARGIN) + LABEL.lines(1) / 2);
        let across = ((self.start.0 + last.right) / 2, self.size.1 as i32 - edge);
        pen.text(&self.chart.x.label, across, LABEL, BLACK);
        let up = (edge, (self.start.1 + last.bottom) / 2);
        pen.text(&self.chart.y.label, up, LABEL.turned(-1), BLACK);
    }

    /// Draws the sample to the right of `left`.
    fn sample<DB: DrawingBackend>(&self, pen: &Pen<DB>, sample: Sample, (left, y): Place) {
        let at = |x: f64, up: f64| (left + px(x), y - px(up));
        match sample {
            Sample::Kind(kind, None) => {
                pen.marker(kind, at(6.0, 0.0));
                if self.chart.missing.is_some() {
                    pen.square(kind, at(18.0, 0.0));
                }
            }
            Sample::Kind(kind, Some(Form::Bars)) => pen.bar(kind, [at(3.0, 5.0), at(15.0, -5.0)]),
            Sample::Kind(kind, Some(_)) => {
                pen.curve(&[at(0.0, 0.0), at(44.0, 0.0)], kind);
                pen.marker_on_line(kind, at(22.0, 0.0));
            }
            Sample::Missing => pen.missing(at(9.0, 0.0)),
            Sample::Identity => pen.line(&[at(2.0, -6.0), at(16.0, 6.0)], LINE),
            Sample::Limit => pen.line(&[at(0.0, 0.0), at(18.0, 0.0)], LIMIT),
        }
    }
}
