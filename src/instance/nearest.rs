//! The Euclidean projection onto a ball in a box.

use super::ball::{Ball, Groups};

/// Halvings of the interval in which a threshold lies.
const HALVINGS: usize = 40;

/// The point of ball and box nearest to `x`, up to rounding.
///
/// For a price of distance each group moves as far as its inputs' own ways are worth it (of single inputs this is the soft
/// threshold of Duchi et al., ICML 2008, with bounds); the price is halved towards that at which the radius is spent.
pub(super) fn in_ball(x: &[f64], lower: &[f64], upper: &[f64], ball: &Ball) -> Vec<f64> {
    let ways = Ways::of(x, lower, upper, ball);
    if ways.spent(0.0) <= ball.radius() {
        return ways.after(0.0);
    }
    let (mut low, mut high) = (0.0, ways.highest_price());
    for _ in 0..HALVINGS {
        let price = 0.5 * (low + high);
        if ways.spent(price) > ball.radius() {
            low = price;
        } else {
            high = price;
        }
    }
    ways.after(high)
}

/// The ways of all inputs, and which of them go together.
struct Ways {
    of_inputs: Vec<Way>,
    /// The inputs of each group, those first that may go farthest; none where each goes by itself.
    groups: Option<Vec<Vec<usize>>>,
}

impl Ways {
    fn of(x: &[f64], lower: &[f64], upper: &[f64], ball: &Ball) -> Self {
        let inputs = 0..x.len();
        let of_input = |k: usize| Way::of(x[k], ball.centre()[k], lower[k], upper[k]);
        let of_inputs: Vec<Way> = inputs.clone().map(of_input).collect();
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

    /// The price at which nothing moves.
    fn highest_price(&self) -> f64 {
        let wanted = |k: &usize| self.of_inputs[*k].wanted;
        match &self.groups {
            None => self
                .of_inputs
                .iter()
                .map(|way| way.wanted)
                .fold(0.0, f64::max),
            Some(groups) => {
                let sums = groups.iter().map(|group| group.iter().map(wanted).sum());
                sums.fold(0.0, f64::max)
            }
        }
    }

    /// The distance of all groups.
    fn spent(&self, price: f64) -> f64 {
        match &self.groups {
            None => self.of_inputs.iter().map(|way| way.distance(price)).sum(),
            Some(groups) => groups.iter().map(|group| self.distance(group, price)).sum(),
        }
    }

    fn after(&self, price: f64) -> Vec<f64> {
        let ways = self.of_inputs.iter();
        let Some(groups) = &self.groups else {
            return ways.map(|way| way.after(way.distance(price))).collect();
        };
        let mut x: Vec<f64> = ways.map(|way| way.centre).collect();
        for group in groups {
            let distance = self.distance(group, price);
            for &k in group {
                x[k] = self.of_inputs[k].after(distance);
            }
        }
        x
    }

    /// The distance of a group at which a bit more brings its inputs nearer to where they are to go by what it costs: at
    /// which `sum of (wanted - distance)` over those with room left is the price.
    fn distance(&self, group: &[usize], price: f64) -> f64 {
        let mut wanted = 0.0;
        for (place, &k) in group.iter().enumerate() {
            let way = &self.of_inputs[k];
            wanted += way.wanted;
            // Where only the inputs up to this one have room left.
            let distance = (wanted - price) / (place + 1) as f64;
            let next = group.get(place + 1);
            if distance >= next.map_or(0.0, |&next| self.of_inputs[next].room) {
                return distance.min(way.room);
            }
        }
        0.0
    }
}

/// An input's way from the centre.
struct Way {
    centre: f64,
    /// The point of the box nearest to where it is to go.
    end: f64,
    /// How far it is to go, and how far the box lets it.
    wanted: f64,
    room: f64,
}

impl Way {
    fn of(x: f64, centre: f64, lower: f64, upper: f64) -> Self {
        let end = x.clamp(lower, upper);
        Self {
            centre,
            end,
            wanted: (x - centre).abs(),
            room: (end - centre).abs(),
        }
    }

    /// Where it goes by itself.
    fn distance(&self, price: f64) -> f64 {
        (self.wanted - price).clamp(0.0, self.room)
    }

    fn after(&self, distance: f64) -> f64 {
        if distance >= self.room {
            self.end
        } else {
            self.centre + distance.copysign(self.end - self.centre)
        }
    }
}
