//! Maximisation of a linear function over a ball in a box: how best to spend the radius.

use super::ball::{Ball, Groups};

/// Halvings of the least coefficient worth a step, before all coefficients are sorted.
const TRIES: usize = 20;

/// Computes the steps, as input and signed length, from the ball's centre to a point of ball and box at which `c . x`
/// is largest; returns approximately the smallest `|c_k|` that was worth one. A good guess at that, or 0, saves time
/// and changes nothing.
pub(super) fn to_argmax(
    lower: &[f64],
    upper: &[f64],
    ball: &Ball,
    c: &[f64],
    guess: f64,
    steps: &mut Vec<(usize, f64)>,
) -> f64 {
    let maximisation = Maximisation {
        lower,
        upper,
        ball,
        c,
    };
    match ball.groups() {
        Groups::Single => maximisation.of_single(guess, steps),
        Groups::All => maximisation.of_groups(&[(0..c.len()).collect()], steps),
        Groups::Sets(sets) => maximisation.of_groups(sets, steps),
    }
}

/// The linear function `c . x`, and the set over which it is maximised.
struct Maximisation<'a> {
    lower: &'a [f64],
    upper: &'a [f64],
    ball: &'a Ball,
    c: &'a [f64],
}

/// An interval of a group's distance over which the value grows at one rate.
struct Piece {
    group: usize,
    rate: f64,
    length: f64,
}

impl Maximisation<'_> {
    /// How far input `k` can move from the centre in its improving direction.
    fn room(&self, k: usize) -> f64 {
        let centre = self.ball.centre()[k];
        if self.c[k] > 0.0 {
            self.upper[k] - centre
        } else {
            centre - self.lower[k]
        }
    }

    /// Each input by itself: the fractional knapsack that spends the radius on the largest `|c_k|`. The steps are in
    /// decreasing order of `|c_k|`.
    fn of_single(&self, guess: f64, steps: &mut Vec<(usize, f64)>) -> f64 {
        let (c, radius) = (self.c, self.ball.radius());
        let mut least = guess;
        if !(least > 0.0 && least.is_finite()) {
            let largest = c.iter().fold(0.0, |most: f64, c| most.max(c.abs()));
            least = if largest.is_finite() {
                0.5 * largest
            } else {
                0.0
            };
        }
        // Sorting all takes longer than everything else, and mostly a few suffice.
        let mut is_enough = self.rooms_above(least, steps) > radius;
        if !is_enough && self.rooms_above(0.0, steps) > radius {
            for _ in 0..TRIES {
                least *= 0.5;
                is_enough = self.rooms_above(least, steps) > radius;
                if is_enough {
                    break;
                }
            }
            if !is_enough {
                self.rooms_above(0.0, steps);
            }
        }
        steps.sort_unstable_by(|a, b| c[b.0].abs().total_cmp(&c[a.0].abs()).then(a.0.cmp(&b.0)));
        let (mut left, mut used) = (radius, 0);
        for (k, room) in steps.iter_mut() {
            if left <= 0.0 {
                break;
            }
            let step = room.min(left);
            left -= step;
            *room = step.copysign(c[*k]);
            used += 1;
        }
        steps.truncate(used);
        steps.last().map_or(0.0, |(k, _)| c[*k].abs())
    }

    /// Collects the inputs whose `|c_k|` is larger than `least`, with their rooms; returns the total room.
    fn rooms_above(&self, least: f64, rooms: &mut Vec<(usize, f64)>) -> f64 {
        rooms.clear();
        let mut total = 0.0;
        for (k, c_k) in self.c.iter().enumerate() {
            if c_k.abs() > least {
                let room = self.room(k);
                if room > 0.0 {
                    total += room;
                    rooms.push((k, room));
                }
            }
        }
        total
    }

    /// Inputs in groups: as all inputs of a group move by up to its distance, the value grows at the sum of the `|c_k|`
    /// of those that have room left, which decreases. So the radius goes to the pieces, of all groups, with the highest
    /// rates.
    fn of_groups(&self, groups: &[Vec<usize>], steps: &mut Vec<(usize, f64)>) -> f64 {
        let mut pieces = Vec::new();
        for (group, inputs) in groups.iter().enumerate() {
            self.add_pieces(group, inputs, &mut pieces);
        }
        // Stable, so that pieces of one group keep their order where rounding makes rates equal.
        pieces.sort_by(|a, b| b.rate.total_cmp(&a.rate));
        let mut distances = vec![0.0; groups.len()];
        let mut left = self.ball.radius();
        for piece in &pieces {
            if left <= 0.0 {
                break;
            }
            let length = piece.length.min(left);
            distances[piece.group] += length;
            left -= length;
        }
        steps.clear();
        for (inputs, distance) in groups.iter().zip(distances) {
            if distance > 0.0 {
                let moved = inputs.iter().filter(|&&k| self.c[k] != 0.0);
                steps.extend(moved.map(|&k| (k, self.room(k).min(distance).copysign(self.c[k]))));
            }
        }
        0.0
    }

    fn add_pieces(&self, group: usize, inputs: &[usize], pieces: &mut Vec<Piece>) {
        let movable = inputs.iter().filter(|&&k| self.c[k] != 0.0);
        let mut rooms: Vec<(f64, f64)> =
            movable.map(|&k| (self.room(k), self.c[k].abs())).collect();
        rooms.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        // Beyond each room, the inputs after it still move. Summed from the end, so that rates decrease, rounded or
        // not.
        let mut rates: Vec<f64> = rooms
            .iter()
            .rev()
            .scan(0.0, |sum, (_, c)| {
                *sum += c;
                Some(*sum)
            })
            .collect();
        rates.reverse();
        let mut before = 0.0;
        for ((room, _), rate) in rooms.into_iter().zip(rates) {
            if room > before {
                pieces.push(Piece {
                    group,
                    rate,
                    length: room - before,
                });
                before = room;
            }
        }
    }
}
