//! The Euclidean projection onto the intersection of a ball and a box.

use super::ball::{Ball, Groups};

/// Halvings of the interval that contains the multiplier.
const HALVINGS: usize = 40;

/// Projects `x` onto the intersection of ball and box, up to rounding.
///
/// For a multiplier of the distance, each group moves as far as is worth it for its inputs (for single inputs this is
/// the soft threshold of Duchi et al., ICML 2008, with bounds); bisection finds the multiplier at which the radius is
/// used up.
pub(super) fn in_ball(x: &[f64], lower: &[f64], upper: &[f64], ball: &Ball) -> Vec<f64> {
    let moves = Moves::of(x, lower, upper, ball);
    if moves.total_distance(0.0) <= ball.radius() {
        return moves.after(0.0);
    }
    let (mut low, mut high) = (0.0, moves.largest_multiplier());
    for _ in 0..HALVINGS {
        let multiplier = 0.5 * (low + high);
        if moves.total_distance(multiplier) > ball.radius() {
            low = multiplier;
        } else {
            high = multiplier;
        }
    }
    moves.after(high)
}

/// The moves of all inputs, and their groups.
struct Moves {
    of_inputs: Vec<Move>,
    /// The inputs of each group, those with the most room first; `None` if each input moves by itself.
    groups: Option<Vec<Vec<usize>>>,
}

impl Moves {
    fn of(x: &[f64], lower: &[f64], upper: &[f64], ball: &Ball) -> Self {
        let inputs = 0..x.len();
        let of_input = |k: usize| Move::of(x[k], ball.centre()[k], lower[k], upper[k]);
        let of_inputs: Vec<Move> = inputs.clone().map(of_input).collect();
        let mut groups = match ball.groups() {
            Groups::Single => None,
            Groups::All => Some(vec![inputs.collect()]),
            Groups::Sets(sets) => Some(sets.clone()),
        };
        for group in groups.iter_mut().flatten() {
            let room = |k: &usize| of_inputs[*k].room;
            group.sort_by(|a, b| room(b).total_cmp(&room(a)));
        }
        Self { of_inputs, groups }
    }

    /// The multiplier at which nothing moves.
    fn largest_multiplier(&self) -> f64 {
        let wanted = |k: &usize| self.of_inputs[*k].wanted;
        match &self.groups {
            None => self
                .of_inputs
                .iter()
                .map(|input| input.wanted)
                .fold(0.0, f64::max),
            Some(groups) => {
                let sums = groups.iter().map(|group| group.iter().map(wanted).sum());
                sums.fold(0.0, f64::max)
            }
        }
    }

    /// The sum of the distances of all groups.
    fn total_distance(&self, multiplier: f64) -> f64 {
        match &self.groups {
            None => self
                .of_inputs
                .iter()
                .map(|input| input.distance(multiplier))
                .sum(),
            Some(groups) => groups
                .iter()
                .map(|group| self.distance(group, multiplier))
                .sum(),
        }
    }

    fn after(&self, multiplier: f64) -> Vec<f64> {
        let inputs = self.of_inputs.iter();
        let Some(groups) = &self.groups else {
            return inputs
                .map(|input| input.after(input.distance(multiplier)))
                .collect();
        };
        let mut x: Vec<f64> = inputs.map(|input| input.centre).collect();
        for group in groups {
            let distance = self.distance(group, multiplier);
            for &k in group {
                x[k] = self.of_inputs[k].after(distance);
            }
        }
        x
    }

    /// The distance of a group at which moving further gains as much as it costs: at which `sum of (wanted - distance)`
    /// over the inputs with room left is the multiplier.
    fn distance(&self, group: &[usize], multiplier: f64) -> f64 {
        let mut wanted = 0.0;
        for (index, &k) in group.iter().enumerate() {
            let input = &self.of_inputs[k];
            wanted += input.wanted;
            // If only the inputs up to this one have room left.
            let distance = (wanted - multiplier) / (index + 1) as f64;
            let next = group.get(index + 1);
            if distance >= next.map_or(0.0, |&next| self.of_inputs[next].room) {
                return distance.min(input.room);
            }
        }
        0.0
    }
}

/// The move of an input from the centre.
struct Move {
    centre: f64,
    /// The point of the box nearest to the input's target.
    end: f64,
    /// Distances from the centre: of the target, and of the farthest point towards it in the box.
    wanted: f64,
    room: f64,
}

impl Move {
    fn of(x: f64, centre: f64, lower: f64, upper: f64) -> Self {
        let end = x.clamp(lower, upper);
        Self {
            centre,
            end,
            wanted: (x - centre).abs(),
            room: (end - centre).abs(),
        }
    }

    /// How far the input moves by itself.
    fn distance(&self, multiplier: f64) -> f64 {
        (self.wanted - multiplier).clamp(0.0, self.room)
    }

    fn after(&self, distance: f64) -> f64 {
        if distance >= self.room {
            self.end
        } else {
            self.centre + distance.copysign(self.end - self.centre)
        }
    }
}
