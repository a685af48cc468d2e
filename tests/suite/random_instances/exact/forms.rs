//! Affine functions over an input region, with integer coefficients.
//!
//! The inputs are written as `base + steps`, where the steps `z >= 0` are the variables of a linear program: from the
//! lower sides of a box, or upwards and downwards from a ball's centre. All numbers of one layer have one power of two
//! as their denominator, which is stored separately.

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};
use pipeline::instance::{Ball, Groups, Linear, Region};
use pipeline::network::Layer;

use super::dictionary::Dictionary;
use super::dyadic::{exponent, scaled};

/// The constant, then the coefficients of the steps.
pub type Form = Vec<BigInt>;

/// The set of steps, each at most its limit, and jointly limited by the ball. The steps of inputs are followed by the
/// distances of groups.
pub struct Steps {
    limits: Vec<BigInt>,
    /// The radius of an L1 ball.
    radius: Option<BigInt>,
    /// Forms that must be at least 0: those of a ball with groups, and of the region's rows.
    rows: Vec<Form>,
    /// The inputs in terms of the steps.
    pub inputs: Vec<Form>,
    /// The inputs are the values of their forms divided by two to this power.
    pub exponent: u64,
}

impl Steps {
    pub fn of(region: &Region) -> Self {
        let sides = region.lower().iter().chain(region.upper());
        let ball = region.ball();
        let centre = ball.iter().flat_map(|ball| ball.centre());
        let radius = ball.map(Ball::radius);
        let numbers = sides.chain(centre).chain(&radius);
        let e = numbers.map(|&value| exponent(value)).max().unwrap_or(0);
        let radius = radius.map(|radius| scaled(radius, e));
        let base = ball.map_or(region.lower(), Ball::centre);
        let (mut limits, mut moves) = (Vec::new(), Vec::new());
        for k in 0..region.inputs() {
            let base = base[k];
            let directions = [(1, region.upper()[k]), (-1, region.lower()[k])];
            for (sign, side) in directions {
                let limit: BigInt = (scaled(side, e) - scaled(base, e)) * sign;
                let limit = radius
                    .as_ref()
                    .map_or(limit.clone(), |r| r.clone().min(limit.clone()));
                if limit.is_positive() {
                    limits.push(limit);
                    moves.push((k, sign));
                }
            }
        }
        let sets: &[Vec<usize>] = match ball.map(Ball::groups) {
            Some(Groups::Sets(sets)) => sets,
            _ => &[],
        };
        let mut rows = match &radius {
            Some(radius) => grouped(sets, &moves, radius),
            None => Vec::new(),
        };
        limits.extend(radius.iter().cycle().take(sets.len()).cloned());
        let input = |k: usize| {
            let base = scaled(base[k], e);
            let own = moves.iter().map(|&(input, sign)| {
                let sign = if input == k { sign } else { 0 };
                BigInt::from(sign)
            });
            let mut form: Form = std::iter::once(base).chain(own).collect();
            form.resize(limits.len() + 1, BigInt::zero());
            form
        };
        let inputs: Vec<Form> = (0..region.inputs()).map(input).collect();
        rows.extend(region.rows().iter().map(|row| slack(row, &inputs, e)));
        Self {
            inputs,
            radius: radius.filter(|_| ball.map(Ball::groups) == Some(&Groups::Single)),
            rows,
            limits,
            exponent: e,
        }
    }

    /// A dictionary with the conditions on the steps.
    pub fn dictionary(&self) -> Dictionary {
        let count = self.limits.len();
        let mut dictionary = Dictionary::new(count);
        for (k, limit) in self.limits.iter().enumerate() {
            let mut row = vec![BigInt::zero(); count + 1];
            row[0].clone_from(limit);
            row[k + 1] = -BigInt::one();
            dictionary.require(&row);
        }
        if let Some(radius) = &self.radius {
            let mut row = vec![-BigInt::one(); count + 1];
            row[0].clone_from(radius);
            dictionary.require(&row);
        }
        for row in &self.rows {
            dictionary.require(row);
        }
        dictionary
    }

    /// The largest value of `form` over the whole region: in an L1 ball the steps with the largest coefficients are
    /// taken first, up to the radius (a fractional knapsack). With groups or rows, an upper bound on it.
    pub fn maximum(&self, form: &Form) -> BigInt {
        let steps = form[1..].iter().zip(&self.limits);
        let mut worthwhile: Vec<_> = steps.filter(|(c, _)| c.is_positive()).collect();
        let mut value = form[0].clone();
        let Some(radius) = &self.radius else {
            return value + worthwhile.iter().map(|(c, l)| *c * *l).sum::<BigInt>();
        };
        worthwhile.sort_by(|a, b| b.0.cmp(a.0));
        let mut left = radius.clone();
        for (coefficient, limit) in worthwhile {
            let step = left.clone().min(limit.clone());
            value += coefficient * &step;
            left -= step;
        }
        value
    }
}

/// The negative of a row over `inputs` that are divided by `2^e`: at least 0 where the row is met.
fn slack(row: &Linear, inputs: &[Form], e: u64) -> Form {
    let numbers = row.inputs.iter().map(|(_, a)| exponent(*a));
    let own = numbers.chain([exponent(row.constant).saturating_sub(e)]);
    let own = own.max().unwrap_or(0);
    let mut form = vec![BigInt::zero(); inputs[0].len()];
    form[0] = -scaled(row.constant, e + own);
    for &(k, a) in &row.inputs {
        for (sum, step) in form.iter_mut().zip(&inputs[k]) {
            *sum -= scaled(a, own) * step;
        }
    }
    form
}

/// The steps of a group's inputs are at most its distance, and the distances together at most the radius.
fn grouped(sets: &[Vec<usize>], moves: &[(usize, i32)], radius: &BigInt) -> Vec<Form> {
    if sets.is_empty() {
        return Vec::new();
    }
    let count = moves.len() + sets.len();
    let distance = |group: usize| 1 + moves.len() + group;
    let mut rows = Vec::new();
    for (group, inputs) in sets.iter().enumerate() {
        for input in inputs {
            let mut row = vec![BigInt::zero(); count + 1];
            for (step, _) in moves
                .iter()
                .enumerate()
                .filter(|(_, step)| step.0 == *input)
            {
                row[step + 1] = -BigInt::one();
            }
            row[distance(group)] = BigInt::one();
            rows.push(row);
        }
    }
    let mut row = vec![BigInt::zero(); count + 1];
    row[0].clone_from(radius);
    row[distance(0)..].fill(-BigInt::one());
    rows.push(row);
    rows
}

/// A layer's weights and biases as integers.
pub struct IntegerLayer {
    weights: Vec<Vec<BigInt>>,
    biases: Vec<BigInt>,
    /// Two to this power is the denominator of the layer's values.
    pub exponent: u64,
}

impl IntegerLayer {
    /// Converts `layer`; `before` is the exponent of its inputs.
    pub fn new(layer: &Layer, before: u64) -> Self {
        let of_weights = layer.weights().iter().map(|&w| exponent(w)).max();
        let of_biases = layer.biases().iter().map(|&b| exponent(b)).max();
        let own = of_weights.unwrap_or(0);
        let own = own.max(of_biases.unwrap_or(0).saturating_sub(before));
        let row = |i| layer.row(i).iter().map(|&w| scaled(w, own)).collect();
        let biases = layer.biases().iter();
        Self {
            weights: (0..layer.outputs()).map(row).collect(),
            biases: biases.map(|&b| scaled(b, own + before)).collect(),
            exponent: own + before,
        }
    }

    /// The preactivations for activations that are affine functions; `None` is the constant 0.
    pub fn apply(&self, before: &[Option<Form>], steps: usize) -> Vec<Form> {
        let neuron = |(row, bias): (&Vec<BigInt>, &BigInt)| {
            let mut form = vec![BigInt::zero(); steps + 1];
            form[0].clone_from(bias);
            for (weight, h) in row.iter().zip(before).filter(|(w, _)| !w.is_zero()) {
                for (entry, h) in form.iter_mut().zip(h.iter().flatten()) {
                    *entry += weight * h;
                }
            }
            form
        };
        self.weights.iter().zip(&self.biases).map(neuron).collect()
    }

    /// Ranges of the preactivations by interval arithmetic.
    pub fn ranges(&self, before: &[Range]) -> Vec<Range> {
        let neuron = |(row, bias): (&Vec<BigInt>, &BigInt)| {
            let mut range = (bias.clone(), bias.clone());
            for (weight, (least, most)) in row.iter().zip(before) {
                let is_negative = weight.is_negative();
                let (low, high) = if is_negative {
                    (most, least)
                } else {
                    (least, most)
                };
                range.0 += weight * low;
                range.1 += weight * high;
            }
            range
        };
        self.weights.iter().zip(&self.biases).map(neuron).collect()
    }

    /// The sum of `coefficients` times the preactivations, as a constant and coefficients of the layer's inputs.
    pub fn transposed(&self, coefficients: &[BigInt]) -> (BigInt, Vec<BigInt>) {
        let mut constant = BigInt::zero();
        let mut sums = vec![BigInt::zero(); self.weights[0].len()];
        let neurons = self.weights.iter().zip(&self.biases).zip(coefficients);
        for ((row, bias), coefficient) in neurons.filter(|(_, c)| !c.is_zero()) {
            constant += coefficient * bias;
            for (sum, weight) in sums.iter_mut().zip(row) {
                *sum += coefficient * weight;
            }
        }
        (constant, sums)
    }
}

/// Least and largest value.
pub type Range = (BigInt, BigInt);

pub fn negated(form: &Form) -> Form {
    form.iter().map(|entry| -entry).collect()
}
