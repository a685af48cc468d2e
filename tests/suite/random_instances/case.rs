//! The instances, each a function of its number alone.

use num_rational::BigRational;
use num_traits::ToPrimitive;
use pipeline::instance::{Ball, Condition, Groups, Instance, Linear, Region};
use pipeline::network::Network;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::draft::Draft;
use super::exact::{Effort, Optimum, maximum};
use super::family::Family;
use super::is_long;
use super::unstable::unstable;
use crate::support::{groups, random_point};

/// Maximal number of unstable neurons of an instance.
pub const MOST_UNSTABLE: usize = 30;
/// Up to this number of unstable neurons the exact optimum is always found, with fewer programs than this.
pub const ENUMERATED: usize = 14;
const ALL_PROGRAMS: usize = 1 << (ENUMERATED + 3);
/// Limit on linear programs for an instance with more unstable neurons, in the other tests and in the script.
const FEW_PROGRAMS: usize = 3_000;
const MANY_PROGRAMS: usize = 10_000;
/// From this number on, regions have rows, too.
pub const WITH_ROWS: u64 = 20_000;
/// From this number on, the regions include others than the unit box and L1 balls within it.
pub const OTHER_REGIONS: u64 = 10_000;
/// Attempts to draw a network with the wanted number of unstable neurons.
const DRAWS: usize = 40;

#[derive(Debug, Clone)]
pub struct Case {
    pub index: u64,
    pub family: Family,
    pub network: Network,
    pub instance: Instance,
    pub unstable: usize,
}

impl Case {
    pub fn new(index: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(index.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let families = Family::ALL.len() as u64;
        let family = Family::ALL[usize::try_from(index % families).expect("a small number")];
        // One in three has more than `ENUMERATED` unstable neurons.
        let wanted = if index / families % 3 == 2 {
            ENUMERATED + 1..=MOST_UNSTABLE
        } else {
            0..=ENUMERATED
        };
        let mut best: Option<Self> = None;
        for _ in 0..DRAWS {
            let neurons = rng.random_range(1..=*wanted.end() + 4);
            let case = Self::draw(index, family, neurons.max(*wanted.start()), &mut rng);
            let fits = wanted.contains(&case.unstable);
            let is_better = best
                .as_ref()
                .is_none_or(|best| best.unstable < case.unstable);
            if fits || case.unstable < *wanted.start() && is_better {
                best = Some(case);
            }
            if fits {
                break;
            }
        }
        let mut case = best.unwrap_or_else(|| Self::draw(index, family, 4, &mut rng));
        if matches!(family, Family::Narrow | Family::Ties) && case.unstable <= ENUMERATED {
            case.move_optimum(&mut rng);
        }
        case
    }

    fn draw(index: u64, family: Family, neurons: usize, rng: &mut ChaCha8Rng) -> Self {
        let inputs = rng.random_range(1..=12);
        let is_verification = rng.random_bool(0.5) || family == Family::EqualOutputs;
        let outputs = if is_verification {
            rng.random_range(2..=4)
        } else {
            1
        };
        let instance = if is_verification {
            ball(inputs, outputs, family.is_whole(), rng)
        } else {
            Instance::maximization(inputs)
        };
        let instance = match index >= OTHER_REGIONS {
            true => in_other_region(&instance, family.is_whole(), rng),
            false => instance,
        };
        let instance = match index >= WITH_ROWS {
            true => within_rows(&instance, family.is_whole(), rng),
            false => instance,
        };
        let depth = if family == Family::Linear {
            0
        } else {
            rng.random_range(1..=4)
        };
        let mut sizes = vec![inputs];
        sizes.extend(std::iter::repeat_n(1, depth));
        for _ in depth..neurons.max(depth) {
            if depth > 0 {
                sizes[rng.random_range(1..=depth)] += 1;
            }
        }
        sizes.push(outputs);
        let draft: Draft = family.draft(&sizes, instance.region(), rng);
        let network = draft.network();
        Self {
            index,
            family,
            unstable: unstable(&network, instance.region()),
            network,
            instance,
        }
    }

    /// Moves the target's bias so that the optimum of a verification becomes 0, or in
    /// [`Family::Narrow`] a little more or less, up to the rounding of the bias.
    fn move_optimum(&mut self, rng: &mut ChaCha8Rng) {
        let Some((target, _)) = compared(&self.instance) else {
            return;
        };
        let extreme = |sign| number(&self.optimum(sign).expect("an optimum").value);
        let value = extreme(1);
        let spread = value + extreme(-1);
        let aside = if self.family == Family::Narrow {
            let size = 10f64.powi(rng.random_range(-12..=-2)) * spread;
            if rng.random_bool(0.5) { size } else { -size }
        } else {
            0.0
        };
        let output = self.network.output();
        let mut biases = output.biases().to_vec();
        biases[target] += aside - value;
        let mut layers = self.network.hidden().to_vec();
        let weights = output.weights().to_vec();
        layers.push(pipeline::network::Layer::new(
            output.inputs(),
            weights,
            biases,
        ));
        self.network = Network::new(layers).expect("the same sizes");
    }

    /// The optimum, or with `sign` -1 that of the negative objective; `None` if it would take too long to find.
    pub fn optimum(&self, sign: i32) -> Option<Optimum> {
        let programs = match self.unstable {
            0..=ENUMERATED => ALL_PROGRAMS,
            _ if is_long() => MANY_PROGRAMS,
            _ => FEW_PROGRAMS,
        };
        let effort = Effort {
            programs,
            prunes: true,
        };
        let start = self.highest_sample(f64::from(sign));
        maximum(&self.network, &self.instance, sign, &start, effort)
    }

    /// Inputs of the region, among them its extreme points in random directions.
    pub fn samples(&self) -> Vec<Vec<f64>> {
        let region = self.instance.region();
        let mut rng = ChaCha8Rng::seed_from_u64(self.index);
        let mut samples = vec![region.pull_inside(region.default_point())];
        for _ in 0..100 {
            let direction: Vec<f64> = (0..region.inputs())
                .map(|_| rng.random_range(-1.0..1.0))
                .collect();
            samples.push(region.pull_inside(&region.argmax(&direction)));
            samples.push(region.pull_inside(&random_point(region.inputs(), &mut rng)));
        }
        samples
    }

    fn highest_sample(&self, sign: f64) -> Vec<f64> {
        let objective = self.instance.objective();
        let value = |x: &Vec<f64>| sign * objective.value(x, &self.network.forward(x));
        let samples = self.samples().into_iter().filter(|x| self.is_inside(x));
        let highest = samples.max_by(|a, b| value(a).total_cmp(&value(b)));
        highest.unwrap_or_else(|| self.instance.region().default_point().to_vec())
    }

    /// Whether the region contains `x`, checked in real arithmetic, too.
    pub fn is_inside(&self, x: &[f64]) -> bool {
        use super::exact::rational;
        let region = self.instance.region();
        let distance = |ball: &Ball| -> BigRational {
            let far = |k: usize| num_traits::abs(rational(x[k]) - rational(ball.centre()[k]));
            let farthest = |group: &[usize]| group.iter().map(|&k| far(k)).max();
            let groups = groups(ball).into_iter();
            groups.filter_map(|group| farthest(&group)).sum()
        };
        let is_met = |row: &Linear| {
            let terms = row
                .inputs
                .iter()
                .map(|&(k, a)| rational(a) * rational(x[k]));
            terms.sum::<BigRational>() + rational(row.constant) <= rational(0.0)
        };
        let ball = region.ball();
        region.contains(x)
            && ball.is_none_or(|ball| distance(ball) <= rational(ball.radius()))
            && region.rows().iter().all(is_met)
    }
}

/// The same question over a random box, mostly intersected with a ball with random groups.
fn in_other_region(instance: &Instance, is_whole: bool, rng: &mut ChaCha8Rng) -> Instance {
    let inputs = instance.region().inputs();
    let eighths = |value: f64| match is_whole {
        true => (value * 8.0).round() / 8.0,
        false => value,
    };
    let scale = [1.0, 1.0, 1.0, 1e-3, 1e3][rng.random_range(0..5)];
    let mut sides = |_| {
        let one = eighths(rng.random_range(-2.0..2.0)) * scale;
        // Some inputs are fixed.
        let width = [0.0, 0.25, 1.0, 2.0][rng.random_range(0..4)];
        (one, one + eighths(width) * scale)
    };
    let (lower, upper): (Vec<f64>, Vec<f64>) = (0..inputs).map(&mut sides).unzip();
    let share = |rng: &mut ChaCha8Rng| [0.0, 0.5, 1.0, 0.3][rng.random_range(0..4)];
    let between = lower
        .iter()
        .zip(&upper)
        .map(|(l, u)| (l + share(rng) * (u - l)).clamp(*l, *u));
    let centre: Vec<f64> = between.collect();
    let region = Region::new_box(lower, upper).expect("sides in order");
    let radius = eighths(rng.random_range(0.1..2.0)).max(0.125) * scale;
    let kind = rng.random_range(0..4);
    let groups = match kind {
        0 => Groups::Single,
        1 => Groups::All,
        _ => {
            let mut sets = vec![Vec::new(); 3];
            for input in 0..inputs {
                sets[rng.random_range(0..3)].push(input);
            }
            Groups::Sets(sets)
        }
    };
    let region = if rng.random_bool(0.25) {
        region
    } else {
        let ball = Ball::new(centre, radius, groups).expect("a partition");
        region.within(ball).expect("a centre in the box")
    };
    match compared(instance) {
        Some(_) => Instance::satisfy(region, conditions(instance)),
        None => Instance::maximize(region, instance.objective().clone()),
    }
}

/// The same question over the part of its region in which some rows are met, which leave a point near its default one.
fn within_rows(instance: &Instance, is_whole: bool, rng: &mut ChaCha8Rng) -> Instance {
    let region = instance.region();
    let point = region.default_point().to_vec();
    let size = point.iter().fold(1e-3, |most: f64, x| most.max(x.abs()));
    let rows = (0..rng.random_range(1..4)).map(|_| {
        let mut row = Linear::default();
        for k in 0..region.inputs() {
            if rng.random_bool(0.7) {
                let a = match is_whole {
                    true => f64::from(rng.random_range(-2..=2)),
                    false => rng.random_range(-1.0..1.0) * [1.0, 1.0, 1e4][rng.random_range(0..3)],
                };
                row.inputs.push((k, a));
            }
        }
        let largest = row
            .inputs
            .iter()
            .fold(0.0, |most: f64, (_, a)| most.max(a.abs()));
        // Not through the point itself: a region without an interior may contain no other f64 point.
        let beyond = [1e-3, 0.03, 0.1, 0.3][rng.random_range(0..4)] * largest * size;
        row.constant = -row.value(&point, &[]) - beyond;
        row
    });
    let rows: Vec<Linear> = rows.collect();
    let cut = region.clone().subject_to(rows).expect("rows over inputs");
    // The oracle begins at a point of the region.
    let is_known = cut.contains(cut.default_point());
    let region = if is_known { cut } else { region.clone() };
    match compared(instance) {
        Some(_) => Instance::satisfy(region, conditions(instance)),
        None => Instance::maximize(region, instance.objective().clone()),
    }
}

/// A verification with an ordinary, tiny or huge radius, around a point that often lies at the sides of the box; in
/// numbers of few bits if `is_whole`.
fn ball(inputs: usize, outputs: usize, is_whole: bool, rng: &mut ChaCha8Rng) -> Instance {
    let mut centre = match rng.random_range(0..4) {
        0 => (0..inputs)
            .map(|_| f64::from(rng.random_range(0..=1)))
            .collect(),
        1 => vec![0.5; inputs],
        _ => random_point(inputs, rng),
    };
    let mut radius = match rng.random_range(0..10) {
        0 => 10f64.powi(rng.random_range(-9..=-2)),
        1 => 10f64.powi(rng.random_range(1..=9)),
        _ => rng.random_range(0.1..0.8) * inputs as f64,
    };
    if is_whole {
        let eighths = |value: f64| (value * 8.0).round() / 8.0;
        centre.iter_mut().for_each(|x| *x = eighths(*x));
        radius = eighths(radius).max(0.125);
    }
    let label = rng.random_range(0..outputs);
    let target = (label + rng.random_range(1..outputs)) % outputs;
    Instance::verification(centre, radius, label, target).expect("a sound instance")
}

/// The two outputs that are compared, the target first.
pub fn compared(instance: &Instance) -> Option<(usize, usize)> {
    instance.objective().functions()[0].as_difference()
}

fn conditions(instance: &Instance) -> Vec<Condition> {
    let functions = instance.objective().functions().iter().cloned();
    functions
        .map(|function| Condition {
            function,
            is_strict: true,
        })
        .collect()
}

/// The nearest f64.
pub fn number(value: &BigRational) -> f64 {
    value.to_f64().expect("a number")
}
