//! Distributes networks over stacks and threads.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use super::batches::Batches;
use super::check::{check_samples, check_shapes};
use super::device::Device;
use super::error::TrainingError;
use super::fit::{Fit, Outcomes};
use super::progress::{Event, Observer};
use super::samples::{Samples, TrainingData};
use super::settings::{DataOrder, TrainingSettings};
use crate::network::Network;
use crate::parallel;

/// The memory of a GPU that a stack may use, in bytes: most GPUs have that much, and a larger stack is
/// hardly faster.
const STACK_BYTES: usize = 2 << 30;
/// The largest buffer of a stack, in bytes: the limit that WebGPU guarantees on every GPU.
const BUFFER_BYTES: usize = 128 << 20;
/// Tensors of the size of the parameters that live at once during a step: the parameters, their
/// moments and masks, the gradients, and intermediate results.
const PARAMETER_TENSORS: usize = 10;
/// Tensors of the size of the neurons' outputs, and of the batch where each network has its own.
const OUTPUT_TENSORS: usize = 4;
const BATCH_TENSORS: usize = 2;

/// Networks of one shape to be trained by the same settings on the same samples.
pub struct Fleet<'a> {
    networks: usize,
    /// Their layer sizes.
    sizes: Vec<usize>,
    data: TrainingData<'a>,
    settings: &'a TrainingSettings,
    device: Device,
    observer: Observer<'a>,
}

/// Trains the networks of a range together, by a fit.
pub trait TrainStack: Fn(Range<usize>, Fit) -> Result<Outcomes, TrainingError> + Sync {}

impl<F: Fn(Range<usize>, Fit) -> Result<Outcomes, TrainingError> + Sync> TrainStack for F {}

impl<'a> Fleet<'a> {
    /// Fails where these networks cannot be trained together with these samples and settings.
    pub fn new<'n>(
        networks: impl ExactSizeIterator<Item = &'n Network> + Clone,
        data: TrainingData<'a>,
        settings: &'a TrainingSettings,
        device: Device,
        observer: Observer<'a>,
    ) -> Result<Self, TrainingError> {
        settings.check()?;
        for samples in [Some(data.training), data.validation].into_iter().flatten() {
            check_samples(samples)?;
            settings.loss.check_samples(samples)?;
            check_shapes(networks.clone(), samples, &settings.loss)?;
        }
        if settings.keep_best.is_some() && data.validation.is_none() {
            return Err(TrainingError::NoValidation);
        }
        let first = networks.clone().next();
        if first.is_some_and(|network| settings.fixed_layers >= network.layers().len()) {
            return Err(TrainingError::Setting {
                field: "fixed_layers",
                value: settings.fixed_layers as f64,
                expected: "fewer than the network has layers",
            });
        }
        Ok(Self {
            networks: networks.len(),
            sizes: first.map_or_else(Vec::new, Network::sizes),
            data,
            settings,
            device,
            observer,
        })
    }

    /// Trains all networks with `train`, stack by stack: on the CPU one on each core, on a GPU one
    /// after the other.
    pub fn run(&self, train: impl TrainStack) -> Result<Outcomes, TrainingError> {
        if self.networks == 0 {
            return Ok(Vec::new());
        }
        let device = self.device.open()?;
        let TrainingData {
            training,
            validation,
        } = self.data;
        let batches = |samples: Samples<'a>, order: DataOrder| {
            let size = self.settings.batch_size;
            Batches::new(samples, size, order, device.clone(), self.device.is_host())
        };
        let validation = validation.map(|samples| batches(samples, DataOrder::Sequential));
        let fit = Fit {
            first: 0,
            round: 1,
            rounds: 1,
            batches: &batches(training, self.settings.order),
            validation: validation.as_ref(),
            settings: self.settings,
            device: self.device,
            observer: self.observer,
        };
        let size = stack_size(&self.sizes, training.len(), self.settings, self.device);
        let stacks = (0..self.networks).step_by(size);
        let stacks: Vec<Range<usize>> = stacks
            .map(|start| start..self.networks.min(start + size))
            .collect();
        let threads = if self.device.is_cpu() {
            parallel::cores()
        } else {
            1
        };
        // After an error no thread begins another stack.
        let has_failed = AtomicBool::new(false);
        let outcomes = parallel::map_while(&stacks, threads, |stack| {
            if has_failed.load(Ordering::Relaxed) {
                return None;
            }
            let outcomes = self.train(&train, stack.clone(), fit);
            has_failed.fetch_or(outcomes.is_err(), Ordering::Relaxed);
            Some(outcomes)
        });
        let outcomes: Result<Vec<Outcomes>, TrainingError> = outcomes.into_iter().collect();
        Ok(outcomes?.into_iter().flatten().collect())
    }

    /// Trains a stack; in two halves where the GPU fails, whose memory may be too small for all.
    fn train(
        &self,
        train: &impl TrainStack,
        stack: Range<usize>,
        fit: Fit,
    ) -> Result<Outcomes, TrainingError> {
        let failed = match self.attempt(train, stack.clone(), fit) {
            Err(failed @ TrainingError::DeviceFailed { .. }) if stack.len() > 1 => failed,
            Err(error) => return Err(error),
            Ok(outcomes) => {
                for (job, outcome) in stack.zip(&outcomes) {
                    (self.observer)(Event::Done { job, outcome });
                }
                return Ok(outcomes);
            }
        };
        (self.observer)(Event::TooMany {
            networks: stack.len(),
            failed: &failed,
        });
        let half = stack.start + stack.len() / 2;
        let mut outcomes = self.train(train, stack.start..half, fit)?;
        outcomes.extend(self.train(train, half..stack.end, fit)?);
        Ok(outcomes)
    }

    /// A GPU out of memory is a panic of Burn.
    fn attempt(
        &self,
        train: &impl TrainStack,
        stack: Range<usize>,
        fit: Fit,
    ) -> Result<Outcomes, TrainingError> {
        let fit = Fit {
            first: stack.start,
            ..fit
        };
        if self.device.is_cpu() {
            return train(stack, fit);
        }
        let attempt = AssertUnwindSafe(|| train(stack, fit));
        catch_unwind(attempt).unwrap_or_else(|panic| {
            Err(TrainingError::device_failed(
                self.device,
                parallel::panic_text(&*panic),
            ))
        })
    }
}

/// How many networks with the layer sizes `sizes` one stack holds, when they are trained on `samples`
/// samples: on the CPU one (which keeps a core busy and stays in its cache), on a GPU as many as fit
/// into its memory.
pub fn stack_size(
    sizes: &[usize],
    samples: usize,
    settings: &TrainingSettings,
    device: Device,
) -> usize {
    if device.is_cpu() {
        return 1;
    }
    let layers = sizes.windows(2).map(|pair| pair[0] * pair[1]);
    let largest_layer = layers.clone().max().unwrap_or(0);
    let neurons: usize = sizes[1..].iter().sum();
    let outputs = settings.batch_size * neurons;
    // Where each network has an order of its own: its batch, and the order of an epoch.
    let (batch, order) = match settings.order {
        DataOrder::Sequential => (0, 0),
        DataOrder::Shuffled => (settings.batch_size * sizes[0], samples),
    };
    let each = PARAMETER_TENSORS * (layers.sum::<usize>() + neurons)
        + OUTPUT_TENSORS * outputs
        + BATCH_TENSORS * batch
        + order;
    let value = size_of::<f32>();
    let largest = largest_layer.max(outputs).max(batch).max(order);
    (STACK_BYTES / (value * each))
        .min(BUFFER_BYTES / (value * largest))
        .max(1)
}
