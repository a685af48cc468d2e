//! Where the arithmetic of a training runs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A device to train on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    /// The processor, through Burn's own kernels (`burn-flex`): the fastest for small networks.
    #[default]
    Cpu,
    /// The processor, through the `ndarray` crate.
    NdArray,
    /// A graphics card through WebGPU, Vulkan or Metal; needs the Cargo feature `wgpu`.
    Wgpu,
    /// An NVIDIA graphics card through CUDA: not supported yet, but its name is known.
    Cuda,
}

/// Why a device cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DeviceError {
    #[error(
        "this program was built without the device {0}, build it with `cargo build --release --features {0}`"
    )]
    NotBuilt(Device),
    #[error("device cuda is not supported, use wgpu, which drives NVIDIA cards through Vulkan")]
    NoCuda,
    #[error("device {0}: no graphics card or driver was found on this machine, try the device cpu")]
    NoAdapter(Device),
}

impl Device {
    pub const ALL: [Self; 4] = [Self::Cpu, Self::NdArray, Self::Wgpu, Self::Cuda];

    /// The name on the command line and in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::NdArray => "ndarray",
            Self::Wgpu => "wgpu",
            Self::Cuda => "cuda",
        }
    }

    /// Whether a training can run here: the device was built in and its hardware is present.
    ///
    /// # Errors
    /// When it cannot.
    pub fn check(self) -> Result<(), DeviceError> {
        self.open().map(|_| ())
    }

    /// The device as Burn knows it, without automatic differentiation.
    pub(super) fn open(self) -> Result<burn::tensor::Device, DeviceError> {
        match self {
            Self::Cpu => Ok(burn::tensor::Device::flex()),
            Self::NdArray => Ok(open_ndarray()),
            Self::Wgpu => open_wgpu(),
            Self::Cuda => Err(DeviceError::NoCuda),
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

// Burn panics in the first tensor operation where there is no adapter, so they are counted first.
#[cfg(feature = "wgpu")]
fn open_wgpu() -> Result<burn::tensor::Device, DeviceError> {
    let adapters = burn::tensor::Device::enumerate(burn::tensor::DeviceType::Wgpu);
    if adapters.is_empty() {
        return Err(DeviceError::NoAdapter(Device::Wgpu));
    }
    Ok(burn_wgpu::WgpuDevice::default().into())
}

#[cfg(not(feature = "wgpu"))]
fn open_wgpu() -> Result<burn::tensor::Device, DeviceError> {
    Err(DeviceError::NotBuilt(Device::Wgpu))
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Device {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = |device: &Self| device.as_str() == text;
        Self::ALL.into_iter().find(known).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|device| device.as_str()).collect();
            format!("unknown device {text:?}, expected {}", names.join(", "))
        })
    }
}
