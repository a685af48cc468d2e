//! Shares of instances by pruning rate, each beside the published one.

use super::super::pair::{Decision, count};
use super::super::published::{self, Grid};
use super::super::remarks;
use super::super::series::{Selection, Series};
use super::super::words::{points, rate, share};
use super::{agreement, conditions, pooled};
use crate::document::{Emphasis, Sheet, Table};
use crate::numbers::{DASH, percent};

/// A table of shares: the percentage of instances in which the surrogate run did better.
pub struct Comparison<'a> {
    pub name: &'static str,
    pub number: &'static str,
    pub caption: String,
    pub emphasis: Emphasis,
    pub rows: Vec<Row<'a>>,
    /// What the published table pools.
    pub grid: &'static Grid,
    /// Whether the published shares are of the same kind of surrogates; otherwise they are shown
    /// beside ours without a difference.
    pub same_surrogates: bool,
    /// Remarks specific to this table.
    pub remarks: Vec<String>,
}

/// One row of a table, as in the paper.
pub struct Row<'a> {
    /// The left column; rows of the same group stand together.
    pub group: String,
    pub name: String,
    pub selection: Selection<'a>,
    pub published: Option<published::Percentages>,
}

/// One share.
struct Cell {
    better: usize,
    instances: usize,
    published: Option<f64>,
    /// Ours minus the published share, if both are of the same kind.
    difference: Option<f64>,
}

/// A line of a displayed row: its name, and its text for a share, if any.
type Measure = (&'static str, fn(&Cell) -> Option<String>);

const MEASURES: [Measure; 4] = [
    ("ours", |cell| cell.share().map(percent)),
    ("published", |cell| cell.published.map(percent)),
    ("difference", |cell| cell.difference.map(points)),
    ("instances", |cell| {
        (cell.instances > 0).then(|| cell.instances.to_string())
    }),
];

impl<'a> Comparison<'a> {
    /// Builds the table, with notes on the conditions of `all`, the pairs of all its rows.
    pub fn table(self, series: &Series, all: &Selection<'a>) -> Table {
        let rates = self.rates();
        let comparable = self.same_surrogates && pooled::is_comparable(all, self.grid);
        let cells: Vec<Vec<Cell>> = self
            .rows
            .iter()
            .map(|row| {
                let cells = rates.iter().map(|&rate| Cell::of(row, rate));
                cells
                    .map(|cell| if comparable { cell.compared() } else { cell })
                    .collect()
            })
            .collect();
        let mut notes: Vec<String> = agreement::sentence(&self.differences(&cells))
            .into_iter()
            .collect();
        notes.push(published::CONDITIONS.to_owned());
        notes.extend(pooled::remark(all, self.grid));
        notes.extend(self.remarks.clone());
        notes.extend(remarks::rates_differ(&self.parts()));
        notes.extend(conditions::notes(series, all));
        Table {
            name: self.name,
            number: Some(self.number),
            emphasis: self.emphasis,
            shown: self.shown(&rates, &cells),
            words: 3,
            sortable: self.sortable(&rates, &cells),
            sortable_caption: "; ours (published, and the difference in percentage points where both are of the same kind)",
            data: self.data(&rates, &cells),
            caption: format!("{} ({})", self.caption, series.settings()),
            notes,
        }
    }

    /// The rows with their names.
    pub fn parts(&self) -> Vec<(String, &Selection<'a>)> {
        let rows = self.rows.iter();
        rows.map(|row| (row.full_name(), &row.selection)).collect()
    }

    /// The published rates, and all others that were run.
    fn rates(&self) -> Vec<f64> {
        let mut rates = published::RATES.to_vec();
        rates.extend(self.rows.iter().flat_map(|row| row.selection.rates()));
        rates.sort_by(f64::total_cmp);
        rates.dedup();
        rates
    }

    fn differences(&self, cells: &[Vec<Cell>]) -> Vec<(String, Vec<f64>)> {
        let rows = self.rows.iter().zip(cells);
        let of = |cells: &[Cell]| cells.iter().filter_map(|cell| cell.difference).collect();
        rows.map(|(row, cells)| (row.full_name(), of(cells)))
            .collect()
    }

    /// A line for each measure for which a row has a value.
    fn shown(&self, rates: &[f64], cells: &[Vec<Cell>]) -> Sheet {
        let words = ["", "", "rate"].map(str::to_owned);
        let mut sheet = Sheet::new(words.into_iter().chain(rates.iter().map(|&r| rate(r))));
        for (row, cells) in self.rows.iter().zip(cells) {
            for (measure, show) in MEASURES {
                let shown: Vec<Option<String>> = cells.iter().map(show).collect();
                if shown.iter().all(Option::is_none) {
                    continue;
                }
                let mut line = vec![row.group.clone(), row.name.clone(), measure.to_owned()];
                line.extend(
                    shown
                        .into_iter()
                        .map(|cell| cell.unwrap_or(DASH.to_owned())),
                );
                sheet.rows.push(line);
            }
        }
        sheet
    }

    /// One line per row, our share before what it is compared with: each column is of one kind.
    fn sortable(&self, rates: &[f64], cells: &[Vec<Cell>]) -> Sheet {
        let columns = rates.iter().map(|&r| format!("rate {}", rate(r)));
        let words = ["group", "row"].map(str::to_owned);
        let instances = [String::from("instances")];
        let mut sheet = Sheet::new(words.into_iter().chain(columns).chain(instances));
        for (row, cells) in self.rows.iter().zip(cells) {
            let known = |cell: &Cell| cell.instances > 0 || cell.published.is_some();
            if !cells.iter().any(known) {
                continue;
            }
            let mut line = vec![row.group.clone(), row.name.clone()];
            line.extend(cells.iter().map(Cell::beside_published));
            line.push(range(cells.iter().map(|cell| cell.instances)));
            sheet.rows.push(line);
        }
        sheet
    }

    fn data(&self, rates: &[f64], cells: &[Vec<Cell>]) -> Sheet {
        let mut sheet = Sheet::new([
            "group",
            "row",
            "rate",
            "share_percent",
            "published_percent",
            "difference_points",
            "better",
            "instances",
        ]);
        for (row, cells) in self.rows.iter().zip(cells) {
            for (&rate, cell) in rates.iter().zip(cells) {
                let number = |value: Option<f64>| value.map_or(String::new(), |v| v.to_string());
                sheet.rows.push(vec![
                    row.group.clone(),
                    row.name.clone(),
                    rate.to_string(),
                    number(cell.share()),
                    number(cell.published),
                    number(cell.difference),
                    cell.better.to_string(),
                    cell.instances.to_string(),
                ]);
            }
        }
        sheet
    }
}

impl Row<'_> {
    fn full_name(&self) -> String {
        format!("{} {}", self.group, self.name)
    }
}

impl Cell {
    fn of(row: &Row, rate: f64) -> Self {
        let pairs = row.selection.of_rate(rate);
        Self {
            better: count(&pairs, Decision::Surrogate),
            instances: pairs.len(),
            published: row.published.and_then(|all| published::at(&all, rate)),
            difference: None,
        }
    }

    fn compared(self) -> Self {
        let both = self.share().zip(self.published);
        Self {
            difference: both.map(|(ours, published)| ours - published),
            ..self
        }
    }

    /// Percent of all instances, ties included.
    fn share(&self) -> Option<f64> {
        share(self.better, self.instances)
    }

    fn beside_published(&self) -> String {
        let ours = self.share().map_or(DASH.to_owned(), percent);
        match (self.published.map(percent), self.difference.map(points)) {
            (Some(published), Some(difference)) => format!("{ours} ({published}, {difference})"),
            (Some(published), None) => format!("{ours} ({published})"),
            (None, _) => ours,
        }
    }
}

/// The smallest and the largest of the numbers above zero.
fn range(numbers: impl Iterator<Item = usize>) -> String {
    let some: Vec<usize> = numbers.filter(|&number| number > 0).collect();
    match (some.iter().min(), some.iter().max()) {
        (Some(least), Some(most)) if least == most => most.to_string(),
        (Some(least), Some(most)) => format!("{least} to {most}"),
        _ => DASH.to_owned(),
    }
}
