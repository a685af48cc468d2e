//! The maximum over one linear piece of a network, or over the relaxation of several, without rounding.
//!
//! Weights, biases, sides and bounds are dyadic numbers, so this is a linear program over integers once everything is
//! in units of a small enough power of two.

use num_bigint::BigInt;

use super::exact_map::{Map, Row};
use crate::bounds::{Interval, Phase};
use crate::exact::{Dyadic, Maximum, Program, round_up};
use crate::instance::{Ball, Groups, Region};
use crate::network::{Layer, Network};

/// Maximal number of entries of a tableau; each entry is an integer of up to some thousand bits.
const LARGEST: usize = 10_000;

/// What is known about a hidden neuron in a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Role {
    /// Its phase; if it holds in the node alone, inputs outside the node may violate it, and a row enforces it.
    Decided {
        /// Whether the ReLU is the identity; otherwise it is zero.
        active: bool,
        /// Whether the phase holds in the node alone, so that a row must enforce it.
        needs_row: bool,
    },
    /// Its bounds: the neuron is between the lines around the ReLU.
    Open(Interval),
}

impl Role {
    /// The role of a neuron with this bound over the whole region.
    pub fn of(bound: &Interval) -> Self {
        match bound.phase() {
            Phase::Unstable => Self::Open(*bound),
            phase => Self::Decided {
                active: phase == Phase::Active,
                needs_row: false,
            },
        }
    }
}

/// What is proved about a node.
#[derive(Debug, Clone, PartialEq)]
pub enum PieceMaximum {
    /// The node contains no input.
    Empty,
    /// The least f64 that is not below the maximum, or the one after it, and the input, up to rounding, that attains
    /// the maximum in the relaxation.
    At {
        /// The proved upper bound on the objective over the node.
        value: f64,
        /// The maximiser in the relaxation, rounded to f64.
        input: Vec<f64>,
    },
}

/// Maximises the one output of `network`, or its first output minus its second, over the node of `region` in which
/// hidden neurons have these `roles`. Returns `None` if the program is too large, or if `out_of_time()` is true before
/// it is solved.
///
/// # Panics
/// When network, region and roles do not fit each other.
pub fn exact_maximum(
    network: &Network,
    region: &Region,
    roles: &[Vec<Role>],
    out_of_time: &dyn Fn() -> bool,
) -> Option<PieceMaximum> {
    let (first, rest) = network.layers().split_first()?;
    let mut columns = Columns::of(region, first, roles);
    let rows = roles.iter().flatten().map(|role| match role {
        Role::Decided { needs_row, .. } => usize::from(*needs_row),
        Role::Open(_) => 2,
    });
    let of_region = columns.rows.len() + region.rows().len();
    let count = rows.sum::<usize>() + of_region + 1;
    if count * (columns.upper.len() + 1) > LARGEST {
        return None;
    }
    let mut rows = std::mem::take(&mut columns.rows);
    rows.extend(columns.half_spaces(region, out_of_time)?);
    let mut map = columns.first(first, out_of_time)?;
    let mut next_open = columns.moves.len() + columns.distances;
    for (roles, next) in roles.iter().zip(rest) {
        map.refine(columns.exponent);
        for (neuron, role) in roles.iter().enumerate() {
            match *role {
                Role::Decided { active, needs_row } => {
                    if needs_row {
                        rows.push(map.phase(neuron, active));
                    }
                    if !active {
                        map.clear(neuron);
                    }
                }
                Role::Open(bound) => {
                    rows.extend(map.lines(neuron, next_open, columns.exponent, bound));
                    map.replace(neuron, next_open, columns.exponent);
                    next_open += 1;
                }
            }
        }
        map = map.then(next, out_of_time)?;
    }
    if let [first, second] = &map.coefficients[..] {
        let difference = first.iter().zip(second).map(|(a, b)| a - b).collect();
        map.constants[0] = &map.constants[0] - &map.constants[1];
        map.coefficients = vec![difference];
    }
    let program = Program {
        objective: map.coefficients.swap_remove(0),
        rows,
        upper: columns.upper.clone(),
    };
    Some(match program.solve(out_of_time)? {
        Maximum::Infeasible => PieceMaximum::Empty,
        Maximum::At {
            value,
            columns: values,
            denominator,
        } => PieceMaximum::At {
            value: round_up(
                &(value + &map.constants[0] * &denominator),
                &denominator,
                map.exponent,
            ),
            input: columns.at(&values, &denominator),
        },
    })
}

/// Whether the region's rows exclude every input, in exact arithmetic; `false` if a proof would take too long.
pub fn is_empty(region: &Region, out_of_time: &dyn Fn() -> bool) -> bool {
    let zero = Layer::new(region.inputs(), vec![0.0; region.inputs()], vec![0.0]);
    let zero = Network::new(vec![zero]).expect("a layer is a network");
    let rows = region.rows();
    !rows.is_empty() && exact_maximum(&zero, region, &[], out_of_time) == Some(PieceMaximum::Empty)
}

/// Nonnegative columns in units of `2^exponent`: the region's inputs that are read, then the distances of groups, then
/// the activations of open neurons.
struct Columns {
    exponent: i64,
    /// The input at which all columns are zero.
    origin: Vec<BigInt>,
    /// The input that each of the first columns moves, and whether down.
    moves: Vec<(usize, bool)>,
    upper: Vec<BigInt>,
    /// Number of columns after those that are distances of groups.
    distances: usize,
    /// The rows of the ball.
    rows: Vec<Row>,
}

impl Columns {
    fn of(region: &Region, first: &Layer, roles: &[Vec<Role>]) -> Self {
        let exact = |values: &[f64]| values.iter().map(|x| Dyadic::of(*x)).collect::<Vec<_>>();
        let (lower, upper) = (exact(region.lower()), exact(region.upper()));
        let ball = region
            .ball()
            .map(|ball| (exact(ball.centre()), Dyadic::of(ball.radius())));
        let (centre, radius) = ball
            .as_ref()
            .map_or((&lower[..], None), |(centre, radius)| {
                (&centre[..], Some(radius))
            });
        let open: Vec<Dyadic> = roles
            .iter()
            .flatten()
            .filter_map(|role| match role {
                Role::Open(bound) => Some(Dyadic::of(bound.upper())),
                Role::Decided { .. } => None,
            })
            .collect();
        let numbers = lower.iter().chain(&upper).chain(centre).chain(radius);
        let numbers = numbers.chain(&open);
        let exponent = numbers.filter_map(Dyadic::exponent).min().unwrap_or(0);
        let mut columns = Self {
            exponent,
            origin: centre.iter().map(|x| x.in_units_of(exponent)).collect(),
            moves: Vec::new(),
            upper: Vec::new(),
            distances: 0,
            rows: Vec::new(),
        };
        let mut read = vec![false; region.inputs()];
        for neuron in 0..first.outputs() {
            for (read, weight) in read.iter_mut().zip(first.row(neuron)) {
                *read |= *weight != 0.0;
            }
        }
        for row in region.rows() {
            row.inputs.iter().for_each(|(input, _)| read[*input] = true);
        }
        for (input, origin) in centre.iter().enumerate().filter(|(input, _)| read[*input]) {
            for (room, is_down) in [
                (&upper[input] - origin, false),
                (origin - &lower[input], true),
            ] {
                // If the ball is a box, the sides of the box are rounded, but its radius is not.
                let room = radius.map_or(room.clone(), |radius| room.min(radius.clone()));
                if room.is_positive() {
                    columns.moves.push((input, is_down));
                    columns.upper.push(room.in_units_of(exponent));
                }
            }
        }
        if let Some(radius) = radius {
            let sets = match region.budget().map(Ball::groups) {
                Some(Groups::Sets(sets)) => &sets[..],
                _ => &[],
            };
            let radius = radius.in_units_of(exponent);
            columns.upper.extend(vec![radius.clone(); sets.len()]);
            columns.distances = sets.len();
            let width = columns.upper.len() + open.len();
            if region.budget().is_some() {
                columns.rows = columns.within(sets, radius, width);
            }
        }
        let open = open.iter().map(|upper| upper.in_units_of(exponent));
        columns.upper.extend(open);
        columns
    }

    /// The rows that keep the inputs in a ball with these groups, or without groups.
    fn within(&self, sets: &[Vec<usize>], radius: BigInt, width: usize) -> Vec<Row> {
        let moves = self.moves.len();
        let mut rows = Vec::new();
        for (group, inputs) in sets.iter().enumerate() {
            for input in inputs {
                let mut row = vec![BigInt::ZERO; width];
                for (column, (moved, _)) in self.moves.iter().enumerate() {
                    row[column] = BigInt::from(u8::from(moved == input));
                }
                if row.iter().all(|entry| *entry == BigInt::ZERO) {
                    continue;
                }
                row[moves + group] = BigInt::from(-1);
                rows.push((row, BigInt::ZERO));
            }
        }
        let spent = match sets.len() {
            0 => 0..moves,
            groups => moves..moves + groups,
        };
        let mut row = vec![BigInt::ZERO; width];
        row[spent].fill(BigInt::from(1));
        rows.push((row, radius));
        rows
    }

    /// The rows of the region.
    fn half_spaces(&self, region: &Region, out_of_time: &dyn Fn() -> bool) -> Option<Vec<Row>> {
        if region.rows().is_empty() {
            return Some(Vec::new());
        }
        let rows = region.rows().iter();
        let weights = rows
            .clone()
            .flat_map(|row| row.input_coefficients(region.inputs()));
        let constants = rows.map(|row| row.constant).collect();
        let layer = Layer::new(region.inputs(), weights.collect(), constants);
        let map = self.first(&layer, out_of_time)?;
        let rows = map.coefficients.into_iter().zip(map.constants);
        Some(rows.map(|(row, constant)| (row, -constant)).collect())
    }

    /// The first layer's preactivations.
    fn first(&self, layer: &Layer, out_of_time: &dyn Fn() -> bool) -> Option<Map> {
        let (origin, moves, width) = (&self.origin, &self.moves, self.upper.len());
        Map::first(layer, origin, moves, width, self.exponent, out_of_time)
    }

    fn at(&self, columns: &[BigInt], denominator: &BigInt) -> Vec<f64> {
        let mut inputs: Vec<BigInt> = self.origin.iter().map(|x| x * denominator).collect();
        for (&(input, is_down), column) in self.moves.iter().zip(columns) {
            if is_down {
                inputs[input] -= column;
            } else {
                inputs[input] += column;
            }
        }
        let round = |x: &BigInt| round_up(x, denominator, self.exponent);
        inputs.iter().map(round).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounds::linear;
    use crate::network::{Layer, random};

    fn held(active: bool) -> Role {
        Role::Decided {
            active,
            needs_row: true,
        }
    }

    /// `max(0, x - 1/4) - max(0, x - 1/2)` times `scale`.
    fn step(scale: f64) -> Network {
        Network::new(vec![
            Layer::new(1, vec![scale, scale], vec![-0.25 * scale, -0.5 * scale]),
            Layer::new(2, vec![1.0, -1.0], vec![0.0]),
        ])
        .unwrap()
    }

    #[test]
    fn the_pieces_of_a_steep_step() {
        let (network, region) = (step(1e300), Region::unit_box(1));
        let maximum = |one, other| {
            let roles = [vec![held(one), held(other)]];
            exact_maximum(&network, &region, &roles, &|| false).unwrap()
        };
        let at = |value, x| PieceMaximum::At {
            value,
            input: vec![x],
        };
        assert_eq!(maximum(false, false), at(0.0, 0.0));
        assert_eq!(maximum(true, false), at(0.25e300, 0.5));
        let PieceMaximum::At { value, .. } = maximum(true, true) else {
            panic!("the piece is not empty");
        };
        assert_eq!(value, 0.25e300);
        assert_eq!(maximum(false, true), PieceMaximum::Empty);
    }

    #[test]
    fn two_outputs_are_compared() {
        // A step minus another one of half the height.
        let layers = vec![
            Layer::new(1, vec![4.0, 4.0], vec![-1.0, -2.0]),
            Layer::new(2, vec![1.0, -1.0, 0.5, -0.5], vec![0.0, 0.25]),
        ];
        let network = Network::new(layers).unwrap();
        let roles = [vec![held(true), held(true)]];
        let maximum = exact_maximum(&network, &Region::unit_box(1), &roles, &|| false);
        let PieceMaximum::At { value, .. } = maximum.unwrap() else {
            panic!("the piece is not empty");
        };
        assert_eq!(value, 0.25);
    }

    #[test]
    fn pieces_reach_the_best_of_many_inputs_and_relaxations_no_less() {
        let network = random(2, &[3, 2], 5).unwrap();
        let region = Region::l1_ball(vec![0.3, 0.6], 0.4).unwrap();
        let bounds = linear(&network, &region, &|| false).unwrap();
        let mut best = f64::NEG_INFINITY;
        for bits in 0..32_u32 {
            let role = |bit: u32| held(bits >> bit & 1 == 1);
            let roles = [(0..3).map(role).collect(), (3..5).map(role).collect()];
            match exact_maximum(&network, &region, &roles, &|| false).unwrap() {
                PieceMaximum::Empty => {}
                PieceMaximum::At { value, input } => {
                    let input = region.pull_inside(&input);
                    let reached = network.forward(&input)[0];
                    assert!((reached - value).abs() < 1e-12, "{reached} is not {value}");
                    best = best.max(value);
                }
            }
        }
        for step in 0..400 {
            let x = [f64::from(step % 20) / 19.0, f64::from(step / 20) / 19.0];
            assert!(network.forward(&region.pull_inside(&x))[0] <= best);
        }
        let role = |bound: &Interval| match bound.phase() {
            Phase::Unstable => Role::Open(*bound),
            phase => Role::Decided {
                active: phase == Phase::Active,
                needs_row: false,
            },
        };
        let open: Vec<Vec<Role>> = bounds.layers()[..2]
            .iter()
            .map(|layer| layer.iter().map(role).collect())
            .collect();
        let PieceMaximum::At { value, .. } =
            exact_maximum(&network, &region, &open, &|| false).unwrap()
        else {
            panic!("the relaxation is not empty");
        };
        assert!(value >= best && value <= bounds.layer(2)[0].upper());
    }
}
