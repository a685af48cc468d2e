//! A bound on the output at one input without a linear program: each ReLU is replaced by one of its lines, chosen from
//! the output back (CROWN, Zhang et al., NeurIPS 2018, at a fixed input).

use super::intervals::Sides;
use super::parameters::Parameters;
use super::sample_lp::{Least, Phase, phase};

/// The line that stands for a ReLU.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Line {
    /// `slope` times the preactivation.
    Through { slope: f64 },
    /// The line through `(lower, 0)` and `(upper, upper)`.
    Upper,
    /// The ReLU itself: in the first layer, whose preactivations are known.
    Exact,
}

/// A lower bound on the one output at `input`, no larger than the least output of the LP relaxation, with its
/// derivatives.
pub fn least(network: &Parameters, bounds: &[Sides], input: &[f64]) -> Least {
    let hidden = network.0.len() - 1;
    let lines = lines(network, bounds);
    let mut gradient = network.zeros();
    let mut slopes: Vec<Sides> = bounds
        .iter()
        .map(|sides| Sides::zeros(sides.lower.len()))
        .collect();
    // Forward, each neuron on its line, with the slope of the line there.
    let mut inputs = vec![input.to_vec()];
    let mut sums = Vec::new();
    let mut line_slopes: Vec<Vec<f64>> = Vec::new();
    for layer in 0..hidden {
        let g = network.preactivations(layer, &inputs[layer]);
        let on_line = |neuron: usize| {
            let (lower, upper) = (bounds[layer].lower[neuron], bounds[layer].upper[neuron]);
            match lines[layer][neuron] {
                Line::Through { slope } => (slope * g[neuron], slope),
                Line::Upper => {
                    let slope = upper / (upper - lower);
                    (slope * (g[neuron] - lower), slope)
                }
                Line::Exact => (g[neuron].max(0.0), f64::from(u8::from(g[neuron] > 0.0))),
            }
        };
        let (values, of_lines) = (0..g.len()).map(on_line).unzip();
        inputs.push(values);
        line_slopes.push(of_lines);
        sums.push(g);
    }
    let value = network.preactivations(hidden, &inputs[hidden])[0];
    // Back: by how much the bound grows with each activation, then with each preactivation.
    let mut growth = vec![1.0];
    for layer in (0..=hidden).rev() {
        let own = &mut gradient.0[layer];
        own.biases.clone_from(&growth);
        for (input, x) in inputs[layer].iter().enumerate() {
            for (sum, growth) in own.of_input_mut(input).iter_mut().zip(&growth) {
                *sum = growth * x;
            }
        }
        let Some(below) = layer.checked_sub(1) else {
            break;
        };
        let passed: Vec<f64> = (0..inputs[layer].len())
            .map(|input| {
                let weights = network.0[layer].of_input(input).iter();
                weights.zip(&growth).map(|(w, growth)| w * growth).sum()
            })
            .collect();
        for (neuron, growth) in passed.iter().enumerate() {
            if lines[below][neuron] == Line::Upper {
                let (lower, upper) = (bounds[below].lower[neuron], bounds[below].upper[neuron]);
                let (g, square) = (sums[below][neuron], (upper - lower).powi(2));
                slopes[below].upper[neuron] = growth * -lower * (g - lower) / square;
                slopes[below].lower[neuron] = growth * upper * (g - upper) / square;
            }
        }
        let slopes = passed.iter().zip(&line_slopes[below]);
        growth = slopes.map(|(growth, slope)| growth * slope).collect();
    }
    Least {
        value,
        gradient,
        slopes,
    }
}

/// The line of each hidden neuron: where the output grows with its activation a lower one, otherwise the upper one.
fn lines(network: &Parameters, bounds: &[Sides]) -> Vec<Vec<Line>> {
    let hidden = network.0.len() - 1;
    let mut all = vec![Vec::new(); hidden];
    let mut growth = vec![1.0];
    for layer in (0..hidden).rev() {
        let (reader, sides) = (&network.0[layer + 1], &bounds[layer]);
        let passed: Vec<f64> = (0..reader.inputs())
            .map(|input| {
                let weights = reader.of_input(input).iter();
                weights.zip(&growth).map(|(w, growth)| w * growth).sum()
            })
            .collect();
        growth.clear();
        for (neuron, of_activation) in passed.into_iter().enumerate() {
            let (lower, upper) = (sides.lower[neuron], sides.upper[neuron]);
            let (line, slope) = match phase(lower, upper) {
                Phase::Inactive => (Line::Through { slope: 0.0 }, 0.0),
                Phase::Active => (Line::Through { slope: 1.0 }, 1.0),
                Phase::Unstable if of_activation < 0.0 => (Line::Upper, upper / (upper - lower)),
                Phase::Unstable if layer == 0 => (Line::Exact, 0.0),
                // The one that leaves less area between itself and the upper line.
                Phase::Unstable => {
                    let slope = f64::from(u8::from(upper > -lower));
                    (Line::Through { slope }, slope)
                }
            };
            all[layer].push(line);
            growth.push(of_activation * slope);
        }
    }
    all
}
