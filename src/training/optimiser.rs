//! Adam on the parameters of a stack of networks, with L2 decay, a clip of each gradient's
//! norm, and pruned weights that never move.

use burn::tensor::{Device, Tensor, TensorData};
use pulp::Arch;

/// How much Adam's moments keep of what was, per step (Kingma and Ba 2015, algorithm 1).
const KEEP: [f32; 2] = [0.9, 0.999];
/// Added to the denominator of Adam, as PyTorch does.
const EPSILON: f32 = 1e-8;
/// Added to the norm before a gradient is divided by it, as PyTorch's `clip_grad_norm_` does.
const NORM_EPSILON: f64 = 1e-6;

/// Below these magnitudes a value, its first and its second moment become zero. A second moment
/// of 1e-30 is invisible beside [`EPSILON`].
///
/// Weights that only the decay moves (of pixels that are always black, of neurons that are never
/// active) shrink geometrically until they are subnormal numbers, on which CPUs are slower
/// by two orders of magnitude: an epoch took up to five times as long.
const NEGLIGIBLE: [f32; 3] = [1e-12, 1e-20, 1e-30];

/// The state of Adam that the steps of all parameters share.
pub struct Adam {
    steps: i32,
    decays: PerNetwork,
    rates: PerNetwork,
}

/// A number of each network, on the host and (networks x 1 x 1) on the device.
pub struct PerNetwork(Vec<f32>, pub Tensor<3>);

impl PerNetwork {
    pub fn new(values: impl Iterator<Item = f64>, device: &Device) -> Self {
        let values: Vec<f32> = values.map(|value| value as f32).collect();
        let data = TensorData::new(values.clone(), [values.len(), 1, 1]);
        Self(values, Tensor::from_data(data, device))
    }
}

impl Adam {
    /// Adam before its first step, with the weight decay of each network.
    pub fn new(decays: impl Iterator<Item = f64>, device: &Device) -> Self {
        Self {
            steps: 0,
            decays: PerNetwork::new(decays, device),
            rates: PerNetwork::new(std::iter::empty(), device),
        }
    }

    /// Sets the learning rate of each network.
    pub fn set_rates(&mut self, rates: impl Iterator<Item = f64>) {
        self.rates = PerNetwork::new(rates, &self.rates.1.device());
    }

    /// Begins the next step of all parameters.
    pub fn advance(&mut self) {
        self.steps += 1;
    }

    /// What the moments are multiplied by, because they began at zero.
    fn corrections(&self) -> [f32; 2] {
        KEEP.map(|keep| (1.0 / (1.0 - f64::from(keep).powi(self.steps))) as f32)
    }
}

/// One tensor of each network that is trained (networks x rows x columns), with its moments.
pub struct Parameter {
    value: Tensor<3>,
    moments: Moments,
    kept: Option<Tensor<3>>,
}

/// The first and the second moment of a parameter's gradients.
enum Moments {
    OnHost([Vec<f32>; 2]),
    OnDevice(Box<[Tensor<3>; 2]>),
}

impl Parameter {
    /// A parameter from its value and, where some entries are pruned, ones and zeros that say
    /// which are kept. Pruned entries of the value must be zero. On the host, steps are taken in
    /// the memory of the CPU.
    pub fn new(value: Tensor<3>, kept: Option<Tensor<3>>, on_host: bool) -> Self {
        let zeros = || vec![0.0; value.dims().iter().product()];
        let moments = if on_host {
            Moments::OnHost([zeros(), zeros()])
        } else {
            Moments::OnDevice(Box::new([value.zeros_like(), value.zeros_like()]))
        };
        Self {
            value,
            moments,
            kept,
        }
    }

    pub fn value(&self) -> Tensor<3> {
        self.value.clone()
    }

    /// Networks, rows, columns.
    pub fn dims(&self) -> [usize; 3] {
        self.value.dims()
    }

    pub fn device(&self) -> Device {
        self.value.device()
    }

    /// Calls `read` with the values in the memory of the CPU: without a copy on a device that keeps
    /// them there.
    pub fn read<R>(&mut self, read: impl FnOnce(&[f32]) -> R) -> R {
        if matches!(self.moments, Moments::OnDevice(_)) {
            return read(&host_values(self.value()));
        }
        let (shape, device) = (self.value.dims(), self.value.device());
        let empty = Tensor::empty([0, 0, 0], &device);
        let values = host_values(std::mem::replace(&mut self.value, empty));
        let result = read(&values);
        self.value = Tensor::from_data(TensorData::new(values, shape), &device);
        result
    }

    /// A gradient with zeros at pruned entries: they are constants, so they count neither in the
    /// norm of the gradient nor in Adam's moments.
    pub fn masked(&self, gradient: Tensor<3>) -> Tensor<3> {
        match &self.kept {
            None => gradient,
            Some(kept) => gradient * kept.clone(),
        }
    }

    /// The parameter after a step of Adam against a gradient from [`Parameter::masked`], the
    /// decay added to it before the moments.
    ///
    /// A pruned entry stays exactly zero: value, gradient and so both moments are zero there,
    /// and the step is 0 / (0 + epsilon).
    pub fn step(self, gradient: Tensor<3>, adam: &Adam) -> Self {
        match self.moments {
            Moments::OnHost(_) => self.opened(gradient).step(adam),
            Moments::OnDevice(moments) => {
                let (value, moments) = step_on_device(self.value, *moments, gradient, adam);
                Self {
                    value,
                    moments,
                    kept: self.kept,
                }
            }
        }
    }

    /// Whether steps are taken in the memory of the CPU.
    pub fn is_on_host(&self) -> bool {
        matches!(self.moments, Moments::OnHost(_))
    }

    pub fn is_masked(&self) -> bool {
        self.kept.is_some()
    }

    /// The parameter as plain numbers.
    ///
    /// # Panics
    /// When it is not on the host.
    pub fn opened(self, gradient: Tensor<3>) -> Opened {
        let Moments::OnHost(moments) = self.moments else {
            panic!("a parameter on the host");
        };
        Opened {
            shape: self.value.dims(),
            device: self.value.device(),
            values: host_values(self.value),
            gradient: host_values(gradient),
            moments,
            kept: self.kept,
        }
    }

    /// The parameter without the subnormal numbers that would slow its training down. (On the
    /// host every step removes them.)
    pub fn flush(self) -> Self {
        match self.moments {
            Moments::OnHost(_) => self,
            Moments::OnDevice(moments) => {
                let [value, first, second] = NEGLIGIBLE;
                let [before_first, before_second] = *moments;
                let moments = [flushed(before_first, first), flushed(before_second, second)];
                Self {
                    value: flushed(self.value, value),
                    moments: Moments::OnDevice(Box::new(moments)),
                    kept: self.kept,
                }
            }
        }
    }
}

fn step_on_device(
    value: Tensor<3>,
    [first, second]: [Tensor<3>; 2],
    gradient: Tensor<3>,
    adam: &Adam,
) -> (Tensor<3>, Moments) {
    let gradient = gradient + value.clone() * adam.decays.1.clone();
    let first = first.mul_scalar(KEEP[0]) + gradient.clone().mul_scalar(1.0 - KEEP[0]);
    let second = second.mul_scalar(KEEP[1]) + gradient.square().mul_scalar(1.0 - KEEP[1]);
    let [first_correction, second_correction] = adam.corrections();
    let rates = adam.rates.1.clone().mul_scalar(first_correction);
    let root = second.clone().mul_scalar(second_correction).sqrt();
    let value = value - first.clone() * rates / root.add_scalar(EPSILON);
    (value, Moments::OnDevice(Box::new([first, second])))
}

/// A parameter in the memory of the CPU before its step.
pub struct Opened {
    shape: [usize; 3],
    device: Device,
    pub values: Vec<f32>,
    pub gradient: Vec<f32>,
    moments: [Vec<f32>; 2],
    kept: Option<Tensor<3>>,
}

impl Opened {
    /// The parameter with these values and moments.
    pub fn closed(self) -> Parameter {
        Parameter {
            value: Tensor::from_data(TensorData::new(self.values, self.shape), &self.device),
            moments: Moments::OnHost(self.moments),
            kept: self.kept,
        }
    }

    /// [`step_on_device`] in one pass over the memory: Burn's dozen operations take as long as the rest
    /// of a training.
    pub fn step(mut self, adam: &Adam) -> Parameter {
        let length = self.shape[1] * self.shape[2];
        let [first, second] = &mut self.moments;
        let both = adam.rates.0.iter().zip(&adam.decays.0);
        for (network, (&rate, &decay)) in both.enumerate() {
            let its = network * length..(network + 1) * length;
            let state = [&mut self.values, first, second].map(|values| &mut values[its.clone()]);
            let corrections = adam.corrections();
            let gradient = &self.gradient[its];
            Arch::new().dispatch(
                #[inline(always)]
                || step_in_place(state, gradient, decay, rate, corrections),
            );
        }
        self.closed()
    }
}

#[inline(always)]
fn step_in_place(
    [values, first, second]: [&mut [f32]; 3],
    gradient: &[f32],
    decay: f32,
    rate: f32,
    [first_correction, second_correction]: [f32; 2],
) {
    let rate = rate * first_correction;
    let state = values.iter_mut().zip(first).zip(second);
    for (((value, first), second), gradient) in state.zip(gradient) {
        let gradient = gradient + decay * *value;
        let m = KEEP[0] * *first + (1.0 - KEEP[0]) * gradient;
        let v = KEEP[1] * *second + (1.0 - KEEP[1]) * (gradient * gradient);
        let stepped = *value - rate * m / ((v * second_correction).sqrt() + EPSILON);
        *first = or_zero(m, NEGLIGIBLE[1]);
        *second = or_zero(v, NEGLIGIBLE[2]);
        *value = or_zero(stepped, NEGLIGIBLE[0]);
    }
}

/// The value, or zero where its magnitude is below what is negligible. (NaN stays.)
#[inline(always)]
fn or_zero(value: f32, negligible: f32) -> f32 {
    if value.abs() < negligible { 0.0 } else { value }
}

fn flushed(tensor: Tensor<3>, negligible: f32) -> Tensor<3> {
    let small = tensor.clone().abs().lower_elem(negligible);
    tensor.mask_fill(small, 0.0)
}

/// The values of a tensor in the memory of the CPU, without a copy where they are there and the
/// tensor is not shared.
pub fn host_values(tensor: Tensor<3>) -> Vec<f32> {
    let values = tensor.into_data().try_into_vec::<f32>();
    values.expect("parameters and gradients are f32")
}

/// Scales the gradients of each network together so that their joint Euclidean norm is at most
/// `limit` (PyTorch's `clip_grad_norm_`). The norms stay on the device.
pub fn clip_norms(gradients: Vec<[Tensor<3>; 2]>, limit: f64) -> Vec<[Tensor<3>; 2]> {
    let squares = gradients
        .iter()
        .flatten()
        .map(|gradient| gradient.clone().square().sum_dim(1).sum_dim(2))
        .reduce(|sum, square| sum + square);
    let Some(squares) = squares else {
        return gradients;
    };
    let scales = (squares.sqrt() + NORM_EPSILON)
        .recip()
        .mul_scalar(limit)
        .clamp_max(1.0);
    let scaled = gradients
        .into_iter()
        .map(|both| both.map(|gradient| gradient * scales.clone()));
    scaled.collect()
}
