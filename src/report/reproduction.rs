//! `REPRODUCTION.md`: what was run, every table beside the published one, the figures, and how to
//! repeat it.

use std::collections::BTreeSet;

use super::build::{Chapter, Report};
use super::glossary::WORDS;
use crate::experiment::QuestionSettings;

/// How to compute a percentage from `runs.csv`.
pub const RECIPE: [&str; 5] = [
    "The shares of the tables follow from runs.csv, which has one row per run; pairs.csv has every pair with its decision.",
    "Pairs: a row of strategy surrogate belongs to the row of strategy exact with the same dense_key, dense_sha256, data_seed, image, epsilon, time_limit, threads, solver_seed and bounds (and the same labels, where there are two). One without such a row is left out: dense_sha256 is of the model file, and the same settings trained on another kind of processor give other weights. Verification is a series for each source of labels, maximization for each scope.",
    "Verification: the seconds of a run are its seconds_to_first where status is found and they are not above time_limit, otherwise infinite; the surrogate is faster where its seconds are strictly less. With making counted, surrogate_seconds are added first. Equal seconds, and twice infinite, are ties.",
    "Maximization: better where dense_objective is larger by more than a billionth of the larger of the two; no value is worse than any. Where seconds_to_best is above time_limit, the best value until then counts, which is in pairs.csv.",
    "A share is the number of pairs in which the surrogate is faster or better, divided by the number of all pairs of the row and rate, ties included. What is pruned is in the columns method, granularity, scope, output_rows, finetuning_rounds and finetuning_epochs. Tables 1 and 2 pool mnist and fashion-mnist (digits only where there is neither); Table 2 only instances that have unstructured and structured pruning at the rate, magnitude and not finetuned; Tables 2a and 3 unstructured magnitude pruning, not finetuned. Rows named NF, instances of F, count the not finetuned surrogates of those instances and rates alone that have a finetuned one.",
];

/// Renders the document; its notes are included unchanged.
pub fn markdown(report: &Report) -> String {
    let mut text = format!("# {}\n\n", report.title());
    for paragraph in report.introduction() {
        text += &format!("{paragraph}\n\n");
    }
    text += "## Words\n\n";
    for (word, meaning) in WORDS {
        text += &format!("- **{word}**: {meaning}\n");
    }
    text += "\n## What was run\n\n";
    for fact in &report.facts {
        text += &format!("- {fact}\n");
    }
    text.push('\n');
    if let Some(notes) = &report.notes {
        text += &format!("{}\n\n", notes.trim_end());
    }
    for chapter in &report.chapters {
        text += &chapter_text(chapter);
    }
    text += "## How to repeat it\n\n";
    text += &commands(report);
    text += "\n## How to recompute a percentage\n\n";
    text += &RECIPE.join("\n\n");
    text.push('\n');
    text
}

fn chapter_text(chapter: &Chapter) -> String {
    let mut text = format!("## {}\n\n", chapter.title);
    for remark in chapter.remarks() {
        text += &format!("{remark}\n\n");
    }
    for table in &chapter.tables {
        text += &table.markdown();
        let file = format!("{}-{}", chapter.slug, table.name);
        let latex = match table.number {
            Some(_) => format!(", [LaTeX]({file}.tex)"),
            None => String::new(),
        };
        text += &format!("\nAs files: [CSV]({file}.csv){latex}.\n\n");
    }
    for figure in &chapter.figures {
        let file = format!("{}-{}", chapter.slug, figure.name);
        text += &format!("![{}]({file}.png)\n\n{}\n\n", figure.name, figure.caption);
        for note in &figure.notes {
            text += &format!("- {note}\n");
        }
        text += if figure.notes.is_empty() { "" } else { "\n" };
    }
    text
}

/// The commands to repeat the runs, for a folder of results that is named `results`.
pub fn commands(report: &Report) -> String {
    let questions = report.runs.iter().map(|run| &run.settings.question);
    let applications: BTreeSet<&str> = questions
        .map(|question| match question {
            QuestionSettings::Verification { .. } => "verification",
            QuestionSettings::Maximization => "maximization",
        })
        .collect();
    let mut text = String::from(
        "Here the folder of results is named `results`. It holds the description of every experiment, `results/experiments/*.toml`: the grid, the limits, the seeds. What such a description leaves to do is done by `pipeline work`; a finished run is never made again.\n\n```sh\npipeline work --results results\n```\n\nAll of it once more, in a new folder:\n\n```sh\n",
    );
    for application in applications {
        text += &format!(
            "for description in results/experiments/{application}-*.toml; do\n  pipeline reproduce {application} --config \"$description\" --results again\ndone\n"
        );
    }
    text += "```\n\nThis report; `results/NOTES.md` is taken into it where there is one, another text with `--notes`:\n\n```sh\npipeline report --results results -o report\n```\n";
    text
}
