//! Suggestions for mistyped options: options of similar spelling, or of which one is a prefix of the other.
//!
//! Clap's own suggestions include remotely similar options (`--dataset` for `--rate` of `train`).

use std::ffi::OsString;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::named::near;

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
    let options = options(program, arguments);
    let hints = near(&unknown, options.iter().map(String::as_str));
    let hints: Vec<String> = hints.into_iter().map(str::to_owned).collect();
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
