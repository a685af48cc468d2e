//! Where the arithmetic of a training runs.

use thiserror::Error;

use crate::named::{Named, in_words};
use crate::parallel;

/// A device to train on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Device {
    /// The processor, through Burn's own kernels (`burn-flex`) and ours for what is particular to
    /// images and to Adam: the fastest for small networks.
    #[default]
    Cpu,
    /// The processor, through the `ndarray` crate and with Burn's operations alone.
    NdArray,
    /// A GPU through WebGPU, Vulkan or Metal; needs the Cargo feature `wgpu`.
    Wgpu,
    /// An NVIDIA GPU through CUDA; needs the Cargo feature `cuda`.
    Cuda,
}

/// Why a device cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DeviceError {
    #[error(
        "this program was built without the device {0}, build it with `cargo build --release --features {0}`"
    )]
    NotBuilt(Device),
    #[error("device {0}: no GPU or driver was found on this machine, try the device cpu")]
    NoAdapter(Device),
}

impl Named for Device {
    const WHAT: &'static str = "device";
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Cpu, "cpu"),
        (Self::NdArray, "ndarray"),
        (Self::Wgpu, "wgpu"),
        (Self::Cuda, "cuda"),
    ];
}

in_words!(Device);

impl Device {
    /// Whether a training can run here: the device was built in and its hardware is present.
    ///
    /// # Errors
    /// When it cannot.
    pub fn check(self) -> Result<(), DeviceError> {
        self.open().map(|_| ())
    }

    /// The names of the hardware, the one that is used first.
    ///
    /// # Errors
    /// When a training cannot run here.
    pub fn hardware(self) -> Result<Vec<String>, DeviceError> {
        match self {
            Self::Cpu | Self::NdArray => {
                let cores = parallel::cores();
                Ok(vec![format!("{cores} cores, a network on each")])
            }
            Self::Wgpu | Self::Cuda => gpus::names(self),
        }
    }

    /// Whether its tensors lie in the processor's memory, where our own loops may work on them.
    pub(super) fn is_host(self) -> bool {
        self == Self::Cpu
    }

    /// Whether it is the processor, each core of which had better train a network of its own.
    pub fn is_processor(self) -> bool {
        matches!(self, Self::Cpu | Self::NdArray)
    }

    /// The device as Burn knows it.
    pub(super) fn open(self) -> Result<burn::tensor::Device, DeviceError> {
        match self {
            Self::Cpu => Ok(burn::tensor::Device::flex()),
            Self::NdArray => Ok(open_ndarray()),
            Self::Wgpu | Self::Cuda => gpus::open(self),
        }
    }
}

#[expect(
    deprecated,
    reason = "Burn 0.22 still ships this device, as an independent check of its newer one"
)]
fn open_ndarray() -> burn::tensor::Device {
    burn_ndarray::NdArrayDevice::Cpu.into()
}

#[cfg(any(feature = "wgpu", feature = "cuda"))]
mod gpus {
    use burn::tensor::DeviceType;

    use super::{Device, DeviceError};

    /// Burn's default adapter, its fastest GPU. Burn panics in the first operation where
    /// there is none, so they are counted before.
    pub fn open(device: Device) -> Result<burn::tensor::Device, DeviceError> {
        let mut gpus = all(device)?;
        match device {
            #[cfg(feature = "wgpu")]
            Device::Wgpu => Ok(burn_wgpu::WgpuDevice::default().into()),
            _ => Ok(gpus.swap_remove(0)),
        }
    }

    pub fn names(device: Device) -> Result<Vec<String>, DeviceError> {
        let mut names: Vec<String> = Vec::new();
        for gpu in [open(device)?].into_iter().chain(all(device)?) {
            let name = match gpu.identity() {
                Some(identity) if identity.physical.is_none() => {
                    format!("{} (software)", identity.name)
                }
                Some(identity) => identity.name,
                None => String::from("a GPU without a name"),
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// The GPUs of a device, at least one.
    fn all(device: Device) -> Result<Vec<burn::tensor::Device>, DeviceError> {
        let gpus = match device {
            #[cfg(feature = "wgpu")]
            Device::Wgpu => burn::tensor::Device::enumerate(DeviceType::Wgpu),
            #[cfg(feature = "cuda")]
            Device::Cuda => burn::tensor::Device::enumerate(DeviceType::Cuda),
            _ => return Err(DeviceError::NotBuilt(device)),
        };
        if gpus.is_empty() {
            return Err(DeviceError::NoAdapter(device));
        }
        Ok(gpus.into_vec())
    }
}

#[cfg(not(any(feature = "wgpu", feature = "cuda")))]
mod gpus {
    use super::{Device, DeviceError};

    pub fn open(device: Device) -> Result<burn::tensor::Device, DeviceError> {
        Err(DeviceError::NotBuilt(device))
    }

    pub fn names(device: Device) -> Result<Vec<String>, DeviceError> {
        Err(DeviceError::NotBuilt(device))
    }
}
