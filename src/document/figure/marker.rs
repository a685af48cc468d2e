//! Markers that differ in shape, so that they can be told apart without colour.

use plotters::style::RGBColor;

use super::place::Place;
use super::scene::{Scene, Stroke};

/// All shapes but the square, which stands for a run that found nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Marker {
    Circle,
    Cross,
    Triangle,
    Plus,
    Diamond,
    LowerTriangle,
    Star,
}

const MARKERS: [Marker; 7] = [
    Marker::Circle,
    Marker::Cross,
    Marker::Triangle,
    Marker::Plus,
    Marker::Diamond,
    Marker::LowerTriangle,
    Marker::Star,
];

/// Number of fillings of squares.
const SQUARES: usize = 4;

/// Dark enough for paper, and distinguishable for most colour-blind readers.
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 84, 159),
    RGBColor(196, 62, 0),
    RGBColor(0, 122, 94),
    RGBColor(150, 45, 130),
    RGBColor(60, 60, 60),
    RGBColor(150, 108, 0),
    RGBColor(0, 130, 170),
];

/// The colour of a kind.
pub(super) fn colour(kind: usize) -> RGBColor {
    COLOURS[kind % COLOURS.len()]
}

/// Draws the marker of a kind; all shapes appear about equally large.
pub(super) fn marker(scene: &mut Scene, kind: usize, (x, y): Place, radius: f64, stroke: Stroke) {
    let diagonal = 0.85 * radius;
    let (half, up, down) = (1.05 * radius, 1.2 * radius, 0.75 * radius);
    let far = 1.25 * radius;
    match MARKERS[kind % MARKERS.len()] {
        Marker::Circle => scene.circle((x, y), radius, stroke),
        Marker::Cross => {
            scene.line(
                &[(x - diagonal, y - diagonal), (x + diagonal, y + diagonal)],
                stroke,
            );
            scene.line(
                &[(x - diagonal, y + diagonal), (x + diagonal, y - diagonal)],
                stroke,
            );
        }
        Marker::Plus => {
            scene.line(&[(x - far, y), (x + far, y)], stroke);
            scene.line(&[(x, y - far), (x, y + far)], stroke);
        }
        Marker::Triangle => {
            scene.closed(
                &[(x - half, y + down), (x + half, y + down), (x, y - up)],
                stroke,
            );
        }
        Marker::LowerTriangle => {
            scene.closed(
                &[(x - half, y - down), (x + half, y - down), (x, y + up)],
                stroke,
            );
        }
        Marker::Diamond => {
            let corners = [(x - far, y), (x, y - far), (x + far, y), (x, y + far)];
            scene.closed(&corners, stroke);
        }
        Marker::Star => {
            let (across, along) = (0.87 * far, 0.5 * far);
            scene.line(&[(x, y - far), (x, y + far)], stroke);
            for rise in [along, -along] {
                scene.line(&[(x - across, y - rise), (x + across, y + rise)], stroke);
            }
        }
    }
}

/// Draws the square of a run that found nothing: empty, filled or crossed out, depending on the
/// kind of its marker.
pub(super) fn square(scene: &mut Scene, kind: usize, (x, y): Place, radius: f64, stroke: Stroke) {
    let half = 0.9 * radius;
    let corners @ [(left, top), (right, bottom)] = [(x - half, y - half), (x + half, y + half)];
    let filling = kind % SQUARES;
    if filling == 1 {
        scene.filled(corners, stroke.colour);
    }
    scene.frame(corners, stroke);
    if filling >= 2 {
        scene.line(&[(left, bottom), (right, top)], stroke);
    }
    if filling == 3 {
        scene.line(&[(left, top), (right, bottom)], stroke);
    }
}
