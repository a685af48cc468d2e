//! Models as `.safetensors` files: tensors `layers.I.weight` (outputs x inputs) and `layers.I.bias`.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use thiserror::Error;

use super::{Metadata, Origin};
use crate::files::{sha256, write_whole};
use crate::network::{Layer, Network, NetworkError};

/// A network and its metadata, which files of other programs do not have.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFile {
    /// The network that the tensors form.
    pub network: Network,
    /// The program's own header; `None` if another program wrote the file.
    pub metadata: Option<Metadata>,
}

impl ModelFile {
    /// A network that this program created, and its origin.
    pub fn new(network: Network, origin: Origin) -> Self {
        let metadata = Some(Metadata::new(&network, origin));
        Self { network, metadata }
    }
}

/// Why a model file cannot be read or written.
#[derive(Debug, Error)]
pub enum ModelError {
    /// The file cannot be opened or read.
    #[error("cannot read {}", path.display())]
    Read {
        /// File that could not be read.
        path: PathBuf,
        /// What the operating system reported.
        source: io::Error,
    },
    /// The file is not a safetensors file, or is incomplete.
    #[error("{} is not a whole safetensors file", path.display())]
    NotSafetensors {
        /// File that could not be decoded.
        path: PathBuf,
        /// What the decoder found wrong.
        source: SafeTensorError,
    },
    /// The header has an entry under [`Metadata::KEY`] that cannot be parsed.
    #[error("{}: metadata field {:?} is not model metadata, expected JSON with made_by, sizes and origin", path.display(), Metadata::KEY)]
    Metadata {
        /// File with that header.
        path: PathBuf,
        /// What is wrong with the JSON.
        source: serde_json::Error,
    },
    /// Metadata and network differ in their layer sizes, when reading or writing.
    #[error("{}: layer sizes are {metadata:?} in the metadata, {tensors:?} in the tensors", path.display())]
    SizesDiffer {
        /// File that is read or written.
        path: PathBuf,
        /// Layer sizes in the metadata, the input first.
        metadata: Vec<usize>,
        /// Layer sizes of the network itself, the input first.
        tensors: Vec<usize>,
    },
    /// A tensor is neither the weight nor the bias of a layer.
    #[error("{}: unknown tensor {tensor:?}, expected layers.I.weight or layers.I.bias", path.display())]
    UnknownTensor {
        /// File with that tensor.
        path: PathBuf,
        /// Name of the tensor.
        tensor: String,
    },
    /// A layer has no tensors although a later one has some.
    #[error("{}: there is a layer {after}, but no tensor of layer {layer}, expected layers 0, 1, 2, ... without a gap", path.display())]
    Gap {
        /// File with the gap.
        path: PathBuf,
        /// The first layer without tensors, from 0.
        layer: usize,
        /// The next layer that has tensors.
        after: usize,
    },
    /// A layer has a weight but no bias, or a bias but no weight.
    #[error("{}: tensor {tensor} is missing, expected a weight and a bias for every layer", path.display())]
    Missing {
        /// File without the tensor.
        path: PathBuf,
        /// Name of the missing tensor.
        tensor: String,
    },
    /// A tensor has numbers of another type than F32 or F64.
    #[error("{}: tensor {tensor} is {found:?}, expected F32 or F64", path.display())]
    Dtype {
        /// File with that tensor.
        path: PathBuf,
        /// Name of the tensor.
        tensor: String,
        /// Type of its numbers.
        found: Dtype,
    },
    /// A weight is not a matrix, or a bias does not have one entry per row of its weight.
    #[error("{}: tensor {tensor} has shape {found:?}, expected {expected}", path.display())]
    Shape {
        /// File with that tensor.
        path: PathBuf,
        /// Name of the tensor.
        tensor: String,
        /// Shape of the tensor in the file.
        found: Vec<usize>,
        /// The shape expected, in words.
        expected: String,
    },
    /// The tensors are well-formed, but their layers do not make a network.
    #[error("{}: tensors layers.I.weight and layers.I.bias do not form a network", path.display())]
    Network {
        /// File with those tensors.
        path: PathBuf,
        /// Why the layers make no network.
        source: NetworkError,
    },
    /// The file cannot be encoded or written.
    #[error("cannot write {}", path.display())]
    Write {
        /// File that could not be written.
        path: PathBuf,
        /// What the encoder or the operating system reported.
        source: io::Error,
    },
}

/// Reads the model at `path`, without metadata if another program wrote the file.
///
/// # Errors
/// When the file is not a complete safetensors file, or its tensors do not form a network; every
/// error names the file and the tensor.
pub fn read_model(path: &Path) -> Result<ModelFile, ModelError> {
    let bytes = fs::read(path).map_err(|source| ModelError::Read {
        path: path.to_owned(),
        source,
    })?;
    Reader { path }.model(&bytes)
}

/// Writes `model` to `path`, whole or not at all; equal models give equal bytes.
///
/// A tensor is F32 if every value is exactly an f32, else F64, so nothing is rounded.
///
/// # Errors
/// When the file cannot be written, or the metadata has other layer sizes than the network.
pub fn write_model(path: &Path, model: &ModelFile) -> Result<(), ModelError> {
    if let Some(metadata) = &model.metadata {
        check_sizes(path, metadata, &model.network)?;
    }
    let failed = |source| ModelError::Write {
        path: path.to_owned(),
        source,
    };
    let bytes = encode(model).map_err(|source| failed(io::Error::other(source)))?;
    write_whole(path, |out| out.write_all(&bytes)).map_err(failed)
}

/// Computes the SHA-256 of a file in lower-case hexadecimal digits.
///
/// # Errors
/// When the file cannot be read.
pub fn file_sha256(path: &Path) -> Result<String, ModelError> {
    let bytes = fs::read(path).map_err(|source| ModelError::Read {
        path: path.to_owned(),
        source,
    })?;
    Ok(sha256(&bytes))
}

fn weight_name(layer: usize) -> String {
    format!("layers.{layer}.weight")
}

fn bias_name(layer: usize) -> String {
    format!("layers.{layer}.bias")
}

fn check_sizes(path: &Path, metadata: &Metadata, network: &Network) -> Result<(), ModelError> {
    if metadata.sizes == network.sizes() {
        return Ok(());
    }
    Err(ModelError::SizesDiffer {
        path: path.to_owned(),
        metadata: metadata.sizes.clone(),
        tensors: network.sizes(),
    })
}

fn encode(model: &ModelFile) -> Result<Vec<u8>, SafeTensorError> {
    let mut tensors = Vec::new();
    for (index, layer) in model.network.layers().iter().enumerate() {
        let shape = vec![layer.outputs(), layer.inputs()];
        tensors.push((weight_name(index), shape, tensor_bytes(layer.weights())));
        let shape = vec![layer.outputs()];
        tensors.push((bias_name(index), shape, tensor_bytes(layer.biases())));
    }
    let views: Vec<(&str, TensorView)> = tensors
        .iter()
        .map(|(name, shape, (dtype, bytes))| {
            Ok((
                name.as_str(),
                TensorView::new(*dtype, shape.clone(), bytes)?,
            ))
        })
        .collect::<Result<_, SafeTensorError>>()?;
    // At most one entry: several would be written in a different order each time.
    let header = match &model.metadata {
        None => None,
        Some(metadata) => Some(HashMap::from([(
            Metadata::KEY.to_owned(),
            serde_json::to_string(metadata)?,
        )])),
    };
    safetensors::serialize(views, header)
}

fn tensor_bytes(values: &[f64]) -> (Dtype, Vec<u8>) {
    let single = |v: &f64| f64::from(*v as f32).to_bits() == v.to_bits();
    if values.iter().all(single) {
        let bytes = values.iter().flat_map(|&v| (v as f32).to_le_bytes());
        (Dtype::F32, bytes.collect())
    } else {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes());
        (Dtype::F64, bytes.collect())
    }
}

/// Reads the bytes of one file; every error names the file.
struct Reader<'a> {
    path: &'a Path,
}

impl Reader<'_> {
    fn model(&self, bytes: &[u8]) -> Result<ModelFile, ModelError> {
        let not_safetensors = |source| ModelError::NotSafetensors {
            path: self.path.to_owned(),
            source,
        };
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(not_safetensors)?;
        let tensors = SafeTensors::deserialize(bytes).map_err(not_safetensors)?;
        let layers = (0..self.count_layers(&tensors)?)
            .map(|index| self.layer(&tensors, index))
            .collect::<Result<_, _>>()?;
        let network = Network::new(layers).map_err(|source| ModelError::Network {
            path: self.path.to_owned(),
            source,
        })?;
        let text = header
            .metadata()
            .as_ref()
            .and_then(|m| m.get(Metadata::KEY));
        let metadata = text.map(|text| self.metadata(text)).transpose()?;
        if let Some(metadata) = &metadata {
            check_sizes(self.path, metadata, &network)?;
        }
        Ok(ModelFile { network, metadata })
    }

    fn metadata(&self, text: &str) -> Result<Metadata, ModelError> {
        serde_json::from_str(text).map_err(|source| ModelError::Metadata {
            path: self.path.to_owned(),
            source,
        })
    }

    fn count_layers(&self, tensors: &SafeTensors) -> Result<usize, ModelError> {
        let mut found = BTreeSet::new();
        let mut names = tensors.names();
        names.sort_unstable();
        for name in names {
            let layer = layer_of(name).ok_or_else(|| ModelError::UnknownTensor {
                path: self.path.to_owned(),
                tensor: name.to_owned(),
            })?;
            found.insert(layer);
        }
        for (layer, &after) in found.iter().enumerate() {
            if layer != after {
                return Err(ModelError::Gap {
                    path: self.path.to_owned(),
                    layer,
                    after,
                });
            }
        }
        Ok(found.len())
    }

    fn layer(&self, tensors: &SafeTensors, index: usize) -> Result<Layer, ModelError> {
        let (weight, bias) = (weight_name(index), bias_name(index));
        let weights = self.tensor(tensors, &weight)?;
        let &[outputs, inputs] = weights.shape() else {
            return Err(self.shape(weight, &weights, "out x in".to_owned()));
        };
        let biases = self.tensor(tensors, &bias)?;
        if biases.shape() != [outputs] {
            return Err(self.shape(bias, &biases, format!("[{outputs}] as {weight}")));
        }
        let weights = self.values(weight, &weights)?;
        Ok(Layer::new(inputs, weights, self.values(bias, &biases)?))
    }

    fn tensor<'a>(
        &self,
        tensors: &SafeTensors<'a>,
        name: &str,
    ) -> Result<TensorView<'a>, ModelError> {
        tensors.tensor(name).map_err(|_| ModelError::Missing {
            path: self.path.to_owned(),
            tensor: name.to_owned(),
        })
    }

    fn values(&self, tensor: String, view: &TensorView) -> Result<Vec<f64>, ModelError> {
        match view.dtype() {
            Dtype::F32 => {
                let (chunks, _) = view.data().as_chunks();
                let values = chunks.iter().map(|&bytes| f32::from_le_bytes(bytes));
                Ok(values.map(f64::from).collect())
            }
            Dtype::F64 => {
                let (chunks, _) = view.data().as_chunks();
                Ok(chunks
                    .iter()
                    .map(|&bytes| f64::from_le_bytes(bytes))
                    .collect())
            }
            found => Err(ModelError::Dtype {
                path: self.path.to_owned(),
                tensor,
                found,
            }),
        }
    }

    fn shape(&self, tensor: String, view: &TensorView, expected: String) -> ModelError {
        ModelError::Shape {
            path: self.path.to_owned(),
            tensor,
            found: view.shape().to_vec(),
            expected,
        }
    }
}

/// The layer that a tensor belongs to, if its name is exactly one of ours.
fn layer_of(name: &str) -> Option<usize> {
    let layer = name.split('.').nth(1)?.parse().ok()?;
    let ours = [weight_name(layer), bias_name(layer)];
    ours.iter().any(|known| known == name).then_some(layer)
}

#[cfg(test)]
mod tests;
