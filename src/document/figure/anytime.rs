//! The anytime plot: how many runs found something within a given time.

use super::axis::LogAxis;
use super::lines::{self, AnytimeLine, GAP, HEIGHT, Plot, Steps, TICK_SIZE, WIDTH};
use super::scene::{Anchor, Direction, Scene, Text};
use super::text::{self, Weight};
use super::{FigureError, checked};

const MARGIN: f64 = 14.0;
const TITLE_SIZE: f64 = 20.0;
const LABEL_SIZE: f64 = 15.0;

/// The share of runs that found something against seconds, one step line per method.
#[derive(Debug, Clone, PartialEq)]
pub struct AnytimePlot {
    pub title: String,
    pub x_label: String,
    pub y_label: String,
    pub lines: Vec<AnytimeLine>,
    /// Time limit of a run in wall seconds.
    pub limit: f64,
}

impl AnytimePlot {
    pub(super) fn scene(&self) -> Result<Scene, FigureError> {
        let times = self.lines.iter().flat_map(|line| &line.seconds).copied();
        let axis = LogAxis::of(times, checked(self.limit)?);
        let steps: Vec<Steps> = self.lines.iter().map(Steps::of).collect();
        let left = MARGIN + LABEL_SIZE * text::LINE + 4.0 * TICK_SIZE;
        let width = left + WIDTH + lines::room_for_names(&steps) + MARGIN;
        let title = text::wrap(&self.title, TITLE_SIZE, Weight::Bold, width - left - MARGIN);
        let plot = Plot {
            axis,
            left,
            // Leaves space below the title for the label of the limit.
            top: MARGIN + title.len() as f64 * TITLE_SIZE * text::LINE + 2.0 * GAP,
            // High enough for every name beside the plot.
            height: lines::height_of_names(&steps).max(HEIGHT),
        };
        let below = 2.0 * GAP + TICK_SIZE + LABEL_SIZE * text::LINE + MARGIN;
        let mut scene = Scene::new(&self.title, width, plot.bottom() + below);
        scene.title(&title, (left, MARGIN), TITLE_SIZE);
        self.labels(&mut scene, &plot);
        plot.draw(&mut scene, &steps);
        Ok(scene)
    }

    fn labels(&self, scene: &mut Scene, plot: &Plot) {
        let bottom = scene.height - MARGIN - LABEL_SIZE / 2.0;
        let x_label = Text::new(&self.x_label, (plot.left + WIDTH / 2.0, bottom), LABEL_SIZE);
        scene.text(x_label.anchored(Anchor::Middle));
        let at = (MARGIN + LABEL_SIZE / 2.0, plot.top + plot.height / 2.0);
        let y_label = Text::new(&self.y_label, at, LABEL_SIZE).directed(Direction::Up);
        scene.text(y_label.anchored(Anchor::Middle));
    }
}
