//! Affine functions over integers, composed layer by layer.

use num_bigint::BigInt;

use crate::bounds::Interval;
use crate::exact::Dyadic;
use crate::network::Layer;

/// The coefficients of a row, and its upper bound.
pub(super) type Row = (Vec<BigInt>, BigInt);

/// Affine functions of the columns, `2^exponent (coefficients v + constants)`.
pub(super) struct Map {
    pub coefficients: Vec<Vec<BigInt>>,
    pub constants: Vec<BigInt>,
    pub exponent: i64,
}

/// A layer over integers: it takes numbers in given units to numbers in units of `2^exponent`.
struct IntegerLayer {
    weights: Vec<Vec<BigInt>>,
    biases: Vec<BigInt>,
    exponent: i64,
}

impl IntegerLayer {
    /// Converts `layer` for inputs in units of `2^before`.
    fn new(layer: &Layer, before: i64) -> Self {
        let exact = |values: &[f64]| values.iter().map(|x| Dyadic::of(*x)).collect::<Vec<_>>();
        let (weights, biases) = (exact(layer.weights()), exact(layer.biases()));
        let least = |numbers: &[Dyadic]| numbers.iter().filter_map(Dyadic::exponent).min();
        let of_weights = least(&weights).unwrap_or(0);
        let of_products = before + of_weights;
        let exponent = least(&biases).map_or(of_products, |bias| bias.min(of_products));
        let shift = u64::try_from(of_products - exponent).expect("the smaller one was taken");
        let row = |row: &[Dyadic]| {
            row.iter()
                .map(|weight| weight.in_units_of(of_weights) << shift)
                .collect()
        };
        Self {
            weights: weights.chunks(layer.inputs()).map(row).collect(),
            biases: biases
                .iter()
                .map(|bias| bias.in_units_of(exponent))
                .collect(),
            exponent,
        }
    }

    /// The weights and bias of each neuron, or `None` once `out_of_time()` is true.
    fn neurons<'a>(
        &'a self,
        out_of_time: &'a dyn Fn() -> bool,
    ) -> impl Iterator<Item = Option<(&'a [BigInt], &'a BigInt)>> {
        let neurons = self.weights.iter().zip(&self.biases);
        neurons.map(|(weights, bias)| (!out_of_time()).then_some((&weights[..], bias)))
    }
}

impl Map {
    /// The preactivations of a first layer whose inputs, in units of `2^exponent`, are `origin`, where each of the
    /// first of `width` columns moves one of them, up or, if so marked, down; `None` if `out_of_time()` is true before
    /// the end.
    pub fn first(
        layer: &Layer,
        origin: &[BigInt],
        moves: &[(usize, bool)],
        width: usize,
        exponent: i64,
        out_of_time: &dyn Fn() -> bool,
    ) -> Option<Self> {
        let layer = IntegerLayer::new(layer, exponent);
        let (mut coefficients, mut constants) = (Vec::new(), Vec::new());
        for neuron in layer.neurons(out_of_time) {
            let (weights, bias) = neuron?;
            let along = |&(input, is_down): &(usize, bool)| match is_down {
                false => weights[input].clone(),
                true => -&weights[input],
            };
            let mut row: Vec<BigInt> = moves.iter().map(along).collect();
            row.resize(width, BigInt::ZERO);
            coefficients.push(row);
            let terms = weights.iter().zip(origin);
            constants.push(bias + terms.map(|(weight, x)| weight * x).sum::<BigInt>());
        }
        Some(Self {
            coefficients,
            constants,
            exponent: layer.exponent,
        })
    }

    /// The preactivations of `layer` with these functions as its inputs; `None` if `out_of_time()` is true before the
    /// end.
    pub fn then(self, layer: &Layer, out_of_time: &dyn Fn() -> bool) -> Option<Self> {
        let layer = IntegerLayer::new(layer, self.exponent);
        let columns = self.coefficients.first().map_or(0, Vec::len);
        let (mut coefficients, mut constants) = (Vec::new(), Vec::new());
        for neuron in layer.neurons(out_of_time) {
            let (weights, bias) = neuron?;
            let mut sums = vec![BigInt::ZERO; columns];
            let mut constant = bias.clone();
            let terms = weights.iter().zip(&self.coefficients).zip(&self.constants);
            for ((weight, before), value) in terms {
                if *weight != BigInt::ZERO {
                    for (sum, before) in sums.iter_mut().zip(before) {
                        *sum += weight * before;
                    }
                    constant += weight * value;
                }
            }
            coefficients.push(sums);
            constants.push(constant);
        }
        Some(Self {
            coefficients,
            constants,
            exponent: layer.exponent,
        })
    }

    /// The row that keeps a neuron in its phase.
    pub fn phase(&self, neuron: usize, active: bool) -> Row {
        let (row, constant) = (&self.coefficients[neuron], &self.constants[neuron]);
        match active {
            true => (row.iter().map(|a| -a).collect(), constant.clone()),
            false => (row.clone(), -constant),
        }
    }

    /// Converts to units of `2^exponent` if these are smaller.
    pub fn refine(&mut self, exponent: i64) {
        if let Ok(shift) = u64::try_from(self.exponent - exponent) {
            let rows = self.coefficients.iter_mut().flatten();
            for number in rows.chain(&mut self.constants) {
                *number <<= shift;
            }
            self.exponent = exponent;
        }
    }

    /// The rows that keep `column`, in units of `2^unit` which are no smaller than those here, between the lines around
    /// the neuron's ReLU: above `g`, and below the line through `(lower, 0)` and `(upper, upper)`.
    pub fn lines(&self, neuron: usize, column: usize, unit: i64, bound: Interval) -> [Row; 2] {
        let (row, constant) = (&self.coefficients[neuron], &self.constants[neuron]);
        let shift = u64::try_from(unit - self.exponent).expect("a map in smaller units");
        let mut above = row.clone();
        above[column] -= BigInt::from(1) << shift;
        let (lower, upper) = (Dyadic::of(bound.lower()), Dyadic::of(bound.upper()));
        let of_bounds = [&lower, &upper].into_iter().filter_map(Dyadic::exponent);
        let of_bounds = of_bounds.min().unwrap_or(0);
        // (upper - lower) h <= upper (g - lower), all of it over 2^of_bounds, in units of 2^smallest.
        let (lower, upper) = (lower.in_units_of(of_bounds), upper.in_units_of(of_bounds));
        let smallest = of_bounds.min(self.exponent);
        let to = |exponent: i64| u64::try_from(exponent - smallest).expect("the smallest one");
        let of_g = to(self.exponent);
        let mut below: Vec<BigInt> = row.iter().map(|a| -((a * &upper) << of_g)).collect();
        below[column] += (&upper - &lower) << to(unit);
        let side = ((constant * &upper) << of_g) - ((&upper * &lower) << to(of_bounds));
        [(above, -constant), (below, side)]
    }

    /// Replaces the neuron by the column, in units of `2^unit`.
    pub fn replace(&mut self, neuron: usize, column: usize, unit: i64) {
        self.clear(neuron);
        let shift = u64::try_from(unit - self.exponent).expect("a map in smaller units");
        self.coefficients[neuron][column] = BigInt::from(1) << shift;
    }

    pub fn clear(&mut self, neuron: usize) {
        self.coefficients[neuron].fill(BigInt::ZERO);
        self.constants[neuron] = BigInt::ZERO;
    }
}
