//! Scatter plots of the times of two methods, in a grid as in the paper's Figures 1 to 3.

use super::axis::LogAxis;
use super::legend::{Legend, Sample};
use super::panel::{self, EDGE, Frame, Panel};
use super::scene::{Anchor, Direction, GREY, PALE_GREY, Scene, Stroke, Text};
use super::text::{self, Weight};
use super::{FigureError, checked};

const MARGIN: f64 = 14.0;
const TITLE_SIZE: f64 = 20.0;
const LABEL_SIZE: f64 = 15.0;
const HEADER_SIZE: f64 = 14.0;
const TICK_SIZE: f64 = 13.0;
/// Gap between two panels; above each there is space for the number of runs in its corner.
const GAP: f64 = 10.0;
const ABOVE: f64 = 17.0;
/// Padding around the text of a header.
const PADDING: f64 = 5.0;
/// Width that the panels share, and the sides of the smallest and largest.
const PANELS: f64 = 975.0;
const SMALLEST: f64 = 180.0;
const LARGEST: f64 = 420.0;

/// Share of a panel's height at its bottom that has its percentage and no point.
const PERCENTAGE: f64 = 0.1;

/// Scatter plots on common logarithmic axes: rows and columns of panels, each with a title.
#[derive(Debug, Clone, PartialEq)]
pub struct ScatterGrid {
    pub title: String,
    pub x_label: String,
    pub y_label: String,
    pub column_titles: Vec<String>,
    pub row_titles: Vec<String>,
    /// Rows of columns.
    pub panels: Vec<Vec<Panel>>,
    /// One name per kind of marker, for the legend.
    pub markers: Vec<String>,
    /// Time limit of a run in wall seconds; runs that found nothing are drawn beyond.
    pub limit: f64,
}

impl ScatterGrid {
    pub(super) fn scene(&self) -> Result<Scene, FigureError> {
        let axis = LogAxis::of(self.times(), checked(self.limit)?).with_room_below(PERCENTAGE);
        let layout = Layout::of(self, &axis);
        let mut scene = Scene::new(&self.title, layout.width, layout.height);
        scene.title(&layout.title, (layout.left, MARGIN), TITLE_SIZE);
        layout
            .legend
            .draw(&mut scene, (layout.left, layout.legend_top));
        self.headers(&mut scene, &layout);
        self.labels(&mut scene, &layout);
        for (row, panels) in self.panels.iter().enumerate() {
            for (column, panel) in panels.iter().enumerate() {
                let frame = layout.frame(row, column);
                panel::draw(&mut scene, &frame, &axis, panel);
                if row + 1 == layout.rows {
                    x_ticks(&mut scene, &frame, &axis);
                }
                if column == 0 {
                    y_ticks(&mut scene, &frame, &axis);
                }
            }
        }
        Ok(scene)
    }

    fn times(&self) -> impl Iterator<Item = f64> {
        let points = self.panels.iter().flatten().flat_map(|panel| &panel.points);
        points.flat_map(|point| [point.x, point.y]).flatten()
    }

    fn headers(&self, scene: &mut Scene, layout: &Layout) {
        for (column, lines) in layout.column_titles.iter().enumerate() {
            let frame = layout.frame(0, column);
            let bottom = frame.top - ABOVE;
            let top = bottom - layout.column_header;
            scene.rectangle([(frame.left, top), (frame.right(), bottom)], PALE_GREY, 1.0);
            let x = (frame.left + frame.right()) / 2.0;
            for (y, line) in spread((top + bottom) / 2.0, lines) {
                let header = Text::new(line, (x, y), HEADER_SIZE);
                scene.text(header.bold().anchored(Anchor::Middle));
            }
        }
        for (row, lines) in layout.row_titles.iter().enumerate() {
            let frame = layout.frame(row, layout.columns - 1);
            let left = frame.right() + GAP;
            let right = left + layout.row_header;
            scene.rectangle([(left, frame.top), (right, frame.bottom())], PALE_GREY, 1.0);
            let y = (frame.top + frame.bottom()) / 2.0;
            // In text that runs downwards the first line is the rightmost one.
            for (x, line) in spread((left + right) / 2.0, lines.iter().rev()) {
                let header = Text::new(line, (x, y), HEADER_SIZE).bold();
                scene.text(header.anchored(Anchor::Middle).directed(Direction::Down));
            }
        }
    }

    fn labels(&self, scene: &mut Scene, layout: &Layout) {
        let first = layout.frame(0, 0);
        let last = layout.frame(layout.rows - 1, layout.columns - 1);
        let x = (first.left + last.right()) / 2.0;
        let y = (first.top + last.bottom()) / 2.0;
        let bottom = layout.height - MARGIN - LABEL_SIZE / 2.0;
        let x_label = Text::new(&self.x_label, (x, bottom), LABEL_SIZE);
        scene.text(x_label.anchored(Anchor::Middle));
        let left = MARGIN + LABEL_SIZE / 2.0;
        let y_label = Text::new(&self.y_label, (left, y), LABEL_SIZE);
        scene.text(y_label.anchored(Anchor::Middle).directed(Direction::Up));
    }
}

/// Positions of all parts.
struct Layout {
    rows: usize,
    columns: usize,
    side: f64,
    title: Vec<String>,
    legend: Legend,
    legend_top: f64,
    column_titles: Vec<Vec<String>>,
    row_titles: Vec<Vec<String>>,
    /// Height and width of the headers.
    column_header: f64,
    row_header: f64,
    /// Position of the first panel.
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

impl Layout {
    fn of(grid: &ScatterGrid, axis: &LogAxis) -> Self {
        let (rows, columns) = (grid.row_titles.len(), grid.column_titles.len());
        let side = (PANELS / columns as f64).floor().clamp(SMALLEST, LARGEST);
        let column_titles = wrapped(&grid.column_titles, side);
        let row_titles = wrapped(&grid.row_titles, side);
        let (column_header, row_header) = (header(&column_titles), header(&row_titles));

        let left = MARGIN + LABEL_SIZE * text::LINE + widest_label(axis) + 2.0 * GAP;
        let panels = columns as f64 * (side + EDGE + GAP) - GAP;
        let room = panels + GAP + row_header;
        let title = text::wrap(&grid.title, TITLE_SIZE, Weight::Bold, room);
        let legend = Legend::of(entries(grid, axis), room);
        let legend_top = MARGIN + title.len() as f64 * TITLE_SIZE * text::LINE + GAP / 2.0;
        let top = legend_top + legend.height() + GAP + column_header + ABOVE;
        let below = GAP + TICK_SIZE * text::LINE + GAP + LABEL_SIZE + MARGIN;
        Self {
            rows,
            columns,
            side,
            title,
            legend,
            legend_top,
            column_titles,
            row_titles,
            column_header,
            row_header,
            left,
            top,
            width: left + room + MARGIN,
            height: top + rows as f64 * (side + EDGE + ABOVE) - ABOVE + below,
        }
    }

    fn frame(&self, row: usize, column: usize) -> Frame {
        Frame {
            left: self.left + column as f64 * (self.side + EDGE + GAP),
            top: self.top + row as f64 * (self.side + EDGE + ABOVE),
            side: self.side,
        }
    }
}

fn entries(grid: &ScatterGrid, axis: &LogAxis) -> Vec<(Sample, String)> {
    let limit = grid.limit;
    let markers = grid.markers.iter().cloned().enumerate();
    let mut entries: Vec<(Sample, String)> = markers
        .map(|(kind, name)| (Sample::Marker(kind), name))
        .collect();
    entries.extend([
        (
            Sample::Square,
            format!("nothing found (solver ended, or limit of {limit} s); ×n: n instances where neither run found one"),
        ),
        (
            Sample::Identity,
            String::from("equal times; percentages: of the n instances, above and below"),
        ),
    ]);
    if axis.limit_inside().is_some() {
        entries.push((Sample::Limit, format!("limit of {limit} s")));
    }
    entries
}

fn wrapped(titles: &[String], room: f64) -> Vec<Vec<String>> {
    let wrap = |title: &String| text::wrap(title, HEADER_SIZE, Weight::Bold, room);
    titles.iter().map(wrap).collect()
}

/// The space that the largest title needs across its lines.
fn header(titles: &[Vec<String>]) -> f64 {
    let lines = titles.iter().map(Vec::len).max().unwrap_or(0);
    lines as f64 * HEADER_SIZE * text::LINE + PADDING
}

/// The lines of a header with their positions around its middle.
fn spread<'a>(
    middle: f64,
    lines: impl IntoIterator<Item = &'a String, IntoIter: ExactSizeIterator>,
) -> impl Iterator<Item = (f64, &'a String)> {
    let lines = lines.into_iter();
    let first = middle - (lines.len() as f64 - 1.0) / 2.0 * HEADER_SIZE * text::LINE;
    lines
        .enumerate()
        .map(move |(index, line)| (first + index as f64 * HEADER_SIZE * text::LINE, line))
}

fn widest_label(axis: &LogAxis) -> f64 {
    let ticks = axis.ticks();
    let widths = ticks
        .iter()
        .map(|tick| text::width(&tick.label, TICK_SIZE, Weight::Normal));
    widths.fold(0.0, f64::max)
}

fn x_ticks(scene: &mut Scene, frame: &Frame, axis: &LogAxis) {
    let bottom = frame.bottom();
    for tick in axis.ticks() {
        let x = frame.x(axis, tick.seconds);
        let mark = [(x, bottom), (x, bottom + GAP / 2.0)];
        scene.line(&mark, Stroke::new(GREY, 1.0));
    }
    for tick in axis.spaced_ticks(frame.side, TICK_SIZE) {
        let at = (frame.x(axis, tick.seconds), bottom + GAP + TICK_SIZE / 2.0);
        let label = Text::new(tick.label, at, TICK_SIZE);
        scene.text(label.anchored(Anchor::Middle));
    }
}

fn y_ticks(scene: &mut Scene, frame: &Frame, axis: &LogAxis) {
    for tick in axis.ticks() {
        let (left, y) = (frame.left, frame.y(axis, tick.seconds));
        scene.line(&[(left - GAP / 2.0, y), (left, y)], Stroke::new(GREY, 1.0));
        let label = Text::new(tick.label, (left - GAP, y), TICK_SIZE);
        scene.text(label.anchored(Anchor::End));
    }
}
