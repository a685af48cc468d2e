//! Interval arithmetic over a box, and its derivatives with respect to the parameters.

use std::ops::AddAssign;

use num_traits::Float;

use super::parameters::{LayerMut, LayerRef};

/// Lower and upper bounds on the preactivations of a layer, or derivatives with respect to them.
#[derive(Debug, Clone)]
pub struct Sides<T = f64> {
    pub lower: Vec<T>,
    pub upper: Vec<T>,
}

impl<T: Float + AddAssign> Sides<T> {
    pub fn zeros(neurons: usize) -> Self {
        Self {
            lower: vec![T::zero(); neurons],
            upper: vec![T::zero(); neurons],
        }
    }

    /// Adds `factor` times others of the same layer.
    pub fn add_scaled(&mut self, factor: T, others: &Self) {
        let lower = self.lower.iter_mut().zip(&others.lower);
        let upper = self.upper.iter_mut().zip(&others.upper);
        for (own, &other) in lower.chain(upper) {
            *own += factor * other;
        }
    }

    /// Of the activations of these preactivations.
    #[inline(always)]
    fn activations(&self) -> Self {
        let relu = |sides: &[T]| sides.iter().map(|side| side.max(T::zero())).collect();
        Self {
            lower: relu(&self.lower),
            upper: relu(&self.upper),
        }
    }
}

/// Bounds on the preactivations of all layers, the output layer last, where the inputs are in the box `domain`.
#[inline(always)]
pub fn intervals<T: Float + AddAssign>(
    network: &[LayerRef<T>],
    domain: &Sides<T>,
) -> Vec<Sides<T>> {
    let inputs = network.first().map_or(0, LayerRef::inputs);
    assert_eq!(domain.lower.len(), inputs, "sides for each input");
    let mut all: Vec<Sides<T>> = Vec::with_capacity(network.len());
    for layer in network {
        let inputs = all.last().map_or(domain.clone(), Sides::activations);
        let mut sides = Sides {
            lower: layer.biases.to_vec(),
            upper: layer.biases.to_vec(),
        };
        let ends = inputs.lower.iter().zip(&inputs.upper);
        for ((&least, &most), weights) in ends.zip(layer.weights.chunks_exact(layer.neurons())) {
            let neurons = sides.lower.iter_mut().zip(&mut sides.upper);
            for (&weight, (lower, upper)) in weights.iter().zip(neurons) {
                let (positive, negative) = (weight.max(T::zero()), weight.min(T::zero()));
                *lower += positive * least + negative * most;
                *upper += positive * most + negative * least;
            }
        }
        all.push(sides);
    }
    all
}

/// Adds to `gradient` the derivatives of a function of the bounds `all`, whose derivatives with respect to the bounds of
/// each layer are `slopes`.
#[inline(always)]
pub fn add_derivatives<T: Float + AddAssign>(
    network: &[LayerRef<T>],
    domain: &Sides<T>,
    all: &[Sides<T>],
    slopes: Vec<Sides<T>>,
    gradient: &mut [LayerMut<T>],
) {
    let mut from_above: Option<Sides<T>> = None;
    for (index, mut slopes) in slopes.into_iter().enumerate().rev() {
        if let Some(from_above) = from_above.take() {
            slopes.add_scaled(T::one(), &from_above);
        }
        let (layer, sum) = (&network[index], &mut gradient[index]);
        let both = slopes.lower.iter().zip(&slopes.upper);
        for (sum, (&of_lower, &of_upper)) in sum.biases.iter_mut().zip(both) {
            *sum += of_lower + of_upper;
        }
        let below = index.checked_sub(1).map(|below| &all[below]);
        let inputs = below.map_or(domain.clone(), Sides::activations);
        let neurons = layer.neurons();
        let rows = layer.weights.chunks_exact(neurons);
        let sums = sum.weights.chunks_exact_mut(neurons);
        let mut passed = Sides::zeros(layer.inputs());
        for (input, (weights, sums)) in rows.zip(sums).enumerate() {
            let (least, most) = (inputs.lower[input], inputs.upper[input]);
            let (mut of_least, mut of_most) = (T::zero(), T::zero());
            let slopes = slopes.lower.iter().zip(&slopes.upper);
            for ((&weight, sum), (&of_lower, &of_upper)) in weights.iter().zip(sums).zip(slopes) {
                let rising = of_lower * least + of_upper * most;
                let falling = of_lower * most + of_upper * least;
                *sum += if weight > T::zero() { rising } else { falling };
                let (positive, negative) = (weight.max(T::zero()), weight.min(T::zero()));
                of_least += positive * of_lower + negative * of_upper;
                of_most += negative * of_lower + positive * of_upper;
            }
            if let Some(below) = below {
                let if_above_zero = |side: T, slope: T| match side > T::zero() {
                    true => slope,
                    false => T::zero(),
                };
                passed.lower[input] = if_above_zero(below.lower[input], of_least);
                passed.upper[input] = if_above_zero(below.upper[input], of_most);
            }
        }
        from_above = Some(passed);
    }
}
