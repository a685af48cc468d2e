//! Adam on the parameters of a network, with L2 decay, a clip of the gradient's global norm,
//! and pruned weights that never move.

use burn::optim::decay::WeightDecayConfig;
use burn::optim::{Adam, AdamConfig, AdamState, Optimizer};
use burn::tensor::{Gradients, Tensor};

use super::TrainingSettings;

/// Added to the denominator of Adam, as PyTorch does.
const EPSILON: f32 = 1e-8;
/// Added to the norm before a gradient is divided by it, as PyTorch's `clip_grad_norm_` does.
const NORM_EPSILON: f64 = 1e-6;

/// Below these magnitudes a value, its first and its second moment become zero, see
/// [`Parameter::flush`]. A second moment of 1e-30 is invisible beside [`EPSILON`].
const NEGLIGIBLE: [f32; 3] = [1e-12, 1e-20, 1e-30];

/// Adam (Kingma and Ba 2015, algorithm 1), the decay added to the gradient before the moments.
pub fn adam(settings: &TrainingSettings) -> Adam {
    let decay =
        (settings.weight_decay > 0.0).then(|| WeightDecayConfig::new(settings.weight_decay as f32));
    AdamConfig::new()
        .with_epsilon(EPSILON)
        .with_weight_decay(decay)
        .build()
}

/// One tensor that is trained, with what Adam remembers of it.
pub struct Parameter<const D: usize> {
    value: Tensor<D>,
    kept: Option<Tensor<D>>,
    state: Option<AdamState<D>>,
}

impl<const D: usize> Parameter<D> {
    /// A parameter from its value and, where some entries are pruned, ones and zeros that say
    /// which are kept. Pruned entries of the value must be zero.
    pub fn new(value: Tensor<D>, kept: Option<Tensor<D>>) -> Self {
        Self {
            value: value.autodiff().require_grad(),
            kept,
            state: None,
        }
    }

    /// The value, as a leaf of the graph of the next loss.
    pub fn value(&self) -> Tensor<D> {
        self.value.clone()
    }

    /// The gradient of the loss, zero at pruned entries: they are constants, so they count
    /// neither in the norm of the gradient nor in Adam's moments.
    pub fn gradient(&self, gradients: &mut Gradients) -> Tensor<D> {
        let gradient = self
            .value
            .grad_remove(gradients)
            .expect("the loss depends on every parameter");
        match &self.kept {
            None => gradient,
            Some(kept) => gradient * kept.clone(),
        }
    }

    /// The parameter after one step of Adam against a gradient from [`Parameter::gradient`].
    ///
    /// A pruned entry stays exactly zero: value, gradient and so both moments are zero there,
    /// and the step is 0 / (0 + epsilon).
    pub fn step(self, adam: &Adam, learning_rate: f64, gradient: Tensor<D>) -> Self {
        let value = self.value.without_autodiff();
        let (value, state) = adam.step(learning_rate, value, gradient, self.state);
        Self {
            value: value.autodiff().require_grad(),
            kept: self.kept,
            state,
        }
    }

    /// The parameter with negligible values and moments replaced by zero.
    ///
    /// Weights that only the decay moves (of pixels that are always black, of neurons that are
    /// never active) shrink geometrically until they are subnormal numbers, on which processors
    /// are slower by two orders of magnitude: an epoch took up to five times as long.
    pub fn flush(self) -> Self {
        let [value, first, second] = NEGLIGIBLE;
        Self {
            value: flushed(self.value.without_autodiff(), value)
                .autodiff()
                .require_grad(),
            kept: self.kept,
            state: self.state.map(|mut state| {
                state.momentum.moment_1 = flushed(state.momentum.moment_1, first);
                state.momentum.moment_2 = flushed(state.momentum.moment_2, second);
                state
            }),
        }
    }
}

fn flushed<const D: usize>(tensor: Tensor<D>, negligible: f32) -> Tensor<D> {
    let small = tensor.clone().abs().lower_elem(negligible);
    tensor.mask_fill(small, 0.0)
}

/// The gradient of one layer: of its weights and of its biases.
pub type LayerGradient = (Tensor<2>, Tensor<1>);

/// Scales the gradients of all layers together so that their joint Euclidean norm is at most
/// `limit` (PyTorch's `clip_grad_norm_`). The norm stays on the device.
pub fn clip_global_norm(gradients: Vec<LayerGradient>, limit: f64) -> Vec<LayerGradient> {
    let squares = gradients
        .iter()
        .map(|(weights, biases)| weights.clone().square().sum() + biases.clone().square().sum())
        .reduce(|sum, square| sum + square);
    let Some(squares) = squares else {
        return gradients;
    };
    let scale = (squares.sqrt() + NORM_EPSILON)
        .recip()
        .mul_scalar(limit)
        .clamp_max(1.0);
    gradients
        .into_iter()
        .map(|(weights, biases)| {
            let scaled = weights * scale.clone().unsqueeze::<2>();
            (scaled, biases * scale.clone())
        })
        .collect()
}
