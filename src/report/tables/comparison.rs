//! Shares of instances by pruning rate, each beside the published one.

use std::collections::BTreeSet;

use super::super::published::{self, Grid};
use super::super::remarks;
use super::super::words::{joined, points, rate, share};
use super::{conditions, pooled};
use crate::document::{Emphasis, Sheet, Table};
use crate::experiment::pairs::{Decision, Selection, Series, count as decided};
use crate::numbers::{DASH, count, distinct, percent};

/// Difference in percentage points that counts as near.
const NEAR: f64 = 10.0;
/// Maximum number of rows that a sentence names individually.
const NAMED: usize = 4;

/// A table of shares: the percentage of instances in which the surrogate run did better.
pub struct Comparison<'a> {
    pub name: &'static str,
    pub number: &'static str,
    /// What it is about, if its absence is worth a word.
    pub subject: Option<&'static str>,
    pub caption: String,
    pub emphasis: Emphasis,
    /// The pairs of all rows.
    pub all: Selection<'a>,
    pub rows: Vec<Row<'a>>,
    /// What the published table pools.
    pub grid: &'static Grid,
    /// Whether the published shares are of the same kind of surrogates; otherwise they are shown
    /// beside ours without a difference.
    pub same_surrogates: bool,
    /// Remarks specific to this table.
    pub remarks: Vec<String>,
    /// Whether it names the pairs of the series that it does not have.
    pub names_others: bool,
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

impl Comparison<'_> {
    pub fn table(self, series: &Series) -> Table {
        let rates = self.rates();
        let comparable = self.same_surrogates && pooled::is_comparable(&self.all, self.grid);
        let cells = |row| {
            rates
                .iter()
                .map(|&rate| Cell::of(row, rate, comparable))
                .collect()
        };
        let cells: Vec<Vec<Cell>> = self.rows.iter().map(cells).collect();
        let parts: Vec<_> = self
            .rows
            .iter()
            .map(|row| (row.full_name(), &row.selection))
            .collect();
        let mut notes: Vec<String> = self.agreement(&cells).into_iter().collect();
        notes.push(self.grid.conditions.to_owned());
        notes.extend(pooled::remark(&self.all, self.grid));
        notes.extend(self.remarks.clone());
        notes.extend(self.names_others.then(|| self.others(series)).flatten());
        notes.extend(remarks::rates_differ(&parts));
        notes.extend(conditions::notes(series, &self.all));
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

    /// The published rates, and all others that were run.
    fn rates(&self) -> Vec<f64> {
        rates_of(self.rows.iter().map(|row| &row.selection))
    }

    /// How close our shares are to the published ones; `None` if none can be compared.
    fn agreement(&self, cells: &[Vec<Cell>]) -> Option<String> {
        let near = |differences: &[f64]| differences.iter().filter(|d| d.abs() <= NEAR).count();
        let of = |cells: &Vec<Cell>| -> Vec<f64> {
            cells.iter().filter_map(|cell| cell.difference).collect()
        };
        let rows = self.rows.iter().zip(cells.iter().map(of));
        let rows: Vec<(&Row, Vec<f64>)> = rows.filter(|(_, all)| !all.is_empty()).collect();
        let each = rows.iter().map(|(row, all)| {
            let rates = count(all.len(), "rate");
            format!("at {} of {rates} (row {})", near(all), row.full_name())
        });
        let found = match rows.len() {
            0 => return None,
            1..=NAMED => joined(each, ", "),
            _ => {
                let all: Vec<f64> = rows.iter().flat_map(|(_, all)| all).copied().collect();
                format!("in {} of {}", near(&all), count(all.len(), "cell"))
            }
        };
        Some(format!(
            "Ours is within {NEAR} points of the published share {found}."
        ))
    }

    /// Notes the pairs of the series that the table does not have.
    fn others(&self, series: &Series) -> Option<String> {
        let keys = self.all.pairs.iter().map(|pair| &pair.surrogate.run.key);
        let keys: BTreeSet<&String> = keys.collect();
        let others = series
            .all
            .only(|surrogate| !keys.contains(&surrogate.run.key));
        (!others.pairs.is_empty()).then(|| {
            format!(
                "Not in this table, but in the table of details: {} ({}).",
                count(others.pairs.len(), "pair"),
                joined(others.variants(), "; ")
            )
        })
    }

    /// A line for each measure for which a row has a value.
    fn shown(&self, rates: &[f64], cells: &[Vec<Cell>]) -> Sheet {
        let words = ["", "", "rate"].map(str::to_owned);
        let mut sheet = Sheet::new(words.into_iter().chain(rates.iter().map(|&r| rate(r))));
        for (row, cells) in self.rows.iter().zip(cells) {
            for (measure, show) in MEASURES {
                let shown: Vec<Option<String>> = cells.iter().map(show).collect();
                if shown.iter().any(Option::is_some) {
                    let words = [row.group.clone(), row.name.clone(), measure.to_owned()];
                    let shown = shown
                        .into_iter()
                        .map(|cell| cell.unwrap_or(DASH.to_owned()));
                    sheet.rows.push(words.into_iter().chain(shown).collect());
                }
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
            if cells
                .iter()
                .any(|cell| cell.instances > 0 || cell.published.is_some())
            {
                let mut line = vec![row.group.clone(), row.name.clone()];
                line.extend(cells.iter().map(Cell::beside_published));
                line.push(range(cells.iter().map(|cell| cell.instances)));
                sheet.rows.push(line);
            }
        }
        sheet
    }

    /// One line per cell.
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
        let number = |value: Option<f64>| value.map_or(String::new(), |v| v.to_string());
        for (row, cells) in self.rows.iter().zip(cells) {
            sheet
                .rows
                .extend(rates.iter().zip(cells).map(|(rate, cell)| {
                    vec![
                        row.group.clone(),
                        row.name.clone(),
                        rate.to_string(),
                        number(cell.share()),
                        number(cell.published),
                        number(cell.difference),
                        cell.better.to_string(),
                        cell.instances.to_string(),
                    ]
                }));
        }
        sheet
    }
}

impl Row<'_> {
    pub fn full_name(&self) -> String {
        format!("{} {}", self.group, self.name)
    }
}

impl Cell {
    fn of(row: &Row, rate: f64, comparable: bool) -> Self {
        let pairs = row.selection.of_rate(rate);
        let mut cell = Self {
            better: decided(&pairs, Decision::Surrogate),
            instances: pairs.len(),
            published: row.published.and_then(|all| published::at(&all, rate)),
            difference: None,
        };
        let both = cell.share().zip(cell.published).filter(|_| comparable);
        cell.difference = both.map(|(ours, published)| ours - published);
        cell
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

/// The published rates, and all others that were run.
pub fn rates_of<'a>(selections: impl Iterator<Item = &'a Selection<'a>>) -> Vec<f64> {
    let ours = selections.flat_map(Selection::rates);
    distinct(published::RATES.into_iter().chain(ours))
}

/// The smallest and the largest of the numbers above zero.
fn range(numbers: impl Iterator<Item = usize>) -> String {
    let some: BTreeSet<usize> = numbers.filter(|&number| number > 0).collect();
    match (some.first(), some.last()) {
        (Some(least), Some(most)) if least == most => most.to_string(),
        (Some(least), Some(most)) => format!("{least} to {most}"),
        _ => DASH.to_owned(),
    }
}
