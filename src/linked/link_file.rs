//! The link file: which columns of a problem are the inputs and outputs of which network, as TOML.
//!
//! ```text
//! [[network]]
//! file = "yield.safetensors"                # relative to the link file
//! bounds = "linear"                         # optional
//! surrogate = "yield-sparse.safetensors"    # optional
//! [network.scaling]                         # optional
//! input_offset = [6.5, 0.1]                 # input = (column - offset) / factor
//! input_factor = [0.3, 0.1]
//! output_offset = [4.2]                     # column = output * factor + offset
//! output_factor = [0.9]
//! [[network.copy]]                          # one for each copy
//! inputs = ["T", 0.1]                       # a column's name or a number
//! outputs = ["Pd"]                          # a column's name, or "" for an output that is not read
//! ```

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use super::{Input, LinkedError, LinkedNetwork, LinkedProblem, NetworkCopy, Output, Source};
use crate::bounds::BoundKind;
use crate::formats::{ModelError, read_model};
use crate::milp::{Column, Problem};
use crate::named::near;
use crate::network::Network;

/// Why a link file cannot be used.
#[derive(Debug, Error)]
pub enum LinkError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system reported.
        source: io::Error,
    },
    /// The file is not TOML, or has other fields than those of a link file.
    #[error("{} is not a link file", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        source: Box<toml::de::Error>,
    },
    /// A model file cannot be read.
    #[error("{}: network {number}", path.display())]
    Model {
        /// The link file.
        path: PathBuf,
        /// The network's number in it, from 1.
        number: usize,
        /// Why.
        source: Box<ModelError>,
    },
    /// Something in the file does not fit the problem or the networks.
    #[error("{}: network {number}{place}: {message}", path.display())]
    Content {
        /// The link file.
        path: PathBuf,
        /// The network's number in it, from 1.
        number: usize,
        /// The copy, if it is about one, in words.
        place: String,
        /// What was found and what was expected.
        message: String,
    },
    /// The networks do not fit the problem.
    #[error("{}", path.display())]
    Linked {
        /// The link file.
        path: PathBuf,
        /// Why.
        source: Box<LinkedError>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkFile {
    network: Vec<NetworkTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkTable {
    file: PathBuf,
    bounds: Option<BoundKind>,
    surrogate: Option<PathBuf>,
    #[serde(default)]
    scaling: ScalingTable,
    copy: Vec<CopyTable>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScalingTable {
    input_offset: Option<Vec<f64>>,
    input_factor: Option<Vec<f64>>,
    output_offset: Option<Vec<f64>>,
    output_factor: Option<Vec<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CopyTable {
    inputs: Vec<InputEntry>,
    outputs: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected the name of a column or a number")]
enum InputEntry {
    Number(f64),
    Column(String),
}

/// Reads a link file and the networks that it names, and links `problem` with them.
///
/// # Errors
/// When a file cannot be read, a column does not exist, or the networks do not fit the problem.
pub fn read_link(path: &Path, problem: Problem) -> Result<LinkedProblem, LinkError> {
    let text = fs::read_to_string(path).map_err(|source| LinkError::Read {
        path: path.to_owned(),
        source,
    })?;
    let file: LinkFile = toml::from_str(&text).map_err(|source| LinkError::Toml {
        path: path.to_owned(),
        source: Box::new(source),
    })?;
    let names = problem.columns.iter().enumerate();
    let reader = Reader {
        path,
        columns: names
            .map(|(index, column)| (column.name.as_str(), Column(index)))
            .collect(),
    };
    let networks = file.network.into_iter().enumerate();
    let networks = networks.map(|(index, table)| reader.network(index + 1, table));
    let networks: Vec<LinkedNetwork> = networks.collect::<Result<_, _>>()?;
    LinkedProblem::new(problem, networks).map_err(|source| LinkError::Linked {
        path: path.to_owned(),
        source: Box::new(source),
    })
}

struct Reader<'a> {
    path: &'a Path,
    columns: HashMap<&'a str, Column>,
}

impl Reader<'_> {
    fn fault(&self, number: usize, place: &str, message: String) -> LinkError {
        LinkError::Content {
            path: self.path.to_owned(),
            number,
            place: place.to_owned(),
            message,
        }
    }

    fn model(&self, number: usize, file: &Path) -> Result<Network, LinkError> {
        let model = read_model(file).map_err(|source| LinkError::Model {
            path: self.path.to_owned(),
            number,
            source: Box::new(source),
        })?;
        Ok(model.network)
    }

    fn network(&self, number: usize, table: NetworkTable) -> Result<LinkedNetwork, LinkError> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let names = [Some(&table.file), table.surrogate.as_ref()];
        let files = names.into_iter().flatten();
        let files: Vec<PathBuf> = files.map(|file| folder.join(file)).collect();
        let network = self.model(number, &files[0])?;
        let surrogate = files.get(1).map(|file| self.model(number, file));
        let surrogate = surrogate.transpose()?;
        if let Some(surrogate) = &surrogate
            && (surrogate.inputs(), surrogate.outputs()) != (network.inputs(), network.outputs())
        {
            let message = format!(
                "the surrogate has {} inputs and {} outputs, expected {} and {}, as the network",
                surrogate.inputs(),
                surrogate.outputs(),
                network.inputs(),
                network.outputs()
            );
            return Err(self.fault(number, "", message));
        }
        if table.copy.is_empty() {
            return Err(self.fault(
                number,
                "",
                String::from("it has no copy, expected at least one"),
            ));
        }
        let scales = [
            (
                "input_offset",
                &table.scaling.input_offset,
                network.inputs(),
                0.0,
            ),
            (
                "input_factor",
                &table.scaling.input_factor,
                network.inputs(),
                1.0,
            ),
            (
                "output_offset",
                &table.scaling.output_offset,
                network.outputs(),
                0.0,
            ),
            (
                "output_factor",
                &table.scaling.output_factor,
                network.outputs(),
                1.0,
            ),
        ];
        let mut scaling = Vec::new();
        for (name, numbers, expected, default) in scales {
            let numbers = numbers.clone().unwrap_or_else(|| vec![default; expected]);
            if numbers.len() != expected {
                let message = format!(
                    "scaling.{name} has {} numbers, expected {expected}",
                    numbers.len()
                );
                return Err(self.fault(number, "", message));
            }
            scaling.push(numbers);
        }
        let copies = table.copy.iter().enumerate();
        let copies = copies.map(|(index, copy)| {
            let place = format!(", copy {}", index + 1);
            self.copy(copy, &scaling, &network)
                .map_err(|message| self.fault(number, &place, message))
        });
        let copies = copies.collect::<Result<_, _>>()?;
        let name = table.file.file_stem().unwrap_or_default().to_string_lossy();
        Ok(LinkedNetwork {
            name: name.into_owned(),
            network,
            files,
            surrogate,
            bounds: table.bounds,
            copies,
        })
    }

    fn copy(
        &self,
        table: &CopyTable,
        scaling: &[Vec<f64>],
        network: &Network,
    ) -> Result<NetworkCopy, String> {
        for (what, found, expected) in [
            ("inputs", table.inputs.len(), network.inputs()),
            ("outputs", table.outputs.len(), network.outputs()),
        ] {
            if found != expected {
                return Err(format!(
                    "it has {found} {what}, expected {expected}, as many as the network"
                ));
            }
        }
        let inputs = table.inputs.iter().enumerate().map(|(index, entry)| {
            let source = match entry {
                InputEntry::Number(value) => Source::Number(*value),
                InputEntry::Column(name) => Source::Column(self.column(name)?),
            };
            Ok(Input {
                source,
                offset: scaling[0][index],
                factor: scaling[1][index],
            })
        });
        let outputs = table.outputs.iter().enumerate().map(|(index, name)| {
            Ok(match name.as_str() {
                "" => None,
                name => Some(Output {
                    column: self.column(name)?,
                    offset: scaling[2][index],
                    factor: scaling[3][index],
                }),
            })
        });
        Ok(NetworkCopy {
            inputs: inputs.collect::<Result<_, String>>()?,
            outputs: outputs.collect::<Result<_, String>>()?,
        })
    }

    fn column(&self, name: &str) -> Result<Column, String> {
        self.columns.get(name).copied().ok_or_else(|| {
            let mut hints = near(name, self.columns.keys().copied());
            hints.sort_unstable();
            let hint = match hints.is_empty() {
                true => String::new(),
                false => format!(" (similar: {})", hints.join(", ")),
            };
            format!("the problem has no column \"{name}\"{hint}")
        })
    }
}
