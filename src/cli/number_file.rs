//! Files of numbers: bounds of a box, an input.

use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow, bail, ensure};
use serde_json::Value;

/// The field of a saved input that holds its numbers.
const FIELD: &str = "input";

/// The numbers in a file, one for each of the `inputs`: separated by spaces, commas or line breaks, or as JSON, either a
/// list or an object with the list `input`.
///
/// # Errors
/// When the file cannot be read, or has invalid numbers or another number of them.
pub fn numbers(path: &Path, inputs: usize) -> anyhow::Result<Vec<f64>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = without_mark(&text);
    let is_json = text.trim_start().starts_with(['{', '[']);
    let numbers = match is_json {
        true => of_json(path, text)?,
        false => of_words(path, text)?,
    };
    ensure!(
        numbers.len() == inputs,
        "{} has {} numbers, expected {inputs}, one for each input",
        path.display(),
        numbers.len()
    );
    Ok(numbers)
}

/// A text without the byte order mark that some programs begin files with.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn of_json(path: &Path, text: &str) -> anyhow::Result<Vec<f64>> {
    let json: Value =
        serde_json::from_str(text).with_context(|| format!("{} is not JSON", path.display()))?;
    let list = match &json {
        Value::Object(fields) => fields.get(FIELD),
        other => Some(other),
    };
    let Some(Value::Array(entries)) = list else {
        bail!(
            "{} has no list of numbers, expected a JSON list, or an object with the list {FIELD:?}",
            path.display()
        );
    };
    let number = |(place, entry): (usize, &Value)| {
        entry.as_f64().with_context(|| {
            format!(
                "{}: the entry at position {place} of the list is {entry}, expected a number",
                path.display()
            )
        })
    };
    entries.iter().enumerate().map(number).collect()
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
