//! Interval arithmetic over a box, and its derivatives with respect to the parameters.

use super::parameters::Parameters;

/// Lower and upper bounds on the preactivations of a layer, or derivatives with respect to them.
#[derive(Debug, Clone)]
pub struct Sides {
    pub lower: Vec<f64>,
    pub upper: Vec<f64>,
}

impl Sides {
    pub fn zeros(neurons: usize) -> Self {
        Self {
            lower: vec![0.0; neurons],
            upper: vec![0.0; neurons],
        }
    }

    /// Adds `factor` times others of the same layer.
    pub fn add_scaled(&mut self, factor: f64, others: &Self) {
        let lower = self.lower.iter_mut().zip(&others.lower);
        let upper = self.upper.iter_mut().zip(&others.upper);
        for (own, other) in lower.chain(upper) {
            *own += factor * other;
        }
    }

    /// Of the activations of these preactivations.
    fn activations(&self) -> Self {
        let relu = |sides: &[f64]| sides.iter().map(|side| side.max(0.0)).collect();
        Self {
            lower: relu(&self.lower),
            upper: relu(&self.upper),
        }
    }
}

/// Bounds on the preactivations of all layers, the output layer last, where the inputs are in the box `domain`.
pub fn intervals(network: &Parameters, domain: &Sides) -> Vec<Sides> {
    let inputs = network.0.first().map_or(0, |layer| layer.inputs());
    assert_eq!(domain.lower.len(), inputs, "sides for each input");
    let mut all: Vec<Sides> = Vec::with_capacity(network.0.len());
    for layer in &network.0 {
        let inputs = all.last().map_or(domain.clone(), Sides::activations);
        let mut sides = Sides {
            lower: layer.biases.clone(),
            upper: layer.biases.clone(),
        };
        for (input, (&least, &most)) in inputs.lower.iter().zip(&inputs.upper).enumerate() {
            let weights = layer.of_input(input).iter();
            let neurons = sides.lower.iter_mut().zip(&mut sides.upper);
            for (weight, (lower, upper)) in weights.zip(neurons) {
                let (positive, negative) = (weight.max(0.0), weight.min(0.0));
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
pub fn add_derivatives(
    network: &Parameters,
    domain: &Sides,
    all: &[Sides],
    slopes: Vec<Sides>,
    gradient: &mut Parameters,
) {
    let mut from_above: Option<Sides> = None;
    for (index, mut slopes) in slopes.into_iter().enumerate().rev() {
        if let Some(from_above) = from_above.take() {
            add(&mut slopes.lower, &from_above.lower);
            add(&mut slopes.upper, &from_above.upper);
        }
        let (layer, sum) = (&network.0[index], &mut gradient.0[index]);
        add(&mut sum.biases, &slopes.lower);
        add(&mut sum.biases, &slopes.upper);
        let below = index.checked_sub(1).map(|below| &all[below]);
        let inputs = below.map_or(domain.clone(), Sides::activations);
        let mut passed = Sides::zeros(layer.inputs());
        for input in 0..layer.inputs() {
            let (least, most) = (inputs.lower[input], inputs.upper[input]);
            let (mut of_least, mut of_most) = (0.0, 0.0);
            let weights = layer.of_input(input).iter().zip(sum.of_input_mut(input));
            let slopes = slopes.lower.iter().zip(&slopes.upper);
            for ((weight, sum), (of_lower, of_upper)) in weights.zip(slopes) {
                let (rising, falling) = (
                    of_lower * least + of_upper * most,
                    of_lower * most + of_upper * least,
                );
                *sum += if *weight > 0.0 { rising } else { falling };
                let (positive, negative) = (weight.max(0.0), weight.min(0.0));
                of_least += positive * of_lower + negative * of_upper;
                of_most += negative * of_lower + positive * of_upper;
            }
            if let Some(below) = below {
                let is_above_zero = |side: f64| f64::from(u8::from(side > 0.0));
                passed.lower[input] = of_least * is_above_zero(below.lower[input]);
                passed.upper[input] = of_most * is_above_zero(below.upper[input]);
            }
        }
        from_above = Some(passed);
    }
}

fn add(sum: &mut [f64], values: &[f64]) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += value;
    }
}
