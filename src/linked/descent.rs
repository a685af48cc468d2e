//! Points by linearisation: the networks are replaced by their linear pieces at a point, and the MILP of the user's
//! own columns, integers included, is solved near that point, again and again (sequential linear programming with a
//! trust region). It has no neurons, so it is small. Rows may be violated at a price, since a linearisation is wrong
//! away from its point.

use std::ops::ControlFlow;

use super::pieces::relax_rows;
use super::{LinkedBounds, LinkedProblem, Replay};
use crate::limits::Limits;
use crate::milp::{Column, Problem, Sense};
use crate::numpy::RandomState;
use crate::solver::{self, Event};

/// The price of a relative violation of 1, in units of the objective.
const PRICE: f64 = 100.0;
/// The smallest trust region, as a share of the ranges of inputs.
const SMALLEST: f64 = 1e-3;
/// Most linearisations from one start.
const STEPS: usize = 40;
/// Most seconds for one of them.
const SECONDS: f64 = 2.0;
/// Least improvement that keeps the trust region.
const GAIN: f64 = 1e-6;

/// Descends from points.
pub(super) struct Descent<'a> {
    pub linked: &'a LinkedProblem,
    pub bounds: &'a LinkedBounds,
    pub limits: &'a Limits,
}

/// A point of a descent, and how good it is: smaller is better.
#[derive(Debug, Clone)]
pub(super) struct Centre {
    pub replay: Replay,
    cost: f64,
}

impl Descent<'_> {
    /// The point, with its cost.
    pub fn centre(&self, replay: Replay) -> Centre {
        let unit = self.linked.problem().unit();
        let value = replay.objective / unit;
        let objective = match self.linked.problem().sense {
            Sense::Minimize => value,
            Sense::Maximize => -value,
        };
        Centre {
            cost: objective + PRICE * replay.violation,
            replay,
        }
    }

    /// A random point: every input uniform between its bounds, other columns at the middle of theirs.
    pub fn random(&self, random: &mut RandomState) -> Vec<f64> {
        let read = self.linked.columns_read();
        let bounds = self.bounds.columns.iter().enumerate();
        let point = bounds.map(|(index, &(lower, upper))| {
            let is_input = read.contains(&Column(index));
            match (is_input, lower.is_finite() && upper.is_finite()) {
                (true, _) => random.uniform(lower, upper),
                (false, true) => lower + 0.5 * (upper - lower),
                (false, false) => 0.0_f64.max(lower).min(upper),
            }
        });
        point.collect()
    }

    /// Solves linearisations from `start` on; each new point goes to `visit`, which may return a better one to go on
    /// from. Ends when the trust region is too small, after enough steps, or when `left` says that no seconds are left.
    pub fn run(
        &self,
        start: Centre,
        left: &dyn Fn() -> f64,
        visit: &mut dyn FnMut(&Replay) -> Option<Replay>,
    ) {
        let mut centre = start;
        let mut radius = 1.0;
        for _ in 0..STEPS {
            if radius < SMALLEST || left() <= 0.0 {
                return;
            }
            let Some(columns) = self.step(&centre.replay.columns, radius, left()) else {
                radius /= 4.0;
                continue;
            };
            let replay = self.linked.replay(&columns);
            let visited = visit(&replay).map(|better| self.centre(better));
            let own = self.centre(replay);
            let next = match visited {
                Some(visited) if visited.cost < own.cost => visited,
                _ => own,
            };
            if next.cost < centre.cost - GAIN * centre.cost.abs() {
                centre = next;
                radius = (2.0 * radius).min(1.0);
            } else {
                radius /= 2.0;
            }
        }
    }

    /// The best point of the linearisation at `centre` whose inputs are at most `radius` of their ranges away.
    fn step(&self, centre: &[f64], radius: f64, seconds: f64) -> Option<Vec<f64>> {
        let problem = self.linearised(centre, radius)?;
        let settings = solver::Settings::new(Limits {
            time_limit: seconds.min(SECONDS),
            ..self.limits.clone()
        });
        let mut best = None;
        solver::solve(&problem, &settings, &mut |event| {
            if let Event::Solution(solution) = event {
                best = Some(solution.columns);
            }
            ControlFlow::Continue(())
        })
        .ok()?;
        let mut columns = best?;
        columns.truncate(self.linked.problem().columns.len());
        Some(self.linked.rounded(columns))
    }

    fn linearised(&self, centre: &[f64], radius: f64) -> Option<Problem> {
        let phases = self.linked.phases(centre)?;
        let mut problem = self.linked.problem().clone();
        let unit = problem.unit();
        let costs: Vec<f64> = problem.columns.iter().map(|data| data.cost).collect();
        for Column(index) in self.linked.columns_read() {
            let (lower, upper) = self.bounds.columns[index];
            let reach = radius * (upper - lower);
            if reach.is_finite() {
                let data = &mut problem.columns[index];
                let middle = centre[index].max(lower).min(upper);
                data.lower = lower.max(middle - reach);
                data.upper = upper.min(middle + reach);
            }
        }
        relax_rows(&mut problem, self.linked);
        let price = match problem.sense {
            Sense::Minimize => PRICE * unit,
            Sense::Maximize => -PRICE * unit,
        };
        for (index, data) in problem.columns.iter_mut().enumerate() {
            data.cost = costs.get(index).copied().unwrap_or(price * data.cost);
        }
        self.linked
            .add_outputs(&mut problem, &self.linked.affine(&phases));
        let numbers = problem.rows.iter().flat_map(|row| &row.terms);
        let mut numbers = numbers.map(|term| term.1);
        numbers.all(f64::is_finite).then_some(problem)
    }
}
