//! Files of numbers: bounds of a box, an input.

use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow, ensure};
use serde::Deserialize;

/// The accepted JSON: a list, or an object with a list as written by `solve --save-input`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Json {
    List(Vec<f64>),
    Saved { input: Vec<f64> },
}

/// The numbers in a file, one for each of the `inputs`: separated by spaces, commas or line breaks, or as JSON, either a
/// list or an object with the list `input`.
///
/// # Errors
/// When the file cannot be read, or has invalid numbers or another number of them.
pub fn numbers(path: &Path, inputs: usize) -> anyhow::Result<Vec<f64>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let is_json = text.trim_start().starts_with(['{', '[']);
    let numbers = match is_json {
        true => of_json(path, &text)?,
        false => of_words(path, &text)?,
    };
    ensure!(
        numbers.len() == inputs,
        "{} has {} numbers, expected {inputs}, one for each input",
        path.display(),
        numbers.len()
    );
    Ok(numbers)
}

fn of_json(path: &Path, text: &str) -> anyhow::Result<Vec<f64>> {
    let json = serde_json::from_str(text).with_context(|| {
        format!(
            "{} is neither a JSON list of numbers nor an object with the list \"input\"",
            path.display()
        )
    })?;
    Ok(match json {
        Json::List(numbers) | Json::Saved { input: numbers } => numbers,
    })
}

fn of_words(path: &Path, text: &str) -> anyhow::Result<Vec<f64>> {
    let words = text.split(|c: char| c.is_whitespace() || c == ',');
    let words = words.filter(|word| !word.is_empty());
    let number = |(place, word): (usize, &str)| {
        word.parse::<f64>().map_err(|_| {
            anyhow!(
                "{}: the number at position {place} is {word:?}, expected numbers separated by spaces, commas or line breaks",
                path.display()
            )
        })
    };
    words.enumerate().map(number).collect()
}
