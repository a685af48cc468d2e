//! Bounds of all layers by linear relaxations, with slopes chosen from each ReLU's own bounds or
//! optimised for each bound.

use super::interval::later_layer;
use super::relaxation::{Descent, Relaxation, TOGETHER};
use super::{Bounds, BoundsError, Interval, Phase};
use crate::instance::Region;
use crate::network::Network;

/// Maximum number of descent steps for the bounds of one layer.
const STEPS: usize = 20;
/// Length of the first step.
const FIRST: f64 = 0.3;
/// Maximum number of multiplications in these steps for one layer: about ten seconds.
const WORK: usize = 100_000_000_000;

/// Bounds every layer of `network` over `region` by linear relaxations (CROWN), nowhere looser than interval
/// arithmetic, which bounds the layers that are not reached before `out_of_time()`. Like interval bounds, they hold in
/// real arithmetic and for a forward pass in f64.
///
/// # Errors
/// As [`super::interval`].
pub fn linear(
    network: &Network,
    region: &Region,
    out_of_time: &dyn Fn() -> bool,
) -> Result<Bounds, BoundsError> {
    let mut relaxation = Relaxation::new(network, region)?;
    for layer in &network.layers()[1..] {
        let before = relaxation
            .bounds()
            .last()
            .expect("the first layer is bounded");
        let bounds = later_layer(layer, before)?;
        relaxation.add_layer(relaxation.next_layer(bounds, out_of_time));
    }
    Ok(Bounds::new(relaxation.into_bounds()))
}

/// Two linear functions of a network's inputs between which an output lies in a region.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// The function below it.
    pub lower: LinearFunction,
    /// The function above it.
    pub upper: LinearFunction,
}

/// `constant + sum of weight * input`.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearFunction {
    /// One weight for each input.
    pub weights: Vec<f64>,
    /// The value where all inputs are zero.
    pub constant: f64,
}

/// Bounds every layer as [`linear`] does, and each output by two linear functions of the inputs, which have the output's
/// bounds as their extreme values over a box.
///
/// # Errors
/// As [`super::interval`].
pub fn envelopes(
    network: &Network,
    region: &Region,
) -> Result<(Bounds, Vec<Envelope>), BoundsError> {
    let bounds = linear(network, region, &|| false)?;
    let hidden = network.hidden().len();
    if hidden == 0 {
        let output = network.output();
        let exact = |index: usize| LinearFunction {
            weights: output.row(index).to_vec(),
            constant: output.biases()[index],
        };
        let both = (0..output.outputs()).map(|index| Envelope {
            lower: exact(index),
            upper: exact(index),
        });
        let envelopes = both.collect();
        return Ok((bounds, envelopes));
    }
    let relaxation = Relaxation::with_bounds(network, region, &bounds.layers()[..hidden]);
    let outputs: Vec<usize> = (0..network.outputs()).collect();
    let mut batch = relaxation.both_signs(&outputs);
    batch.evaluate(&relaxation);
    let envelope = |&output: &usize| {
        let mut lower = batch.function_above(&relaxation, output + outputs.len());
        lower.constant = -lower.constant;
        lower
            .weights
            .iter_mut()
            .for_each(|weight| *weight = -*weight);
        Envelope {
            lower,
            upper: batch.function_above(&relaxation, output),
        }
    };
    let envelopes = outputs.iter().map(envelope).collect();
    Ok((bounds, envelopes))
}

/// Tightens `known` bounds, usually those of [`linear`], by linear relaxations whose slopes are optimised separately
/// for each bound of an unstable neuron or an output (alpha-CROWN: Xu et al., ICLR 2021, arXiv 2011.13824), until
/// `out_of_time()`. Takes tens of times as long as [`linear`].
///
/// # Panics
/// When the bounds are of another network.
pub fn alpha(
    network: &Network,
    region: &Region,
    known: &Bounds,
    out_of_time: &dyn Fn() -> bool,
) -> Bounds {
    let mut relaxation = Relaxation::with_bounds(network, region, &known.layers()[..1]);
    for (index, bounds) in known.layers().iter().enumerate().skip(1) {
        let is_output = index == network.hidden().len();
        let matters = |&neuron: &usize| is_output || bounds[neuron].phase() == Phase::Unstable;
        let neurons: Vec<usize> = (0..bounds.len()).filter(matters).collect();
        let steps = steps(2 * neurons.len(), &relaxation);
        let mut bounds = bounds.clone();
        for neurons in neurons.chunks(TOGETHER) {
            if out_of_time() {
                break;
            }
            let mut batch = relaxation.both_signs(neurons);
            let descent = Descent {
                steps,
                first: FIRST,
            };
            let values = batch.tighten(&relaxation, descent, &|_| out_of_time());
            bounds = within(bounds, neurons, &values);
        }
        relaxation.add_layer(bounds);
    }
    Bounds::new(relaxation.into_bounds())
}

/// The number of descent steps that [`WORK`] allows for `rows` rows.
fn steps(rows: usize, relaxation: &Relaxation) -> usize {
    let of_one = 2 * rows * relaxation.work();
    STEPS.min(WORK / of_one.max(1))
}

/// Tightens the `known` bounds of `neurons` by `values`: first their upper bounds, then the upper bounds of
/// their negatives.
fn within(mut known: Vec<Interval>, neurons: &[usize], values: &[f64]) -> Vec<Interval> {
    let (upper, lower) = values.split_at(neurons.len());
    for (&neuron, (&upper, &lower)) in neurons.iter().zip(upper.iter().zip(lower)) {
        known[neuron] = known[neuron].within(-lower, upper);
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::random;

    #[test]
    fn outputs_lie_between_their_envelopes() {
        for seed in 0..20 {
            let hidden: &[usize] = if seed % 5 == 0 { &[] } else { &[7, 6] };
            let network = random(3, hidden, seed).unwrap();
            let (lower, upper) = (vec![-0.5, 0.2, 0.0], vec![0.7, 0.9, 0.0]);
            let region = Region::new_box(lower.clone(), upper.clone()).unwrap();
            let (bounds, envelopes) = envelopes(&network, &region).unwrap();
            let last = bounds.layers().last().unwrap();
            for step in 0..500 {
                let unit = |rate: f64| (f64::from(step) * rate).fract();
                let shares = [unit(0.819_172), unit(0.671_043), unit(0.549_7)];
                let sides = lower.iter().zip(&upper).zip(shares);
                let x: Vec<f64> = sides.map(|((l, u), share)| l + share * (u - l)).collect();
                let y = network.forward(&x);
                for ((y, envelope), interval) in y.iter().zip(&envelopes).zip(last) {
                    let at = |function: &LinearFunction| {
                        let terms = function.weights.iter().zip(&x);
                        function.constant + terms.map(|(weight, x)| weight * x).sum::<f64>()
                    };
                    assert!(at(&envelope.lower) <= *y && *y <= at(&envelope.upper));
                    assert!(interval.lower() <= *y && *y <= interval.upper());
                }
            }
        }
    }
}
