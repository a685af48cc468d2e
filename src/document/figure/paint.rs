//! Renders a scene as SVG and as PNG.

use std::fmt::Write;
use std::path::Path;

use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, Drawable, PathElement, PointCollection, Rectangle, Text as Label};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontTransform, ShapeStyle, TextStyle};

use super::FigureError;
use super::place::Place;
use super::scene::{Anchor, Direction, Scene, Shape, Stroke, Text, WHITE};
use super::text::font;
use crate::document::bitmap::write_png;
use crate::document::markup::{escape, is_printable};

/// Scale of the drawing, since the backends know whole pixels only.
const SCALE: f64 = 4.0;
/// Pixels per side of the drawing that are merged into one of the PNG, for smooth edges.
const MERGED: usize = 2;
/// From the middle of capital letters up to where the backends start text, relative to its size.
const SVG_RISE: f64 = 0.32;
const BITMAP_RISE: f64 = 0.19;
/// Radius of a tooltip area in units of the scene.
const REACH: f64 = 6.0;

/// Renders the scene as a standalone document that also fits into HTML. It has no ids, so that
/// several fit into one page.
pub(super) fn svg(scene: &Scene) -> Result<String, FigureError> {
    let (width, height) = pixels(scene);
    let mut drawn = String::new();
    Painter {
        area: SVGBackend::with_string(&mut drawn, (width, height)).into_drawing_area(),
        rise: SVG_RISE,
    }
    .paint(scene)?;
    // The backend's own root element has neither a size for the screen nor a name.
    let body = drawn.split_once('\n').map_or("", |(_, rest)| rest);
    let body = body.trim_end().trim_end_matches("</svg>");
    let (name, screen) = (escape(&scene.name), (scene.width, scene.height));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{name}\">\n{body}",
        screen.0, screen.1,
    );
    for hover in &scene.hovers {
        let ((x, y), text) = (whole(hover.at), escape(&hover.text));
        let radius = SCALE * REACH;
        writeln!(
            svg,
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill-opacity=\"0\"><title>{text}</title></circle>"
        )
        .expect("a string takes any text");
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

/// Writes the scene as PNG, atomically.
pub(super) fn png(scene: &Scene, path: &Path) -> Result<(), FigureError> {
    let (width, height) = pixels(scene);
    let mut large = vec![255; 3 * width as usize * height as usize];
    Painter {
        area: BitMapBackend::with_buffer(&mut large, (width, height)).into_drawing_area(),
        rise: BITMAP_RISE,
    }
    .paint(scene)?;
    let small = merged(&large, width as usize);
    let size = (width / MERGED as u32, height / MERGED as u32);
    write_png(path, &small, size).map_err(|source| FigureError::Write {
        path: path.to_owned(),
        source,
    })
}

/// The size of the drawing in pixels, a multiple of [`MERGED`].
fn pixels(scene: &Scene) -> (u32, u32) {
    let enlarged = |length: f64| {
        let merged = (length * SCALE / MERGED as f64).ceil() as u32;
        merged.max(1) * MERGED as u32
    };
    (enlarged(scene.width), enlarged(scene.height))
}

/// The mean of each square of pixels.
fn merged(pixels: &[u8], width: usize) -> Vec<u8> {
    let mut merged = Vec::with_capacity(pixels.len() / (MERGED * MERGED));
    for rows in pixels.chunks_exact(MERGED * 3 * width) {
        for column in 0..width / MERGED {
            for channel in 0..3 {
                let mut sum = 0;
                for row in 0..MERGED {
                    for inner in 0..MERGED {
                        let pixel = row * width + column * MERGED + inner;
                        sum += usize::from(rows[3 * pixel + channel]);
                    }
                }
                merged.push((sum / (MERGED * MERGED)) as u8);
            }
        }
    }
    merged
}

struct Painter<DB: DrawingBackend> {
    area: DrawingArea<DB, Shift>,
    rise: f64,
}

impl<DB: DrawingBackend> Painter<DB> {
    fn paint(&self, scene: &Scene) -> Result<(), FigureError> {
        self.area.fill(&WHITE).map_err(draw_error)?;
        for shape in &scene.shapes {
            self.shape(shape)?;
        }
        self.area.present().map_err(draw_error)
    }

    fn shape(&self, shape: &Shape) -> Result<(), FigureError> {
        match shape {
            Shape::Line { points, stroke } => {
                let mut points: Vec<(i32, i32)> = points.iter().copied().map(whole).collect();
                points.dedup();
                // The backends cannot draw a line of no length.
                if points.len() < 2 {
                    return Ok(());
                }
                self.draw(&PathElement::new(points, style(*stroke)))
            }
            Shape::Rectangle { corners, fill } => {
                let style = ShapeStyle::from(*fill).filled();
                self.draw(&Rectangle::new(corners.map(whole), style))
            }
            Shape::Circle {
                centre,
                radius,
                stroke,
            } => {
                let radius = (radius * SCALE).round() as u32;
                self.draw(&Circle::new(whole(*centre), radius, style(*stroke)))
            }
            Shape::Disc {
                centre,
                radius,
                fill,
            } => {
                let radius = (radius * SCALE).round() as u32;
                let style = ShapeStyle::from(fill).filled();
                self.draw(&Circle::new(whole(*centre), radius, style))
            }
            Shape::Text(text) => self.text(text),
        }
    }

    fn text(&self, text: &Text) -> Result<(), FigureError> {
        let font = font(text.size * SCALE, text.weight);
        let rise = self.rise * text.size;
        let (x, y) = text.at;
        let (font, at) = match text.direction {
            Direction::Right => (font, (x, y - rise)),
            Direction::Up => (font.transform(FontTransform::Rotate270), (x - rise, y)),
            Direction::Down => (font.transform(FontTransform::Rotate90), (x + rise, y)),
        };
        let horizontal = match text.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let style = TextStyle::from(font)
            .color(&text.colour)
            .pos(Pos::new(horizontal, VPos::Top));
        let printable: String = text.text.chars().filter(|&c| is_printable(c)).collect();
        self.draw(&Label::new(printable, whole(at), style))
    }

    fn draw<'a, E>(&self, element: &'a E) -> Result<(), FigureError>
    where
        &'a E: PointCollection<'a, (i32, i32)>,
        E: Drawable<DB>,
    {
        self.area.draw(element).map_err(draw_error)
    }
}

fn style(stroke: Stroke) -> ShapeStyle {
    let width = (stroke.width * SCALE).round().max(1.0) as u32;
    ShapeStyle::from(stroke.colour).stroke_width(width)
}

fn whole((x, y): Place) -> (i32, i32) {
    ((x * SCALE).round() as i32, (y * SCALE).round() as i32)
}

fn draw_error(error: impl std::fmt::Display) -> FigureError {
    FigureError::Draw(error.to_string())
}
