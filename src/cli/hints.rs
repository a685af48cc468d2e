//! Suggestions for mistyped options: options of similar spelling, or of which one is a prefix of the other.
//!
//! Clap's own suggestions include remotely similar options (`--dataset` for `--rate` of `train`).

use std::ffi::OsString;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Largest edit distance of a suggestion.
const MAX_DISTANCE: usize = 2;

/// The error of parsing `arguments`, the program's name first, with our suggestions instead of clap's.
pub fn with_hints(mut error: clap::Error, program: Command, arguments: &[OsString]) -> clap::Error {
    if error.kind() != ErrorKind::UnknownArgument {
        return error;
    }
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    let unknown = unknown.clone();
    if !unknown.starts_with("--") {
        return error;
    }
    error.remove(ContextKind::SuggestedArg);
    // Clap's suggestion to pass the option as a value.
    error.remove(ContextKind::Suggested);
    let hints = near(&unknown, &options(program, arguments));
    match &hints[..] {
        [] => {}
        [one] => {
            error.insert(ContextKind::SuggestedArg, ContextValue::String(one.clone()));
        }
        _ => {
            error.insert(ContextKind::SuggestedArg, ContextValue::Strings(hints));
        }
    }
    error
}

/// The long options of the command that the arguments name.
fn options(program: Command, arguments: &[OsString]) -> Vec<String> {
    let mut command = program;
    command.build();
    for argument in arguments.iter().skip(1) {
        match command.find_subcommand(argument) {
            Some(found) => command = found.clone(),
            None => break,
        }
    }
    let visible = command.get_arguments().filter(|arg| !arg.is_hide_set());
    let longs = visible.filter_map(|arg| arg.get_long());
    longs.map(|long| format!("--{long}")).collect()
}

fn near(unknown: &str, options: &[String]) -> Vec<String> {
    let is_near = |option: &&String| {
        option.starts_with(unknown)
            || unknown.starts_with(option.as_str())
            || distance(unknown, option) <= MAX_DISTANCE
    };
    options.iter().filter(is_near).cloned().collect()
}

/// Levenshtein distance: the number of insertions, deletions and replacements that turn one word into the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_near_by_spelling_or_prefix() {
        let options = ["--dataset", "--data-dir", "--seed", "--side"].map(String::from);
        assert_eq!(near("--data", &options), ["--dataset", "--data-dir"]);
        assert_eq!(near("--seeds", &options), ["--seed"]);
        assert_eq!(near("--dateset", &options), ["--dataset"]);
        assert!(near("--rate", &options).is_empty());
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
