//! How to repeat the runs, and how to recompute a percentage.

use std::collections::BTreeSet;

use super::build::Report;
use crate::experiment::QuestionSettings;

/// How to compute a percentage from `runs.csv`.
pub const RECIPE: [&str; 5] = [
    "The shares in the tables follow from runs.csv, which has one row per run; pairs.csv has every pair with its decision.",
    "Pairs: a row with strategy surrogate belongs to the row with strategy exact and the same dense_key, dense_sha256, data_seed, image, epsilon, time_limit, threads, solver_seed and bounds (and the same labels, where there are two). A row without such a partner is left out: dense_sha256 is the checksum of the model file, and training with the same settings on another kind of CPU gives different weights. Verification has a series for each source of labels, maximization for each scope.",
    "Verification: the seconds of a run are its seconds_to_first if status is found and they do not exceed time_limit, otherwise infinity; the surrogate is faster if its seconds are strictly less. With making counted, surrogate_seconds is added first. Equal seconds, and infinity in both runs, are ties.",
    "Maximization: better if dense_objective is larger by more than a billionth of the larger of the two; no value is worse than any value. If seconds_to_best exceeds time_limit, the best value until then counts, which is in pairs.csv.",
    "A share is the number of pairs in which the surrogate is faster or better, divided by the number of all pairs of the row and rate, including ties. The kind of pruning is in the columns method, granularity, scope, output_rows, finetuning_rounds and finetuning_epochs. Tables 1 and 2 pool mnist and fashion-mnist (digits only where there is neither); Table 2 only instances that have unstructured and structured pruning at the rate, magnitude and not finetuned; Tables 2a and 3 unstructured magnitude pruning, not finetuned. Rows named \"NF, instances of F\" count only the surrogates without finetuning of those instances and rates that also have a finetuned one.",
];

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
        "In these commands the results folder is named `results`. It holds the description of every experiment, `results/experiments/*.toml`: the grid, the limits, the seeds. `pipeline work` does what is left to do; finished runs are never repeated.\n\n```sh\npipeline work --results results\n```\n\nTo repeat everything in a new folder:\n\n```sh\n",
    );
    for application in applications {
        text += &format!(
            "for description in results/experiments/{application}-*.toml; do\n  pipeline reproduce {application} --config \"$description\" --results again\ndone\n"
        );
    }
    text += "```\n\nTo generate this report (`results/NOTES.md` is included if it exists, or another text with `--notes`):\n\n```sh\npipeline report --results results -o report\n```\n";
    text
}
