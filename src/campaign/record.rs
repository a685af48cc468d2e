//! Records: what a task leaves in a store, and what every valid one satisfies.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::machine::Provenance;

/// A record that is stored under a key.
pub trait Record: Serialize + DeserializeOwned {
    const KIND: &'static Kind;

    fn key(&self) -> &str;

    /// Why this program cannot have written the record; `None` if it can.
    fn fault(&self) -> Option<String>;

    /// The checksum of the file beside the record, if its kind has one.
    fn file_sha256(&self) -> Option<&str> {
        None
    }

    /// The files that it was made with: the keys of their tasks, and their checksums.
    fn made_with(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// A kind of record.
#[derive(Debug)]
pub struct Kind {
    /// Its name in messages.
    pub what: &'static str,
    /// The folder of its records within the store.
    pub folder: &'static str,
    /// The extension of the file that is kept beside each record.
    pub file: Option<&'static str>,
    /// The file into which the records can be packed: gzip, one JSON record per line.
    pub archive: Option<&'static str>,
    /// [`check`] of its type.
    pub check: fn(&[u8]) -> Result<Checked, String>,
}

/// What is known of a valid record whatever its type.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    pub key: String,
    pub file_sha256: Option<String>,
    pub made_with: Vec<(String, String)>,
}

/// Parses a record, or returns why the text is not one.
pub fn parse<R: Record>(text: &[u8]) -> Result<R, String> {
    if text.is_empty() {
        return Err(String::from("it is empty"));
    }
    let record: R = serde_json::from_slice(text)
        .map_err(|error| format!("it is not a {} in JSON ({error})", R::KIND.what))?;
    match record.fault() {
        None => Ok(record),
        Some(why) => Err(why),
    }
}

/// [`parse`], without the record itself.
pub fn check<R: Record>(text: &[u8]) -> Result<Checked, String> {
    let record = parse::<R>(text)?;
    Ok(Checked {
        key: record.key().to_owned(),
        file_sha256: record.file_sha256().map(str::to_owned),
        made_with: record.made_with(),
    })
}

/// Record of a task that could not be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    pub key: String,
    /// The task, in words.
    pub what: String,
    /// The error with its causes.
    pub error: String,
    pub provenance: Provenance,
}

impl Record for Failure {
    const KIND: &'static Kind = &Kind {
        what: "record of a failure",
        folder: "failures",
        file: None,
        archive: None,
        check: check::<Self>,
    };

    fn key(&self) -> &str {
        &self.key
    }

    fn fault(&self) -> Option<String> {
        None
    }
}
