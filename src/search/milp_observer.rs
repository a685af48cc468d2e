//! The part shared by the MILP strategies: solves the MILP of one network and tries every solution on the dense one.

use std::ops::ControlFlow;
use std::time::Instant;

use super::ascent::ascend;
use super::candidate_log::{CandidateLog, Tried};
use super::known::{GAP, Known};
use super::range::sampled;
use super::starts::Starts;
use super::{Event, OPTIMISING_BOUNDS, SearchError, SearchResult, Settings, Verdict};
use crate::formulation::{NetworkMilp, formulate};
use crate::instance::{Instance, Region};
use crate::milp::Problem;
use crate::network::Network;
use crate::presolve::Presolved;
use crate::solver::{self, SolveEnd, SolverError, Status, Tolerances, UserSolutions};

/// Ascents that look for a MIP start.
const ASCENTS: usize = 32;

/// Margin requested for the tolerances of the MILP solver where an optimum is to be proved, as a fraction of the gap
/// that a proof leaves.
pub(super) const ROOM: f64 = 0.25;
/// The same where a proof excludes adversarial inputs, as a fraction of the range of the objective: some problems
/// remain open because of it, and smaller tolerances take time.
const ROOM_BELOW_ZERO: f64 = 1e-3;

/// Whether a model keeps the integrality of its binaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Integrality {
    Kept,
    Relaxed,
}

/// What was observed while the MILP of a network was solved.
pub(super) struct MilpTrace {
    model: NetworkMilp,
    /// The most by which the objective and the output of the reduced network may differ, in real arithmetic.
    rounding: f64,
    /// Its dual bound holds for the reduced network in real arithmetic, whatever the solver's tolerances.
    end: SolveEnd,
    tried: Tried,
    /// The smallest and the largest value of the dense network at some inputs, if that network was solved.
    range: Option<(f64, f64)>,
    seconds_total: f64,
    failures: Vec<String>,
}

/// Solves the MILP of the surrogate, or of `dense` itself if there is none, and tries the input of each of its
/// solutions on `dense`; with [`Settings::relaxation_first`], that of the linear relaxation first. Stops at the first
/// adversarial input (the stopping test of Algorithm 1) and, on the dense network itself, at a dual bound that excludes
/// adversarial inputs: before the solve, if the model's own bounds do. The solver does not search below such a bound.
///
/// # Errors
/// When a weight or a bound overflows. A failure of the solver is part of the trace.
pub(super) fn try_solutions(
    dense: &Network,
    surrogate: Option<&Network>,
    instance: &Instance,
    settings: &Settings,
    integrality: Integrality,
    observer: &mut dyn FnMut(&Event),
) -> Result<MilpTrace, SearchError> {
    let started = Instant::now();
    let proves = surrogate.is_none();
    let solved = surrogate.unwrap_or(dense);
    let limits = settings.limits(0.0);
    let kind = settings.bounds;
    let presolved = Presolved::of(solved, instance, kind, &limits, OPTIMISING_BOUNDS)?;
    let region = instance.region();
    let model = formulate(&presolved.network, region, &presolved.bounds);
    observer(&Event::ModelBuilt(model.size));
    let is_decision = instance.is_decision();
    // A surrogate proves nothing.
    let range = proves.then(|| sampled(&presolved.network, region));
    let share = if is_decision {
        ROOM_BELOW_ZERO
    } else {
        ROOM * GAP
    };
    let mut observer = MilpObserver {
        is_decision,
        decisive: (proves && is_decision).then(|| instance.excluding(presolved.rounding.reduced)),
        tolerances: range.map_or_else(Tolerances::default, |(least, most)| {
            model.room.tolerances(share * (most - least))
        }),
        model: &model,
        log: CandidateLog::new(dense, surrogate, instance, started),
        little: range.map_or(f64::INFINITY, |(least, most)| GAP * most - GAP * least),
        observer,
    };
    let bound = model.objective.upper();
    let left = || settings.limits(started.elapsed().as_secs_f64());
    let end = if observer.is_decided_by(bound) {
        Ok(SolveEnd::decided_by(bound))
    } else if integrality == Integrality::Relaxed {
        observer.solve(&model.problem.relaxed(), solver::Settings::new(left()))
    } else {
        let user_solutions = UserSolutions::default();
        if settings.mip_start {
            let is_over = || settings.stop.is_raised() || left().time_limit <= 0.0;
            let x = start(&presolved.network, region, settings.seed, &is_over);
            user_solutions.offer(model.point(&presolved.network, &x));
        }
        observer.solve_milp(settings.relaxation_first, &|| solver::Settings {
            user_solutions: user_solutions.clone(),
            ..solver::Settings::new(left())
        })
    };
    let tried = observer.log.all();
    let mut failures = Vec::new();
    let end = end.unwrap_or_else(|failure| {
        failures.push(SearchError::from(failure).in_full());
        SolveEnd::failed()
    });
    Ok(MilpTrace {
        range,
        rounding: presolved.rounding.reduced,
        tried,
        // The dual bound from the preactivation bounds holds in any case.
        end: end.with_bound(bound),
        seconds_total: started.elapsed().as_secs_f64(),
        model,
        failures,
    })
}

/// Receives the solver's events, and stops the solver once they decide the question.
struct MilpObserver<'a> {
    is_decision: bool,
    /// A proved bound that decides the question.
    decisive: Option<f64>,
    /// Tolerances for the MILP.
    tolerances: Tolerances,
    model: &'a NetworkMilp,
    log: CandidateLog<'a>,
    /// Rounding of up to this size does not matter for a claim of optimality.
    little: f64,
    observer: &'a mut dyn FnMut(&Event),
}

impl MilpObserver<'_> {
    fn is_decided_by(&self, bound: f64) -> bool {
        self.decisive.is_some_and(|decisive| bound <= decisive)
    }

    /// Solves the MILP, and its linear relaxation before if `relaxation_first`.
    fn solve_milp(
        &mut self,
        relaxation_first: bool,
        left: &dyn Fn() -> solver::Settings,
    ) -> Result<SolveEnd, SolverError> {
        let problem = &self.model.problem;
        let mut proved = f64::INFINITY;
        if relaxation_first && problem.integers() > 0 {
            let relaxed = self.solve(&problem.relaxed(), left())?;
            proved = relaxed.dual_bound.unwrap_or(proved);
            let is_stopped = relaxed.still_running || relaxed.status == Status::Stopped;
            if is_stopped || self.is_decided_by(proved) {
                return Ok(relaxed);
            }
        }
        // Without time left, the solver is not started, and the status says so.
        Ok(self.solve(problem, left())?.with_bound(proved))
    }

    /// Solves `problem` and widens its dual bounds by the margin that the solver's tolerances need: none for linear
    /// programs, whose bounds are computed from multipliers.
    fn solve(
        &mut self,
        problem: &Problem,
        settings: solver::Settings,
    ) -> Result<SolveEnd, SolverError> {
        let is_milp = problem.integers() > 0;
        let room = if is_milp {
            self.model.room.with(self.tolerances)
        } else {
            0.0
        };
        let settings = solver::Settings {
            tolerances: self.tolerances,
            cutoff: self.decisive.map(|decisive| cutoff(decisive, room)),
            ..settings
        };
        let mut end = solver::solve(problem, &settings, &mut |event| {
            let decided = match event {
                solver::Event::Solution(solution) => {
                    let x = self.model.inputs.at(&solution.columns);
                    let witness = self.log.tried(&x, self.little, self.observer);
                    self.is_decision && witness.is_some_and(|witness| witness.answers())
                }
                solver::Event::Progress(progress) => {
                    (self.observer)(&Event::Progress(progress));
                    // The bound of a linear program comes at the end, just before the solution, which might refute it.
                    is_milp && self.is_decided_by(progress.dual_bound + room)
                }
            };
            if decided {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        end.dual_bound = end.dual_bound.map(|bound| bound + room);
        Ok(end)
    }
}

/// The value below which the solver need not search: a bound there decides the question even after `room` is added to
/// it, however the sums are rounded.
pub(super) fn cutoff(decisive: f64, room: f64) -> f64 {
    decisive - room - 1e-9 * (decisive.abs() + room)
}

/// The best end point of a few ascents on the embedded network.
fn start(
    network: &Network,
    region: &Region,
    seed: u32,
    out_of_time: &dyn Fn() -> bool,
) -> Vec<f64> {
    let mut starts = Starts::new(region, seed);
    let mut best = (region.default_point().to_vec(), f64::NEG_INFINITY);
    for _ in 0..ASCENTS {
        if out_of_time() {
            break;
        }
        let from = [starts.next(Some(&best))];
        for end in ascend(network, region, &from, out_of_time) {
            if end.1 > best.1 {
                best = end;
            }
        }
    }
    best.0
}

impl MilpTrace {
    /// The result of solving a surrogate: a proof about S implies nothing about D.
    pub fn of_surrogate(self) -> SearchResult {
        let verdict = if self.tried.seconds_to_first.is_some() {
            Verdict::Found
        } else {
            Verdict::NotFound
        };
        self.into_result(verdict, None)
    }

    /// The result of solving the dense network itself.
    pub fn of_dense(mut self, dense: &Network, instance: &Instance) -> SearchResult {
        let mut known = Known::nothing(dense, instance);
        if let Some(range) = self.range {
            known.see(range);
        }
        known.bounds_differ_by(self.rounding);
        if let Some(best) = &self.tried.best {
            known.offer(best);
        }
        if let Some(bound) = self.end.dual_bound {
            known.prove(bound);
        }
        let proved = known.proved().unwrap_or_else(|refuted| {
            self.failures.push(refuted);
            None
        });
        self.into_result(known.verdict(), proved)
    }

    /// The result with the verdict and the dual bound that the strategy derives.
    fn into_result(self, verdict: Verdict, dual_bound: Option<f64>) -> SearchResult {
        SearchResult {
            verdict,
            best: self.tried.best,
            surrogate_objective: self.tried.surrogate_objective,
            dual_bound,
            solver_status: Some(self.end.status),
            seconds_to_first: self.tried.seconds_to_first,
            seconds_to_best: self.tried.seconds_to_best,
            seconds_total: self.seconds_total,
            candidates: self.tried.candidates,
            size: Some(self.model.size),
            still_running: self.end.still_running,
            failures: self.failures,
        }
    }
}
