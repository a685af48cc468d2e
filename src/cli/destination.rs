//! Output paths: a command overwrites no file that it reads, and writes no two results to one file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;

use crate::files::{FileIdentity, check_writable};

/// The name that stands for stdout where a single text is written.
const STDOUT: &str = "-";

/// Whether a file that is read may be replaced.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct ForceArguments {
    /// Allow overwriting a file that this command reads
    #[arg(long)]
    force: bool,
}

/// A file that a command reads, with its description.
pub type Input = (String, PathBuf);

impl ForceArguments {
    /// Rejects output paths of `option` that lead to an input, unless forced, or to the same file.
    pub fn check(
        self,
        inputs: &[Input],
        option: &str,
        outputs: &[impl AsRef<Path>],
    ) -> anyhow::Result<()> {
        let read: HashMap<FileIdentity, &Input> = inputs
            .iter()
            .map(|input| (FileIdentity::of(&input.1), input))
            .collect();
        let mut written: HashMap<FileIdentity, &Path> = HashMap::new();
        let files = outputs.iter().map(AsRef::as_ref);
        for output in files.filter(|output: &&Path| !is_stdout(output)) {
            let identity = FileIdentity::of(output);
            if let Some((what, input)) = read.get(&identity)
                && !self.force
            {
                bail!(
                    "{option} {} would replace {what} {}, which this command reads: name another file, or add --force",
                    output.display(),
                    input.display()
                );
            }
            if let Some(other) = written.insert(identity, output) {
                bail!(
                    "{option} names one file twice, {} and {}: expected a file for each result",
                    other.display(),
                    output.display()
                );
            }
        }
        Ok(())
    }
}

/// Whether the output goes to stdout.
pub fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == STDOUT
}

/// Rejects `-` for a command that writes only to files.
pub fn check_is_file(option: &str, path: &Path) -> anyhow::Result<()> {
    ensure!(
        !is_stdout(path),
        "{option} {STDOUT}: this command does not write to stdout, expected the name of a file (./{STDOUT} for one of that name)"
    );
    Ok(())
}

/// As [`check_is_file`], and checks that the file can be written, before any long computation.
pub fn check_file(option: &str, path: &Path) -> anyhow::Result<()> {
    check_is_file(option, path)?;
    check_writable(path).with_context(|| format!("cannot write {}", path.display()))
}

/// Rejects a text on stdout together with the JSON record, which must be alone there.
pub fn check_text(option: &str, path: &Path, json: bool) -> anyhow::Result<()> {
    if is_stdout(path) {
        ensure!(
            !json,
            "{option} {STDOUT} and --json both write to stdout, expected one of them"
        );
        return Ok(());
    }
    check_writable(path).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_replaced_only_where_that_is_forced() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("model"), b"").unwrap();
        let inputs = [("the model".to_owned(), at("model"))];
        let check = |force, name: &str| {
            let outputs = [at("new"), at(name)];
            ForceArguments { force }.check(&inputs, "--output", &outputs)
        };
        assert!(check(false, "other").is_ok());
        let error = check(false, "./model").unwrap_err().to_string();
        assert!(error.contains("would replace the model"), "{error}");
        assert!(check(true, "./model").is_ok());
        let error = check(true, "./new").unwrap_err().to_string();
        assert!(error.contains("one file twice"), "{error}");
    }
}
