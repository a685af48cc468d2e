//! Several questions of which one answer is enough: the alternatives of a property, or the classes that an input may be
//! mistaken for.

use std::time::Instant;

use super::{Event, SearchError, SearchResult, Settings, Strategy, Verdict, search};
use crate::instance::{Instance, Witness};
use crate::network::Network;

/// Passes over the questions: in the first each has an equal share of the time that is left.
const PASSES: usize = 2;

/// Searches for an answer to any of the `instances`, and for the largest value of all where an optimum is asked for; which
/// of them the best input is of, and the result for all of them together.
///
/// # Errors
/// As [`search`].
///
/// # Panics
/// When there is no instance.
pub fn any(
    strategy: Strategy,
    dense: &Network,
    sparse: Option<&Network>,
    instances: &[Instance],
    settings: &Settings,
    observer: &mut dyn FnMut(&Event),
) -> Result<(usize, SearchResult), SearchError> {
    assert!(!instances.is_empty(), "a question");
    let started = Instant::now();
    let mut all = SearchResult::nothing();
    let mut parts: Vec<Part> = instances.iter().map(Part::new).collect();
    let mut best_of = 0;
    'passes: for _ in 0..PASSES {
        let mut open = parts.iter().filter(|part| !part.is_decided).count();
        for (index, part) in parts.iter_mut().enumerate() {
            if part.is_decided {
                continue;
            }
            let passed = started.elapsed().as_secs_f64();
            let left = settings.time_limit - passed;
            if part.was_tried && left <= 0.0 || settings.stop.is_raised() {
                break 'passes;
            }
            let settings = Settings {
                time_limit: (left / open as f64).max(0.0),
                ..settings.clone()
            };
            open -= 1;
            let known = all.best_value();
            let mut observer = |event: &Event| match event {
                Event::Improved(candidate) if candidate.dense_value <= known => {}
                Event::Improved(candidate) => observer(&Event::Improved(candidate.after(passed))),
                other => observer(other),
            };
            let result = search(
                strategy,
                dense,
                sparse,
                part.instance,
                &settings,
                &mut observer,
            )?;
            part.note(&result);
            let answers = part.instance.is_decision() && result.verdict == Verdict::Found;
            if all.absorb(result, passed) || answers {
                best_of = index;
            }
            if answers {
                all.verdict = Verdict::Found;
                break 'passes;
            }
        }
    }
    let bounds = parts.iter().map(|part| part.bound);
    let bound = bounds.fold(f64::NEG_INFINITY, f64::max);
    all.dual_bound = Some(bound).filter(|bound| bound.is_finite());
    if all.verdict != Verdict::Found {
        all.verdict = together(&parts, &all);
    }
    all.seconds_total = started.elapsed().as_secs_f64();
    Ok((best_of, all))
}

/// What is known of one question.
struct Part<'a> {
    instance: &'a Instance,
    was_tried: bool,
    is_decided: bool,
    verdict: Verdict,
    bound: f64,
}

impl<'a> Part<'a> {
    fn new(instance: &'a Instance) -> Self {
        Self {
            instance,
            was_tried: false,
            is_decided: false,
            verdict: Verdict::NotFound,
            bound: f64::INFINITY,
        }
    }

    fn note(&mut self, result: &SearchResult) {
        self.was_tried = true;
        self.verdict = result.verdict;
        self.is_decided = matches!(result.verdict, Verdict::NoneExists | Verdict::Optimal);
        let nothing_is_there = match result.verdict {
            Verdict::NoneExists => f64::NEG_INFINITY,
            _ => f64::INFINITY,
        };
        self.bound = self
            .bound
            .min(result.dual_bound.unwrap_or(nothing_is_there));
    }
}

/// The verdict on all questions where none has an answer that ends the search.
fn together(parts: &[Part<'_>], all: &SearchResult) -> Verdict {
    let none_exists = |part: &Part| part.verdict == Verdict::NoneExists;
    let is_decision = parts.iter().any(|part| part.instance.is_decision());
    if parts.iter().all(none_exists) {
        return Verdict::NoneExists;
    }
    let best = all.best.as_ref().map(|best: &Witness| best.value);
    let Some(best) = best.filter(|_| !is_decision) else {
        return Verdict::NotFound;
    };
    let is_no_better = |part: &Part| part.is_decided || part.bound <= best;
    match parts.iter().all(is_no_better) {
        true => Verdict::Optimal,
        false => Verdict::Found,
    }
}
