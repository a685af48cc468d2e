//! Facts about an instance computed without the library, and the faults that they reveal in search results.

use std::cell::OnceCell;

use num_rational::BigRational;
use num_traits::Zero;
use pipeline::instance::check;
use pipeline::search::{SearchResult, Verdict};

use super::case::{Case, number};
use super::exact::{Optimum, forward, objective, rational};
use super::rounding::{compared, rounding, slope};
use super::unstable::ranges;

/// Largest gap between the incumbent's value of a maximization and the optimum, as a fraction of the larger of the
/// optimum and the objective's spread.
const GAP: f64 = 1e-6;

/// A fault of a search result, or an event to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remark {
    Panicked,
    Refused,
    /// The dual bound is below the optimum, or below the value of an input.
    BoundTooLow,
    /// `none_exists`, but there is an adversarial input.
    FalseProof,
    /// `optimal`, but there is a better input.
    NotOptimal,
    /// `optimal` with a bound far above the best value, which proves nothing.
    Unproved,
    /// `found` without an input whose value is above zero in f64 and in real arithmetic.
    NoWitness,
    /// The best input lies outside the region in real arithmetic.
    Outside,
    /// The best value exceeds what is possible.
    ValueTooHigh,
    /// A verdict that does not apply to the question.
    WrongVerdict,
    /// Neither proved nor refuted within the time limit.
    Open,
    /// Neither proved nor refuted, and without a bound.
    NoBound,
    /// The time limit was far exceeded.
    Overrun,
    /// Two strategies contradict each other.
    Disagreement,
    /// `none_exists` with a bound above zero.
    PositiveBound,
    /// The best input refutes a bound, which was dropped.
    Refuted,
    /// The optimum of an instance with few unstable neurons was not found.
    NoOracle,
    // From here on: within the rounding of f64, or allowed.
    /// A part of the search failed.
    Failed,
    /// Open, but f64 does not distinguish the optimum from zero.
    OpenWithinRounding,
    /// Open, by a strategy that may leave questions open.
    MayBeOpen,
    /// The optimum of an instance with many unstable neurons is not known.
    LargeForOracle,
}

impl Remark {
    pub fn is_fault(self) -> bool {
        self < Self::Failed
    }
}

/// The requirements on a strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Must decide.
    Decide,
    /// Must decide, or prove a bound.
    Bound,
    /// Must make no false claim.
    Nothing,
}

pub struct Truth<'a> {
    case: &'a Case,
    optimum: Option<Optimum>,
    /// The optimum of the negative objective.
    least: OnceCell<Option<Optimum>>,
    /// The extreme f64 values of samples, less what rounding may have added.
    highest: f64,
    lowest: f64,
    /// The largest absolute value that interval arithmetic allows for the outputs compared.
    largest: f64,
}

impl<'a> Truth<'a> {
    pub fn of(case: &'a Case) -> Self {
        let samples = case.samples();
        let values = samples.iter().map(|x| {
            let witness = check(&case.network, &case.instance, x).expect("an input");
            let room = rounding(&case.network, &case.instance, &witness.input);
            (witness.value, room)
        });
        let (mut highest, mut lowest) = (f64::NEG_INFINITY, f64::INFINITY);
        for (value, room) in values {
            highest = highest.max(value - room);
            lowest = lowest.min(value + room);
        }
        Self {
            case,
            optimum: case.optimum(1),
            least: OnceCell::new(),
            highest,
            lowest,
            largest: largest(case),
        }
    }

    /// The optimum, if it is known.
    pub fn optimum(&self) -> Option<&BigRational> {
        self.optimum.as_ref().map(|optimum| &optimum.value)
    }

    pub fn remarks(&self, result: &SearchResult, duty: Duty) -> Vec<Remark> {
        let mut remarks = Vec::new();
        for failure in &result.failures {
            let is_refuted = failure.contains("refutes");
            remarks.push(if is_refuted {
                Remark::Refuted
            } else {
                Remark::Failed
            });
        }
        self.check_bound(result, &mut remarks);
        self.check_best(result, &mut remarks);
        if self.case.instance.is_decision() {
            self.check_verification(result, duty, &mut remarks);
        } else {
            self.check_maximization(result, duty, &mut remarks);
        }
        remarks
    }

    /// The objective in real arithmetic.
    pub fn value(&self, x: &[f64]) -> BigRational {
        let x: Vec<_> = x.iter().map(|&x| rational(x)).collect();
        objective(
            self.case.instance.objective(),
            &forward(&self.case.network, &x),
        )
    }

    /// The tolerance of a proof: see [`GAP`].
    pub fn tolerance(&self, value: f64) -> f64 {
        GAP * value.abs().max(self.highest - self.lowest)
    }

    fn rounding(&self, x: &[f64]) -> f64 {
        rounding(&self.case.network, &self.case.instance, x)
    }

    fn check_bound(&self, result: &SearchResult, remarks: &mut Vec<Remark>) {
        let Some(bound) = result.dual_bound else {
            return;
        };
        if !bound.is_finite() || bound < self.highest {
            remarks.push(Remark::BoundTooLow);
            return;
        }
        let Some(optimum) = &self.optimum else {
            return;
        };
        let short = number(&(&optimum.value - rational(bound)));
        if short > 0.0 {
            remarks.push(Remark::BoundTooLow);
        }
    }

    fn check_best(&self, result: &SearchResult, remarks: &mut Vec<Remark>) {
        let Some(best) = &result.best else {
            return;
        };
        let is_checked = check(&self.case.network, &self.case.instance, &best.input)
            .is_some_and(|again| again == *best);
        let is_above = result.dual_bound.is_some_and(|bound| bound < best.value);
        // If a value is proved not to be above zero, it may still be positive by rounding.
        if !is_checked || is_above && result.verdict != Verdict::NoneExists {
            remarks.push(Remark::ValueTooHigh);
        }
        if !self.case.is_inside(&best.input) {
            remarks.push(Remark::Outside);
        }
        let Some(optimum) = self.optimum() else {
            return;
        };
        let error = self.rounding(&best.input);
        let real = self.value(&best.input);
        let f64_is_off = number(&(&real - rational(best.value))).abs() > error;
        if real > *optimum || f64_is_off {
            remarks.push(Remark::ValueTooHigh);
        }
    }

    fn check_verification(&self, result: &SearchResult, duty: Duty, remarks: &mut Vec<Remark>) {
        let zero = BigRational::zero();
        match result.verdict {
            Verdict::Found => match &result.best {
                Some(best) if best.value > 0.0 && self.value(&best.input) > zero => {}
                _ => remarks.push(Remark::NoWitness),
            },
            Verdict::NoneExists => {
                let is_false = self.optimum().is_some_and(|optimum| *optimum > zero);
                if is_false || self.highest > 0.0 {
                    remarks.push(Remark::FalseProof);
                }
                if result.dual_bound.is_none_or(|bound| bound > 0.0) {
                    remarks.push(Remark::PositiveBound);
                }
            }
            Verdict::NotFound => remarks.extend(self.open(result, duty)),
            Verdict::Optimal => remarks.push(Remark::WrongVerdict),
        }
    }

    fn open(&self, result: &SearchResult, duty: Duty) -> Option<Remark> {
        match duty {
            Duty::Nothing => return None,
            Duty::Bound if result.dual_bound.is_none() => return Some(Remark::NoBound),
            Duty::Bound => return Some(Remark::MayBeOpen),
            Duty::Decide => {}
        }
        let beyond_f64 = self.optimum.as_ref().is_some_and(|optimum| {
            let at: Vec<f64> = optimum.at.iter().map(number).collect();
            let value = number(&optimum.value);
            let witness = check(&self.case.network, &self.case.instance, &at);
            let is_seen = witness.is_some_and(|witness| witness.value > 0.0);
            value > 0.0 && !is_seen && value <= self.rounding(&at)
        });
        Some(if beyond_f64 {
            Remark::OpenWithinRounding
        } else {
            Remark::Open
        })
    }

    fn check_maximization(&self, result: &SearchResult, duty: Duty, remarks: &mut Vec<Remark>) {
        match (result.verdict, &result.best) {
            (Verdict::Optimal, Some(best)) => {
                let real = self.value(&best.input);
                let room = self.rounding(&best.input);
                let is_far = |short: f64| {
                    let highest = self.optimum().map_or(self.highest, number);
                    short > self.tolerance(highest) + room && short > self.wider_tolerance() + room
                };
                let short = self
                    .optimum()
                    .map_or(self.highest - number(&real), |o| number(&(o - &real)));
                if is_far(short) {
                    remarks.push(Remark::NotOptimal);
                }
                let above = result.dual_bound.unwrap_or(f64::INFINITY) - best.value;
                if is_far(above) && above > 4.0 * f64::EPSILON * self.largest {
                    remarks.push(Remark::Unproved);
                }
            }
            (Verdict::Found | Verdict::NotFound, _) => match duty {
                Duty::Nothing => {}
                Duty::Bound if result.dual_bound.is_none() => remarks.push(Remark::NoBound),
                Duty::Bound => remarks.push(Remark::MayBeOpen),
                Duty::Decide => remarks.push(match self.is_hidden_from_f64(result) {
                    true => Remark::OpenWithinRounding,
                    false => Remark::Open,
                }),
            },
            _ => remarks.push(Remark::WrongVerdict),
        }
    }

    /// Whether the bound is at the optimum, and the best value equals the optimum up to rounding in f64.
    fn is_hidden_from_f64(&self, result: &SearchResult) -> bool {
        let (Some(optimum), Some(best)) = (&self.optimum, &result.best) else {
            return false;
        };
        let at: Vec<f64> = optimum.at.iter().map(number).collect();
        let value = number(&optimum.value);
        let bound = result.dual_bound.unwrap_or(f64::INFINITY);
        value - best.value <= self.rounding(&at) && bound - value <= self.tolerance(value)
    }

    /// The tolerance by the true spread, which takes a second enumeration; if that takes too long, samples are assumed
    /// to cover at least a third of the spread.
    fn wider_tolerance(&self) -> f64 {
        let Some(optimum) = self.optimum() else {
            return 3.0 * self.tolerance(self.highest);
        };
        let least = self.least.get_or_init(|| self.case.optimum(-1));
        let spread = least
            .as_ref()
            .map(|least| number(&(optimum + &least.value)));
        GAP * number(optimum).abs().max(spread.unwrap_or(0.0))
    }
}

fn largest(case: &Case) -> f64 {
    let ranges = ranges(&case.network, case.instance.region());
    let outputs = ranges.last().expect("a layer");
    let sizes = compared(&case.instance)
        .into_iter()
        .map(|i| outputs[i].0.abs().max(outputs[i].1.abs()));
    // If the objective is constant, only the rounding errors of other values remain.
    sizes.fold(
        f64::EPSILON * slope(&case.network, &case.instance),
        f64::max,
    )
}
