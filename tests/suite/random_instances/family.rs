//! Kinds of networks that may expose faults.

use pipeline::instance::Region;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::draft::Draft;
use super::unstable::ranges;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Weights of ordinary size.
    Uniform,
    /// Most neurons change their phase near one input.
    Centred,
    /// Like networks after training and pruning.
    Trained,
    /// Whole layers times 1e-9 to 1e9.
    LayerScales,
    /// Neurons times 1e-9 to 1e9, their readers divided by it.
    NeuronScales,
    /// The output layer times 1e-9 to 1e9.
    OutputScale,
    /// Small integer weights.
    Ties,
    /// Two equal outputs.
    EqualOutputs,
    /// Neurons that are always active, always inactive, without weights, or unread.
    Dead,
    /// Neurons that are multiples of others.
    Duplicates,
    /// Preactivations whose range begins or ends at zero exactly.
    Touching,
    /// No biases.
    ZeroBiases,
    /// Pairs of steep neurons whose difference is a step.
    Steps,
    /// Pairs of large neurons whose difference matters.
    Cancelling,
    /// The optimum is close to zero, but not zero.
    Narrow,
    /// Several of these at once.
    Mixed,
    /// No hidden layer.
    Linear,
}

impl Family {
    pub const ALL: [Self; 17] = [
        Self::Uniform,
        Self::Centred,
        Self::Trained,
        Self::LayerScales,
        Self::NeuronScales,
        Self::OutputScale,
        Self::Ties,
        Self::EqualOutputs,
        Self::Dead,
        Self::Duplicates,
        Self::Touching,
        Self::ZeroBiases,
        Self::Steps,
        Self::Cancelling,
        Self::Narrow,
        Self::Mixed,
        Self::Linear,
    ];

    /// Whether numbers of few bits make the family's property exact.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Ties | Self::Touching)
    }

    pub fn draft(self, sizes: &[usize], region: &Region, rng: &mut ChaCha8Rng) -> Draft {
        match self {
            Self::Ties | Self::Touching => {
                let mut draft = Draft::whole(sizes, rng);
                self.change(&mut draft, region, rng);
                return draft;
            }
            Self::Trained => return Draft::trained(sizes, rng),
            _ => {}
        }
        let zeros = if rng.random_bool(0.5) { 0.0 } else { 0.3 };
        let mut draft = Draft::uniform(sizes, zeros, rng);
        if self == Self::Centred || rng.random_bool(0.3) {
            draft.centre(region.default_point(), rng);
        }
        let bits = [8, 12, 24, 24, 53][rng.random_range(0..5)];
        draft.shorten(bits);
        self.change(&mut draft, region, rng);
        draft
    }

    fn change(self, draft: &mut Draft, region: &Region, rng: &mut ChaCha8Rng) {
        let hidden = draft.hidden();
        match self {
            Self::LayerScales => {
                for layer in 0..=hidden {
                    draft.scale_layer(layer, power(9, rng));
                }
            }
            Self::NeuronScales => {
                for layer in 0..hidden {
                    for neuron in 0..draft.biases[layer].len() {
                        draft.scale_neuron(layer, neuron, power(9, rng));
                    }
                }
            }
            Self::OutputScale => draft.scale_layer(hidden, power(9, rng)),
            Self::EqualOutputs => equal_outputs(draft, rng),
            Self::Dead => dead(draft, rng),
            Self::Duplicates => duplicates(draft, rng),
            Self::Touching => touching(draft, region, rng),
            Self::ZeroBiases => draft
                .biases
                .iter_mut()
                .flatten()
                .for_each(|bias| *bias = 0.0),
            Self::Steps => steps(draft, region, rng),
            Self::Cancelling => cancelling(draft, rng),
            Self::Mixed => {
                for _ in 0..3 {
                    let other = rng.random_range(0..Self::ALL.len());
                    if Self::ALL[other] != Self::Mixed {
                        Self::ALL[other].change(draft, region, rng);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Ten to a power between `-most` and `most`, some of them exact powers of two.
fn power(most: i32, rng: &mut ChaCha8Rng) -> f64 {
    if rng.random_bool(0.3) {
        2f64.powi(rng.random_range(-3 * most..=3 * most))
    } else {
        10f64.powi(rng.random_range(-most..=most))
    }
}

/// A hidden layer with at least `neurons`, if there is one.
fn layer_of(draft: &Draft, neurons: usize, rng: &mut ChaCha8Rng) -> Option<usize> {
    let wide = (0..draft.hidden()).filter(|&layer| draft.biases[layer].len() >= neurons);
    let wide: Vec<_> = wide.collect();
    (!wide.is_empty()).then(|| wide[rng.random_range(0..wide.len())])
}

/// Makes every output equal to the first, or less than it except where all neurons it reads are inactive.
fn equal_outputs(draft: &mut Draft, rng: &mut ChaCha8Rng) {
    let output = draft.hidden();
    let less = rng.random_bool(0.5);
    for i in 1..draft.biases[output].len() {
        draft.biases[output][i] = draft.biases[output][0];
        draft.weights[output][i] = draft.weights[output][0].clone();
        if less {
            for weight in &mut draft.weights[output][i] {
                *weight -= f64::from(rng.random_range(0..=2));
            }
        }
    }
}

fn dead(draft: &mut Draft, rng: &mut ChaCha8Rng) {
    for layer in 0..draft.hidden() {
        for neuron in 0..draft.biases[layer].len() {
            match rng.random_range(0..8) {
                0 => draft.biases[layer][neuron] = -100.0,
                1 => draft.biases[layer][neuron] = 100.0,
                2 => draft.weights[layer][neuron]
                    .iter_mut()
                    .for_each(|w| *w = 0.0),
                3 => draft.weights[layer + 1]
                    .iter_mut()
                    .for_each(|row| row[neuron] = 0.0),
                _ => {}
            }
        }
    }
}

fn duplicates(draft: &mut Draft, rng: &mut ChaCha8Rng) {
    for _ in 0..2 {
        let Some(layer) = layer_of(draft, 2, rng) else {
            return;
        };
        let width = draft.biases[layer].len();
        let (from, to) = (rng.random_range(0..width), rng.random_range(0..width));
        let factor = [1.0, 1.0, 2.0, -1.0, 0.375, 1e3, -1e-3, 1.0 / 3.0][rng.random_range(0..8)];
        let copy = draft.weights[layer][from].iter().map(|w| factor * w);
        draft.weights[layer][to] = copy.collect();
        draft.biases[layer][to] = factor * draft.biases[layer][from];
        if from != to && rng.random_bool(0.5) {
            // The two cancel, or their sum is affine.
            for reader in &mut draft.weights[layer + 1] {
                reader[to] = -reader[from] / factor;
            }
        }
    }
}

/// Sets biases for which the interval of a preactivation begins or ends at zero.
fn touching(draft: &mut Draft, region: &Region, rng: &mut ChaCha8Rng) {
    for layer in 0..draft.hidden() {
        for neuron in 0..draft.biases[layer].len() {
            let (least, most) = ranges(&draft.network(), region)[layer][neuron];
            match rng.random_range(0..4) {
                0 => draft.biases[layer][neuron] -= least,
                1 => draft.biases[layer][neuron] -= most,
                2 => draft.biases[layer][neuron] -= (least + most) / 2.0,
                _ => {}
            }
        }
    }
}

/// Adds `relu(k f) - relu(k f - 1)` for an affine function `f` that changes its sign and a large `k`.
fn steps(draft: &mut Draft, region: &Region, rng: &mut ChaCha8Rng) {
    for _ in 0..rng.random_range(1..=2) {
        let Some(layer) = layer_of(draft, 2, rng) else {
            return;
        };
        let first = 2 * rng.random_range(0..draft.biases[layer].len() / 2);
        let (least, most) = ranges(&draft.network(), region)[layer][first];
        let steep = 10f64.powi(rng.random_range(1..=9));
        let middle = least + rng.random_range(0.2..0.8) * (most - least);
        let row = draft.weights[layer][first].iter().map(|w| steep * w);
        let row: Vec<f64> = row.collect();
        let bias = steep * (draft.biases[layer][first] - middle);
        draft.biases[layer][first] = bias;
        draft.biases[layer][first + 1] = bias - 1.0;
        draft.weights[layer][first] = row.clone();
        draft.weights[layer][first + 1] = row;
        for reader in &mut draft.weights[layer + 1] {
            reader[first + 1] = -reader[first];
        }
    }
}

/// Makes two neurons with the same large bias or large weights, read with opposite signs.
fn cancelling(draft: &mut Draft, rng: &mut ChaCha8Rng) {
    let Some(layer) = layer_of(draft, 2, rng) else {
        return;
    };
    let first = rng.random_range(0..draft.biases[layer].len() - 1);
    let large = 10f64.powi(rng.random_range(2..=9));
    if rng.random_bool(0.5) {
        draft.biases[layer][first] = large;
        draft.biases[layer][first + 1] = large;
    } else {
        // Large multiples of the same function, to one of which the other neuron's own small function is added.
        for k in 0..draft.weights[layer][first].len() {
            let weight = large * draft.weights[layer][first][k];
            draft.weights[layer][first][k] = weight;
            draft.weights[layer][first + 1][k] += weight;
        }
        let bias = large * draft.biases[layer][first];
        draft.biases[layer][first] = bias;
        draft.biases[layer][first + 1] += bias;
    }
    for reader in &mut draft.weights[layer + 1] {
        reader[first + 1] = -reader[first];
    }
}
