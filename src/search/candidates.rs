//! The shared half of both strategies: solve the MILP of one network, try every solution on the
//! dense one.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;
use std::time::Instant;

use super::{Candidate, Event, SearchError, Settings};
use crate::formulation::{Model, ModelSize, formulate};
use crate::instance::{Instance, Witness, check};
use crate::network::Network;
use crate::solver::{self, Outcome, Progress};

/// What was seen while the model of a network was solved.
pub(super) struct Seen {
    pub best: Option<Witness>,
    pub surrogate_objective: Option<f64>,
    pub seconds_to_first: Option<f64>,
    pub seconds_to_best: Option<f64>,
    pub candidates: Vec<Candidate>,
    pub size: ModelSize,
    pub outcome: Outcome,
    pub seconds_total: f64,
}

/// Solves the MILP of `solved` and tries the input of each of its solutions on `dense`. Stops at
/// the first adversarial one (Algorithm 1, line of the stopping test) and where `enough` says
/// that the solver's progress decides the question.
pub(super) fn try_solutions(
    dense: &Network,
    solved: &Network,
    instance: &Instance,
    settings: &Settings,
    enough: &dyn Fn(&Progress) -> bool,
    observer: &mut dyn FnMut(&Event),
) -> Result<Seen, SearchError> {
    let started = Instant::now();
    let model = formulate(solved, instance)?;
    observer(&Event::ModelBuilt(model.size));
    let mut trial = Trial::new(dense, solved, instance, &model, started);
    let limits = solver::Settings {
        time_limit: (settings.time_limit - started.elapsed().as_secs_f64()).max(0.0),
        threads: settings.threads,
        seed: settings.seed,
        stop: settings.stop.clone(),
    };
    let outcome = solver::solve(&model.problem, &limits, &mut |event| match event {
        solver::Event::Solution(solution) => trial.try_on_dense(&solution.columns, observer),
        solver::Event::Progress(progress) => {
            let decided = enough(&progress);
            observer(&Event::Progress(progress));
            if decided {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        }
    })?;
    Ok(trial.finish(outcome))
}

/// The candidates of one solve, as they come.
struct Trial<'a> {
    dense: &'a Network,
    solved: &'a Network,
    instance: &'a Instance,
    model: &'a Model,
    started: Instant,
    tried: HashSet<u64>,
    best: Option<Witness>,
    surrogate_objective: Option<f64>,
    seconds_to_first: Option<f64>,
    seconds_to_best: Option<f64>,
    candidates: Vec<Candidate>,
}

impl<'a> Trial<'a> {
    fn new(
        dense: &'a Network,
        solved: &'a Network,
        instance: &'a Instance,
        model: &'a Model,
        started: Instant,
    ) -> Self {
        Self {
            dense,
            solved,
            instance,
            model,
            started,
            tried: HashSet::new(),
            best: None,
            surrogate_objective: None,
            seconds_to_first: None,
            seconds_to_best: None,
            candidates: Vec::new(),
        }
    }

    fn try_on_dense(
        &mut self,
        columns: &[f64],
        observer: &mut dyn FnMut(&Event),
    ) -> ControlFlow<()> {
        let input = self.model.inputs.at(columns);
        let Some(witness) = check(self.dense, self.instance, &input) else {
            return ControlFlow::Continue(());
        };
        if !self.tried.insert(fingerprint(&witness.input)) {
            return ControlFlow::Continue(());
        }
        let on_solved = self.solved.forward(&witness.input);
        let candidate = Candidate {
            seconds: self.started.elapsed().as_secs_f64(),
            surrogate_value: self.instance.objective().value(&on_solved),
            dense_value: witness.value,
        };
        self.candidates.push(candidate);
        let surrogate_best = self.surrogate_objective.unwrap_or(f64::NEG_INFINITY);
        self.surrogate_objective = Some(surrogate_best.max(candidate.surrogate_value));
        let settles = witness.is_adversarial();
        if settles || !self.instance.is_verification() {
            self.seconds_to_first.get_or_insert(candidate.seconds);
        }
        if self
            .best
            .as_ref()
            .is_none_or(|best| witness.value > best.value)
        {
            self.best = Some(witness);
            self.seconds_to_best = Some(candidate.seconds);
            observer(&Event::Improved(candidate));
        }
        if settles {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn finish(self, outcome: Outcome) -> Seen {
        Seen {
            best: self.best,
            surrogate_objective: self.surrogate_objective,
            seconds_to_first: self.seconds_to_first,
            seconds_to_best: self.seconds_to_best,
            candidates: self.candidates,
            size: self.model.size,
            outcome,
            seconds_total: self.started.elapsed().as_secs_f64(),
        }
    }
}

fn fingerprint(input: &[f64]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for value in input {
        value.to_bits().hash(&mut hasher);
    }
    hasher.finish()
}
