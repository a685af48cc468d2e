//! Results on stdout, messages on stderr.

use std::io::{ErrorKind, Write};

use anyhow::Context;
use serde::Serialize;

/// Prints a result. Whoever reads it may have seen enough and closed the pipe.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write to stdout"),
    }
}

/// Prints one machine-readable record.
pub fn print_json(record: &impl Serialize) -> anyhow::Result<()> {
    print(&serde_json::to_string_pretty(record).context("cannot write the record as JSON")?)
}

/// Tells whoever watches stderr. Nobody may: then there is nobody to tell.
pub fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
