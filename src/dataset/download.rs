//! Downloading a file: from the first mirror that has it whole, checked before it gets its name.

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

/// How far the download of one file is; a new attempt begins at 0 again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Download {
    /// The file, by its unpacked name.
    pub file: &'static str,
    /// Packed bytes so far.
    pub received: u64,
    /// Packed bytes in all, where the server says so.
    pub total: Option<u64>,
}

/// Where files are downloaded from, and how patiently.
pub(super) struct Downloader {
    agent: Agent,
    /// Addresses to which a file's name is appended, in the order they are tried.
    mirrors: Vec<String>,
    /// All mirrors are tried once, and once more after each of these.
    pauses: Vec<Duration>,
}

/// For finding the host, and for connecting to it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// For a host that says nothing more; a slow download that goes on is not cut.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);
const PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(4),
    Duration::from_secs(15),
];
/// By how much a packed file may be larger than the same file unpacked.
const PACKING_OVERHEAD: u64 = 1 << 20;
const CHUNK_BYTES: usize = 1 << 16;

/// Why one mirror did not give the file.
enum Failure {
    /// Another mirror, or another time, may do better.
    There(String),
    /// The file cannot be stored here, wherever it comes from.
    Here(DatasetError),
}

impl Downloader {
    /// The public mirrors of a data set.
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

    /// Puts the packed `file` into `folder`, which is created where it does not exist.
    ///
    /// The file appears under its name when it is whole and its sha256 is right, or not at all.
    ///
    /// # Errors
    /// When no mirror gave the file in any round, or it could not be stored.
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
                    Err(Failure::Here(error)) => return Err(error),
                    Err(Failure::There(reason)) => failures.push(format!("{address}: {reason}")),
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
            Failure::Here(DatasetError::Write {
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

    /// Hands what the address sends to `store`, chunk by chunk.
    fn receive(
        &self,
        address: &str,
        file: &IdxFile,
        observer: &mut dyn FnMut(Download),
        store: &mut dyn FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        // A host that does not answer takes its time: say first what is being waited for.
        observer(Download {
            file: file.name,
            received: 0,
            total: None,
        });
        let response = self.agent.get(address).call().map_err(there)?;
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
            match reader.read(&mut chunk).map_err(there)? {
                0 => return Ok(()),
                count => {
                    store(&chunk[..count])?;
                    received += count as u64;
                }
            }
        }
    }
}

fn there(error: impl std::fmt::Display) -> Failure {
    Failure::There(error.to_string())
}

fn check_sum(file: &IdxFile, path: &Path) -> Result<(), Failure> {
    let bytes = idx::unpack(file, path).map_err(|error| match error {
        DatasetError::Gzip { source, .. } => there(format!("broken gzip data: {source}")),
        other => Failure::Here(other),
    })?;
    let found = sha256(&bytes);
    if found == file.sha256 {
        return Ok(());
    }
    let expected = file.sha256;
    Err(there(format!(
        "sha256 of the unpacked content is {found}, expected {expected}"
    )))
}

#[cfg(test)]
mod tests;
