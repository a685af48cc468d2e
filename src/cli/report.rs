//! `pipeline report`: tables, pictures and pages from a results folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::destination::{ForceArguments, check_is_file};
use super::output::{path_as_text, print, print_json, some_path_as_text};
use crate::campaign::{Damage, Records};
use crate::experiment::{count_failures, read_records};
use crate::report::Report;

/// The entry pages of a report.
const PAGES: [&str; 2] = ["REPRODUCTION.md", "index.html"];
/// A results folder's own notes.
const NOTES: &str = "NOTES.md";

/// Write the tables and figures of a results folder, each table next to the published one
///
/// They depend only on the stored records: the same records give the same files. Damaged records are left out and
/// listed. Start with REPRODUCTION.md or index.html in the output folder; runs.csv has the data behind the tables.
///
/// Example: pipeline report --results results -o report
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder with the records of the runs: runs/*.json, runs.jsonl.gz or both
    #[arg(long, value_name = "DIR")]
    results: PathBuf,
    /// Folder to write to; existing files of the same names are replaced, all others kept
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Markdown file to insert after the list of runs [default: NOTES.md of the results folder, if it
    /// exists]
    #[arg(long, value_name = "FILE")]
    notes: Option<PathBuf>,
    #[command(flatten)]
    force: ForceArguments,
    /// Print one JSON object instead of the summary
    #[arg(long)]
    json: bool,
}

/// The report that was written.
#[derive(Serialize)]
pub struct Written {
    #[serde(serialize_with = "path_as_text")]
    results: PathBuf,
    #[serde(serialize_with = "path_as_text")]
    pub output: PathBuf,
    runs: usize,
    failures: usize,
    /// Damaged records, which do not count.
    damaged: Vec<Damage>,
    #[serde(serialize_with = "some_path_as_text")]
    notes: Option<PathBuf>,
    series: Vec<Series>,
    files: Vec<String>,
}

#[derive(Serialize)]
struct Series {
    name: String,
    pairs: usize,
    left_out: usize,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    check_is_file("--output", &arguments.output)?;
    let notes = arguments.notes.as_deref();
    if let Some(notes) = notes {
        let inputs = [(String::from("the notes"), notes.to_owned())];
        let pages = PAGES.map(|page| arguments.output.join(page));
        arguments.force.check(&inputs, "--output", &pages)?;
    }
    let written = write(&arguments.results, &arguments.output, notes)?;
    if arguments.json {
        return print_json(&written);
    }
    print(&written.summary())
}

/// Writes the report of a results folder, with the folder's own notes unless others are given.
pub fn write(results: &Path, output: &Path, notes: Option<&Path>) -> anyhow::Result<Written> {
    let own = results.join(NOTES);
    let notes = notes.or_else(|| own.is_file().then_some(own.as_path()));
    let text = notes.map(|path| {
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
    });
    let Records {
        records: runs,
        mut damage,
    } = read_records(results)?;
    let (failures, damaged_failures) = count_failures(results, &runs)?;
    damage.extend(damaged_failures);
    let report = Report::new(&runs, failures, text.transpose()?).beside(&damage);
    let files = report.write(output)?;
    let series = report.chapters.iter().map(|chapter| Series {
        name: chapter.slug.clone(),
        pairs: chapter.pairs,
        left_out: chapter.left_out,
    });
    Ok(Written {
        results: results.to_owned(),
        output: output.to_owned(),
        runs: runs.len(),
        failures,
        damaged: damage,
        notes: notes.map(Path::to_owned),
        series: series.collect(),
        files,
    })
}

impl Written {
    fn summary(&self) -> String {
        let mut lines = vec![format!(
            "{} runs in {}; {} files written to {}",
            self.runs,
            self.results.display(),
            self.files.len(),
            self.output.display()
        )];
        if let Some(notes) = &self.notes {
            lines.push(format!("notes: {}", notes.display()));
        }
        if self.failures > 0 {
            lines.push(format!(
                "failed models and runs, not included in any table: {}",
                self.failures
            ));
        }
        for damage in &self.damaged {
            lines.push(format!("does not count: {damage}"));
        }
        for series in &self.series {
            lines.push(format!(
                "{}: {} pairs of a dense and a surrogate run; {} surrogate runs left out for lack of a dense run with the same instance, limits and weights",
                series.name, series.pairs, series.left_out
            ));
        }
        for name in PAGES {
            lines.push(format!("read {}", self.output.join(name).display()));
        }
        lines.join("\n")
    }
}
