//! The shared half of what uses the solver: solve the model of one network, try every solution on the
//! dense one.

use std::ops::ControlFlow;
use std::time::Instant;

use super::trial::{Trial, Tried};
use super::{Event, Findings, SearchError, Settings, Verdict};
use crate::formulation::{Model, formulate};
use crate::instance::Instance;
use crate::network::Network;
use crate::solver::{self, Outcome};
use crate::tightening::Bounded;

/// Whether the binaries of a model are binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Integrality {
    Kept,
    Relaxed,
}

/// What was seen while the model of a network was solved.
pub(super) struct Seen {
    pub model: Model,
    pub outcome: Outcome,
    pub tried: Tried,
    seconds_total: f64,
}

/// Solves the MILP of `solved` and tries the input of each of its solutions on `dense`. Stops at
/// the first adversarial one (Algorithm 1's stopping test), and where `enough` says that a proved
/// bound on the objective decides the question: before it begins, where the bounds of the model do.
pub(super) fn try_solutions(
    dense: &Network,
    solved: &Network,
    instance: &Instance,
    settings: &Settings,
    integrality: Integrality,
    enough: &dyn Fn(f64, &Model) -> bool,
    observer: &mut dyn FnMut(&Event),
) -> Result<Seen, SearchError> {
    let started = Instant::now();
    let bounded = Bounded::of(solved, instance, settings.bounds, &settings.for_bounds(0.0))?;
    let mut model = formulate(&bounded.network, instance.region(), &bounded.bounds);
    if integrality == Integrality::Relaxed {
        model.problem = model.problem.relaxed();
    }
    observer(&Event::ModelBuilt(model.size));
    let bound = model.objective.upper();
    if enough(bound, &model) {
        return Ok(Seen {
            tried: Tried::default(),
            outcome: Outcome::decided_by(bound),
            seconds_total: started.elapsed().as_secs_f64(),
            model,
        });
    }
    let mut trial = Trial::new(dense, solved, instance, started);
    let limits = settings.for_solver(started.elapsed().as_secs_f64());
    let outcome = solver::solve(&model.problem, &limits, &mut |event| {
        let decided = match event {
            solver::Event::Solution(solution) => {
                trial.settles(&model.inputs.at(&solution.columns), observer)
            }
            solver::Event::Progress(progress) => {
                observer(&Event::Progress(progress));
                enough(progress.dual_bound, &model)
            }
        };
        if decided {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    Ok(Seen {
        tried: trial.tried(),
        outcome,
        seconds_total: started.elapsed().as_secs_f64(),
        model,
    })
}

impl Seen {
    /// What was found where the network that was solved is not the dense one: nothing is concluded about D
    /// from a proof about S.
    pub fn of_surrogate(self) -> Findings {
        let verdict = if self.tried.seconds_to_first.is_some() {
            Verdict::Found
        } else {
            Verdict::NotFound
        };
        self.findings(verdict, None)
    }

    /// What was found, with what the strategy concludes from it.
    pub fn findings(self, verdict: Verdict, dual_bound: Option<f64>) -> Findings {
        Findings {
            verdict,
            best: self.tried.best,
            surrogate_objective: self.tried.surrogate_objective,
            dual_bound,
            solver_status: Some(self.outcome.status),
            seconds_to_first: self.tried.seconds_to_first,
            seconds_to_best: self.tried.seconds_to_best,
            seconds_total: self.seconds_total,
            candidates: self.tried.candidates,
            size: Some(self.model.size),
            left_behind: self.outcome.left_behind,
        }
    }
}
