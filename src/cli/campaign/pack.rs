//! `pipeline pack`: the records of a folder of results in one compressed file.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::cli::output::{print, print_json};
use crate::experiment::{ARCHIVE, Store};

/// Put all records of runs into one compressed file, runs.jsonl.gz, which counts as they did.
///
/// Example: pipeline pack --results runs/verification-scaled
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder of results
    #[arg(long, value_name = "DIR")]
    results: PathBuf,
    /// Print one JSON object in place of the summary
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Record {
    runs: usize,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let results = &arguments.results;
    let runs = Store::open(results)?.pack()?;
    if arguments.json {
        return print_json(&Record { runs });
    }
    let archive = results.join(ARCHIVE);
    print(&format!("{}: {runs} runs", archive.display()))
}
