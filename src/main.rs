//! Parses the command line, runs the command, prints the error chain, sets the exit status.

use std::io::Write;
use std::process::ExitCode;

use mimalloc::MiMalloc;
use pipeline::cli::Cli;

/// A training makes and drops tensors of all sizes in every step; the system's allocator took a
/// twelfth of its time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    match Cli::of_this_process().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A closed stderr is no further error; the exit status remains.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
