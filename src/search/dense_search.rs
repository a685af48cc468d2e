//! One search on the dense network itself: its clock, the inputs it has tried, its incumbent and its dual bound.

use std::sync::Arc;

use super::ascent::Point;
use super::candidate_log::CandidateLog;
use super::clock::Clock;
use super::known::Known;
use super::range::sampled;
use super::{Event, OPTIMISING_BOUNDS, SearchError, SearchResult, Settings};
use crate::instance::{Instance, Region};
use crate::network::Network;
use crate::presolve::PresolveError;
use crate::presolve::Presolved;

/// A search in progress.
pub(super) struct DenseSearch<'a> {
    dense: &'a Network,
    instance: &'a Instance,
    settings: &'a Settings,
    clock: Clock,
    /// The dense network with the objective as its only output.
    folded: Arc<Network>,
    log: CandidateLog<'a>,
    known: Known<'a>,
    /// The best input by the value of the network that ascents run on, folded or reduced.
    highest: Option<Point>,
    presolved: Option<Arc<Presolved>>,
    still_running: bool,
    failures: Vec<String>,
}

impl<'a> DenseSearch<'a> {
    /// Starts the clock and folds the objective into `dense`.
    ///
    /// # Errors
    /// When the network does not fit the instance, or a weight overflows.
    pub fn new(
        dense: &'a Network,
        instance: &'a Instance,
        settings: &'a Settings,
    ) -> Result<Self, SearchError> {
        instance.check_network(dense).map_err(SearchError::Dense)?;
        let clock = Clock::start(settings);
        let folded = instance.objective().fold_into(dense, instance.region());
        Ok(Self {
            dense,
            instance,
            settings,
            log: CandidateLog::new(dense, None, instance, clock.started()),
            clock,
            folded: Arc::new(folded.map_err(PresolveError::Objective)?),
            known: Known::nothing(dense, instance),
            highest: None,
            presolved: None,
            still_running: false,
            failures: Vec::new(),
        })
    }

    pub fn region(&self) -> &'a Region {
        self.instance.region()
    }

    pub fn dense(&self) -> &'a Network {
        self.dense
    }

    /// The questions of each condition alone, if there are several.
    pub fn parts(&self) -> Vec<Instance> {
        self.instance.parts()
    }

    pub fn settings(&self) -> &'a Settings {
        self.settings
    }

    pub fn is_decision(&self) -> bool {
        self.instance.is_decision()
    }

    pub fn folded(&self) -> Arc<Network> {
        Arc::clone(&self.folded)
    }

    /// The best input by the value of the network that ascents run on.
    pub fn highest(&self) -> Option<&Point> {
        self.highest.as_ref()
    }

    /// That network's value there, negative infinity if there is no input.
    pub fn highest_value(&self) -> f64 {
        self.highest()
            .map_or(f64::NEG_INFINITY, |(_, value)| *value)
    }

    /// The incumbent and the dual bound.
    pub fn known(&self) -> &Known<'a> {
        &self.known
    }

    /// The clock of the search.
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// The reduced network and its bounds, computed on first use.
    ///
    /// # Errors
    /// When a weight or a bound overflows.
    pub fn presolved(&mut self) -> Result<Arc<Presolved>, SearchError> {
        if let Some(presolved) = &self.presolved {
            return Ok(Arc::clone(presolved));
        }
        let limits = self.settings.limits(self.clock.passed());
        let presolved = Presolved::of(
            self.dense,
            self.instance,
            self.settings.bounds,
            &limits,
            OPTIMISING_BOUNDS,
        )?;
        let presolved = Arc::new(presolved);
        self.presolved = Some(Arc::clone(&presolved));
        self.known.bounds_differ_by(presolved.rounding.reduced);
        self.prove(presolved.objective().upper());
        if !self.is_decision() {
            self.known.see(sampled(&presolved.network, self.region()));
        }
        Ok(presolved)
    }

    /// Records that a part of the search failed; the other parts continue.
    pub fn note_failure(&mut self, failure: &SearchError) {
        let failure = failure.in_full();
        if !self.failures.contains(&failure) {
            self.failures.push(failure);
        }
    }

    /// Records that a solver may still be running.
    pub fn note_still_running(&mut self) {
        self.still_running = true;
    }

    /// Records a proved bound on the output of the reduced network.
    pub fn prove(&mut self, bound: f64) {
        self.known.prove(bound);
    }

    /// Records a proof that no input satisfies one of the conditions, with the bound on its function, if there is one.
    pub fn exclude(&mut self, bound: Option<f64>) {
        self.known.exclude(bound);
    }

    /// Whether an input with this `value` is worth trying on the dense network: the value is the highest so far, or it
    /// is lower by no more than large rounding, or, in verification, the input may be adversarial.
    pub fn is_promising(&self, value: f64) -> bool {
        if self.is_decision() {
            value > self.highest_value() || value >= 0.0 && !self.known.is_settled()
        } else {
            let room = self.known.room_below();
            value > self.highest_value() || room > 0.0 && value >= self.highest_value() - room
        }
    }

    /// Tries an input on the dense network if it [is promising](Self::is_promising); returns whether its `value` is the
    /// highest so far.
    pub fn offer(&mut self, (x, value): Point, observer: &mut dyn FnMut(&Event)) -> bool {
        self.known.see((value, value));
        if !self.is_promising(value) {
            return false;
        }
        let is_higher = value > self.highest_value();
        let Some(witness) = self.log.tried(&x, self.known.gap_of_range(), observer) else {
            return false;
        };
        self.known.offer(&witness);
        if is_higher {
            self.highest = Some((x, value));
        }
        is_higher
    }

    /// Whether the question is decided: nothing is left to find or to prove.
    pub fn is_decided(&self) -> bool {
        self.known.is_decided()
    }

    /// Concludes the search, which ended normally or with a failure; a failure after an input was found discards
    /// nothing.
    ///
    /// # Errors
    /// With the failure if nothing was found.
    pub fn conclude(mut self, ended: Result<(), SearchError>) -> Result<SearchResult, SearchError> {
        if let Err(failure) = ended {
            if self.highest.is_none() {
                return Err(failure);
            }
            self.note_failure(&failure);
        }
        Ok(self.into_result())
    }

    fn into_result(mut self) -> SearchResult {
        let verdict = self.known.verdict();
        let seconds_total = self.clock.passed();
        let dual_bound = self.known.proved().unwrap_or_else(|refuted| {
            self.failures.push(refuted);
            None
        });
        let tried = self.log.all();
        SearchResult {
            verdict,
            dual_bound,
            best: tried.best,
            surrogate_objective: None,
            solver_status: None,
            seconds_to_first: tried.seconds_to_first,
            seconds_to_best: tried.seconds_to_best,
            seconds_total,
            candidates: tried.candidates,
            size: None,
            still_running: self.still_running,
            failures: self.failures,
        }
    }
}
