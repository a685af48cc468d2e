//! Where the arithmetic of a training runs.

use thiserror::Error;

use crate::named::{Named, in_words};
use crate::parallel;

/// A device to train on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Device {
    /// The CPU, through Burn's kernels (`burn-flex`) and our own loops over images and for Adam: the
    /// fastest device for small networks.
    #[default]
    Cpu,
    /// The CPU, through the `ndarray` crate and with Burn's operations alone.
    NdArray,
    /// A GPU through WebGPU, Vulkan or Metal; needs the Cargo feature `wgpu`.
    Wgpu,
    /// An NVIDIA GPU through CUDA; needs the Cargo feature `cuda`.
    Cuda,
}

/// Why a device cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DeviceError {
    /// The program was built without the Cargo feature of this device.
    #[error(
        "this program was built without the device {0}, build it with `cargo build --release --features {0}`"
    )]
    NotBuilt(Device),
    /// No GPU or driver for this device is present.
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
    /// Checks that the device was built in and that its hardware is present.
    ///
    /// # Errors
    /// When one of them is missing.
    pub fn check(self) -> Result<(), DeviceError> {
        self.open().map(|_| ())
    }

    /// The names of the device's hardware; the first one is used.
    ///
    /// # Errors
    /// As [`Device::check`].
    pub fn hardware(self) -> Result<Vec<String>, DeviceError> {
        match self {
            Self::Cpu | Self::NdArray => {
                let cores = parallel::cores();
                Ok(vec![format!("{cores} cores, a network on each")])
            }
            Self::Wgpu | Self::Cuda => gpus::names(self),
        }
    }

    /// Whether its tensors lie in the memory of the CPU, where our own loops may work on them.
    pub(super) fn is_host(self) -> bool {
        self == Self::Cpu
    }

    /// Whether it is the CPU, on which each core trains one network at a time.
    pub fn is_cpu(self) -> bool {
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

    /// Burn's default adapter, its fastest GPU. Adapters are enumerated first, because Burn panics
    /// in the first operation when there is none.
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
