//! Which networks are trained together, and by whom.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::batches::Batches;
use super::check::{check_samples, check_shapes};
use super::device::Device;
use super::error::TrainingError;
use super::fit::{Fit, Outcomes};
use super::progress::{Event, Observer};
use super::samples::Samples;
use super::settings::{DataOrder, TrainingSettings};
use crate::network::Network;

/// What a stack may take of a GPU's memory, in bytes: most GPUs have that much, and a
/// larger stack is hardly faster.
const STACK_BYTES: usize = 2 << 30;
/// The largest buffer of a stack: what every GPU has by the standard of WebGPU.
const BUFFER_BYTES: usize = 128 << 20;
/// Tensors of the size of the parameters that a step has at a time: the parameters, their moments
/// and masks, the gradients, and what is made on the way.
const PARAMETER_TENSORS: usize = 10;
/// The same of the size of the neurons' outputs, and of the batch where each network has its own.
const OUTPUT_TENSORS: usize = 4;
const BATCH_TENSORS: usize = 2;

/// Networks of one shape to be trained by the same settings on the same samples.
pub struct Fleet<'a> {
    networks: usize,
    /// Their layer sizes.
    sizes: Vec<usize>,
    samples: Samples<'a>,
    settings: &'a TrainingSettings,
    device: Device,
    observer: Observer<'a>,
}

/// Trains the networks of a range together, by a fit.
pub trait TrainStack: Fn(Range<usize>, Fit) -> Result<Outcomes, TrainingError> + Sync {}

impl<F: Fn(Range<usize>, Fit) -> Result<Outcomes, TrainingError> + Sync> TrainStack for F {}

impl<'a> Fleet<'a> {
    /// Fails where these networks cannot be trained together so.
    pub fn new<'n>(
        networks: impl ExactSizeIterator<Item = &'n Network> + Clone,
        samples: Samples<'a>,
        settings: &'a TrainingSettings,
        device: Device,
        observer: Observer<'a>,
    ) -> Result<Self, TrainingError> {
        settings.check()?;
        check_samples(samples)?;
        check_shapes(networks.clone(), samples)?;
        settings.loss.check_samples(samples)?;
        Ok(Self {
            networks: networks.len(),
            sizes: networks
                .clone()
                .next()
                .map_or_else(Vec::new, Network::sizes),
            samples,
            settings,
            device,
            observer,
        })
    }

    /// Trains all, stack by stack: on the processor one on each core, on a GPU one after the
    /// other.
    pub fn run(&self, train: impl TrainStack) -> Result<Outcomes, TrainingError> {
        if self.networks == 0 {
            return Ok(Vec::new());
        }
        let device = self.device.open()?;
        let batches = Batches::new(self.samples, self.settings, device, self.device.is_host());
        let size = stack_size(&self.sizes, self.samples.len(), self.settings, self.device);
        let starts: Vec<usize> = (0..self.networks).step_by(size).collect();
        let workers = if self.device.is_processor() {
            thread::available_parallelism().map_or(1, usize::from)
        } else {
            1
        };
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            while let Some(&start) = starts.get(next.fetch_add(1, Ordering::Relaxed)) {
                let stack = start..self.networks.min(start + size);
                let outcomes = self.train(&train, stack, &batches);
                if outcomes.is_err() {
                    // Nobody begins another stack.
                    next.store(starts.len(), Ordering::Relaxed);
                }
                done.push((start, outcomes?));
            }
            Ok(done)
        };
        let shares: Vec<Result<Vec<_>, TrainingError>> = thread::scope(|scope| {
            let workers = 0..workers.min(starts.len());
            let workers: Vec<_> = workers.map(|_| scope.spawn(work)).collect();
            let joined = workers.into_iter().map(|worker| worker.join());
            joined
                .map(|share| share.unwrap_or_else(|panic| resume_unwind(panic)))
                .collect()
        });
        let mut done = Vec::new();
        for share in shares {
            done.extend(share?);
        }
        done.sort_by_key(|&(start, _)| start);
        Ok(done
            .into_iter()
            .flat_map(|(_, outcomes)| outcomes)
            .collect())
    }

    /// Trains a stack; in halves where the GPU fails, whose memory may be too small for all.
    fn train(
        &self,
        train: &impl TrainStack,
        stack: Range<usize>,
        batches: &Batches,
    ) -> Result<Outcomes, TrainingError> {
        let failed = match self.attempt(train, stack.clone(), batches) {
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
        let mut outcomes = self.train(train, stack.start..half, batches)?;
        outcomes.extend(self.train(train, half..stack.end, batches)?);
        Ok(outcomes)
    }

    /// A GPU out of memory is a panic of Burn.
    fn attempt(
        &self,
        train: &impl TrainStack,
        stack: Range<usize>,
        batches: &Batches,
    ) -> Result<Outcomes, TrainingError> {
        let fit = Fit {
            first: stack.start,
            round: 1,
            rounds: 1,
            batches,
            settings: self.settings,
            device: self.device,
            observer: self.observer,
        };
        if self.device.is_processor() {
            return train(stack, fit);
        }
        let attempt = AssertUnwindSafe(|| train(stack, fit));
        catch_unwind(attempt).unwrap_or_else(|panic| {
            Err(TrainingError::device_failed(
                self.device,
                &panic_message(&*panic),
            ))
        })
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let owned = panic.downcast_ref::<String>().cloned();
    let owned = owned.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    owned.unwrap_or_else(|| String::from("no message"))
}

/// How many networks of these layer sizes are trained as one on so many images: on the processor
/// each for itself (a core is busy with one, and its numbers stay in the cache), on a GPU what its
/// memory takes.
pub fn stack_size(
    sizes: &[usize],
    images: usize,
    settings: &TrainingSettings,
    device: Device,
) -> usize {
    if device.is_processor() {
        return 1;
    }
    let layers = sizes.windows(2).map(|pair| pair[0] * pair[1]);
    let largest_layer = layers.clone().max().unwrap_or(0);
    let neurons: usize = sizes[1..].iter().sum();
    let outputs = settings.batch_size * neurons;
    // Where each network has an order of its own: its batch, and the order of an epoch.
    let (batch, order) = match settings.order {
        DataOrder::Sequential => (0, 0),
        DataOrder::Shuffled => (settings.batch_size * sizes[0], images),
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
