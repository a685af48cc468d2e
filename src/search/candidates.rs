//! The shared half of both strategies: solve the MILP of one network, try every solution on the
//! dense one.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;
use std::time::Instant;

use super::{Candidate, Event, Findings, SearchError, Settings, Verdict};
use crate::formulation::{Model, formulate};
use crate::instance::{Instance, Witness, check};
use crate::network::Network;
use crate::solver::{self, Outcome, Progress};

/// What was seen while the model of a network was solved.
pub(super) struct Seen {
    pub model: Model,
    pub outcome: Outcome,
    pub tried: Tried,
    seconds_total: f64,
}

/// The inputs tried on the dense network.
#[derive(Default)]
pub(super) struct Tried {
    pub best: Option<Witness>,
    pub seconds_to_first: Option<f64>,
    seconds_to_best: Option<f64>,
    surrogate_objective: Option<f64>,
    candidates: Vec<Candidate>,
}

/// Solves the MILP of `solved` and tries the input of each of its solutions on `dense`. Stops at
/// the first adversarial one (Algorithm 1's stopping test), and where `enough` says that the
/// solver's progress decides the question.
pub(super) fn try_solutions(
    dense: &Network,
    solved: &Network,
    instance: &Instance,
    settings: &Settings,
    enough: &dyn Fn(&Progress, &Model) -> bool,
    observer: &mut dyn FnMut(&Event),
) -> Result<Seen, SearchError> {
    let started = Instant::now();
    let model = formulate(solved, instance)?;
    observer(&Event::ModelBuilt(model.size));
    let mut trial = Trial {
        dense,
        solved,
        instance,
        model: &model,
        started,
        known: HashSet::new(),
        tried: Tried::default(),
    };
    let limits = Settings {
        time_limit: (settings.time_limit - started.elapsed().as_secs_f64()).max(0.0),
        ..settings.clone()
    };
    let outcome = solver::solve(&model.problem, &limits, &mut |event| {
        let decided = match event {
            solver::Event::Solution(solution) => trial.settles(&solution.columns, observer),
            solver::Event::Progress(progress) => {
                observer(&Event::Progress(progress));
                enough(&progress, &model)
            }
        };
        if decided {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    Ok(Seen {
        tried: trial.tried,
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
            solver_status: self.outcome.status,
            seconds_to_first: self.tried.seconds_to_first,
            seconds_to_best: self.tried.seconds_to_best,
            seconds_total: self.seconds_total,
            candidates: self.tried.candidates,
            size: self.model.size,
            left_behind: self.outcome.left_behind,
        }
    }
}

/// The trying of solutions as they come.
struct Trial<'a> {
    dense: &'a Network,
    solved: &'a Network,
    instance: &'a Instance,
    model: &'a Model,
    started: Instant,
    known: HashSet<u64>,
    tried: Tried,
}

impl Trial<'_> {
    /// Tries the input of one solution; whether it is adversarial on the dense network.
    fn settles(&mut self, columns: &[f64], observer: &mut dyn FnMut(&Event)) -> bool {
        let input = self.model.inputs.at(columns);
        let Some(witness) = check(self.dense, self.instance, &input) else {
            return false;
        };
        if !self.known.insert(fingerprint(&witness.input)) {
            return false;
        }
        let on_solved = self.solved.forward(&witness.input);
        let candidate = Candidate {
            seconds: self.started.elapsed().as_secs_f64(),
            surrogate_value: self.instance.objective().value(&on_solved),
            dense_value: witness.value,
        };
        let settles = witness.is_adversarial();
        if self.tried.add(candidate, witness) {
            observer(&Event::Improved(candidate));
        }
        settles
    }
}

impl Tried {
    /// Keeps the candidate; whether it is the best so far on the dense network.
    fn add(&mut self, candidate: Candidate, witness: Witness) -> bool {
        self.candidates.push(candidate);
        let best = self.surrogate_objective.unwrap_or(f64::NEG_INFINITY);
        self.surrogate_objective = Some(best.max(candidate.surrogate_value));
        if witness.is_what_was_asked() {
            self.seconds_to_first.get_or_insert(candidate.seconds);
        }
        let best = self.best.as_ref();
        let better = best.is_none_or(|best| witness.value > best.value);
        if better {
            self.best = Some(witness);
            self.seconds_to_best = Some(candidate.seconds);
        }
        better
    }
}

fn fingerprint(input: &[f64]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for value in input {
        value.to_bits().hash(&mut hasher);
    }
    hasher.finish()
}
