//! Where the arithmetic of a training runs.

use thiserror::Error;

use crate::named::{Named, in_words};

/// A device to train on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Device {
    /// The processor, through Burn's own kernels (`burn-flex`) and ours for what is particular to
    /// images and to Adam: the fastest for small networks.
    #[default]
    Cpu,
    /// The processor, through the `ndarray` crate and with Burn's operations alone.
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
