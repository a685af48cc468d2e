//! `index.html`: the content of the document, and every run with its settings.

use std::fmt::Write;

use super::build::{Chapter, Report};
use super::figure::FigureError;
use super::found;
use super::glossary::WORDS;
use super::page::{Page, PageFigure, PageRow, PageTable, Section};
use super::reproduction::{RECIPE, commands};
use super::series::{dataset, instance_seed};
use super::tables::{Sheet, Table};
use super::variant::Variant;
use super::words::rate;
use crate::experiment::{QuestionSettings, RunRecord};
use crate::numbers::{Shortest, count};
use crate::search::Strategy;

/// Builds the page of a report.
///
/// # Errors
/// When a figure cannot be drawn.
pub fn page(report: &Report) -> Result<Page, FigureError> {
    let mut sections = vec![words(), what_was_run(report)];
    for chapter in &report.chapters {
        sections.push(section(chapter)?);
    }
    sections.push(how_to_repeat_it(report));
    sections.push(recipe());
    sections.push(all_runs(report.runs));
    Ok(Page {
        title: report.title(),
        introduction: report.introduction(),
        sections,
    })
}

fn words() -> Section {
    let words = WORDS.iter();
    Section {
        heading: String::from("Words"),
        terms: words
            .map(|(word, meaning)| ((*word).to_owned(), (*meaning).to_owned()))
            .collect(),
        ..Section::default()
    }
}

fn what_was_run(report: &Report) -> Section {
    Section {
        heading: String::from("What was run"),
        paragraphs: report.facts.clone(),
        markdown: report.notes.clone().unwrap_or_default(),
        ..Section::default()
    }
}

fn how_to_repeat_it(report: &Report) -> Section {
    Section {
        heading: String::from("How to repeat it"),
        markdown: commands(report),
        ..Section::default()
    }
}

fn recipe() -> Section {
    Section {
        heading: String::from("How to recompute a percentage"),
        paragraphs: RECIPE.map(str::to_owned).to_vec(),
        ..Section::default()
    }
}

fn section(chapter: &Chapter) -> Result<Section, FigureError> {
    let figures = chapter.figures.iter().map(|figure| {
        Ok(PageFigure {
            caption: figure.caption.clone(),
            svg: figure.drawing.svg()?,
            notes: figure.notes.clone(),
        })
    });
    Ok(Section {
        heading: chapter.title.clone(),
        paragraphs: chapter.remarks(),
        tables: chapter.tables.iter().map(page_table).collect(),
        figures: figures.collect::<Result<_, _>>()?,
        ..Section::default()
    })
}

fn page_table(table: &Table) -> PageTable {
    let Sheet { header, rows } = table.sortable.clone();
    let row = |cells| PageRow { cells, hover: None };
    let caption = match table.number {
        Some(_) => format!(
            "{}; ours (published, and the difference in percentage points where both are of the same kind)",
            table.title()
        ),
        None => table.title(),
    };
    PageTable {
        caption,
        header,
        rows: rows.into_iter().map(row).collect(),
        notes: table.notes.clone(),
    }
}

fn all_runs(runs: &[RunRecord]) -> Section {
    let header = [
        "run",
        "network",
        "seed",
        "labels",
        "solved",
        "rate",
        "limit",
        "status",
        "seconds to first",
        "seconds",
        "value",
    ];
    let table = PageTable {
        caption: format!("All runs: {}", count(runs.len(), "run")),
        header: header.map(str::to_owned).to_vec(),
        rows: runs.iter().map(run_row).collect(),
        notes: vec![String::from(
            "Value: the best objective of the dense network. Hover over a row to see the run's complete settings, machine and times; runs.csv has all of them.",
        )],
    };
    Section {
        heading: String::from("All runs"),
        tables: vec![table],
        ..Section::default()
    }
}

fn run_row(run: &RunRecord) -> PageRow {
    let surrogate = run.settings.surrogate.as_ref();
    let seconds = |seconds: Option<f64>| seconds.map_or(String::new(), |s| format!("{s:.3}"));
    let status = run.outcome.status;
    let late = if found::is_late(run) { ", late" } else { "" };
    PageRow {
        cells: vec![
            run.key.clone(),
            network(run),
            instance_seed(run).to_string(),
            labels(run),
            solved(run),
            surrogate.map_or(String::new(), |s| rate(s.pruning.rate)),
            format!("{} s", Shortest(run.settings.time_limit)),
            format!("{status}{late}"),
            seconds(run.outcome.seconds_to_first),
            seconds(Some(run.outcome.seconds_total)),
            run.outcome
                .dense_objective
                .map_or(String::new(), six_digits),
        ],
        hover: Some(hover(run)),
    }
}

/// The network that was solved, and the strategy if it was not the MILP alone.
fn solved(run: &RunRecord) -> String {
    let surrogate = run.settings.surrogate.as_ref();
    let network = surrogate.map_or("dense".to_owned(), |s| Variant::of(s).to_string());
    match run.settings.strategy {
        Strategy::Exact | Strategy::Surrogate => network,
        other => format!("{network}, {other}"),
    }
}

fn network(run: &RunRecord) -> String {
    let dense = &run.settings.dense;
    let name = dataset(run).map_or("random".to_owned(), |name| name.to_string());
    format!("{name} {}-{}", dense.inputs(), dense.hidden_text("-"))
}

fn labels(run: &RunRecord) -> String {
    match run.settings.question {
        QuestionSettings::Verification { labels, .. } => labels.to_string(),
        QuestionSettings::Maximization => String::new(),
    }
}

/// Six significant digits, without trailing zeros.
fn six_digits(value: f64) -> String {
    let scientific = format!("{value:.5e}");
    let rounded: f64 = scientific.parse().expect("a number written by us");
    rounded.to_string()
}

/// Everything that determined the run: settings, solver status, times, machine and versions.
fn hover(run: &RunRecord) -> String {
    const WRITES: &str = "a string takes any text";
    let outcome = &run.outcome;
    let provenance = &run.provenance;
    let machine = &provenance.machine;
    let mut text =
        serde_json::to_string_pretty(&run.settings).expect("settings have string keys only");
    write!(
        text,
        "\nsolver status: {}\nseconds to first {}, to best {}, in all {}",
        outcome.solver_in_words(),
        written(outcome.seconds_to_first),
        written(outcome.seconds_to_best),
        outcome.seconds_total
    )
    .expect(WRITES);
    write!(
        text,
        "\n{}, {}, {}\nruns at a time {}, begun {}, {}, program {}",
        machine.host,
        machine.processor,
        count(machine.cores, "core"),
        provenance.workers,
        provenance.started,
        provenance.solver,
        provenance.version
    )
    .expect(WRITES);
    text
}

fn written(seconds: Option<f64>) -> String {
    seconds.map_or("none".to_owned(), |seconds| seconds.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_six_digits() {
        let written = [0.233_138_703_591, -12345.678, 1e-9, 0.0].map(six_digits);
        assert_eq!(written, ["0.233139", "-12345.7", "0.000000001", "0"]);
    }
}
