//! `runs.csv`: one row per run with everything that a table needs, so that each number of each
//! table can be recomputed from it; and the page's table of all runs.

use serde_json::Value;

use crate::document::{Sheet, Table};
use crate::experiment::RunRecord;
use crate::experiment::pairs::Dimension;
use crate::numbers::{Shortest, count};
use crate::recipe::DenseRecipe;

/// The columns, each with its place in a record; those without one are computed.
const COLUMNS: &str = include_str!("texts/runs_columns.txt");

/// The columns that the page shows; its tooltips have all.
const SHOWN: [&str; 19] = [
    "key",
    "dataset",
    "inputs",
    "hidden",
    "data_seed",
    "dense_seed",
    "region",
    "labels",
    "strategy",
    "granularity",
    "method",
    "scope",
    "finetuning_rounds",
    "rate",
    "time_limit",
    "status",
    "seconds_to_first",
    "seconds_total",
    "dense_objective",
];

/// One row per run, in the order given.
pub fn sheet(runs: &[RunRecord]) -> Sheet {
    Sheet {
        rows: runs.iter().map(row).collect(),
        ..Sheet::new(columns().map(|(name, _)| name))
    }
}

fn columns() -> impl Iterator<Item = (&'static str, &'static str)> {
    COLUMNS
        .lines()
        .map(|line| line.split_once(' ').unwrap_or((line, "")))
}

fn row(run: &RunRecord) -> Vec<String> {
    let record = serde_json::to_value(run).expect("records have string keys only");
    let cell = |(name, place): (&str, &str)| match place {
        "" => computed(run, name),
        _ => record.pointer(place).map_or(String::new(), text),
    };
    columns().map(cell).collect()
}

/// What the settings determine without saying it, and settings that are written as a whole.
fn computed(run: &RunRecord, name: &str) -> String {
    let (settings, dense) = (&run.settings, &run.settings.dense);
    let json = |settings| serde_json::to_string(settings).expect("settings have string keys only");
    let shown = |size: Option<usize>| size.map_or(String::new(), |size| size.to_string());
    match name {
        "bounds" => settings.bounds.to_string(),
        "region" => {
            let region = settings.question.region();
            region.map_or(String::new(), |region| region.to_string())
        }
        "dense_key" => settings.dense_model().key(),
        "inputs" => dense.inputs().to_string(),
        "depth" => shown(Dimension::Depth.of(dense)),
        "width" => shown(Dimension::Width.of(dense)),
        "training" => match dense {
            DenseRecipe::Trained(trained) => json(&trained.training),
            DenseRecipe::Regression(regression) => json(&regression.training),
            DenseRecipe::Random { .. } => String::new(),
        },
        "surrogate_key" => settings
            .surrogate_model()
            .map_or(String::new(), |m| m.key()),
        "finetuning" => {
            let surrogate = settings.surrogate.as_ref();
            let finetuning = surrogate.and_then(|surrogate| surrogate.finetuning.as_ref());
            finetuning.map_or(String::new(), |finetuning| json(&finetuning.settings))
        }
        other => unreachable!("no column {other}"),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(" "),
        // Without the point of whole numbers.
        Value::Number(number) if number.is_f64() => number
            .as_f64()
            .map_or(String::new(), |number| number.to_string()),
        other => other.to_string(),
    }
}

/// Some columns of `sheet` for the page, with all of them in the tooltips.
pub fn all_runs(sheet: &Sheet) -> Table {
    let place = |name: &&str| columns().position(|(column, _)| column == *name);
    let shown: Vec<usize> = SHOWN.iter().filter_map(place).collect();
    let tooltip = |row: &Vec<String>| {
        let fields = sheet.header.iter().zip(row);
        let present = fields.filter(|(_, cell)| !cell.is_empty());
        let lines: Vec<_> = present
            .map(|(name, cell)| format!("{name}: {cell}"))
            .collect();
        lines.join("\n")
    };
    let row = |row: &Vec<String>| shown.iter().map(|&at| six_digits(&row[at])).collect();
    Table {
        name: "runs",
        caption: format!("All runs: {}", count(sheet.rows.len(), "run")),
        sortable: Sheet {
            rows: sheet.rows.iter().map(row).collect(),
            hovers: sheet.rows.iter().map(tooltip).collect(),
            ..Sheet::new(SHOWN)
        },
        notes: vec![String::from(
            "dense_objective: the best value of the dense network. Hover over a row to see the run's complete settings, machine and times; runs.csv has all of them.",
        )],
        ..Table::default()
    }
}

/// Numbers with a point rounded to six digits.
fn six_digits(cell: &str) -> String {
    match cell.parse::<f64>() {
        Ok(number) if cell.contains('.') || cell.len() > 15 && number.is_finite() => {
            let rounded = format!("{number:.5e}").parse().unwrap_or(number);
            Shortest(rounded).to_string()
        }
        _ => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_numbers_have_six_digits_and_keys_stay() {
        let shown = [
            "0.233138703591",
            "-12345.678",
            "18",
            "1e300",
            "0099d581b2e2c2c5",
        ]
        .map(six_digits);
        assert_eq!(
            shown,
            ["0.233139", "-12345.7", "18", "1e300", "0099d581b2e2c2c5"]
        );
    }
}
