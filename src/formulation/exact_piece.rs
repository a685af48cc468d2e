//! The best input of one linear piece of a network, without rounding.
//!
//! Weights, biases and sides are dyadic numbers, so a piece is a linear program over integers once everything is
//! counted in small enough powers of two.

use num_bigint::BigInt;

use crate::exact::{Dyadic, Maximum, Program, round_up};
use crate::instance::Region;
use crate::network::{Layer, Network};

/// The largest tableau that is tried: integers of some thousand bits in each of so many places.
const LARGEST: usize = 10_000;

/// What is proved of a piece.
#[derive(Debug, Clone, PartialEq)]
pub enum PieceMaximum {
    /// The piece holds no input.
    Empty,
    /// The least f64 that is not below the largest value, or the one after it, and the input, up to rounding, that
    /// has it.
    At { value: f64, input: Vec<f64> },
}

/// The maximum of the one output of `network`, or of its first less its second one, over the piece of `region` in which hidden neurons are active as
/// `pattern` says; only those that `must_hold` names are held to it, as the others cannot leave it. `None` where
/// the program is too large, or `out_of_time` said so before it was solved.
///
/// # Panics
/// When network, region and pattern do not fit each other.
pub fn exact_maximum(
    network: &Network,
    region: &Region,
    pattern: &[Vec<bool>],
    must_hold: &dyn Fn(usize, usize) -> bool,
    out_of_time: &dyn Fn() -> bool,
) -> Option<PieceMaximum> {
    let held = pattern.iter().enumerate().map(|(layer, pattern)| {
        let neurons = 0..pattern.len();
        neurons.filter(|&neuron| must_hold(layer, neuron)).count()
    });
    let inputs = Inputs::of(region);
    if (held.sum::<usize>() + 2) * (inputs.upper.len() + 1) > LARGEST {
        return None;
    }
    let mut rows: Vec<(Vec<BigInt>, BigInt)> = inputs.ball.iter().cloned().collect();
    let mut map = inputs.map();
    for (index, layer) in network.layers().iter().enumerate() {
        map = map.then(layer);
        let Some(pattern) = pattern.get(index) else {
            break;
        };
        for (neuron, &active) in pattern.iter().enumerate() {
            if must_hold(index, neuron) {
                rows.push(map.phase(neuron, active));
            }
            if !active {
                map.clear(neuron);
            }
        }
        if out_of_time() {
            return None;
        }
    }
    if let [first, second] = &map.coefficients[..] {
        let difference = first.iter().zip(second).map(|(a, b)| a - b).collect();
        map.constants[0] = &map.constants[0] - &map.constants[1];
        map.coefficients = vec![difference];
    }
    let program = Program {
        objective: map.coefficients.swap_remove(0),
        rows,
        upper: inputs.upper.clone(),
    };
    Some(match program.solve(out_of_time)? {
        Maximum::Infeasible => PieceMaximum::Empty,
        Maximum::At {
            value,
            columns,
            denominator,
        } => PieceMaximum::At {
            value: round_up(
                &(value + &map.constants[0] * &denominator),
                &denominator,
                map.exponent,
            ),
            input: inputs.at(&columns, &denominator),
        },
    })
}

/// The region's inputs as columns of at least zero, counted in units of `2^exponent`.
struct Inputs {
    exponent: i64,
    /// The input where all columns are zero.
    origin: Vec<BigInt>,
    /// The input that each column moves, and whether down.
    moves: Vec<(usize, bool)>,
    upper: Vec<BigInt>,
    /// The row of the ball.
    ball: Option<(Vec<BigInt>, BigInt)>,
}

impl Inputs {
    fn of(region: &Region) -> Self {
        let exact = |values: &[f64]| values.iter().map(|x| Dyadic::of(*x)).collect::<Vec<_>>();
        let (lower, upper) = (exact(region.lower()), exact(region.upper()));
        let ball = region
            .ball()
            .map(|ball| (exact(&ball.centre), Dyadic::of(ball.radius)));
        let (centre, radius) = ball
            .as_ref()
            .map_or((&lower[..], None), |(centre, radius)| {
                (&centre[..], Some(radius))
            });
        let numbers = lower.iter().chain(&upper).chain(centre).chain(radius);
        let exponent = numbers.filter_map(Dyadic::exponent).min().unwrap_or(0);
        let mut inputs = Self {
            exponent,
            origin: centre.iter().map(|x| x.in_units_of(exponent)).collect(),
            moves: Vec::new(),
            upper: Vec::new(),
            ball: None,
        };
        for (input, origin) in centre.iter().enumerate() {
            for (room, is_down) in [
                (&upper[input] - origin, false),
                (origin - &lower[input], true),
            ] {
                if room.is_positive() {
                    inputs.moves.push((input, is_down));
                    inputs.upper.push(room.in_units_of(exponent));
                }
            }
        }
        inputs.ball = radius.map(|radius| {
            let ones = vec![BigInt::from(1); inputs.upper.len()];
            (ones, radius.in_units_of(exponent))
        });
        inputs
    }

    /// The inputs themselves.
    fn map(&self) -> Map {
        let coefficients = (0..self.origin.len()).map(|input| {
            let of = |&(moved, is_down): &(usize, bool)| match (moved == input, is_down) {
                (false, _) => BigInt::ZERO,
                (true, false) => BigInt::from(1),
                (true, true) => BigInt::from(-1),
            };
            self.moves.iter().map(of).collect()
        });
        Map {
            coefficients: coefficients.collect(),
            constants: self.origin.clone(),
            exponent: self.exponent,
        }
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

/// Affine functions of the columns, `2^exponent (coefficients v + constants)`.
struct Map {
    coefficients: Vec<Vec<BigInt>>,
    constants: Vec<BigInt>,
    exponent: i64,
}

impl Map {
    /// The layer's preactivations, where its inputs are these.
    fn then(self, layer: &Layer) -> Self {
        let exact = |values: &[f64]| values.iter().map(|x| Dyadic::of(*x)).collect::<Vec<_>>();
        let (weights, biases) = (exact(layer.weights()), exact(layer.biases()));
        let least = |numbers: &[Dyadic]| numbers.iter().filter_map(Dyadic::exponent).min();
        let of_weights = least(&weights).unwrap_or(0);
        let of_products = self.exponent + of_weights;
        let exponent = least(&biases).map_or(of_products, |bias| bias.min(of_products));
        let shift = u64::try_from(of_products - exponent).expect("the smaller one was taken");
        let weights: Vec<BigInt> = weights
            .iter()
            .map(|weight| weight.in_units_of(of_weights) << shift)
            .collect();
        let columns = self.coefficients.first().map_or(0, Vec::len);
        let (mut coefficients, mut constants) = (Vec::new(), Vec::new());
        for (neuron, bias) in biases.iter().enumerate() {
            let row = &weights[neuron * layer.inputs()..(neuron + 1) * layer.inputs()];
            let mut sums = vec![BigInt::ZERO; columns];
            let mut constant = bias.in_units_of(exponent);
            let terms = row.iter().zip(&self.coefficients).zip(&self.constants);
            for ((weight, before), value) in terms {
                if *weight != BigInt::ZERO {
                    for (sum, before) in sums.iter_mut().zip(before) {
                        *sum += weight * before;
                    }
                    constant += weight * value;
                }
            }
            coefficients.push(sums);
            constants.push(constant);
        }
        Self {
            coefficients,
            constants,
            exponent,
        }
    }

    /// The row that keeps a neuron in its phase.
    fn phase(&self, neuron: usize, active: bool) -> (Vec<BigInt>, BigInt) {
        let (row, constant) = (&self.coefficients[neuron], &self.constants[neuron]);
        // A factor that all have makes every number longer.
        let numbers = row.iter().chain([constant]);
        let shift = numbers
            .filter_map(BigInt::trailing_zeros)
            .min()
            .unwrap_or(0);
        if active {
            (
                row.iter().map(|a| -(a >> shift)).collect(),
                constant >> shift,
            )
        } else {
            (
                row.iter().map(|a| a >> shift).collect(),
                -(constant >> shift),
            )
        }
    }

    fn clear(&mut self, neuron: usize) {
        self.coefficients[neuron].fill(BigInt::ZERO);
        self.constants[neuron] = BigInt::ZERO;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::random;

    fn all(_: usize, _: usize) -> bool {
        true
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
            let pattern = [vec![one, other]];
            exact_maximum(&network, &region, &pattern, &all, &|| false).unwrap()
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
    fn the_best_piece_has_the_best_of_many_inputs() {
        let network = random(2, &[3, 2], 5).unwrap();
        let region = Region::l1_ball(vec![0.3, 0.6], 0.4).unwrap();
        let mut best = f64::NEG_INFINITY;
        for bits in 0..32_u32 {
            let active = |bit: u32| bits >> bit & 1 == 1;
            let pattern = [(0..3).map(active).collect(), (3..5).map(active).collect()];
            match exact_maximum(&network, &region, &pattern, &all, &|| false).unwrap() {
                PieceMaximum::Empty => {}
                PieceMaximum::At { value, input } => {
                    let input = region.project(&input);
                    let reached = network.forward(&input)[0];
                    assert!((reached - value).abs() < 1e-12, "{reached} is not {value}");
                    best = best.max(value);
                }
            }
        }
        for step in 0..400 {
            let x = [f64::from(step % 20) / 19.0, f64::from(step / 20) / 19.0];
            assert!(network.forward(&region.project(&x))[0] <= best);
        }
    }
}
