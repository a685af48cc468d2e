//! Gradient ascent on the dense network itself: it finds good inputs in milliseconds and proves
//! nothing, but for what the bounds prove.
//!
//! From many starts, each step goes towards the point of the region that is best by the gradient
//! (Frank and Wolfe 1956; over box and L1 ball that point is exact, [`Region::argmax`]), as far as
//! the network's value grows. The network is piecewise linear, and most steps go all the way.

use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::polish::{Point, Polish};
use super::trial::Trial;
use super::{Event, Findings, SearchError, Settings, Verdict};
use crate::bounds::{Bounds, Interval};
use crate::formulation::FormulationError;
use crate::instance::{Instance, Region};
use crate::network::{Layer, Network};

/// Most steps from one start.
const STEPS: usize = 100;
/// The shortest step that is tried, as a share of the way.
const SHORTEST: f64 = 1e-3;
/// Starts without anything better after which the search ends.
const PATIENCE: usize = 200;
/// Inputs times hidden neurons up to which linear programs over pieces take milliseconds to a second.
const POLISHED: usize = 400_000;
/// Linear programs for one polish.
const PROGRAMS: usize = 50;
/// How near to the best value an ascent must end to be polished, relative to it.
const NEAR: f64 = 0.1;
/// Ascents in verification before anything is polished.
const UNPOLISHED: usize = 20;
/// The share of its largest value by which the bound on the objective must lie below zero to prove
/// that there is no adversarial input: the dense network and its folded one round differently.
const PROOF_MARGIN: f64 = 1e-9;

/// Ascends from many starts until the first adversarial input (verification), until many starts have
/// brought nothing better, or to the limits. The dual bound is that of `settings.bounds`; where it
/// excludes adversarial inputs, the search ends.
///
/// # Errors
/// When the network does not fit the instance, or a weight overflows.
pub fn gradient(
    dense: &Network,
    instance: &Instance,
    settings: &Settings,
    observer: &mut dyn FnMut(&Event),
) -> Result<Findings, SearchError> {
    instance.check_network(dense).map_err(SearchError::Dense)?;
    let started = Instant::now();
    let region = instance.region();
    let folded = instance.objective().fold_into(dense);
    let folded = folded.map_err(FormulationError::Objective)?;
    let mut trial = Trial::new(dense, dense, instance, started);
    let mut starts = Starts::new(region, settings.seed);
    let (mut best, mut without_better, mut count) = (None::<Point>, 0, 0);
    let (mut bounds, mut is_decided) = (None::<Bounds>, false);
    let last = folded.hidden().len();
    let is_small =
        folded.inputs() * folded.hidden().iter().map(Layer::outputs).sum::<usize>() <= POLISHED;
    let out_of_time =
        || settings.stop.is_raised() || started.elapsed().as_secs_f64() >= settings.time_limit;
    while !is_decided && without_better < PATIENCE && !out_of_time() {
        let (mut x, mut value) = ascend(&folded, region, starts.next(best.as_ref()), &out_of_time);
        without_better += 1;
        count += 1;
        if let (Some(bounds), Some((_, known))) = (&bounds, &best)
            && is_small
            && is_promising(instance, value, *known, count)
        {
            let polish = Polish {
                network: &folded,
                region,
                bounds,
                out_of_time: &out_of_time,
                settings: &settings.for_solver(started.elapsed().as_secs_f64()),
            };
            (x, value) = polish.polish((x, value), PROGRAMS)?;
        }
        if best.as_ref().is_none_or(|(_, known)| value > *known) {
            is_decided = trial.settles(&x, observer);
            (best, without_better) = (Some((x, value)), 0);
        }
        // One ascent takes less time than the bounds, and is mostly enough.
        if bounds.is_none() && !is_decided {
            let proved = Bounds::of(settings.bounds, &folded, region);
            let proved = proved.map_err(FormulationError::Bounds)?;
            is_decided = instance.is_verification() && is_negative(&proved.layer(last)[0]);
            bounds = Some(proved);
        }
    }
    let bound = bounds.map(|bounds| bounds.layer(last)[0]);
    let tried = trial.tried();
    let verdict = match (tried.seconds_to_first, bound) {
        (Some(_), _) => Verdict::Found,
        (None, Some(bound)) if instance.is_verification() && is_negative(&bound) => {
            Verdict::NoneExists
        }
        (None, _) => Verdict::NotFound,
    };
    Ok(Findings {
        verdict,
        best: tried.best,
        surrogate_objective: None,
        dual_bound: bound.map(|bound| bound.upper()),
        solver_status: None,
        seconds_to_first: tried.seconds_to_first,
        seconds_to_best: tried.seconds_to_best,
        seconds_total: started.elapsed().as_secs_f64(),
        candidates: tried.candidates,
        size: None,
        left_behind: false,
    })
}

/// Whether what an ascent brought is worth some linear programs. In verification most questions are
/// decided before the first of them would be.
fn is_promising(instance: &Instance, value: f64, best: f64, count: usize) -> bool {
    if instance.is_verification() {
        count > UNPOLISHED && value > best
    } else {
        value > best - NEAR * best.abs()
    }
}

/// Whether no value within the bounds is positive, with room for rounding.
fn is_negative(bound: &Interval) -> bool {
    let largest = bound.lower().abs().max(bound.upper().abs()).max(1.0);
    bound.upper() <= -PROOF_MARGIN * largest
}

/// Goes up from `x` as long as it can; where it ends, and the value there.
pub(super) fn ascend(
    network: &Network,
    region: &Region,
    mut x: Vec<f64>,
    out_of_time: &dyn Fn() -> bool,
) -> (Vec<f64>, f64) {
    let (mut value, mut slope) = network.value_and_gradient(&x);
    for _ in 0..STEPS {
        let towards = region.argmax(&slope);
        let Some(next) = longest_step_up(network, &x, &towards, value) else {
            break;
        };
        x = next;
        (value, slope) = network.value_and_gradient(&x);
        if out_of_time() {
            break;
        }
    }
    (x, value)
}

/// The first of ever shorter steps from `x` towards a point after which the network's value is larger.
fn longest_step_up(network: &Network, x: &[f64], towards: &[f64], value: f64) -> Option<Vec<f64>> {
    let mut share = 1.0;
    while share >= SHORTEST {
        let next = between(x, towards, share);
        if network.forward(&next)[0] > value {
            return Some(next);
        }
        share /= 2.0;
    }
    None
}

/// The point at that share of the way.
fn between(from: &[f64], to: &[f64], share: f64) -> Vec<f64> {
    let way = from.iter().zip(to);
    way.map(|(from, to)| from + share * (to - from)).collect()
}

/// The default point first, then in turn points in the midst of two random vertices, and on the way
/// from the best point to a random vertex.
struct Starts<'a> {
    region: &'a Region,
    random: ChaCha8Rng,
    count: usize,
}

impl<'a> Starts<'a> {
    fn new(region: &'a Region, seed: u32) -> Self {
        Self {
            region,
            random: ChaCha8Rng::seed_from_u64(u64::from(seed)),
            count: 0,
        }
    }

    fn next(&mut self, best: Option<&Point>) -> Vec<f64> {
        self.count += 1;
        let Some((best, _)) = best else {
            return self.region.default_point().to_vec();
        };
        if self.count.is_multiple_of(2) {
            let (one, other) = (self.vertex(), self.vertex());
            between(&one, &other, 0.5)
        } else {
            let share = self.random.random_range(0.0..0.5);
            between(best, &self.vertex(), share)
        }
    }

    fn vertex(&mut self) -> Vec<f64> {
        let direction = || self.random.random_range(-1.0..1.0);
        let direction: Vec<f64> = std::iter::repeat_with(direction)
            .take(self.region.len())
            .collect();
        self.region.argmax(&direction)
    }
}
