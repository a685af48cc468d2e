//! The keys assigned to one task of a Slurm array.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};

use crate::campaign::Plan;
use crate::experiment::Task;

/// The keys in `file` assigned to task number `task` out of `of`.
pub fn share_of(file: &Path, task: usize, of: usize) -> anyhow::Result<HashSet<String>> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let lines = text
        .lines()
        .enumerate()
        .filter(|(index, _)| index % of == task);
    Ok(lines.map(|(_, key)| key.trim().to_owned()).collect())
}

/// The part of a plan with these keys.
pub fn only(plan: &Plan<Task>, keys: &HashSet<String>, file: &Path) -> anyhow::Result<Plan<Task>> {
    let part = plan.with_keys(keys);
    ensure!(
        part.len() == keys.len(),
        "{}: {} of {} keys belong to no experiment of this folder",
        file.display(),
        keys.len() - part.len(),
        keys.len()
    );
    Ok(part)
}
