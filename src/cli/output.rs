//! Results on stdout, messages on stderr.

use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::Context;
use serde::{Serialize, Serializer};

/// Prints a result. The reader may have seen enough and closed the pipe.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write to stdout"),
    }
}

/// A number of things: "1 run", "2 runs".
pub fn count(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}

/// A number of models and runs taken together.
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

/// A path in a record. One that is no text is shown as well as it can be: it must not cost a result.
pub fn path_as_text<S: Serializer>(path: &impl AsRef<Path>, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(&path.as_ref().display())
}

/// As [`path_as_text`], of a path that may be absent.
pub fn some_path_as_text<S: Serializer>(
    path: &Option<impl AsRef<Path>>,
    out: S,
) -> Result<S::Ok, S::Error> {
    match path {
        Some(path) => path_as_text(path, out),
        None => out.serialize_none(),
    }
}

/// Writes a message to stderr, which may be closed.
pub fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
