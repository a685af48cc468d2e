//! Builds a report from run records, as a document.

use std::path::Path;

use super::facts;
use super::figures::figures;
use super::pairs_csv;
use super::regularised;
use super::runs_csv;
use super::tables::{absent, questions, tables};
use crate::campaign::Damage;
use crate::document::{Block, Document, DocumentError, Figure, Section, Sheet, Table};
use crate::experiment::pairs::{Series, UNPAIRED, series};
use crate::experiment::{QuestionSettings, RunRecord};
use crate::numbers::count;

/// Maximum number of damaged records that are named; `pipeline status` names all.
const MOST_DAMAGE: usize = 20;

/// The content of a report: tables, figures and facts about the runs.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    runs: &'a [RunRecord],
    /// Number of models and runs that could not be made.
    failures: usize,
    /// What in the results does not count, a sentence each without its full stop.
    damage: Vec<String>,
    /// Notes in Markdown by the user who made the runs.
    notes: Option<String>,
    /// The verification questions side by side, if there are several.
    pub(super) questions: Option<Section>,
    pub chapters: Vec<Chapter>,
    runs_csv: Sheet,
    pub(super) pairs_csv: Sheet,
}

/// One series of comparable runs: its tables and figures.
#[derive(Debug, Clone)]
pub struct Chapter {
    /// Prefix of its file names.
    pub slug: String,
    title: String,
    pub pairs: usize,
    /// Number of surrogate runs without a dense run of the same instance, limits and weights.
    pub left_out: usize,
    /// What is missing, and why.
    pub(super) remarks: Vec<String>,
    pub(super) tables: Vec<Table>,
    pub(super) figures: Vec<Figure>,
}

impl<'a> Report<'a> {
    /// Builds a report on `runs`, which are sorted by key, and mentions the number of `failures`;
    /// `notes` are Markdown.
    pub fn new(runs: &'a [RunRecord], failures: usize, notes: Option<String>) -> Self {
        let all = series(runs);
        Self {
            runs,
            failures,
            damage: Vec::new(),
            notes,
            questions: questions(&all).map(|(table, sentences)| Section {
                slug: String::from("questions"),
                blocks: vec![Block::List(sentences), Block::Table(table)],
                ..section("Which question the runs answer", [])
            }),
            chapters: all.iter().map(Chapter::of).collect(),
            runs_csv: runs_csv::sheet(runs),
            pairs_csv: pairs_csv::sheet(&all),
        }
    }

    /// Returns the report with the mention of these damaged records, which do not count.
    #[must_use]
    pub fn beside(self, damage: &[Damage]) -> Self {
        let damage = damage.iter().map(ToString::to_string).collect();
        Self { damage, ..self }
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
        let mut what_was_run = section("What was run", self.notes.clone());
        let facts = Block::List(facts::facts(self.runs));
        what_was_run.blocks.insert(0, facts);
        let all_runs = Section {
            blocks: vec![Block::Table(runs_csv::all_runs(&self.runs_csv))],
            is_on_page_only: true,
            ..section("All runs", [])
        };
        let study = Study::of(self.runs);
        let text = |heading, text: &str| section(heading, [text.to_owned()]);
        let words = study.words().map(|words| text("Words", words));
        let mut sections: Vec<Section> = words.into_iter().chain([what_was_run]).collect();
        sections.extend(self.questions.clone());
        sections.extend(regularised::sections(self.runs));
        sections.extend(self.chapters.iter().map(Chapter::section));
        sections.push(text("How to repeat it", include_str!("texts/repeating.md")));
        let recomputing = study.recomputing();
        sections.extend(recomputing.map(|how| text("How to recompute a percentage", how)));
        sections.push(all_runs);
        Document {
            title: study.title().to_owned(),
            introduction: self.introduction(study),
            sections,
            data: vec![
                (String::from("runs"), self.runs_csv.clone()),
                (String::from("pairs"), self.pairs_csv.clone()),
            ],
        }
    }

    /// What the document is, and which records are in no table.
    fn introduction(&self, study: Study) -> Vec<String> {
        let mut paragraphs = vec![study.introduction().trim_end().to_owned()];
        if self.failures > 0 {
            paragraphs.push(format!(
                "Caution: models and runs that failed and are in no table: {}.",
                self.failures
            ));
        }
        if !self.damage.is_empty() {
            let shown = &self.damage[..self.damage.len().min(MOST_DAMAGE)];
            let more = match self.damage.len() - shown.len() {
                0 => String::new(),
                more => format!("; and {more} more"),
            };
            paragraphs.push(format!(
                "Caution: {} of these results cannot be used and are in no table: {}{more}.",
                count(self.damage.len(), "record"),
                shown.join("; ")
            ));
        }
        let runs: Vec<&RunRecord> = self.runs.iter().collect();
        if self.chapters.is_empty() && !runs.iter().any(|run| is_of_regularisers(run)) {
            paragraphs.push(format!(
                "Nothing to compare yet: there is no run of a surrogate ({}).",
                facts::kinds(&runs)
            ));
        }
        paragraphs
    }
}

fn is_of_regularisers(run: &RunRecord) -> bool {
    run.settings.question == QuestionSettings::Minimization
}

/// Which paper the runs are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Study {
    /// The surrogates' paper, or both.
    Surrogates,
    /// That of the regularisers alone.
    Regularisers,
}

impl Study {
    fn of(runs: &[RunRecord]) -> Self {
        match !runs.is_empty() && runs.iter().all(is_of_regularisers) {
            true => Self::Regularisers,
            false => Self::Surrogates,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Surrogates => "Optimization over trained (and sparse) neural networks: our runs",
            Self::Regularisers => "Training networks for the solver: our runs",
        }
    }

    fn introduction(self) -> &'static str {
        match self {
            Self::Surrogates => include_str!("texts/introduction.md"),
            Self::Regularisers => include_str!("texts/introduction_of_regularisers.md"),
        }
    }

    fn words(self) -> Option<&'static str> {
        (self == Self::Surrogates).then_some(include_str!("texts/words.md"))
    }

    fn recomputing(self) -> Option<&'static str> {
        (self == Self::Surrogates).then_some(include_str!("texts/recomputing.md"))
    }
}

fn section(heading: &str, texts: impl IntoIterator<Item = String>) -> Section {
    Section {
        heading: heading.to_owned(),
        blocks: texts.into_iter().map(Block::Text).collect(),
        ..Section::default()
    }
}

impl Chapter {
    fn of(series: &Series) -> Self {
        let (pairs, left_out) = (series.all.pairs.len(), series.all.left_out.len());
        Self {
            slug: series.slug(),
            title: series.title(),
            pairs,
            left_out,
            remarks: match pairs {
                0 => vec![format!(
                    "No pairs, so no tables: {} {UNPAIRED}.",
                    count(left_out, "surrogate run")
                )],
                _ => absent(series),
            },
            tables: tables(series),
            figures: figures(series),
        }
    }

    fn section(&self) -> Section {
        let mut section = section(&self.title, self.remarks.clone());
        let tables = self.tables.iter().cloned().map(Block::Table);
        let figures = self.figures.iter().cloned().map(Block::Figure);
        section.blocks.extend(tables.chain(figures));
        section.slug.clone_from(&self.slug);
        section
    }
}
