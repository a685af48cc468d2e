//! Searches over several alternative instances of which one answer suffices: the alternatives of a property, or the
//! classes to which an input may be misclassified.

use std::time::Instant;

use super::{Event, SearchError, SearchResult, Settings, Strategy, Verdict, search};
use crate::instance::{Instance, Witness};
use crate::network::Network;

/// Passes over the instances: in each pass, the time left is shared equally among the instances still open.
const PASSES: usize = 2;

/// Searches by `strategy` for an answer to any of `instances`, or for the largest value over all of them where an
/// optimum is requested. Returns the index of the instance with the best input, and the combined result.
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
    let mut alternatives: Vec<Alternative> = instances.iter().map(Alternative::new).collect();
    let mut best_of = 0;
    'passes: for _ in 0..PASSES {
        let mut open = alternatives
            .iter()
            .filter(|alternative| !alternative.is_decided)
            .count();
        for (index, alternative) in alternatives.iter_mut().enumerate() {
            if alternative.is_decided {
                continue;
            }
            let passed = started.elapsed().as_secs_f64();
            let left = settings.time_limit - passed;
            if alternative.was_tried && left <= 0.0 || settings.stop.is_raised() {
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
                alternative.instance,
                &settings,
                &mut observer,
            )?;
            alternative.note(&result);
            let answers = alternative.instance.is_decision() && result.verdict == Verdict::Found;
            if all.absorb(result, passed) || answers {
                best_of = index;
            }
            if answers {
                all.verdict = Verdict::Found;
                break 'passes;
            }
        }
    }
    let bounds = alternatives.iter().map(|alternative| alternative.bound);
    let bound = bounds.fold(f64::NEG_INFINITY, f64::max);
    all.dual_bound = Some(bound).filter(|bound| bound.is_finite());
    if all.verdict != Verdict::Found {
        all.verdict = combined_verdict(&alternatives, &all);
    }
    all.seconds_total = started.elapsed().as_secs_f64();
    Ok((best_of, all))
}

/// The state of one of the instances.
struct Alternative<'a> {
    instance: &'a Instance,
    was_tried: bool,
    is_decided: bool,
    verdict: Verdict,
    bound: f64,
}

impl<'a> Alternative<'a> {
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
        let without_bound = match result.verdict {
            Verdict::NoneExists => f64::NEG_INFINITY,
            _ => f64::INFINITY,
        };
        self.bound = self.bound.min(result.dual_bound.unwrap_or(without_bound));
    }
}

/// The combined verdict when no instance has an answer that ends the search.
fn combined_verdict(alternatives: &[Alternative<'_>], all: &SearchResult) -> Verdict {
    let none_exists = |alternative: &Alternative| alternative.verdict == Verdict::NoneExists;
    let is_decision = alternatives
        .iter()
        .any(|alternative| alternative.instance.is_decision());
    if alternatives.iter().all(none_exists) {
        return Verdict::NoneExists;
    }
    let best = all.best.as_ref().map(|best: &Witness| best.value);
    let Some(best) = best.filter(|_| !is_decision) else {
        return Verdict::NotFound;
    };
    let is_no_better =
        |alternative: &Alternative| alternative.is_decided || alternative.bound <= best;
    match alternatives.iter().all(is_no_better) {
        true => Verdict::Optimal,
        false => Verdict::Found,
    }
}
