//! Downloads a file from the first mirror that sends it whole, verified before it gets its name.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use ureq::Agent;

use super::error::DatasetError;
use super::files::{self, IdxFile};
use super::{DatasetName, idx};
use crate::files::{WholeFile, sha256};

/// Progress of the download of one file; a new attempt starts at 0 again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Download {
    /// Name of the unpacked file.
    pub file: &'static str,
    /// Packed bytes received so far.
    pub received: u64,
    /// Packed bytes in total, if the server announces them.
    pub total: Option<u64>,
}

/// The mirrors of a data set and how often they are tried.
pub(super) struct Downloader {
    agent: Agent,
    /// Base addresses, to which a file's name is appended, in the order they are tried.
    mirrors: Vec<String>,
    /// Pauses between rounds: all mirrors are tried once, and once more after each pause.
    pauses: Vec<Duration>,
}

/// Timeout of name resolution, and of connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// Timeout of each read; a slow download that makes progress is not cut.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);
const PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(4),
    Duration::from_secs(15),
];
/// Maximum size of a packed file beyond that of the unpacked one.
const PACKING_OVERHEAD: u64 = 1 << 20;
const CHUNK_BYTES: usize = 1 << 16;

/// Why one mirror did not provide the file.
enum Failure {
    /// Another mirror or a later attempt may succeed.
    Remote(String),
    /// The file cannot be stored here, wherever it comes from.
    Local(DatasetError),
}

impl Downloader {
    /// A downloader from the public mirrors of a data set.
    pub fn public(name: DatasetName) -> Self {
        let config = Agent::config_builder()
            .timeout_resolve(Some(CONNECT_TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_per_read(Some(SILENCE_TIMEOUT))
            .build();
        Self {
            agent: config.into(),
            mirrors: files::mirrors(name).iter().map(|&url| url.into()).collect(),
            pauses: PAUSES.into(),
        }
    }

    #[cfg(test)]
    pub fn local(mirrors: Vec<String>, rounds: usize) -> Self {
        let config = Agent::config_builder().proxy(None).build();
        Self {
            agent: config.into(),
            mirrors,
            pauses: vec![Duration::ZERO; rounds - 1],
        }
    }

    /// Downloads the packed `file` into `folder`, which is created if it does not exist.
    ///
    /// The file appears under its name once it is whole and its SHA-256 is right, or not at all.
    ///
    /// # Errors
    /// When no mirror provided the file in any round, or it could not be stored.
    pub fn fetch(
        &self,
        file: &IdxFile,
        folder: &Path,
        observer: &mut dyn FnMut(Download),
    ) -> Result<(), DatasetError> {
        fs::create_dir_all(folder).map_err(|source| DatasetError::Write {
            path: folder.into(),
            source,
        })?;
        let mut failures = Vec::new();
        let pauses = self.pauses.iter().copied();
        for pause in [Duration::ZERO].into_iter().chain(pauses) {
            thread::sleep(pause);
            failures.clear();
            for mirror in &self.mirrors {
                let address = format!("{mirror}{}.gz", file.name);
                match self.attempt(&address, file, folder, observer) {
                    Ok(()) => return Ok(()),
                    Err(Failure::Local(error)) => return Err(error),
                    Err(Failure::Remote(reason)) => failures.push(format!("{address}: {reason}")),
                }
            }
        }
        Err(DatasetError::Download {
            file: file.name.into(),
            rounds: self.pauses.len() + 1,
            failures,
        })
    }

    fn attempt(
        &self,
        address: &str,
        file: &IdxFile,
        folder: &Path,
        observer: &mut dyn FnMut(Download),
    ) -> Result<(), Failure> {
        let path = folder.join(format!("{}.gz", file.name));
        let unwritable = |source| {
            Failure::Local(DatasetError::Write {
                path: path.clone(),
                source,
            })
        };
        let mut whole = WholeFile::create(&path).map_err(unwritable)?;
        self.receive(address, file, observer, &mut |chunk| {
            whole.write_all(chunk).map_err(unwritable)
        })?;
        let temporary = whole.written().map_err(unwritable)?;
        check_sum(file, &temporary)?;
        whole.persist().map_err(unwritable)
    }

    /// Passes the body that `address` returns to `store`, chunk by chunk.
    fn receive(
        &self,
        address: &str,
        file: &IdxFile,
        observer: &mut dyn FnMut(Download),
        store: &mut dyn FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        // A host may take long to answer: report the awaited file first.
        observer(Download {
            file: file.name,
            received: 0,
            total: None,
        });
        let response = self.agent.get(address).call().map_err(remote)?;
        let body = response.into_body();
        let total = body.content_length();
        let limit = file.bytes() as u64 + PACKING_OVERHEAD;
        let mut reader = body.into_with_config().limit(limit).reader();
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut received = 0;
        loop {
            observer(Download {
                file: file.name,
                received,
                total,
            });
            match reader.read(&mut chunk).map_err(remote)? {
                0 => return Ok(()),
                count => {
                    store(&chunk[..count])?;
                    received += count as u64;
                }
            }
        }
    }
}

fn remote(error: impl std::fmt::Display) -> Failure {
    Failure::Remote(error.to_string())
}

fn check_sum(file: &IdxFile, path: &Path) -> Result<(), Failure> {
    let bytes = idx::unpack(file, path).map_err(|error| match error {
        DatasetError::Gzip { source, .. } => remote(format!("broken gzip data: {source}")),
        other => Failure::Local(other),
    })?;
    let found = sha256(&bytes);
    if found == file.sha256 {
        return Ok(());
    }
    let expected = file.sha256;
    Err(remote(format!(
        "sha256 of the unpacked content is {found}, expected {expected}"
    )))
}

#[cfg(test)]
mod tests;
