//! The shared half of both strategies: solve the MILP of one network, try every solution on the
//! dense one.

use std::ops::ControlFlow;
use std::time::Instant;

use super::trial::{Trial, Tried};
use super::{Event, Findings, SearchError, Settings, Verdict};
use crate::formulation::{Model, formulate};
use crate::instance::Instance;
use crate::network::Network;
use crate::solver::{self, Outcome};

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
    enough: &dyn Fn(f64, &Model) -> bool,
    observer: &mut dyn FnMut(&Event),
) -> Result<Seen, SearchError> {
    let started = Instant::now();
    let model = formulate(solved, instance, settings.bounds)?;
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
