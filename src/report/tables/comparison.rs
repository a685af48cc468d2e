//! Shares of instances by pruning rate, each beside the published one.

use super::super::pair::{Decision, ModelTime, Pair};
use super::super::published;
use super::super::series::Selection;
use super::table::{DASH, Sheet, Table};
use super::{conditions, rate};

/// A table of shares: in how many of the instances the surrogate's run did better.
pub struct Comparison<'a> {
    pub name: &'static str,
    pub caption: String,
    pub rows: Vec<Row<'a>>,
    /// What is special about this table.
    pub remarks: Vec<String>,
}

/// One line of a table as the paper has it.
pub struct Row<'a> {
    /// Lines of the same group stand together: the left column.
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
}

/// A line of a shown row: its name, and what it shows of a share.
type Measure = (&'static str, fn(&Cell) -> String);

impl<'a> Comparison<'a> {
    /// The table; under it the conditions of `all`, which is everything that its rows hold.
    pub fn table(self, settings: &str, all: &Selection<'a>) -> Table {
        let rates = self.rates();
        let cells: Vec<Vec<Cell>> = self
            .rows
            .iter()
            .map(|row| rates.iter().map(|&rate| Cell::of(row, rate)).collect())
            .collect();
        let mut notes = self.remarks.clone();
        notes.extend(conditions::notes(settings, all));
        Table {
            name: self.name,
            caption: self.caption.clone(),
            shown: self.shown(&rates, &cells),
            words: 3,
            data: self.data(&rates, &cells),
            notes,
        }
    }

    /// The published rates, and others that were run.
    fn rates(&self) -> Vec<f64> {
        let mut rates = published::RATES.to_vec();
        rates.extend(self.rows.iter().flat_map(|row| row.selection.rates()));
        rates.sort_by(f64::total_cmp);
        rates.dedup();
        rates
    }

    fn shown(&self, rates: &[f64], cells: &[Vec<Cell>]) -> Sheet {
        let words = ["", "", "rate"].map(str::to_owned);
        let mut sheet = Sheet::new(words.into_iter().chain(rates.iter().map(|&r| rate(r))));
        let measures: [Measure; 4] = [
            ("ours", |cell| percent(cell.share())),
            ("published", |cell| percent(cell.published)),
            ("difference", |cell| signed(cell.difference())),
            ("instances", Cell::shown_instances),
        ];
        for (row, cells) in self.rows.iter().zip(cells) {
            for (measure, show) in measures {
                let mut line = vec![row.group.clone(), row.name.clone(), measure.to_owned()];
                line.extend(cells.iter().map(show));
                sheet.rows.push(line);
            }
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
                    number(cell.difference()),
                    cell.better.to_string(),
                    cell.instances.to_string(),
                ]);
            }
        }
        sheet
    }
}

impl Cell {
    fn of(row: &Row, rate: f64) -> Self {
        let pairs = row.selection.of_rate(rate);
        Self {
            better: count(&pairs, Decision::Surrogate),
            instances: pairs.len(),
            published: row.published.and_then(|all| published::at(&all, rate)),
        }
    }

    /// Percent of all instances, ties included.
    fn share(&self) -> Option<f64> {
        share(self.better, self.instances)
    }

    fn difference(&self) -> Option<f64> {
        Some(self.share()? - self.published?)
    }

    fn shown_instances(&self) -> String {
        match self.instances {
            0 => DASH.to_owned(),
            some => some.to_string(),
        }
    }
}

/// Pairs with a decision, pruning and finetuning not counted.
pub fn count(pairs: &[Pair], decision: Decision) -> usize {
    count_timed(pairs, decision, ModelTime::NotCounted)
}

/// Pairs with a decision.
pub fn count_timed(pairs: &[Pair], decision: Decision, model_time: ModelTime) -> usize {
    let decisions = pairs.iter().map(|pair| pair.decision(model_time));
    decisions.filter(|found| *found == decision).count()
}

/// Percent; `None` of nothing.
pub fn share(part: usize, all: usize) -> Option<f64> {
    (all > 0).then(|| 100.0 * part as f64 / all as f64)
}

/// A percentage as tables show it.
pub fn percent(value: Option<f64>) -> String {
    value.map_or(DASH.to_owned(), |value| format!("{value:.1}%"))
}

fn signed(value: Option<f64>) -> String {
    value.map_or(DASH.to_owned(), |value| {
        // A difference that rounds to zero has no sign.
        let rounded = (10.0 * value).round() / 10.0 + 0.0;
        if rounded == 0.0 {
            String::from("0.0")
        } else {
            format!("{rounded:+.1}")
        }
    })
}
