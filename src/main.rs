//! Parses the command line, runs the command, prints the error chain, sets the exit status.

use std::io::Write;
use std::process::ExitCode;

use mimalloc::MiMalloc;
use pipeline::cli::Cli;

/// Training allocates and frees tensors of all sizes in every step; the system's allocator took a
/// twelfth of the time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    match Cli::of_this_process().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A closed stderr is not a further error; the exit status still reports the failure.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
