//! `pipeline worker`: makes the models and runs named on stdin. Started by campaigns, not by users.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use clap::Args;

use crate::campaign::serve;
use crate::cli::arguments::DataArguments;
use crate::cli::interrupt::ignore_interrupts;
use crate::experiment::{self, Workshop};

/// Make the models and runs named on stdin (used by `reproduce` and `work`)
#[derive(Debug, Args)]
pub struct Arguments {
    /// Results folder
    #[arg(long, value_name = "DIR")]
    results: PathBuf,
    /// Number of concurrent workers, for the records
    #[arg(long)]
    workers: usize,
    #[command(flatten)]
    data: DataArguments,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    // A terminal, or Slurm when it requeues a task, interrupts the campaign and its workers together.
    // The campaign decides how to react; a worker killed by the signal would count as failed.
    ignore_interrupts()?;
    let store = experiment::open(&arguments.results)?;
    serve(Workshop::new(
        store,
        arguments.data.source(),
        arguments.workers,
    ))
}

/// Command that starts this program as a worker on `results`.
pub fn command(
    results: &Path,
    workers: usize,
    data: &DataArguments,
) -> anyhow::Result<impl Fn() -> Command> {
    let program = program().context("cannot find this program's file")?;
    let results = results.to_owned();
    let data = data.to_arguments();
    Ok(move || {
        let mut command = Command::new(&program);
        command.arg("worker").arg("--results").arg(&results);
        command
            .arg("--workers")
            .arg(workers.to_string())
            .args(&data);
        // One core per worker: Burn would otherwise use all cores for each training.
        command.env("RAYON_NUM_THREADS", "1");
        command
    })
}

/// The executable of this program; on Linux, a path that stays valid when a newer build replaces the file.
fn program() -> std::io::Result<PathBuf> {
    let own = Path::new("/proc/self/exe");
    if own.exists() {
        Ok(own.to_owned())
    } else {
        std::env::current_exe()
    }
}
