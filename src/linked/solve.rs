//! Solving a linked problem: every point that a MILP solver finds is evaluated on the dense networks, and accepted only
//! where every row holds with them.

use std::ops::ControlFlow;
use std::time::Instant;

use super::descent::Descent;
use super::evaluation::ACCEPTED;
use super::pieces::Pieces;
use super::propagation::Sides;
use super::single::SingleNetwork;
use super::splitting::{Splitting, Visit};
use super::{
    Accepted, Event, Formulation, LinkedBounds, LinkedError, LinkedProblem, LinkedResult, Replay,
    Settings, Size, Status, Way, bounds, formulate,
};
use crate::limits::Limits;
use crate::milp::Sense;
use crate::network::Network;
use crate::numpy::RandomState;
use crate::pruning::{Pruning, prune};
use crate::search::{self, Verdict};
use crate::solver::{self, Event as SolverEvent, UserSolutions, solve_linear};

/// Largest relative gap between objective and dual bound of an optimal point.
const OPTIMAL: f64 = 1e-6;
/// Linear programs to repair or improve one point.
const PROGRAMS: usize = 60;
/// Share of the time that is left for the surrogates of the portfolio, together.
const SURROGATES: f64 = 0.4;
/// Share of the time limit for linearisations, the number of points that they start from, and of those after one
/// another that lead to nothing better.
const DESCENTS: f64 = 0.2;
const STARTS: usize = 20;
const PATIENCE: usize = 5;
/// Most columns that networks read for branch and bound over them, and so few that nothing else is tried before.
const MOST_INPUTS: usize = 24;
const VERY_FEW: usize = 4;
/// Share of the time that is left for what is tried before: branch and bound over the phases of one network, or the
/// MILP of several.
const PROVING: f64 = 0.2;
const FIRST_MILP: f64 = 0.2;
/// Pruning rates of the surrogates of the portfolio.
const RATES: [f64; 2] = [0.8, 0.5];

/// Solves `linked` within the limits.
///
/// # Errors
/// When an input has no finite bounds, a bound overflows or the solver fails.
pub fn solve(
    linked: &LinkedProblem,
    settings: &Settings,
    observer: &mut dyn FnMut(&Event),
) -> Result<LinkedResult, LinkedError> {
    let mut search = Search {
        linked,
        settings,
        observer,
        started: Instant::now(),
        best: None,
        first: None,
        dual_bound: None,
        is_optimal: false,
        is_infeasible: false,
        points: 0,
        solver_status: None,
        size: None,
    };
    search.run()?;
    Ok(search.result())
}

struct Search<'a> {
    linked: &'a LinkedProblem,
    settings: &'a Settings,
    observer: &'a mut dyn FnMut(&Event),
    started: Instant,
    best: Option<Accepted>,
    first: Option<f64>,
    dual_bound: Option<f64>,
    /// Whether the best point is proved optimal, whatever the gap.
    is_optimal: bool,
    is_infeasible: bool,
    points: usize,
    solver_status: Option<solver::Status>,
    size: Option<Size>,
}

impl Search<'_> {
    fn run(&mut self) -> Result<(), LinkedError> {
        match self.settings.way {
            Way::Exact => self.exact(None, self.settings.limits.time_limit),
            Way::Surrogate => {
                let rate = self.settings.rate.unwrap_or(RATES[0]);
                self.surrogate(rate, self.settings.limits.time_limit)
            }
            Way::Portfolio => self.portfolio(),
        }
    }

    fn portfolio(&mut self) -> Result<(), LinkedError> {
        (self.observer)(&Event::Stage("relaxation"));
        let Some((bounds, dense)) = self.dense_formulation()? else {
            return Ok(());
        };
        let limits = self.limits(self.left());
        let relaxed = solve_linear(&dense.problem, &limits);
        if let Ok(Some(point)) = &relaxed {
            self.try_point(&point.columns);
        }
        let is_narrow = self.linked.columns_read().len() <= MOST_INPUTS;
        if let Some(question) = SingleNetwork::of(self.linked, &bounds) {
            return self.one_network(&question, &bounds);
        }
        let starts = relaxed.ok().flatten().map(|point| point.columns);
        self.descend(&bounds, starts);
        // Easy problems are solved here, whatever suits the others.
        let first = if is_narrow { FIRST_MILP } else { 0.0 };
        if first > 0.0 && !self.is_done() {
            self.exact(Some(&dense), first * self.left())?;
        }
        if !is_narrow || self.best.is_none() {
            let given = self.settings.rate.map(|rate| vec![rate]);
            let rates = given.unwrap_or(RATES.to_vec());
            let seconds = SURROGATES * self.left() / rates.len() as f64;
            for rate in rates {
                if !self.is_done() && !self.is_over() {
                    self.surrogate(rate, seconds)?;
                }
            }
        }
        match (self.is_done(), is_narrow) {
            (true, _) => {}
            (false, true) => self.split(&bounds, self.left())?,
            (false, false) => self.exact(Some(&dense), self.left())?,
        }
        Ok(())
    }

    /// Answers a question about one network: by branch and bound over few inputs, and else over its phases, which
    /// decides small networks at once.
    fn one_network(
        &mut self,
        question: &SingleNetwork,
        bounds: &LinkedBounds,
    ) -> Result<(), LinkedError> {
        let inputs = question.instance.region().inputs();
        let share = match (inputs <= VERY_FEW, inputs <= MOST_INPUTS) {
            (true, _) => 0.0,
            (false, true) => PROVING,
            (false, false) => 1.0,
        };
        if share > 0.0 {
            self.single(question, share * self.left())?;
        }
        if share < 1.0 && !self.is_done() {
            self.split(bounds, self.left())?;
        }
        Ok(())
    }

    /// Descends from the relaxation's point, the best point, and random ones.
    fn descend(&mut self, bounds: &LinkedBounds, relaxed: Option<Vec<f64>>) {
        (self.observer)(&Event::Stage("linearisations"));
        let (linked, limits) = (self.linked, &self.settings.limits);
        let descent = Descent {
            linked,
            bounds,
            limits,
        };
        let until = self.passed() + DESCENTS * limits.time_limit;
        let mut random = RandomState::new(limits.seed);
        let mut relaxed = relaxed;
        let mut fruitless = 0;
        for number in 0..STARTS {
            if fruitless == PATIENCE {
                break;
            }
            let before = self.best.as_ref().map(|best| best.replay.objective);
            let start = match (relaxed.take(), &self.best) {
                (Some(relaxed), _) => relaxed,
                (None, Some(best)) if number == 1 => best.replay.columns.clone(),
                _ => descent.random(&mut random),
            };
            let columns = linked.problem().columns.len();
            let start = linked.replay(&linked.rounded(start[..columns].to_vec()));
            let (started, stop) = (self.started, limits.stop.clone());
            let left = move || match stop.is_raised() {
                true => 0.0,
                false => until - started.elapsed().as_secs_f64(),
            };
            descent.run(descent.centre(start), &left, &mut |point| {
                let is_better = self.try_point(&point.columns);
                let best = self.best.as_ref().filter(|_| is_better);
                best.map(|best| best.replay.clone())
            });
            let after = self.best.as_ref().map(|best| best.replay.objective);
            let is_fruitless = matches!((before, after), (Some(before), Some(after))
                if (before - after).abs() <= OPTIMAL * after.abs().max(1.0));
            fruitless = if is_fruitless { fruitless + 1 } else { 0 };
        }
    }

    /// Splits the boxes of the inputs, within `seconds`.
    fn split(&mut self, bounds: &LinkedBounds, seconds: f64) -> Result<(), LinkedError> {
        if self.is_over() {
            return Ok(());
        }
        (self.observer)(&Event::Stage("branch and bound over the inputs"));
        let limits = &self.settings.limits;
        let until = self.passed() + seconds;
        let (started, stop) = (self.started, limits.stop.clone());
        let left = move || match stop.is_raised() {
            true => 0.0,
            false => until - started.elapsed().as_secs_f64(),
        };
        let splitting = Splitting {
            linked: self.linked,
            limits,
            left: &left,
            gap: OPTIMAL / 2.0,
            is_separable: self.is_separable(bounds),
        };
        let bound = splitting.run(bounds, &mut |visit| {
            match visit {
                Visit::Point(replay) if replay.violation <= ACCEPTED => {
                    self.points += 1;
                    self.keep(replay.clone(), self.passed());
                }
                Visit::Point(_) => {}
                Visit::Progress(bound, nodes) => {
                    (self.observer)(&Event::Progress(bound, nodes));
                }
            }
            self.best.as_ref().map(|best| best.replay.objective)
        });
        match bound {
            Some(bound) if bound.is_finite() => self.add_bound(bound),
            Some(bound) if self.best.is_none() && self.sign() * bound > 0.0 => {
                let dense = formulate(self.linked, &self.linked.dense(), bounds);
                self.confirm_infeasible(&dense)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether no row can be violated within the bounds of the columns, and no copy reads another's output.
    fn is_separable(&self, bounds: &LinkedBounds) -> bool {
        let sides = Sides::from(bounds);
        let mut rows = self.linked.problem().rows.iter();
        self.linked.reads_no_outputs() && rows.all(|row| sides.imply(row))
    }

    /// Takes note of a proved bound.
    fn add_bound(&mut self, bound: f64) {
        let sign = self.sign();
        let tighter = |own: f64| {
            if sign * bound > sign * own {
                bound
            } else {
                own
            }
        };
        self.dual_bound = Some(self.dual_bound.map_or(bound, tighter));
    }

    /// 1 where the objective is minimised, -1 where it is maximised.
    fn sign(&self) -> f64 {
        match self.linked.problem().sense {
            Sense::Minimize => 1.0,
            Sense::Maximize => -1.0,
        }
    }

    /// Whether the question is decided.
    fn is_done(&self) -> bool {
        match self.best {
            None => self.is_infeasible,
            Some(_) => self.is_optimal || self.gap().is_some_and(|gap| gap <= OPTIMAL),
        }
    }

    /// The relative gap between the best point and the dual bound.
    fn gap(&self) -> Option<f64> {
        let (best, bound) = (self.best.as_ref()?, self.dual_bound?);
        let objective = best.replay.objective;
        Some((bound - objective).abs() / objective.abs().max(1.0))
    }

    /// Answers a question about one network by branch and bound over its phases, within `seconds`.
    fn single(&mut self, question: &SingleNetwork, seconds: f64) -> Result<(), LinkedError> {
        (self.observer)(&Event::Stage(
            "branch and bound over the phases of the network",
        ));
        let passed = self.passed();
        let limits = self.limits(seconds);
        let settings = search::Settings {
            time_limit: limits.time_limit,
            threads: limits.threads,
            seed: limits.seed,
            bounds: self.settings.bounds,
            stop: limits.stop,
            ..search::Settings::default()
        };
        let (network, instance) = (question.network, &question.instance);
        let result = search::portfolio(network, instance, &settings, &mut |event| match event {
            search::Event::Improved(_) => self.points += 1,
            search::Event::Progress(progress) => {
                let bound = question.objective(progress.dual_bound);
                (self.observer)(&Event::Progress(bound, progress.nodes));
            }
            search::Event::ModelBuilt(_) => {}
        })?;
        if let Some(best) = &result.best {
            let replay = self.linked.replay(&question.columns(&best.input));
            let after = |seconds: Option<f64>| passed + seconds.unwrap_or(result.seconds_total);
            if replay.violation <= ACCEPTED {
                self.first.get_or_insert(after(result.seconds_to_first));
                self.keep(replay, after(result.seconds_to_best));
                self.is_optimal = result.verdict == Verdict::Optimal;
            }
        }
        if let Some(bound) = result.dual_bound {
            self.add_bound(question.objective(bound));
        }
        Ok(())
    }

    fn passed(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    fn left(&self) -> f64 {
        let limits = &self.settings.limits;
        match limits.stop.is_raised() {
            true => 0.0,
            false => (limits.time_limit - self.passed()).max(0.0),
        }
    }

    fn is_over(&self) -> bool {
        self.left() <= 0.0
    }

    fn limits(&self, seconds: f64) -> Limits {
        Limits {
            time_limit: seconds,
            ..self.settings.limits.clone()
        }
    }

    /// The MILP of the dense networks; `None` where bounds prove that there is no point.
    fn dense_formulation(&mut self) -> Result<Option<(LinkedBounds, Formulation)>, LinkedError> {
        let dense = self.linked.dense();
        let bounds = self.bounds(&dense)?;
        let Some(bounds) = bounds else {
            self.is_infeasible = true;
            return Ok(None);
        };
        let formulation = formulate(self.linked, &dense, &bounds);
        self.size = Some(Size::of(&formulation.problem));
        Ok(Some((bounds, formulation)))
    }

    fn bounds(&self, networks: &[&Network]) -> Result<Option<LinkedBounds>, LinkedError> {
        bounds(
            self.linked,
            networks,
            self.settings.bounds,
            &self.limits(self.left()),
        )
    }

    /// Solves the MILP of the dense networks, within `seconds`.
    fn exact(&mut self, known: Option<&Formulation>, seconds: f64) -> Result<(), LinkedError> {
        let own = match known {
            Some(_) => None,
            None => match self.dense_formulation()? {
                Some((_, formulation)) => Some(formulation),
                None => return Ok(()),
            },
        };
        let (Some(formulation), false) = (known.or(own.as_ref()), self.is_over()) else {
            return Ok(());
        };
        (self.observer)(&Event::Stage("MILP of the dense networks"));
        let user_solutions = UserSolutions::default();
        let settings = solver::Settings {
            user_solutions: user_solutions.clone(),
            ..solver::Settings::new(self.limits(seconds.min(self.left())))
        };
        let offer = |best: &Option<Accepted>| {
            if let Some(best) = best {
                user_solutions.offer(formulation.completed(self.linked, &best.replay.columns));
            }
        };
        offer(&self.best);
        let end = solver::solve(&formulation.problem, &settings, &mut |event| {
            match event {
                SolverEvent::Solution(solution) => {
                    if self.try_point(&solution.columns) {
                        offer(&self.best);
                    }
                }
                SolverEvent::Progress(progress) => {
                    (self.observer)(&Event::Progress(progress.dual_bound, progress.nodes));
                }
            }
            ControlFlow::Continue(())
        })?;
        self.solver_status = Some(end.status);
        if let Some(bound) = end.dual_bound.filter(|bound| bound.is_finite()) {
            self.add_bound(bound);
        }
        if end.status.is_infeasible() && self.best.is_none() {
            self.confirm_infeasible(formulation)?;
        }
        Ok(())
    }

    /// Whether there is no point is only known where there is none either that violates rows by what is accepted.
    fn confirm_infeasible(&mut self, formulation: &Formulation) -> Result<(), LinkedError> {
        let problem = formulation.loosened(self.linked);
        let settings = solver::Settings::new(self.limits(self.left()));
        let end = solver::solve(&problem, &settings, &mut |event| {
            if let SolverEvent::Solution(solution) = event {
                self.try_point(&solution.columns);
            }
            ControlFlow::Continue(())
        })?;
        self.is_infeasible = end.status.is_infeasible() && self.best.is_none();
        self.dual_bound = self.dual_bound.filter(|_| !self.is_infeasible);
        Ok(())
    }

    /// Solves the MILP of sparse networks, within `seconds`.
    fn surrogate(&mut self, rate: f64, seconds: f64) -> Result<(), LinkedError> {
        let seconds = seconds.min(self.left());
        let until = self.left() - seconds;
        (self.observer)(&Event::Stage(&format!("surrogates, {rate} pruned")));
        let networks = self.linked.networks().iter();
        let sparse: Vec<Network> = networks
            .map(|linked| match &linked.surrogate {
                Some(surrogate) => surrogate.clone(),
                None => sparse(&linked.network, rate),
            })
            .collect();
        let sparse: Vec<&Network> = sparse.iter().collect();
        // Where no point satisfies the rows with the surrogates, one may with the dense networks.
        let Some(bounds) = self.bounds(&sparse)? else {
            return Ok(());
        };
        let problem = formulate(self.linked, &sparse, &bounds).problem;
        let left = self.left() - until;
        if left <= 0.0 {
            return Ok(());
        }
        let settings = solver::Settings::new(self.limits(left));
        solver::solve(&problem, &settings, &mut |event| {
            if let SolverEvent::Solution(solution) = event {
                self.try_point(&solution.columns);
            }
            ControlFlow::Continue(())
        })?;
        Ok(())
    }

    /// Evaluates a point of a MILP on the dense networks, moves to a better one, and keeps it if it is the best so far.
    fn try_point(&mut self, columns: &[f64]) -> bool {
        self.points += 1;
        let started = self.started;
        let limits = self.settings.limits.clone();
        let left = move || match limits.stop.is_raised() {
            true => 0.0,
            false => limits.time_limit - started.elapsed().as_secs_f64(),
        };
        let pieces = Pieces {
            linked: self.linked,
            limits: &self.settings.limits,
            left: &left,
        };
        let own = columns[..self.linked.problem().columns.len()].to_vec();
        let start = self.linked.replay(&self.linked.rounded(own));
        // At once, before the linear programs.
        let mut is_better = start.violation <= ACCEPTED && self.keep(start.clone(), self.passed());
        if let Some(improved) = pieces.improved(&start, PROGRAMS) {
            is_better |= self.keep(improved, self.passed());
        }
        is_better
    }

    /// Keeps an accepted point, found after `seconds`, if it is better than the best so far.
    fn keep(&mut self, replay: Replay, seconds: f64) -> bool {
        let sign = self.sign();
        let is_better = |best: &Accepted| sign * replay.objective < sign * best.replay.objective;
        if !(replay.objective.is_finite() && self.best.as_ref().is_none_or(is_better)) {
            return false;
        }
        let accepted = Accepted { replay, seconds };
        self.first.get_or_insert(seconds);
        (self.observer)(&Event::Accepted(&accepted));
        self.best = Some(accepted);
        true
    }

    fn result(self) -> LinkedResult {
        let status = match &self.best {
            Some(_) if self.is_done() => Status::Optimal,
            Some(_) => Status::Feasible,
            None if self.is_infeasible => Status::Infeasible,
            None => Status::Unknown,
        };
        let seconds_total = self.passed();
        // Rows hold to a tolerance, which can put a point beyond a bound.
        let beyond = |bound: f64| match &self.best {
            Some(best) if self.sign() * bound > self.sign() * best.replay.objective => {
                best.replay.objective
            }
            _ => bound,
        };
        LinkedResult {
            status,
            dual_bound: self.dual_bound.map(beyond),
            seconds_to_first: self.first,
            seconds_to_best: self.best.as_ref().map(|best| best.seconds),
            best: self.best.map(|best| best.replay),
            seconds_total,
            points: self.points,
            solver_status: self.solver_status,
            size: self.size,
        }
    }
}

/// The network without its smallest weights; as it is if it cannot be pruned.
fn sparse(network: &Network, rate: f64) -> Network {
    match prune(network, &Pruning::magnitude(rate)) {
        Ok(mask) => mask.apply(network),
        Err(_) => network.clone(),
    }
}
