//! Results on stdout, messages on stderr.

use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::Context;
use serde::{Serialize, Serializer};

/// Prints a result. A pipe closed by its reader is not an error.
pub fn print(text: &str) -> anyhow::Result<()> {
    print_bytes(format!("{text}\n").as_bytes())
}

/// Prints a file's content.
pub fn print_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write to stdout"),
    }
}

/// The combined number of models and runs, in words.
pub fn models_and_runs(number: usize) -> String {
    match number {
        1 => String::from("1 model or run"),
        _ => format!("{number} models and runs"),
    }
}

/// Prints one machine-readable record.
pub fn print_json(record: &impl Serialize) -> anyhow::Result<()> {
    print(&serde_json::to_string_pretty(record).context("cannot write the record as JSON")?)
}

/// Writes a line to stderr; errors are ignored, since there is no place left to report them.
pub fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Serialises a path. Invalid UTF-8 becomes replacement characters, so that no result is lost because of a file's
/// name.
pub fn path_as_text<S: Serializer>(path: &impl AsRef<Path>, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(&path.as_ref().display())
}

/// As [`path_as_text`], for an optional path.
pub fn some_path_as_text<S: Serializer>(
    path: &Option<impl AsRef<Path>>,
    out: S,
) -> Result<S::Ok, S::Error> {
    match path {
        Some(path) => path_as_text(path, out),
        None => out.serialize_none(),
    }
}
