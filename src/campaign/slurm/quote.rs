//! Texts and paths in a batch script.

use std::path::Path;

use thiserror::Error;

/// Characters without a special meaning to the shell and in `#SBATCH` lines.
const PLAIN: &str = "%+,-./:=@_";

/// Error for a text that no batch script can contain.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error(
    "{0:?} cannot be written in a batch script, expected a single line, and for paths UTF-8 \
     without a backslash"
)]
pub struct UnwritableText(String);

/// Quotes `text` as one word for the shell and for `#SBATCH` lines, which are split by nearly the
/// same rules: single quotes protect everything but themselves.
pub(super) fn quoted(text: &str) -> Result<String, UnwritableText> {
    let text = one_line(text)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || PLAIN.contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return Ok(text.to_owned());
    }
    Ok(format!("'{}'", text.replace('\'', r"'\''")))
}

/// Returns `text` if it is a single line.
pub(super) fn one_line(text: &str) -> Result<&str, UnwritableText> {
    if text.contains(|c: char| c.is_control()) {
        return Err(UnwritableText(text.to_owned()));
    }
    Ok(text)
}

/// The path as text. Slurm gives a backslash in the name of an output file a special meaning.
pub(super) fn text_of(path: &Path) -> Result<&str, UnwritableText> {
    path.to_str()
        .filter(|text| !text.contains('\\'))
        .ok_or_else(|| UnwritableText(path.to_string_lossy().into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_needs_quotes_gets_them() {
        assert_eq!(quoted("/a/b-1.keys").unwrap(), "/a/b-1.keys");
        assert_eq!(quoted("").unwrap(), "''");
        assert_eq!(quoted("/a b/$c#d").unwrap(), "'/a b/$c#d'");
        assert_eq!(quoted("it's").unwrap(), r"'it'\''s'");
        assert!(quoted("a\nb").is_err());
    }

    #[test]
    fn a_path_with_a_backslash_is_refused() {
        assert!(text_of(Path::new(r"/a\b")).is_err());
        assert_eq!(text_of(Path::new("/ü ")).unwrap(), "/ü ");
    }
}
