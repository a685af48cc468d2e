//! `pipeline pack`: packs the records of a results folder into one compressed file.

use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;
use serde::Serialize;

use super::status::remedies;
use crate::campaign::{Damage, Packed, Remedy};
use crate::cli::output::{print, print_json, tell};
use crate::experiment::{self, RunRecord};
use crate::numbers::count;

/// Pack all run records into one compressed file, runs.jsonl.gz, which every command reads in their place.
///
/// Damaged records, misnamed records, and records that differ from the packed record of the same run are
/// left in place and listed; the exit status is then 1.
///
/// Example: pipeline pack --results runs/verification-scaled
#[derive(Debug, Args)]
pub struct Arguments {
    /// Results folder
    #[arg(long, value_name = "DIR")]
    results: PathBuf,
    /// Print one JSON object instead of the summary
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Record<'a> {
    runs: usize,
    not_packed: &'a [Damage],
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let results = &arguments.results;
    let Packed {
        records: runs,
        archive,
        left,
        aside,
    } = experiment::open(results)?.pack::<RunRecord>()?;
    if arguments.json {
        let not_packed = &left;
        print_json(&Record { runs, not_packed })?;
    } else {
        print(&format!("{}: {}", archive.display(), count(runs, "run")))?;
    }
    for damage in &left {
        tell(&format!("not packed: {damage}"));
    }
    if let Some(aside) = aside {
        tell(&format!(
            "the previous archive, part of which could not be read, is kept as {}",
            aside.display()
        ));
    }
    // For the archive, this command was the remedy.
    let loose = left.iter().filter(|damage| damage.remedy != Remedy::Pack);
    let remedies: String = remedies(loose)
        .iter()
        .map(|remedy| format!("; {remedy}"))
        .collect();
    ensure!(
        left.is_empty(),
        "not packed from {}: {}{}",
        results.display(),
        count(left.len(), "record"),
        remedies
    );
    Ok(())
}
