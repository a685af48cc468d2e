//! The incumbent and the proved dual bound of a search, and the verdict that follows from both.

use std::cell::OnceCell;

use super::Verdict;
use crate::exact::{Dyadic, sum_up};
use crate::instance::{Instance, Witness};
use crate::network::Network;

/// Gap at which the incumbent is optimal, as a fraction of the range of the objective.
pub(super) const GAP: f64 = 1e-6;

/// The incumbent and the dual bound. Values are those of the independent check: of the dense network, in f64.
pub(super) struct Known<'a> {
    dense: &'a Network,
    instance: &'a Instance,
    best: Option<Best>,
    is_settled: bool,
    /// Whether one of the conditions is proved to hold nowhere.
    is_excluded: bool,
    /// The smallest and the largest value seen, of the dense network or of one nearly equal to it.
    range: (f64, f64),
    /// Proved upper bound on the objective.
    bound: f64,
    /// The most by which the objective of the bounded network may differ from the dense network's, in real arithmetic.
    rounding: f64,
}

struct Best {
    witness: Witness,
    error: OnceCell<Error>,
}

/// How far the value in real arithmetic lies above or below the one in f64.
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
            is_excluded: false,
            range: (f64::INFINITY, f64::NEG_INFINITY),
            bound: f64::INFINITY,
            rounding: 0.0,
        }
    }

    /// Widens the range by the values `least` and `most` of unchecked inputs.
    pub fn see(&mut self, (least, most): (f64, f64)) {
        self.range = (self.range.0.min(least), self.range.1.max(most));
    }

    /// Sets the most by which the objective of the bounded network may differ from the dense network's.
    pub fn bounds_differ_by(&mut self, rounding: f64) {
        self.rounding = rounding;
    }

    /// Records a checked input.
    pub fn offer(&mut self, witness: &Witness) {
        self.see((witness.value, witness.value));
        self.is_settled |= witness.answers();
        let is_better = self.best.as_ref().is_none_or(|best| {
            witness.exceeds(
                &best.witness,
                self.dense,
                self.instance,
                self.gap_of_range(),
            )
        });
        if is_better {
            self.best = Some(Best {
                witness: witness.clone(),
                error: OnceCell::new(),
            });
        }
    }

    /// The most by which a better input's value in f64 may lie below the incumbent's: zero where rounding is within the
    /// gap or the network is too large to tell which of two inputs is better.
    pub fn room_below(&self) -> f64 {
        match &self.best {
            Some(best)
                if best.witness.rounding() > self.gap_of_range()
                    && self.dense.is_evaluated_exactly() =>
            {
                2.0 * best.witness.rounding()
            }
            _ => 0.0,
        }
    }

    /// Records a proved bound on the objective of the bounded network.
    pub fn prove(&mut self, bound: f64) {
        self.bound = self.bound.min(sum_up(bound, self.rounding));
    }

    /// Records that one of the conditions holds nowhere, with a bound on its function in real arithmetic.
    pub fn exclude(&mut self, bound: Option<f64>) {
        self.is_excluded = true;
        self.bound = self.bound.min(bound.unwrap_or(f64::INFINITY));
    }

    pub fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// The incumbent's value, negative infinity if there is none.
    pub fn best_value(&self) -> f64 {
        let best = self.best.as_ref();
        best.map_or(f64::NEG_INFINITY, |best| best.witness.value)
    }

    /// The incumbent's value without large rounding in its favour, which proves nothing.
    fn certain_value(&self) -> f64 {
        let little = self.gap_of_range();
        let below = self.error(little).below;
        self.best_value() - if below > little { below } else { 0.0 }
    }

    /// Whether the question is decided: nothing is left to find or to prove.
    pub fn is_decided(&self) -> bool {
        matches!(self.verdict(), Verdict::Optimal | Verdict::NoneExists)
            || self.instance.is_decision() && self.is_settled
    }

    pub fn verdict(&self) -> Verdict {
        if self.instance.is_decision() {
            if self.is_settled {
                Verdict::Found
            } else if self.is_excluded || self.bound <= self.instance.excluding(0.0) {
                Verdict::NoneExists
            } else {
                Verdict::NotFound
            }
        } else if self.best.is_none() {
            match self.bound == f64::NEG_INFINITY {
                true => Verdict::NoneExists,
                false => Verdict::NotFound,
            }
        } else if self.bound - self.certain_value() <= self.gap() && !self.is_refuted() {
            Verdict::Optimal
        } else {
            Verdict::Found
        }
    }

    /// The largest output of the bounded network at which a node can be pruned.
    pub fn threshold(&self) -> f64 {
        if self.instance.is_decision() {
            self.instance.excluding(self.rounding)
        } else {
            self.certain_value() + 0.5 * self.gap() - self.rounding
        }
    }

    /// The gap at which the incumbent is optimal: a fraction of the range of values seen, or, if larger, what rounding
    /// has taken from the incumbent's value and added to the dual bound.
    pub fn gap(&self) -> f64 {
        let of_range = self.gap_of_range();
        let of_bound = self.rounding_of_bound();
        let of_bound = if of_bound.is_finite() { of_bound } else { 0.0 };
        of_range.max(of_bound + self.error(of_range).above)
    }

    /// A fraction of the range of values seen.
    pub fn gap_of_range(&self) -> f64 {
        let gap = GAP * self.range.1 - GAP * self.range.0;
        if gap.is_finite() { gap } else { 0.0 }
    }

    /// Whether nothing but rounding error can improve on the incumbent.
    pub fn is_within_rounding(&self) -> bool {
        let room = 2.0 * self.rounding_of_bound() + self.error(0.0).above;
        self.bound - self.certain_value() <= room
    }

    /// The dual bound, if one is proved; a message if the incumbent refutes it.
    pub fn proved(&self) -> Result<Option<f64>, String> {
        if self.is_refuted() {
            return Err(format!(
                "the dual bound {} is omitted because the best value {} refutes it",
                self.bound,
                self.best_value()
            ));
        }
        let bound = match self.verdict() {
            Verdict::NoneExists => self.bound,
            // After rounding, the incumbent's value may lie above the bound.
            _ => self.bound.max(self.best_value()),
        };
        Ok(bound.is_finite().then_some(bound))
    }

    /// Whether the incumbent's value is above the dual bound: then something is wrong, and nothing is proved.
    fn is_refuted(&self) -> bool {
        let above = self.best_value() - self.bound;
        above > 0.0 && above > self.error(0.0).below
    }

    fn rounding_of_bound(&self) -> f64 {
        self.rounding + 4.0 * f64::EPSILON * self.bound.abs()
    }

    /// How far the incumbent's value lies from that in real arithmetic; or may lie, if that is at most `little` or the
    /// network is too large to evaluate exactly.
    fn error(&self, little: f64) -> Error {
        let Some(best) = &self.best else {
            return Error {
                above: 0.0,
                below: 0.0,
            };
        };
        let rounding = best.witness.rounding();
        if rounding <= little || !self.dense.is_evaluated_exactly() {
            return Error {
                above: rounding,
                below: rounding,
            };
        }
        *best.error.get_or_init(|| {
            let exact = best.witness.exact_value(self.dense, self.instance);
            let away = &exact - &Dyadic::of(best.witness.value);
            let (above, below) = match away.is_positive() {
                true => (away.size_up(), 0.0),
                false => (0.0, away.size_up()),
            };
            Error { above, below }
        })
    }
}
