//! Moves from a good input to the optimum of its linear piece, and on to better neighbouring pieces.
//!
//! Within one activation pattern the network is affine, so its best input there is the optimum of a linear program;
//! there some neurons are at the border of their phase, and beyond the borders whose rows have nonzero duals the value
//! may increase (Perakis and Tsiourvas, arXiv 2201.05009; Tong, Cai and Serra, CPAIOR 2024).

use super::ascent::Point;
use super::clock::Clock;
use crate::bounds::{Bounds, Phase};
use crate::formulation::piece;
use crate::instance::Region;
use crate::limits::Limits;
use crate::network::Network;
use crate::solver::{LinearSolution, SolverError, solve_linear};

/// Least improvement, relative to the value, that is worth a move.
const GAIN: f64 = 1e-7;
/// Least row dual, relative to the largest, at which a neighbouring piece is tried.
const PRICE: f64 = 1e-6;

/// Polishes inputs of one network.
pub(super) struct Polish<'a> {
    pub network: &'a Network,
    pub region: &'a Region,
    pub bounds: &'a Bounds,
    pub clock: &'a Clock,
    pub limits: &'a Limits,
    /// Seconds of the slowest linear program so far. No program is started that might not end in time: the solver
    /// checks its clock only now and then.
    pub slowest: f64,
    /// The solver's failure, which ends the polish.
    pub failure: Option<SolverError>,
}

/// The optimum of a piece, and the neurons beyond whose borders the value might increase, largest row dual first.
struct Optimum {
    point: Point,
    borders: Vec<(usize, usize)>,
}

impl Polish<'_> {
    /// Returns `start`, or a better point reached by moves from piece to piece, after at most `programs` linear
    /// programs.
    pub fn polish(&mut self, start: Point, programs: usize) -> Point {
        let mut best = start;
        let mut left = programs;
        'moves: while left > 0 && !self.is_out_of_time() {
            let pattern = self.pattern(&best.0);
            left -= 1;
            let Some(optimum) = self.optimum(&pattern) else {
                return best;
            };
            let gained = is_better(&optimum.point, &best);
            if optimum.point.1 > best.1 {
                best = optimum.point;
            }
            for (layer, neuron) in optimum.borders {
                if left == 0 || self.is_out_of_time() {
                    return best;
                }
                let mut beyond = pattern.clone();
                beyond[layer][neuron] = !beyond[layer][neuron];
                left -= 1;
                if let Some(next) = self.optimum(&beyond)
                    && is_better(&next.point, &best)
                {
                    best = next.point;
                    continue 'moves;
                }
            }
            if !gained {
                return best;
            }
        }
        best
    }

    fn is_out_of_time(&self) -> bool {
        self.clock.is_over() || self.clock.left() <= self.slowest
    }

    fn pattern(&self, x: &[f64]) -> Vec<Vec<bool>> {
        let mut pattern = self.network.preactivations(x);
        pattern.pop();
        let active = |g: Vec<f64>| g.iter().map(|g| *g > 0.0).collect();
        pattern.into_iter().map(active).collect()
    }

    /// The optimum of the piece of `pattern`; `None` if the piece is empty or the solver gives up.
    fn optimum(&mut self, pattern: &[Vec<bool>]) -> Option<Optimum> {
        let is_unstable = |layer: usize, neuron: usize| {
            self.bounds.layer(layer)[neuron].phase() == Phase::Unstable
        };
        let started = self.clock.passed();
        let piece = piece(self.network, self.region, pattern, &is_unstable);
        let limits = Limits {
            time_limit: self.clock.left(),
            ..self.limits.clone()
        };
        let solution = solve_linear(&piece.problem, &limits);
        self.slowest = self.slowest.max(self.clock.passed() - started);
        let solution = match solution {
            Ok(solution) => solution?,
            Err(failure) => {
                self.failure = Some(failure);
                return None;
            }
        };
        let x = self.region.pull_inside(&piece.inputs.at(&solution.columns));
        let value = self.network.forward(&x)[0];
        let first = piece.problem.rows.len() - piece.neurons.len();
        Some(Optimum {
            point: (x, value),
            borders: borders(&piece.neurons, &solution, first),
        })
    }
}

fn is_better(one: &Point, other: &Point) -> bool {
    one.1 > other.1 + GAIN * other.1.abs()
}

/// The neurons whose rows have nonzero duals, largest first.
fn borders(
    neurons: &[(usize, usize)],
    solution: &LinearSolution,
    first: usize,
) -> Vec<(usize, usize)> {
    let prices = solution.row_duals[first..].iter().map(|price| price.abs());
    let mut priced: Vec<(f64, (usize, usize))> = prices.zip(neurons.iter().copied()).collect();
    let highest = priced
        .iter()
        .fold(0.0, |most: f64, (price, _)| most.max(*price));
    priced.retain(|(price, _)| *price > PRICE * highest);
    priced.sort_by(|a, b| b.0.total_cmp(&a.0));
    priced.into_iter().map(|(_, neuron)| neuron).collect()
}
