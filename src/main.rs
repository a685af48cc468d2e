//! Parses the command line, runs the command, prints the error chain, sets the exit status.

use std::process::ExitCode;

use clap::Parser;
use pipeline::cli::Cli;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
