//! Builds a report from run records, as a document.

use std::path::Path;

use super::all_runs::all_runs;
use super::facts;
use super::figures_of::figures;
use super::glossary::WORDS;
use super::pairs_csv;
use super::repeating::{RECIPE, commands};
use super::runs_csv;
use super::series::{UNPAIRED, series};
use super::tables::{absent, tables};
use crate::campaign::Damage;
use crate::document::{Block, Document, DocumentError, Figure, Section, Sheet, Table};
use crate::experiment::RunRecord;
use crate::numbers::count;

/// Maximum number of damaged records that are named; `pipeline status` names all.
const MOST_DAMAGE: usize = 20;

/// The content of a report: tables, figures and facts about the runs.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    pub(super) runs: &'a [RunRecord],
    /// Number of models and runs that could not be made.
    failures: usize,
    /// What in the results does not count, a sentence each without its full stop.
    damage: Vec<String>,
    /// Notes in Markdown by the user who made the runs.
    pub(super) notes: Option<String>,
    /// What was run.
    pub(super) facts: Vec<String>,
    pub chapters: Vec<Chapter>,
    pub(super) runs_csv: Sheet,
    pub(super) pairs_csv: Sheet,
}

/// One series of comparable runs: its tables and figures.
#[derive(Debug, Clone)]
pub struct Chapter {
    /// Prefix of its file names.
    pub slug: String,
    pub(super) title: String,
    pub pairs: usize,
    /// Number of surrogate runs without a dense run of the same instance, limits and weights.
    pub left_out: usize,
    /// The tables that are missing though there are pairs, and why.
    absent: Vec<String>,
    pub(super) tables: Vec<Table>,
    pub(super) figures: Vec<Figure>,
}

impl<'a> Report<'a> {
    /// Builds a report on `runs`, which are sorted by key, and mentions the number of `failures`;
    /// `notes` are Markdown.
    pub fn new(runs: &'a [RunRecord], failures: usize, notes: Option<String>) -> Self {
        let all = series(runs);
        let chapters = all.iter().map(|series| Chapter {
            slug: series.slug(),
            title: series.title(),
            pairs: series.all.pairs.len(),
            left_out: series.all.left_out.len(),
            absent: absent(series),
            tables: tables(series),
            figures: figures(series),
        });
        Self {
            runs,
            failures,
            damage: Vec::new(),
            notes,
            facts: facts::facts(runs),
            chapters: chapters.collect(),
            runs_csv: runs_csv::sheet(runs),
            pairs_csv: pairs_csv::sheet(&all),
        }
    }

    /// Returns the report with the mention of these damaged records, which do not count.
    #[must_use]
    pub fn beside(self, damage: &[Damage]) -> Self {
        Self {
            damage: damage.iter().map(ToString::to_string).collect(),
            ..self
        }
    }

    /// Writes the report to `folder`: see [`Document::write`].
    ///
    /// # Errors
    /// As [`Document::write`].
    pub fn write(&self, folder: &Path) -> Result<Vec<String>, DocumentError> {
        self.document().write(folder, "REPRODUCTION.md")
    }

    /// The report as a document.
    pub fn document(&self) -> Document {
        let words = WORDS.iter();
        let words = words.map(|(word, meaning)| ((*word).to_owned(), (*meaning).to_owned()));
        let notes = self.notes.clone().map(Block::Markdown);
        let what_was_run = [Block::List(self.facts.clone())].into_iter().chain(notes);
        let recipe = RECIPE
            .iter()
            .map(|text| Block::Paragraph((*text).to_owned()));
        let mut sections = vec![
            section("Words", [Block::Terms(words.collect())]),
            section("What was run", what_was_run),
        ];
        sections.extend(self.chapters.iter().map(Chapter::section));
        sections.push(section(
            "How to repeat it",
            [Block::Markdown(commands(self))],
        ));
        sections.push(section("How to recompute a percentage", recipe));
        sections.push(all_runs(self.runs));
        Document {
            title: String::from("Optimization over trained (and sparse) neural networks: our runs"),
            introduction: self.introduction(),
            sections,
            data: vec![
                (String::from("runs"), self.runs_csv.clone()),
                (String::from("pairs"), self.pairs_csv.clone()),
            ],
        }
    }

    /// What the document is, and which records are in no table.
    fn introduction(&self) -> Vec<String> {
        let mut paragraphs = vec![String::from(
            "The experiments of \"Optimization over Trained (and Sparse) Neural Networks: A Surrogate within a Surrogate\" (arXiv 2505.01985) with this program, each table beside the published one. The question: does solving a pruned network (the surrogate) in place of the dense one give an answer sooner, or a better one? The command \"pipeline report\" generates this document from the stored records of the runs alone. A difference is our share minus the published one, in percentage points.",
        )];
        if self.failures > 0 {
            paragraphs.push(format!(
                "Caution: models and runs that failed and are in no table: {}.",
                self.failures
            ));
        }
        paragraphs.extend(self.damaged());
        if self.chapters.is_empty() {
            let runs: Vec<&RunRecord> = self.runs.iter().collect();
            paragraphs.push(format!(
                "Nothing to compare yet: there is no run of a surrogate ({}).",
                facts::kinds(&runs)
            ));
        }
        paragraphs
    }
}

impl Report<'_> {
    fn damaged(&self) -> Option<String> {
        if self.damage.is_empty() {
            return None;
        }
        let mut shown: Vec<&str> = self.damage.iter().map(String::as_str).collect();
        shown.truncate(MOST_DAMAGE);
        let more = match self.damage.len() - shown.len() {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        Some(format!(
            "Caution: {} of these results cannot be used and are in no table: {}{more}.",
            count(self.damage.len(), "record"),
            shown.join("; ")
        ))
    }
}

fn section(heading: &str, blocks: impl IntoIterator<Item = Block>) -> Section {
    Section {
        heading: heading.to_owned(),
        blocks: blocks.into_iter().collect(),
        ..Section::default()
    }
}

impl Chapter {
    fn section(&self) -> Section {
        let remarks = self.remarks().into_iter().map(Block::Paragraph);
        let tables = self.tables.iter().cloned().map(Block::Table);
        let figures = self.figures.iter().cloned().map(Block::Figure);
        Section {
            slug: self.slug.clone(),
            ..section(&self.title, remarks.chain(tables).chain(figures))
        }
    }

    /// The text in place of missing tables.
    pub(super) fn remarks(&self) -> Vec<String> {
        if self.pairs > 0 {
            return self.absent.clone();
        }
        vec![format!(
            "No pairs, so no tables: {} {UNPAIRED}.",
            count(self.left_out, "surrogate run")
        )]
    }
}
