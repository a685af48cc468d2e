//! One solve: HiGHS on its own thread, events on the caller's, the clock watched from outside.

use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use highs::{HighsModelStatus, HighsSolutionStatus, RowProblem, SolvedModel};

use super::callback::{Bridge, solve_watched};
use super::model::{model_of, rows_of};
use super::{Event, Outcome, Settings, SolverError, Status, StopFlag};
use crate::milp::{Problem, Sense};

/// How often the caller's thread looks at the clock and at the stop flag.
const POLL: Duration = Duration::from_millis(20);
/// How long after the limit HiGHS is told that time is over.
const OWN_NOTICE: Duration = Duration::from_millis(50);
/// How long HiGHS may take to return once it was told to stop, as a share of the limit.
const GRACE_SHARE: f64 = 0.01;
/// The least and the most seconds of grace.
const GRACE: std::ops::RangeInclusive<f64> = 0.5..=5.0;

/// Solves `problem`, telling `observer` of every feasible point and of progress; the observer
/// stops the solve by returning `ControlFlow::Break`.
///
/// # Errors
/// When HiGHS refuses the problem or an option, or fails.
///
/// # Panics
/// With the observer's panic, once HiGHS has stopped or was left behind.
pub fn solve(
    problem: &Problem,
    settings: &Settings,
    observer: &mut dyn FnMut(Event) -> ControlFlow<()>,
) -> Result<Outcome, SolverError> {
    let mut run = Run::start(problem, settings)?;
    let (status, dual_bound) = run.watch(settings, observer)?;
    Ok(Outcome {
        status,
        dual_bound: dual_bound.map(|bound| bound + problem.offset),
        left_behind: run.thread.is_some(),
    })
}

/// The final status and the dual bound without the problem's offset.
type SolverResult = Result<(Status, Option<f64>), SolverError>;

/// A solver at work. Dropping it tells the solver to stop, so that an observer's panic does.
struct Run {
    started: Instant,
    interrupt: StopFlag,
    events: Receiver<Event>,
    thread: Option<JoinHandle<SolverResult>>,
    last_bound: Option<f64>,
    offset: f64,
}

impl Drop for Run {
    fn drop(&mut self) {
        self.interrupt.raise();
    }
}

impl Run {
    fn start(problem: &Problem, settings: &Settings) -> Result<Self, SolverError> {
        let started = Instant::now();
        let interrupt = StopFlag::default();
        let (sender, events) = channel();
        let bridge = Bridge::new(sender, interrupt.clone(), problem.offset);
        let ((rows, _), settings) = (rows_of(problem), settings.clone());
        let (sense, integers) = (problem.sense, problem.integers());
        let thread = std::thread::Builder::new()
            .name(String::from("highs"))
            .spawn(move || run_highs(rows, sense, integers, &settings, &bridge))
            .map_err(SolverError::Thread)?;
        Ok(Self {
            started,
            interrupt,
            events,
            thread: Some(thread),
            last_bound: None,
            offset: problem.offset,
        })
    }

    /// Hands events to the observer until the solver ends or is left behind.
    fn watch(
        &mut self,
        settings: &Settings,
        observer: &mut dyn FnMut(Event) -> ControlFlow<()>,
    ) -> SolverResult {
        let clock = Clock::new(self.started, settings.time_limit);
        let mut told: Option<(Instant, Reason)> = None;
        loop {
            match self.events.recv_timeout(POLL) {
                // What comes late is wanted only where somebody outside cut the solve short.
                Ok(event) if told.is_none_or(|(_, reason)| reason == Reason::StopFlag) => {
                    self.note(&event);
                    if observer(event).is_break() {
                        told = Some((Instant::now(), Reason::Observer));
                    }
                }
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return self.join(told.map(|(_, reason)| reason));
                }
            }
            let now = Instant::now();
            if settings.stop.is_raised() {
                told.get_or_insert((now, Reason::StopFlag));
            } else if clock.is_over(now) {
                told.get_or_insert((now, Reason::OutOfTime));
            }
            if let Some((since, reason)) = told {
                self.interrupt.raise();
                if now.duration_since(since) > clock.grace {
                    let status = match reason {
                        Reason::Observer => Status::Stopped,
                        Reason::StopFlag | Reason::OutOfTime => Status::Abandoned,
                    };
                    return Ok((status, self.last_bound));
                }
            }
        }
    }

    fn note(&mut self, event: &Event) {
        if let Event::Progress(progress) = event {
            self.last_bound =
                Some(progress.dual_bound - self.offset).filter(|bound| bound.is_finite());
        }
    }

    fn join(&mut self, told: Option<Reason>) -> SolverResult {
        let thread = self.thread.take().ok_or(SolverError::Died)?;
        let (status, bound) = thread.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        let interrupted = status == Status::Highs(HighsModelStatus::ReachedInterrupt);
        match told {
            Some(Reason::Observer) => Ok((Status::Stopped, self.last_bound)),
            Some(Reason::OutOfTime) if interrupted => Ok((Status::OutOfTime, bound)),
            _ => Ok((status, bound)),
        }
    }
}

/// Why the solver was told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// The observer has what it wants.
    Observer,
    StopFlag,
    OutOfTime,
}

/// When HiGHS must stop, and how long it may take to.
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
            // HiGHS gets a moment to see the end by itself and report it in its own words.
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

/// The solver's thread: builds the model, runs it, and sends the final point as a last event
/// (a problem without integers meets no MIP callback). Returns the status and the dual bound.
fn run_highs(
    rows: RowProblem,
    sense: Sense,
    integers: usize,
    settings: &Settings,
    bridge: &Bridge,
) -> SolverResult {
    let model = model_of(rows, sense, settings)?;
    let solved = solve_watched(model, bridge)?;
    let status = Status::Highs(solved.status());
    if status.is_optimal() || solved.primal_solution_status() == HighsSolutionStatus::Feasible {
        bridge.solution(solved.objective_value(), solved.get_solution().columns());
    }
    Ok((status, dual_bound(&solved, status, integers)))
}

/// HiGHS has no MIP bound where there was no MIP to solve: there the optimum is the bound.
fn dual_bound(solved: &SolvedModel, status: Status, integers: usize) -> Option<f64> {
    let mip_bound = solved.double_info_value(c"mip_dual_bound").ok();
    mip_bound
        .filter(|bound| integers > 0 && bound.is_finite())
        .or_else(|| status.is_optimal().then(|| solved.objective_value()))
}
