//! `pipeline worker`: makes what it is told on stdin. Campaigns start it; people do not.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use clap::Args;

use crate::cli::arguments::DataArguments;
use crate::cli::interrupt::ignore_interrupts;
use crate::experiment::{Store, Workplace, serve};

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
    // A terminal, and Slurm when it takes a task back, interrupt the campaign and its workers at
    // once. The campaign decides what that means; a worker that died of it would count as failed.
    ignore_interrupts()?;
    let store = Store::open(&arguments.results)?;
    serve(Workplace::new(
        store,
        arguments.data.source(),
        arguments.workers,
    ))
}

/// This program as a worker on `results`.
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
        // One core each: Burn would take all of them for every training.
        command.env("RAYON_NUM_THREADS", "1");
        command
    })
}

/// The file of this program, which on Linux stays the same when it is replaced by a newer build.
fn program() -> std::io::Result<PathBuf> {
    let own = Path::new("/proc/self/exe");
    if own.exists() {
        Ok(own.to_owned())
    } else {
        std::env::current_exe()
    }
}
