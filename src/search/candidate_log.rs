//! The log of the inputs tried on the dense network.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

use super::{Candidate, Event};
use crate::instance::{Instance, Witness, check};
use crate::network::Network;

/// Tries inputs on the dense network and records the results.
pub(super) struct CandidateLog<'a> {
    dense: &'a Network,
    /// The network that the inputs come from, if that is not the dense network itself.
    surrogate: Option<&'a Network>,
    instance: &'a Instance,
    started: Instant,
    known: HashSet<u64>,
    tried: Tried,
}

/// The inputs tried on the dense network.
#[derive(Default)]
pub(super) struct Tried {
    pub best: Option<Witness>,
    pub seconds_to_first: Option<f64>,
    pub seconds_to_best: Option<f64>,
    pub surrogate_objective: Option<f64>,
    pub candidates: Vec<Candidate>,
}

impl<'a> CandidateLog<'a> {
    pub fn new(
        dense: &'a Network,
        surrogate: Option<&'a Network>,
        instance: &'a Instance,
        started: Instant,
    ) -> Self {
        Self {
            dense,
            surrogate,
            instance,
            started,
            known: HashSet::new(),
            tried: Tried::default(),
        }
    }

    /// Tries `input` on the dense network; returns `None` if [`check`] rejects it. Rounding of more than `little` does
    /// not decide which of two inputs is better.
    pub fn tried(
        &mut self,
        input: &[f64],
        little: f64,
        observer: &mut dyn FnMut(&Event),
    ) -> Option<Witness> {
        let witness = check(self.dense, self.instance, input)?;
        if !self.known.insert(fingerprint(&witness.input)) {
            return Some(witness);
        }
        let on_surrogate = |surrogate: &Network| {
            let outputs = surrogate.forward(&witness.input);
            self.instance.objective().value(&witness.input, &outputs)
        };
        let candidate = Candidate {
            seconds: self.started.elapsed().as_secs_f64(),
            surrogate_value: self.surrogate.map_or(witness.value, on_surrogate),
            dense_value: witness.value,
        };
        // An input that answers the question is better than one that does not.
        let is_better = self.tried.best.as_ref().is_none_or(|best| {
            let (one, other) = (witness.answers(), best.answers());
            let exceeds = || witness.exceeds(best, self.dense, self.instance, little);
            one && !other || one == other && exceeds()
        });
        self.tried.add(candidate, &witness, is_better);
        if is_better {
            observer(&Event::Improved(candidate));
        }
        Some(witness)
    }

    pub fn all(self) -> Tried {
        self.tried
    }
}

impl Tried {
    /// Adds a candidate, which is the new incumbent if it `is_better`.
    fn add(&mut self, candidate: Candidate, witness: &Witness, is_better: bool) {
        self.candidates.push(candidate);
        let best = self.surrogate_objective.unwrap_or(f64::NEG_INFINITY);
        self.surrogate_objective = Some(best.max(candidate.surrogate_value));
        if witness.answers() {
            self.seconds_to_first.get_or_insert(candidate.seconds);
        }
        if is_better {
            self.best = Some(witness.clone());
            self.seconds_to_best = Some(candidate.seconds);
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
