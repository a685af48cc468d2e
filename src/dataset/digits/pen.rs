//! From strokes to pixels: smooth curves as polylines, lines as antialiased ink.

use super::shapes::Point;

/// Pieces per span between two points of a stroke.
const PIECES: usize = 6;

/// The polyline through `points`, cut into pieces short enough to be bent.
pub(super) fn straight(points: &[Point]) -> Vec<Point> {
    let mut line = vec![points[0]];
    for pair in points.windows(2) {
        let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
        line.extend(steps().map(|t| (ax + t * (bx - ax), ay + t * (by - ay))));
    }
    line
}

/// The curve through `points` as a polyline (a Catmull-Rom spline, as if its ends were doubled).
pub(super) fn curve(points: &[Point]) -> Vec<Point> {
    let at = |index: usize| points[index.min(points.len() - 1)];
    let mut line = vec![points[0]];
    for start in 0..points.len() - 1 {
        let around = [
            at(start.saturating_sub(1)),
            at(start),
            at(start + 1),
            at(start + 2),
        ];
        let (xs, ys) = (around.map(|point| point.0), around.map(|point| point.1));
        line.extend(steps().map(|t| (spline(xs, t), spline(ys, t))));
    }
    line
}

/// The ends of the pieces of a span, as fractions of it.
fn steps() -> impl Iterator<Item = f32> {
    (1..=PIECES).map(|step| step as f32 / PIECES as f32)
}

/// The spline between b (t = 0) and c (t = 1), with the slopes that a and d give.
fn spline([a, b, c, d]: [f32; 4], t: f32) -> f32 {
    let linear = c - a;
    let square = 2.0 * a - 5.0 * b + 4.0 * c - d;
    let cubic = 3.0 * (b - c) + d - a;
    b + 0.5 * t * (linear + t * (square + t * cubic))
}

/// A round pen.
pub(super) struct Pen {
    /// Half the width of its strokes in pixels.
    pub radius: f32,
}

impl Pen {
    /// The share (0 to 1) of each pixel of a `side` x `side` image that `lines` cover; the centre
    /// of the first pixel is the point (0, 0).
    pub fn draw(&self, lines: &[Vec<Point>], side: usize) -> Vec<f32> {
        let mut squares = vec![f32::INFINITY; side * side];
        for piece in lines.iter().flat_map(|line| line.windows(2)) {
            self.approach(piece[0], piece[1], side, &mut squares);
        }
        let cover = |square: f32| (self.radius + 0.5 - square.sqrt()).clamp(0.0, 1.0);
        squares.into_iter().map(cover).collect()
    }

    /// Lowers the squared distances of the pixels near the segment from `a` to `b`.
    fn approach(&self, a: Point, b: Point, side: usize, squares: &mut [f32]) {
        let reach = self.radius + 0.5;
        let range = |one: f32, other: f32| {
            // Casts of negative or large numbers saturate, as needed at the border.
            let first = (one.min(other) - reach) as usize;
            let last = (one.max(other) + reach) as usize + 1;
            first..last.min(side)
        };
        for row in range(a.1, b.1) {
            for column in range(a.0, b.0) {
                let square = distance_squared((column as f32, row as f32), a, b);
                let nearest = &mut squares[row * side + column];
                *nearest = nearest.min(square);
            }
        }
    }
}

/// The squared distance of `point` from the segment from `a` to `b`.
fn distance_squared(point: Point, a: Point, b: Point) -> f32 {
    let along = (b.0 - a.0, b.1 - a.1);
    let from = (point.0 - a.0, point.1 - a.1);
    let length_squared = along.0 * along.0 + along.1 * along.1;
    let share = if length_squared > 0.0 {
        ((from.0 * along.0 + from.1 * along.1) / length_squared).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let (x, y) = (from.0 - share * along.0, from.1 - share * along.1);
    x * x + y * y
}
