//! The best input whose outputs satisfy constraints, by any strategy: bisection on the objective.
//!
//! Whether a value can be exceeded under the constraints is a question of the sign of a network with one output
//! ([`Constrained::exceeding`]), which every strategy answers; each answer halves the interval that contains the
//! optimum.

use std::time::Instant;

use super::known::GAP;
use super::range::sampled;
use super::{Candidate, Event, SearchError, SearchResult, Settings, Strategy, Verdict, search};
use crate::instance::{Constrained, Witness};
use crate::network::Network;
use crate::presolve::Presolved;

/// Distances above the incumbent at which a proof is tried, in gaps; the solver's tolerances may be too large for the
/// first.
const ABOVE: [f64; 3] = [0.5, 1e2, 1e4];

/// Searches for the best input that satisfies the constraints; the same as [`search`] without constraints over outputs.
///
/// # Errors
/// As [`search`].
pub fn constrained(
    strategy: Strategy,
    dense: &Network,
    sparse: Option<&Network>,
    question: &Constrained,
    settings: &Settings,
    observer: &mut dyn FnMut(&Event),
) -> Result<SearchResult, SearchError> {
    let unconstrained = question.unconstrained();
    if question.rows().is_empty() {
        return search(strategy, dense, sparse, &unconstrained, settings, observer);
    }
    question.check_network(dense).map_err(SearchError::Dense)?;
    let started = Instant::now();
    let limits = settings.limits(0.0);
    let presolved = Presolved::of(dense, &unconstrained, settings.bounds, &limits, 0.2)?;
    let bound = presolved.objective().upper() + presolved.rounding.reduced;
    let (least, most) = sampled(&presolved.network, unconstrained.region());
    // Where all samples have nearly the same value, no more is known than what rounding leaves.
    let rounding = 4.0 * (presolved.rounding.reduced + f64::EPSILON * presolved.objective().size());
    let mut bisection = Bisection {
        strategy,
        dense,
        sparse,
        question,
        settings,
        started,
        gap: f64::max(GAP * (most - least), rounding),
        aim: bound,
        result: SearchResult {
            dual_bound: Some(bound),
            ..SearchResult::nothing()
        },
    };
    bisection.run(observer)?;
    Ok(bisection.finished())
}

struct Bisection<'a> {
    strategy: Strategy,
    dense: &'a Network,
    sparse: Option<&'a Network>,
    question: &'a Constrained,
    settings: &'a Settings,
    started: Instant,
    /// Width of the interval at which the incumbent is optimal.
    gap: f64,
    /// Upper end of the interval: a value that no input is expected to exceed, proved or not.
    aim: f64,
    result: SearchResult,
}

impl Bisection<'_> {
    fn run(&mut self, observer: &mut dyn FnMut(&Event)) -> Result<(), SearchError> {
        if !self.ask(None, observer)? {
            return Ok(());
        }
        loop {
            self.bisect(observer)?;
            if !self.raise(observer)? {
                return Ok(());
            }
            self.aim = self.bound();
        }
    }

    /// Halves the interval between the incumbent and what no input is expected to exceed.
    fn bisect(&mut self, observer: &mut dyn FnMut(&Event)) -> Result<(), SearchError> {
        while self.aim - self.best() > self.gap && !self.is_over() {
            let value = 0.5 * self.best() + 0.5 * self.aim;
            if value <= self.best() || value >= self.aim {
                break;
            }
            self.ask(Some(value), observer)?;
        }
        Ok(())
    }

    /// Searches slightly above the incumbent, until an input is found or a proof that there is none; returns whether one
    /// was found. At a value that equals the optimum, bisection finds neither an input nor, with rounding, a proof.
    fn raise(&mut self, observer: &mut dyn FnMut(&Event)) -> Result<bool, SearchError> {
        for gaps in ABOVE {
            let value = self.best() + gaps * self.gap;
            if self.bound() - self.best() <= self.gap || value >= self.bound() || self.is_over() {
                return Ok(false);
            }
            if self.ask(Some(value), observer)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn bound(&self) -> f64 {
        self.result.dual_bound.unwrap_or(f64::INFINITY)
    }

    /// Searches for an input with a larger value than `value`, or for any; returns whether one was found.
    fn ask(
        &mut self,
        value: Option<f64>,
        observer: &mut dyn FnMut(&Event),
    ) -> Result<bool, SearchError> {
        let instance = self.question.exceeding(value);
        let passed = self.passed();
        let settings = Settings {
            time_limit: (self.settings.time_limit - passed).max(0.0),
            ..self.settings.clone()
        };
        let (strategy, dense, sparse) = (self.strategy, self.dense, self.sparse);
        let mut part = search(strategy, dense, sparse, &instance, &settings, &mut |_| {})?;
        let found = part.best.take().filter(Witness::answers);
        let found = found.and_then(|found| self.question.check(dense, &found.input));
        let exceeds = found.is_some();
        if let Some(witness) = found {
            let seconds = passed + part.seconds_to_best.unwrap_or(0.0);
            self.keep(witness, seconds, observer);
        } else if part.verdict == Verdict::NoneExists {
            let proved = value.map(|value| self.question.not_exceeding(value).min(self.bound()));
            self.result.dual_bound = proved.or(Some(f64::NEG_INFINITY));
        }
        // The values of this search are not the objective's.
        self.result.absorb(
            SearchResult {
                candidates: Vec::new(),
                seconds_to_first: None,
                surrogate_objective: None,
                ..part
            },
            passed,
        );
        if !exceeds {
            self.aim = value.unwrap_or(f64::NEG_INFINITY);
        }
        Ok(exceeds)
    }

    fn keep(&mut self, witness: Witness, seconds: f64, observer: &mut dyn FnMut(&Event)) {
        let candidate = Candidate {
            seconds,
            surrogate_value: witness.value,
            dense_value: witness.value,
        };
        let result = &mut self.result;
        result.candidates.push(candidate);
        result.seconds_to_first.get_or_insert(seconds);
        if witness.value > result.best_value() {
            result.seconds_to_best = Some(seconds);
            result.best = Some(witness);
            observer(&Event::Improved(candidate));
        }
    }

    fn best(&self) -> f64 {
        self.result.best_value()
    }

    fn passed(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    fn is_over(&self) -> bool {
        self.settings.stop.is_raised() || self.passed() >= self.settings.time_limit
    }

    fn finished(mut self) -> SearchResult {
        let (best, gap) = (self.best(), self.gap);
        let result = &mut self.result;
        let bound = result.dual_bound.unwrap_or(f64::INFINITY);
        result.verdict = match (&result.best, bound == f64::NEG_INFINITY) {
            (None, true) => Verdict::NoneExists,
            (None, false) => Verdict::NotFound,
            // The value proved not to be exceeded may lie a rounding error below the incumbent's.
            (Some(_), _) if bound - best <= gap && best - bound <= gap => Verdict::Optimal,
            (Some(_), _) => Verdict::Found,
        };
        result.dual_bound = Some(bound.max(best)).filter(|bound| bound.is_finite());
        result.seconds_total = self.started.elapsed().as_secs_f64();
        self.result
    }
}
