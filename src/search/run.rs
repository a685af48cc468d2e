//! One search on the dense network itself: what is known so far, and what that decides.

use std::sync::Arc;

use super::ascent::Point;
use super::clock::Clock;
use super::trial::Trial;
use super::{Event, Findings, SearchError, Settings, Verdict};
use crate::formulation::FormulationError;
use crate::instance::{Instance, Region};
use crate::network::Network;
use crate::tightening::Bounded;

/// How far a bound must lie below zero to prove that there is no adversarial input, as a share of the
/// largest value that the objective might take: the dense network and its reduced one round differently.
const PROOF_MARGIN: f64 = 1e-9;
/// How near a bound must come to the best value to prove it optimal, likewise.
const GAP: f64 = 1e-6;
/// A search on its way.
pub(super) struct Run<'a> {
    dense: &'a Network,
    instance: &'a Instance,
    settings: &'a Settings,
    clock: Clock,
    /// The dense network with the objective as its one output.
    folded: Arc<Network>,
    trial: Trial<'a>,
    /// The best input and the folded network's value there.
    best: Option<Point>,
    is_settled: bool,
    bounded: Option<Arc<Bounded>>,
    /// Proved: the objective is nowhere larger.
    bound: f64,
    left_behind: bool,
}

impl<'a> Run<'a> {
    /// # Errors
    /// When the network does not fit the instance, or a weight overflows.
    pub fn new(
        dense: &'a Network,
        instance: &'a Instance,
        settings: &'a Settings,
    ) -> Result<Self, SearchError> {
        instance.check_network(dense).map_err(SearchError::Dense)?;
        let clock = Clock::start(settings);
        let folded = instance.objective().fold_into(dense);
        Ok(Self {
            dense,
            instance,
            settings,
            trial: Trial::new(dense, dense, instance, clock.started()),
            clock,
            folded: Arc::new(folded.map_err(FormulationError::Objective)?),
            best: None,
            is_settled: false,
            bounded: None,
            bound: f64::INFINITY,
            left_behind: false,
        })
    }

    pub fn region(&self) -> &'a Region {
        self.instance.region()
    }

    pub fn settings(&self) -> &'a Settings {
        self.settings
    }

    pub fn is_verification(&self) -> bool {
        self.instance.is_verification()
    }

    pub fn folded(&self) -> Arc<Network> {
        Arc::clone(&self.folded)
    }

    pub fn best(&self) -> Option<&Point> {
        self.best.as_ref()
    }

    pub fn best_value(&self) -> f64 {
        self.best
            .as_ref()
            .map_or(f64::NEG_INFINITY, |(_, value)| *value)
    }

    /// The clock of the search.
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// The reduced network and its bounds, which are computed when they are first asked for.
    ///
    /// # Errors
    /// When a weight or a bound overflows.
    pub fn bounded(&mut self) -> Result<Arc<Bounded>, SearchError> {
        if let Some(bounded) = &self.bounded {
            return Ok(Arc::clone(bounded));
        }
        let limits = self.settings.for_bounds(self.clock.passed());
        let bounded = Bounded::of(self.dense, self.instance, self.settings.bounds, &limits)?;
        self.bound = self.bound.min(bounded.objective().upper());
        let bounded = Arc::new(bounded);
        self.bounded = Some(Arc::clone(&bounded));
        Ok(bounded)
    }

    /// Notes that a solver may still be running.
    pub fn leave_behind(&mut self) {
        self.left_behind = true;
    }

    /// Takes in a proved bound on the objective.
    pub fn prove(&mut self, bound: f64) {
        self.bound = self.bound.min(bound);
    }

    /// Tries an input on the dense network where it is the best so far.
    pub fn offer(&mut self, (x, value): Point, observer: &mut dyn FnMut(&Event)) -> bool {
        let is_better = value > self.best_value();
        if is_better {
            self.is_settled |= self.trial.settles(&x, observer);
            self.best = Some((x, value));
        }
        is_better
    }

    /// Whether the question is answered: there is nothing left to find or to prove.
    pub fn is_decided(&self) -> bool {
        matches!(self.verdict(), Verdict::NoneExists | Verdict::Optimal)
            || (self.is_verification() && self.is_settled)
    }

    /// The largest value that is of no more interest.
    pub fn threshold(&self) -> f64 {
        if self.is_verification() {
            -PROOF_MARGIN * self.largest()
        } else {
            self.best_value() + 0.5 * GAP * self.largest()
        }
    }

    pub fn findings(self) -> Findings {
        let verdict = self.verdict();
        let seconds_total = self.clock.passed();
        let bound = self.bound.is_finite().then_some(self.bound);
        let tried = self.trial.tried();
        let best = tried.best.as_ref();
        let value = best.map_or(f64::NEG_INFINITY, |best| best.value);
        Findings {
            verdict,
            // The dense network and the reduced one round differently.
            dual_bound: bound.map(|bound| bound.max(value)),
            best: tried.best,
            surrogate_objective: None,
            solver_status: None,
            seconds_to_first: tried.seconds_to_first,
            seconds_to_best: tried.seconds_to_best,
            seconds_total,
            candidates: tried.candidates,
            size: None,
            left_behind: self.left_behind,
        }
    }

    fn verdict(&self) -> Verdict {
        if self.is_verification() {
            if self.is_settled {
                Verdict::Found
            } else if self.bound <= self.threshold() {
                Verdict::NoneExists
            } else {
                Verdict::NotFound
            }
        } else if self.best.is_none() {
            Verdict::NotFound
        } else if self.bound - self.best_value() <= GAP * self.largest() {
            Verdict::Optimal
        } else {
            Verdict::Found
        }
    }

    /// The largest size that the objective might have.
    fn largest(&self) -> f64 {
        self.bounded.as_ref().map_or(1.0, |bounded| {
            let range = bounded.objective();
            range.lower().abs().max(range.upper().abs()).max(1.0)
        })
    }
}
