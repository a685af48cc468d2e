//! Regularisers: penalties on the parameters of a network, minimised together with its loss.

use std::fmt::Debug;

/// A penalty that [`Job::with_penalty`](super::Job::with_penalty) adds to the loss, computed on the
/// device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Penalty {
    /// The sum of the absolute values of all weights and biases.
    L1,
    /// The sum of the squares of all weights and biases.
    L2,
    /// The sum of the absolute values of all weights.
    WeightsL1,
    /// The sum of the squares of all weights.
    WeightsL2,
}

impl Penalty {
    /// Whether it sums the `power`-th powers of the magnitudes of the weights or of the biases.
    pub(super) fn is_of(self, is_bias: bool, power: u32) -> bool {
        match self {
            Self::L1 => power == 1,
            Self::L2 => power == 2,
            Self::WeightsL1 => power == 1 && !is_bias,
            Self::WeightsL2 => power == 2 && !is_bias,
        }
    }
}

/// A penalty R on the parameters of a network that is computed on the CPU, from plain numbers:
/// [`Job::with_regulariser`](super::Job::with_regulariser) trains a network on the mean loss of a
/// batch plus a strength times R.
///
/// A regulariser is called from several threads at once, for different networks. The same snapshot
/// must give the same result, or trainings cannot be repeated bit for bit: random choices are drawn
/// from [`Snapshot::seed`] and [`Snapshot::step`].
///
/// ```
/// use std::sync::Arc;
///
/// use pipeline::dataset::Table;
/// use pipeline::training::{
///     Device, Job, LayerGradient, Loss, Regulariser, Snapshot, TrainingSettings, train_one,
/// };
///
/// /// The sum of the positive weights.
/// #[derive(Debug)]
/// struct PositiveWeights;
///
/// impl Regulariser for PositiveWeights {
///     fn penalty(&self, network: &Snapshot, gradient: &mut [LayerGradient]) -> f64 {
///         let mut sum = 0.0;
///         for (layer, gradient) in network.layers.iter().zip(gradient) {
///             for (weight, slope) in layer.weights.iter().zip(&mut *gradient.weights) {
///                 if *weight > 0.0 {
///                     sum += f64::from(*weight);
///                     *slope += 1.0;
///                 }
///             }
///         }
///         sum
///     }
/// }
///
/// let inputs: Vec<[f64; 1]> = (0..100).map(|row| [f64::from(row) / 50.0 - 1.0]).collect();
/// let targets: Vec<[f64; 1]> = inputs.iter().map(|[x]| [x.abs()]).collect();
/// let table = Table::new(&inputs, &targets)?;
/// let settings = TrainingSettings::for_table(Loss::SquaredError, 10);
/// let job = Job::with_sizes(&[1, 8, 1], 0)?.with_regulariser(Arc::new(PositiveWeights), 1e-3);
/// let network = train_one(job, &table, &settings, Device::Cpu, &|_| {})?;
/// assert_eq!(network.sizes(), [1, 8, 1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Regulariser: Debug + Send + Sync {
    /// The penalty R of a network. Adds the derivatives of R to `gradient`, which has a layer for
    /// each layer of the network and is zero when this is called. (The derivatives at pruned
    /// weights, which are constants, are dropped afterwards.)
    fn penalty(&self, network: &Snapshot, gradient: &mut [LayerGradient]) -> f64;

    /// It acts on every n-th batch only, the first one included, where its strength is not multiplied
    /// by n.
    fn every(&self) -> usize {
        1
    }

    /// Whether [`Snapshot::inputs`] is read: where no regulariser does, it is empty.
    fn reads_inputs(&self) -> bool {
        false
    }
}

/// A network before a step of its training.
#[derive(Debug)]
pub struct Snapshot<'a> {
    /// The parameters of each layer, first to last.
    pub layers: Vec<LayerView<'a>>,
    /// The inputs of the batch (samples x inputs), row after row.
    pub inputs: &'a [f32],
    /// Steps of the optimiser before this one.
    pub step: usize,
    /// The seed of the network's job.
    pub seed: u64,
}

/// The parameters of a layer.
#[derive(Debug, Clone, Copy)]
pub struct LayerView<'a> {
    /// Inputs x neurons: the weights of one input after the other.
    pub weights: &'a [f32],
    /// One for each neuron.
    pub biases: &'a [f32],
}

impl LayerView<'_> {
    /// Number of inputs of the layer.
    pub fn inputs(&self) -> usize {
        self.weights.len() / self.biases.len()
    }

    /// Number of neurons of the layer.
    pub fn neurons(&self) -> usize {
        self.biases.len()
    }
}

/// The derivatives with respect to the parameters of a layer, in the order of [`LayerView`].
#[derive(Debug)]
pub struct LayerGradient<'a> {
    /// Inputs x neurons, like the weights themselves.
    pub weights: &'a mut [f32],
    /// One for each neuron.
    pub biases: &'a mut [f32],
}
