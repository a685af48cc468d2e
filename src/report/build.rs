//! A report from run records: everything that is written, before anything is.

use super::figures_of::{Figure, figures};
use super::grid;
use super::pairs_csv;
use super::runs_csv;
use super::series::{Kind, Limits, is_dense, series};
use super::tables::{Sheet, Table, tables};
use crate::experiment::RunRecord;

/// What the records say: tables, pictures and the facts around them.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    pub runs: &'a [RunRecord],
    /// Text of whoever made the runs.
    pub notes: Option<String>,
    /// What was run.
    pub facts: Vec<String>,
    pub chapters: Vec<Chapter>,
    pub(super) runs_csv: Sheet,
    pub(super) pairs_csv: Sheet,
}

/// One series of comparable runs: its tables and pictures.
#[derive(Debug, Clone)]
pub struct Chapter {
    pub kind: Kind,
    pub limits: Limits,
    /// The beginning of its files' names.
    pub slug: String,
    pub title: String,
    pub pairs: usize,
    /// Surrogate runs without a dense run.
    pub left_out: usize,
    pub tables: Vec<Table>,
    pub figures: Vec<Figure>,
}

impl<'a> Report<'a> {
    /// A report on `runs`, which are sorted by key.
    pub fn new(runs: &'a [RunRecord], notes: Option<String>) -> Self {
        let all = series(runs);
        let chapters = all.iter().map(|series| Chapter {
            kind: series.kind,
            limits: series.limits,
            slug: series.slug(),
            title: series.title(),
            pairs: series.all.pairs.len(),
            left_out: series.all.left_out.len(),
            tables: tables(series),
            figures: figures(series),
        });
        Self {
            runs,
            notes,
            facts: grid::facts(runs),
            chapters: chapters.collect(),
            runs_csv: runs_csv::sheet(runs),
            pairs_csv: pairs_csv::sheet(&all),
        }
    }

    pub(super) fn title(&self) -> String {
        String::from("Optimization over trained (and sparse) neural networks: our runs")
    }

    /// What the document is, and what of the records is in no table.
    pub(super) fn introduction(&self) -> Vec<String> {
        let mut paragraphs = vec![String::from(
            "The experiments of \"Optimization over Trained (and Sparse) Neural Networks: A Surrogate within a Surrogate\" (arXiv 2505.01985) with this program, each table beside the published one. Made by `pipeline report` from the stored records of the runs alone. A difference is ours minus the published share, in percentage points.",
        )];
        if self.chapters.is_empty() {
            let dense = self.runs.iter().filter(|run| is_dense(run)).count();
            paragraphs.push(format!(
                "There is nothing to compare yet: of the {} runs {dense} solved the dense network and none a surrogate.",
                self.runs.len()
            ));
        }
        paragraphs
    }
}
