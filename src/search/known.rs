//! What is known of a question: the best input that was checked and the proved bound, and what both decide.

use std::cell::OnceCell;

use super::Verdict;
use crate::exact::{Dyadic, sum_up};
use crate::instance::{Instance, Witness};
use crate::network::Network;

/// How near a bound must come to the best value to prove it optimal, as a share of the range of the objective.
pub(super) const GAP: f64 = 1e-6;

/// Values are those of the independent check, of the dense network in f64.
pub(super) struct Known<'a> {
    dense: &'a Network,
    instance: &'a Instance,
    best: Option<Best>,
    is_settled: bool,
    /// The smallest and the largest value seen, of the dense network or one that is nearly equal to it.
    range: (f64, f64),
    /// Proved: the objective is nowhere larger.
    bound: f64,
    /// The most that the objective of the network that bounds are of may differ from the dense one's, in real arithmetic.
    rounding: f64,
}

struct Best {
    input: Vec<f64>,
    value: f64,
    /// The most by which the value may differ from the real one.
    rounding: OnceCell<f64>,
    error: OnceCell<Error>,
}

/// Where the real value lies beside the one in f64.
#[derive(Debug, Clone, Copy)]
struct Error {
    above: f64,
    below: f64,
}

impl<'a> Known<'a> {
    pub fn nothing(dense: &'a Network, instance: &'a Instance) -> Self {
        Self {
            dense,
            instance,
            best: None,
            is_settled: false,
            range: (f64::INFINITY, f64::NEG_INFINITY),
            bound: f64::INFINITY,
            rounding: 0.0,
        }
    }

    /// Takes in values of inputs that are not checked.
    pub fn see(&mut self, (least, most): (f64, f64)) {
        self.range = (self.range.0.min(least), self.range.1.max(most));
    }

    /// Takes in that bounds are of a network whose objective differs by so much at most.
    pub fn bounds_differ_by(&mut self, rounding: f64) {
        self.rounding = rounding;
    }

    /// Takes in an input that was checked.
    pub fn offer(&mut self, witness: &Witness) {
        self.see((witness.value, witness.value));
        self.is_settled |= witness.answers();
        if witness.value > self.best_value() {
            self.best = Some(Best {
                input: witness.input.clone(),
                value: witness.value,
                rounding: OnceCell::new(),
                error: OnceCell::new(),
            });
        }
    }

    /// Takes in a proved bound of the network that bounds are of.
    pub fn prove(&mut self, bound: f64) {
        self.bound = self.bound.min(sum_up(bound, self.rounding));
    }

    pub fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// The largest value, negative infinity where there is none.
    pub fn best_value(&self) -> f64 {
        let best = self.best.as_ref();
        best.map_or(f64::NEG_INFINITY, |best| best.value)
    }

    /// Whether the question is answered: there is nothing left to find or to prove.
    pub fn is_decided(&self) -> bool {
        matches!(self.verdict(), Verdict::Optimal | Verdict::NoneExists)
            || self.instance.is_decision() && self.is_settled
    }

    pub fn verdict(&self) -> Verdict {
        if self.instance.is_decision() {
            if self.is_settled {
                Verdict::Found
            } else if self.bound <= self.instance.excluding(0.0) {
                Verdict::NoneExists
            } else {
                Verdict::NotFound
            }
        } else if self.best.is_none() {
            match self.bound == f64::NEG_INFINITY {
                true => Verdict::NoneExists,
                false => Verdict::NotFound,
            }
        } else if self.bound - self.best_value() <= self.gap() && !self.is_refuted() {
            Verdict::Optimal
        } else {
            Verdict::Found
        }
    }

    /// The largest output of the network that bounds are of that is of no more interest.
    pub fn threshold(&self) -> f64 {
        if self.instance.is_decision() {
            self.instance.excluding(self.rounding)
        } else {
            self.best_value() + 0.5 * self.gap() - self.rounding
        }
    }

    /// How far the bound may lie above the best value where that is optimal: a share of the range of values seen, or what
    /// rounding has taken from the best one and added to the bound, where that is more.
    pub fn gap(&self) -> f64 {
        let of_range = GAP * self.range.1 - GAP * self.range.0;
        let of_range = if of_range.is_finite() { of_range } else { 0.0 };
        let of_bound = self.rounding_of_bound();
        let of_bound = if of_bound.is_finite() { of_bound } else { 0.0 };
        of_range.max(of_bound + self.error(of_range).above)
    }

    /// Whether nothing better than the best value can be found that is more than rounding.
    pub fn is_within_rounding(&self) -> bool {
        let room = 2.0 * self.rounding_of_bound() + self.error(0.0).above;
        self.bound - self.best_value() <= room
    }

    /// The proved bound, if there is one that the best value does not refute; where there is one that it does, what
    /// is to be said of it.
    pub fn proved(&self) -> Result<Option<f64>, String> {
        if self.is_refuted() {
            return Err(format!(
                "the dual bound {} is left out, for the best value {} refutes it",
                self.bound,
                self.best_value()
            ));
        }
        let bound = match self.verdict() {
            Verdict::NoneExists => self.bound,
            // Rounded, the best value may lie above it.
            _ => self.bound.max(self.best_value()),
        };
        Ok(bound.is_finite().then_some(bound))
    }

    /// Whether the best value is above what is proved to be the largest: then something is wrong, and nothing proved.
    fn is_refuted(&self) -> bool {
        let above = self.best_value() - self.bound;
        above > 0.0 && above > self.error(0.0).below
    }

    fn rounding_of_bound(&self) -> f64 {
        self.rounding + 4.0 * f64::EPSILON * self.bound.abs()
    }

    /// Where the best input's real value lies; or may lie, where that is `little` or the network is too large to know
    /// better.
    fn error(&self, little: f64) -> Error {
        let Some(best) = &self.best else {
            return Error {
                above: 0.0,
                below: 0.0,
            };
        };
        let objective = self.instance.objective();
        let rounding = *best
            .rounding
            .get_or_init(|| objective.rounding_at(self.dense, &best.input));
        if rounding <= little || !self.dense.is_evaluated_exactly() {
            return Error {
                above: rounding,
                below: rounding,
            };
        }
        *best.error.get_or_init(|| {
            let exact = objective.exact_value(&best.input, &self.dense.exact_forward(&best.input));
            let away = &exact - &Dyadic::of(best.value);
            let (above, below) = match away.is_positive() {
                true => (away.size_up(), 0.0),
                false => (0.0, away.size_up()),
            };
            Error { above, below }
        })
    }
}
