//! `pipeline eval`: the accuracy of a classifier.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Args;
use serde::Serialize;

use super::arguments::{DataArguments, side_of};
use super::origins::warn_of_other_origin;
use super::output::{path_as_text, print, print_json};
use crate::dataset::{CLASSES, DatasetName};
use crate::formats::{ModelFile, read_model};
use crate::numbers::count;
use crate::training::accuracy;

/// Measure a classifier's accuracy on the test images, evaluated in f64
///
/// Example: pipeline eval models/mnist-2x32.safetensors --dataset mnist --json
#[derive(Debug, Args)]
pub struct Arguments {
    /// The model file
    model: PathBuf,
    /// Data set: mnist, fashion-mnist or digits
    #[arg(long)]
    dataset: DatasetName,
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

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
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
    warn_of_other_origin(model, metadata.as_ref(), arguments.dataset);
    let test = arguments.data.load(arguments.dataset, side)?.test;
    let record = Record {
        model,
        dataset: arguments.dataset,
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
