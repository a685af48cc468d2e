//! One search on the dense network itself: what is known so far, and what that decides.

use std::cell::OnceCell;
use std::sync::Arc;

use super::ascent::Point;
use super::clock::Clock;
use super::range::sampled;
use super::trial::Trial;
use super::{Event, Findings, OPTIMISING_BOUNDS, SearchError, Settings, Verdict};
use crate::exact::Dyadic;
use crate::formulation::FormulationError;
use crate::instance::{Instance, Region, sum_up};
use crate::network::Network;
use crate::tightening::Bounded;

/// How near a bound must come to the best value to prove it optimal, as a share of the range of the objective.
pub(super) const GAP: f64 = 1e-6;
/// Weights up to which a network can be evaluated without rounding in some hundredths of a second.
const EVALUATED_EXACTLY: usize = 50_000;

/// A search on its way.
pub(super) struct Run<'a> {
    dense: &'a Network,
    instance: &'a Instance,
    settings: &'a Settings,
    clock: Clock,
    /// The dense network with the objective as its one output.
    folded: Arc<Network>,
    trial: Trial<'a>,
    best: Option<Best>,
    /// The smallest value seen.
    least: f64,
    is_settled: bool,
    bounded: Option<Arc<Bounded>>,
    /// Proved: the objective is nowhere larger.
    bound: f64,
    left_behind: bool,
    failures: Vec<String>,
}

/// The best input and the folded network's value there.
struct Best {
    point: Point,
    /// The most that rounding may have taken from the value, and what it has.
    rounding: OnceCell<f64>,
    lost: OnceCell<f64>,
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
            trial: Trial::new(dense, None, instance, clock.started()),
            clock,
            folded: Arc::new(folded.map_err(FormulationError::Objective)?),
            best: None,
            least: f64::INFINITY,
            is_settled: false,
            bounded: None,
            bound: f64::INFINITY,
            left_behind: false,
            failures: Vec::new(),
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
        self.best.as_ref().map(|best| &best.point)
    }

    pub fn best_value(&self) -> f64 {
        self.best().map_or(f64::NEG_INFINITY, |(_, value)| *value)
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
        let limits = self.settings.for_solver(self.clock.passed());
        let bounded = Bounded::of(
            self.dense,
            self.instance,
            self.settings.bounds,
            &limits,
            OPTIMISING_BOUNDS,
        )?;
        let bounded = Arc::new(bounded);
        self.bounded = Some(Arc::clone(&bounded));
        self.prove(bounded.objective().upper());
        if !self.is_verification() {
            let (least, _) = sampled(&bounded.network, self.region());
            self.least = self.least.min(least);
        }
        Ok(bounded)
    }

    /// Takes in that a part of the search failed; the others go on.
    pub fn note_failure(&mut self, failure: &SearchError) {
        let failure = failure.in_full();
        if !self.failures.contains(&failure) {
            self.failures.push(failure);
        }
    }

    /// Notes that a solver may still be running.
    pub fn leave_behind(&mut self) {
        self.left_behind = true;
    }

    /// Takes in a proved bound on the output of the reduced network.
    pub fn prove(&mut self, bound: f64) {
        self.bound = self.bound.min(sum_up(bound, self.rounding()));
    }

    /// Tries an input on the dense network where it is the best so far; whether it is.
    pub fn offer(&mut self, (x, value): Point, observer: &mut dyn FnMut(&Event)) -> bool {
        self.least = self.least.min(value);
        if value <= self.best_value() || value.is_nan() {
            return false;
        }
        let Some(settles) = self.trial.settles(&x, observer) else {
            return false;
        };
        self.is_settled |= settles;
        self.best = Some(Best {
            point: (x, value),
            rounding: OnceCell::new(),
            lost: OnceCell::new(),
        });
        true
    }

    /// Whether the question is answered: there is nothing left to find or to prove.
    pub fn is_decided(&self) -> bool {
        if self.is_verification() {
            self.verdict() != Verdict::NotFound
        } else {
            let above = self.bound - self.best_value();
            above < f64::INFINITY && above <= self.gap() && !self.is_refuted()
        }
    }

    /// The largest output of the reduced network that is of no more interest.
    pub fn threshold(&self) -> f64 {
        let objective = if self.is_verification() {
            0.0
        } else {
            self.best_value() + 0.5 * self.gap()
        };
        objective - self.rounding()
    }

    /// What the search concludes, after it ended as it should or with a failure: one after something was found
    /// loses none of it.
    ///
    /// # Errors
    /// With the failure where nothing was found.
    pub fn conclude(mut self, ended: Result<(), SearchError>) -> Result<Findings, SearchError> {
        if let Err(failure) = ended {
            if self.best.is_none() {
                return Err(failure);
            }
            self.note_failure(&failure);
        }
        Ok(self.findings())
    }

    fn findings(mut self) -> Findings {
        let verdict = self.verdict();
        let seconds_total = self.clock.passed();
        if self.is_refuted() {
            let best = self.best_value();
            let bound = std::mem::replace(&mut self.bound, f64::INFINITY);
            self.failures.push(format!(
                "the dual bound {bound} is left out, for the best value {best} refutes it"
            ));
        }
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
            failures: self.failures,
        }
    }

    fn verdict(&self) -> Verdict {
        if self.is_verification() {
            if self.is_settled {
                Verdict::Found
            } else if self.bound <= 0.0 {
                Verdict::NoneExists
            } else {
                Verdict::NotFound
            }
        } else if self.best.is_none() {
            Verdict::NotFound
        } else if self.is_decided() {
            Verdict::Optimal
        } else {
            Verdict::Found
        }
    }

    /// How far the bound may lie above the best value where that is optimal: a share of the range of values seen, or what
    /// rounding has taken from the best one and added to the bound, where that is more.
    pub fn gap(&self) -> f64 {
        let of_range = GAP * self.best_value() - GAP * self.least;
        let of_range = if of_range.is_finite() { of_range } else { 0.0 };
        let of_bound = self.rounding() + 4.0 * f64::EPSILON * self.bound.abs();
        let of_bound = if of_bound.is_finite() { of_bound } else { 0.0 };
        of_range.max(of_bound + self.lost(of_range))
    }

    /// Whether nothing better than the best value can be found that is more than rounding.
    pub fn is_within_rounding(&self) -> bool {
        let of_bound = self.rounding() + 4.0 * f64::EPSILON * self.bound.abs();
        self.bound - self.best_value() <= 2.0 * of_bound + self.lost(0.0)
    }

    /// What rounding has taken from the best value; or the most that it can have, where that is `little` or the network
    /// is too large to know better.
    fn lost(&self, little: f64) -> f64 {
        let Some(best) = &self.best else {
            return 0.0;
        };
        let (objective, (x, value)) = (self.instance.objective(), &best.point);
        let rounding = *best
            .rounding
            .get_or_init(|| objective.rounding_at(self.dense, x));
        if rounding <= little || self.dense.weights() > EVALUATED_EXACTLY || !value.is_finite() {
            return rounding;
        }
        *best.lost.get_or_init(|| {
            let exact = objective.exact_value(&self.dense.exact_forward(x));
            (&exact - &Dyadic::of(*value)).size_up()
        })
    }

    /// Whether the best value is above what is proved to be the largest: then something is wrong, and nothing proved.
    fn is_refuted(&self) -> bool {
        let above = self.best_value() - self.bound;
        above > 0.0 && !self.is_verification() && above > self.lost(0.0)
    }

    fn rounding(&self) -> f64 {
        let bounded = self.bounded.as_ref();
        bounded.map_or(0.0, |bounded| bounded.rounding.reduced)
    }
}
