//! `pipeline eval`: the accuracy of a classifier, or the errors of a regression network.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::{ArgGroup, Args};
use serde::Serialize;

use super::arguments::{DataArguments, side_of};
use super::origins::{loss_of, warn_of_other_origin};
use super::output::{path_as_text, print, print_json};
use super::samples::TestArguments;
use super::test_errors::TestErrors;
use crate::dataset::{CLASSES, DatasetName, Table};
use crate::formats::{ModelFile, read_model};
use crate::numbers::count;
use crate::training::{Loss, accuracy};

/// Measure a classifier's accuracy on the test images, or the errors of a regression network, evaluated in f64
///
/// Example: pipeline eval models/mnist-2x32.safetensors --dataset mnist --json
///
/// A regression network on fresh samples: pipeline eval peaks.safetensors --function peaks --data-seed 7
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("learned").args(["dataset", "function", "two_stage", "table"]).required(true)))]
pub struct Arguments {
    /// The model file
    model: PathBuf,
    /// Data set of images: mnist, fashion-mnist or digits
    #[arg(long)]
    dataset: Option<DatasetName>,
    #[command(flatten)]
    tested_on: TestArguments,
    #[command(flatten)]
    data: DataArguments,
    /// Print one JSON object instead of the summary
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Record<'a> {
    #[serde(serialize_with = "path_as_text")]
    model: &'a PathBuf,
    dataset: DatasetName,
    side: usize,
    split: &'static str,
    images: usize,
    accuracy: f64,
}

#[derive(Serialize)]
struct ErrorRecord<'a> {
    #[serde(serialize_with = "path_as_text")]
    model: &'a PathBuf,
    /// The function, the problem, or the file of the table.
    tested_on: String,
    samples: usize,
    errors: TestErrors,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match arguments.dataset {
        Some(dataset) => classifier(arguments, dataset),
        None => regression(arguments),
    }
}

fn regression(arguments: &Arguments) -> anyhow::Result<()> {
    let model = &arguments.model;
    let ModelFile { network, metadata } = read_model(model)?;
    let loss = loss_of(metadata.as_ref()).unwrap_or(Loss::SquaredError);
    let table = arguments.tested_on.table()?;
    let (its, expected) = (
        [network.inputs(), network.outputs()],
        [table.inputs(), outputs_of(&loss, &table)],
    );
    ensure!(
        its == expected,
        "{} has {} and {}, expected {} and {} for {}",
        model.display(),
        count(its[0], "input"),
        count(its[1], "output"),
        expected[0],
        expected[1],
        arguments.tested_on.name()
    );
    let errors = TestErrors::of(&network, &table, &loss);
    if arguments.json {
        return print_json(&ErrorRecord {
            model,
            tested_on: arguments.tested_on.name(),
            samples: table.len(),
            errors,
        });
    }
    print(&format!(
        "{}: {} on {} samples of {}",
        model.display(),
        errors,
        table.len(),
        arguments.tested_on.name()
    ))
}

/// The outputs of a network that was trained with `loss` on such rows.
fn outputs_of(loss: &Loss, table: &Table) -> usize {
    match loss {
        Loss::Quantile(levels) if table.targets() == 1 => levels.len(),
        _ => table.targets(),
    }
}

fn classifier(arguments: &Arguments, dataset: DatasetName) -> anyhow::Result<()> {
    let model = &arguments.model;
    let ModelFile { network, metadata } = read_model(model)?;
    let outputs = network.outputs();
    ensure!(
        outputs == CLASSES,
        "{} has {}, expected {CLASSES}, one per class",
        model.display(),
        count(outputs, "output")
    );
    let side =
        side_of(network.inputs()).with_context(|| format!("cannot use {}", model.display()))?;
    warn_of_other_origin(model, metadata.as_ref(), dataset);
    let test = arguments.data.load(dataset, side)?.test;
    let record = Record {
        model,
        dataset,
        side,
        split: "test",
        images: test.len(),
        accuracy: accuracy(&network, &test),
    };
    if arguments.json {
        return print_json(&record);
    }
    print(&format!(
        "{}: accuracy {:.4} on {} test images of {}",
        model.display(),
        record.accuracy,
        record.images,
        record.dataset
    ))
}
