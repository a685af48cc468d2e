//! `index.html`: the same as the document, and every run with its settings.

use super::build::{Chapter, Report};
use super::figure::FigureError;
use super::page::{Page, PageFigure, PageRow, PageTable, Section};
use super::series::dataset;
use super::tables::{Sheet, Table, rate};
use super::variant::Variant;
use crate::experiment::RunRecord;

/// The page of a report.
///
/// # Errors
/// When a picture cannot be drawn.
pub fn page(report: &Report) -> Result<Page, FigureError> {
    let mut sections = vec![what_was_run(report)];
    for chapter in &report.chapters {
        sections.push(section(chapter)?);
    }
    sections.push(all_runs(report.runs));
    Ok(Page {
        title: report.title(),
        introduction: report.introduction(),
        sections,
    })
}

fn what_was_run(report: &Report) -> Section {
    let mut paragraphs = report.facts.clone();
    let notes = report.notes.iter().flat_map(|notes| notes.split("\n\n"));
    paragraphs.extend(notes.map(|paragraph| paragraph.trim().to_owned()));
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    Section {
        heading: String::from("What was run"),
        paragraphs,
        tables: Vec::new(),
        figures: Vec::new(),
    }
}

fn section(chapter: &Chapter) -> Result<Section, FigureError> {
    let figures = chapter.figures.iter().map(|figure| {
        Ok(PageFigure {
            caption: figure.caption.clone(),
            svg: figure.svg()?,
        })
    });
    Ok(Section {
        heading: chapter.title.clone(),
        paragraphs: Vec::new(),
        tables: chapter.tables.iter().map(page_table).collect(),
        figures: figures.collect::<Result<_, _>>()?,
    })
}

fn page_table(table: &Table) -> PageTable {
    let Sheet { header, rows } = table.shown.clone();
    let row = |cells| PageRow { cells, hover: None };
    PageTable {
        caption: table.caption.clone(),
        header,
        rows: rows.into_iter().map(row).collect(),
        notes: table.notes.clone(),
    }
}

fn all_runs(runs: &[RunRecord]) -> Section {
    let header = [
        "run",
        "network",
        "solved",
        "rate",
        "limit",
        "status",
        "seconds to first",
        "seconds",
        "value",
    ];
    let table = PageTable {
        caption: format!("All {} runs", runs.len()),
        header: header.map(str::to_owned).to_vec(),
        rows: runs.iter().map(run_row).collect(),
        notes: vec![String::from(
            "Each row shows the run's complete settings while the pointer is on it; runs.csv has all of them.",
        )],
    };
    Section {
        heading: String::from("All runs"),
        paragraphs: Vec::new(),
        tables: vec![table],
        figures: Vec::new(),
    }
}

fn run_row(run: &RunRecord) -> PageRow {
    let settings = serde_json::to_string(&run.settings).expect("settings have string keys only");
    let surrogate = run.settings.surrogate.as_ref();
    let seconds = |seconds: Option<f64>| seconds.map_or(String::new(), |s| format!("{s:.3}"));
    let value = run.outcome.dense_objective;
    PageRow {
        cells: vec![
            run.key.clone(),
            network(run),
            surrogate.map_or("dense".to_owned(), |s| Variant::of(s).to_string()),
            surrogate.map_or(String::new(), |s| rate(s.pruning.rate)),
            format!("{} s", run.settings.time_limit),
            run.outcome.status.to_string(),
            seconds(run.outcome.seconds_to_first),
            seconds(Some(run.outcome.seconds_total)),
            value.map_or(String::new(), |value| value.to_string()),
        ],
        hover: Some(settings),
    }
}

fn network(run: &RunRecord) -> String {
    let dense = &run.settings.dense;
    let hidden: Vec<_> = dense.hidden().iter().map(usize::to_string).collect();
    let name = dataset(run).map_or("random".to_owned(), |name| name.to_string());
    format!("{name} {}-{}", dense.inputs(), hidden.join("-"))
}
