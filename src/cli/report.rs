//! `pipeline report`: tables, pictures and pages from a results folder.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::output::{print, print_json};
use crate::experiment::read_runs;
use crate::report::Report;

/// Write the tables and figures of a results folder, each table beside the published one.
///
/// Made from the stored run records alone: the same records give the same files. Start with
/// REPRODUCTION.md or index.html in the output folder; runs.csv has everything behind the tables.
///
/// Example: pipeline report --results results -o report
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder with the records of the runs: runs/**/*.json, runs.jsonl.gz or both
    #[arg(long, value_name = "DIR")]
    results: PathBuf,
    /// Folder to write to; files of an earlier report are replaced
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Markdown text to put into REPRODUCTION.md after what was run
    #[arg(long, value_name = "FILE")]
    notes: Option<PathBuf>,
    /// Print one JSON object in place of the summary
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Record<'a> {
    results: &'a PathBuf,
    output: &'a PathBuf,
    runs: usize,
    series: Vec<SeriesRecord<'a>>,
    files: Vec<String>,
}

#[derive(Serialize)]
struct SeriesRecord<'a> {
    name: &'a str,
    pairs: usize,
    left_out: usize,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let (results, output) = (&arguments.results, &arguments.output);
    let runs = read_runs(results)?;
    let notes = arguments.notes.as_ref().map(|path| {
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
    });
    let report = Report::new(&runs, notes.transpose()?);
    let files = report.write(output)?;
    let series = report.chapters.iter().map(|chapter| SeriesRecord {
        name: &chapter.slug,
        pairs: chapter.pairs,
        left_out: chapter.left_out,
    });
    let record = Record {
        results,
        output,
        runs: runs.len(),
        series: series.collect(),
        files,
    };
    if arguments.json {
        return print_json(&record);
    }
    print(&summary(&record))
}

fn summary(record: &Record) -> String {
    let mut lines = vec![format!(
        "{} runs of {}; {} files in {}",
        record.runs,
        record.results.display(),
        record.files.len(),
        record.output.display()
    )];
    for series in &record.series {
        lines.push(format!(
            "{}: {} pairs of runs, {} surrogate runs without a dense run left out",
            series.name, series.pairs, series.left_out
        ));
    }
    for name in ["REPRODUCTION.md", "index.html"] {
        let file = record.output.join(name);
        lines.push(format!("read {}", file.display()));
    }
    lines.join("\n")
}
