//! One solve: HiGHS on its own thread, events on the caller's, the wall clock watched from outside.

use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use highs::{HighsModelStatus, SolvedModel};

use super::callback::{Bridge, solve_watched};
use super::model::{Method, model_of, rows_of};
use super::objective::Objective;
use super::status::has_point;
use super::{Event, Settings, SolveEnd, SolverError, Status};
use crate::limits::StopFlag;
use crate::milp::Problem;

/// Interval at which the caller's thread checks the clock and the stop flag.
const POLL: Duration = Duration::from_millis(20);
/// Delay between the limit and the interrupt of HiGHS.
const OWN_NOTICE: Duration = Duration::from_millis(50);
/// Grace period: how long HiGHS may take to return once it is interrupted, as a share of the limit.
const GRACE_SHARE: f64 = 0.01;
/// Minimum and maximum grace period in seconds.
const GRACE: std::ops::RangeInclusive<f64> = 0.1..=5.0;
/// Maximum grace period once the stop flag is raised, while the user waits.
const GRACE_ON_STOP: Duration = Duration::from_millis(250);

/// Solves `problem`, reporting every feasible point and the progress to `observer`, which
/// stops the solve by returning `ControlFlow::Break`. If no time is left, the solver is not started.
///
/// # Errors
/// When HiGHS refuses the problem or an option, or fails.
///
/// # Panics
/// With the observer's panic; HiGHS is interrupted.
pub fn solve(
    problem: &Problem,
    settings: &Settings,
    observer: &mut dyn FnMut(Event) -> ControlFlow<()>,
) -> Result<SolveEnd, SolverError> {
    let over = if settings.limits.stop.is_raised() {
        Some(Status::Highs(HighsModelStatus::ReachedInterrupt))
    } else {
        (settings.limits.time_limit <= 0.0).then_some(Status::OutOfTime)
    };
    if let Some(status) = over {
        return Ok(SolveEnd {
            status,
            dual_bound: None,
            still_running: false,
        });
    }
    let mut solve = Background::start(problem, settings)?;
    loop {
        if let Step::Ended(outcome) = solve.step(POLL, observer)? {
            return Ok(outcome);
        }
    }
}

/// The final status and the dual bound.
type SolverResult = Result<(Status, Option<f64>), SolverError>;

/// A solver that runs while its owner does something else. Dropping it interrupts the solver, so that an
/// observer's panic does, too.
pub struct Background {
    clock: Clock,
    stop: StopFlag,
    interrupt: StopFlag,
    ended: StopFlag,
    events: Receiver<Event>,
    thread: Option<JoinHandle<SolverResult>>,
    last_bound: Option<f64>,
    stop_requested: Option<(Instant, Reason)>,
}

impl Drop for Background {
    fn drop(&mut self) {
        self.interrupt.raise();
    }
}

/// The result of one step of watching the solver.
enum Step {
    Event,
    Nothing,
    Ended(SolveEnd),
}

impl Background {
    /// Starts to solve `problem`; the time limit of `settings` counts from here.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(problem: &Problem, settings: &Settings) -> Result<Self, SolverError> {
        let started = Instant::now();
        let interrupt = StopFlag::default();
        let (sender, events) = channel();
        let objective = Objective::of(problem, settings);
        let bridge = Bridge::new(
            sender,
            interrupt.clone(),
            settings.user_solutions.clone(),
            objective,
        );
        let (problem, own, ended) = (problem.clone(), settings.clone(), StopFlag::default());
        let at_end = ended.clone();
        let thread = std::thread::Builder::new()
            .name(String::from("highs"))
            .spawn(move || {
                let result = run_highs(&problem, &own, &bridge);
                at_end.raise();
                result
            })
            .map_err(SolverError::Thread)?;
        Ok(Self {
            clock: Clock::new(started, settings.limits.time_limit),
            stop: settings.limits.stop.clone(),
            interrupt,
            ended,
            events,
            thread: Some(thread),
            last_bound: None,
            stop_requested: None,
        })
    }

    /// A flag that is raised when the solver returns.
    pub fn ended(&self) -> StopFlag {
        self.ended.clone()
    }

    /// Passes the events so far to `observer`, as [`solve`] does; returns how the solve ended, once it has.
    ///
    /// # Errors
    /// As [`solve`].
    pub fn poll(
        &mut self,
        observer: &mut dyn FnMut(Event) -> ControlFlow<()>,
    ) -> Result<Option<SolveEnd>, SolverError> {
        loop {
            match self.step(Duration::ZERO, observer)? {
                Step::Event => {}
                Step::Nothing => return Ok(None),
                Step::Ended(outcome) => return Ok(Some(outcome)),
            }
        }
    }

    /// Interrupts the solver and waits for the grace period; returns whether it had to be abandoned.
    pub fn stop(self) -> bool {
        self.interrupt.raise();
        let requested = Instant::now();
        while requested.elapsed() <= self.grace(self.stop.is_raised()) {
            // The solver's thread drops its end of the channel when it ends.
            if let Err(RecvTimeoutError::Disconnected) = self.events.recv_timeout(POLL) {
                return false;
            }
        }
        true
    }

    /// Passes the next event, if one arrives within `wait`, to `observer`; interrupts or abandons the solver when due.
    fn step(
        &mut self,
        wait: Duration,
        observer: &mut dyn FnMut(Event) -> ControlFlow<()>,
    ) -> Result<Step, SolverError> {
        let mut step = Step::Nothing;
        match self.events.recv_timeout(wait) {
            Ok(event) => {
                step = Step::Event;
                self.deliver(event, observer);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return self.join().map(Step::Ended),
        }
        let now = Instant::now();
        if self.stop.is_raised() {
            self.stop_requested.get_or_insert((now, Reason::StopFlag));
        } else if self.clock.is_over(now) {
            self.stop_requested.get_or_insert((now, Reason::OutOfTime));
        }
        if let Some((since, reason)) = self.stop_requested {
            self.interrupt.raise();
            if now.duration_since(since) > self.grace(reason == Reason::StopFlag) {
                let status = match reason {
                    Reason::Observer => Status::Stopped,
                    Reason::StopFlag | Reason::OutOfTime => Status::Abandoned,
                };
                return Ok(Step::Ended(self.outcome(status, self.last_bound)));
            }
        }
        Ok(step)
    }

    fn grace(&self, is_interrupted: bool) -> Duration {
        if is_interrupted {
            self.clock.grace.min(GRACE_ON_STOP)
        } else {
            self.clock.grace
        }
    }

    fn deliver(&mut self, event: Event, observer: &mut dyn FnMut(Event) -> ControlFlow<()>) {
        // Late events are of use only if the stop flag ended the solve.
        if self
            .stop_requested
            .is_some_and(|(_, reason)| reason != Reason::StopFlag)
        {
            return;
        }
        if let Event::Progress(progress) = event {
            self.last_bound = Some(progress.dual_bound).filter(|bound| bound.is_finite());
        }
        if observer(event).is_break() {
            self.stop_requested = Some((Instant::now(), Reason::Observer));
        }
    }

    fn join(&mut self) -> Result<SolveEnd, SolverError> {
        let thread = self.thread.take().ok_or(SolverError::Died)?;
        let (status, bound) = thread.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        let interrupted = status == Status::Highs(HighsModelStatus::ReachedInterrupt);
        Ok(match self.stop_requested {
            Some((_, Reason::Observer)) => self.outcome(Status::Stopped, self.last_bound),
            Some((_, Reason::OutOfTime)) if interrupted => self.outcome(Status::OutOfTime, bound),
            _ => self.outcome(status, bound),
        })
    }

    fn outcome(&self, status: Status, dual_bound: Option<f64>) -> SolveEnd {
        SolveEnd {
            status,
            dual_bound,
            still_running: self.thread.is_some(),
        }
    }
}

/// Why the solver was interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// The observer returned `ControlFlow::Break`.
    Observer,
    StopFlag,
    OutOfTime,
}

/// When HiGHS must stop, and its grace period.
struct Clock {
    /// `None`: never.
    end: Option<Instant>,
    grace: Duration,
}

impl Clock {
    fn new(started: Instant, time_limit: f64) -> Self {
        let grace = (GRACE_SHARE * time_limit).clamp(*GRACE.start(), *GRACE.end());
        let limit = Duration::try_from_secs_f64(time_limit).unwrap_or(Duration::MAX);
        Self {
            // HiGHS gets a moment to notice the limit itself and report it with its own status.
            end: limit
                .checked_add(OWN_NOTICE)
                .and_then(|limit| started.checked_add(limit)),
            grace: Duration::from_secs_f64(grace),
        }
    }

    fn is_over(&self, now: Instant) -> bool {
        self.end.is_some_and(|end| now >= end)
    }
}

/// Solves `problem` on the solver's thread; if HiGHS fails, once more without its presolve and scaling.
fn run_highs(problem: &Problem, settings: &Settings, bridge: &Bridge) -> SolverResult {
    let started = Instant::now();
    let first = attempt(problem, settings, Method::Usual, bridge);
    let has_failed = match &first {
        Ok((status, _)) => status.is_failure(),
        Err(error) => matches!(error, SolverError::Failed(_)),
    };
    if !has_failed || settings.limits.stop.is_raised() {
        return first;
    }
    let mut left = settings.clone();
    left.limits.time_limit -= started.elapsed().as_secs_f64().min(left.limits.time_limit);
    attempt(problem, &left, Method::Unscaled, bridge).or(first)
}

/// Builds the model, runs it, and sends the final point as the last event. A problem without integers triggers no MIP
/// callback, so its bound is sent before.
fn attempt(
    problem: &Problem,
    settings: &Settings,
    method: Method,
    bridge: &Bridge,
) -> SolverResult {
    let (rows, _) = rows_of(problem, bridge.objective);
    let mut model = model_of(rows, bridge.objective, settings)?;
    method.choose(&mut model)?;
    let solved = solve_watched(model, bridge)?;
    let status = Status::Highs(solved.status());
    let is_linear = problem.integers() == 0;
    let bound = if is_linear {
        linear_bound(&solved, problem, bridge.objective)
    } else {
        dual_bound(&solved, status, bridge.objective)
    };
    if is_linear && let Some(bound) = bound {
        bridge.proved(bound);
    }
    if status.is_optimal() || has_point(&solved) {
        bridge.solution(solved.objective_value(), solved.get_solution().columns());
    }
    Ok((status, bound))
}

/// The bound that HiGHS proved for a problem with integers.
fn dual_bound(solved: &SolvedModel, status: Status, objective: Objective) -> Option<f64> {
    if status.is_infeasible() {
        return objective.bound_of_nothing();
    }
    let mip_bound = solved.double_info_value(c"mip_dual_bound").ok();
    mip_bound
        .filter(|bound| bound.is_finite())
        .or_else(|| status.is_optimal().then(|| solved.objective_value()))
        .map(|bound| objective.bound(bound))
}

/// The bound that the multipliers prove for a problem without integers, whatever HiGHS's tolerances.
fn linear_bound(solved: &SolvedModel, problem: &Problem, objective: Objective) -> Option<f64> {
    let solution = solved.get_solution();
    let duals = solution.dual_rows().iter();
    let duals: Vec<f64> = duals.map(|dual| objective.dual(*dual)).collect();
    let bound = (duals.len() == problem.rows.len()).then(|| problem.safe_dual_bound(&duals));
    // Multipliers prove nothing if a column is unbounded: then HiGHS's optimum is trusted.
    bound.filter(|bound| bound.is_finite()).or_else(|| {
        let is_endless = problem
            .columns
            .iter()
            .any(|column| !(column.upper - column.lower).is_finite());
        let is_optimal = Status::Highs(solved.status()).is_optimal();
        (is_endless && is_optimal).then(|| objective.value(solved.objective_value()))
    })
}
