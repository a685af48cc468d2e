//! `REPRODUCTION.md`: what was run, every table beside the published one, the pictures, and how
//! to repeat it.

use super::build::{Chapter, Report};
use super::series::{Kind, Limits};

/// The document; `notes` go in as they are.
pub fn markdown(report: &Report) -> String {
    let mut text = format!("# {}\n\n", report.title());
    for paragraph in report.introduction() {
        text += &format!("{paragraph}\n\n");
    }
    text += "## What was run\n\n";
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
    text
}

fn chapter_text(chapter: &Chapter) -> String {
    let mut text = format!("## {}\n\n", chapter.title);
    for table in &chapter.tables {
        text += &table.markdown();
        let file = format!("{}-{}", chapter.slug, table.name);
        text += &format!("\nAs files: [CSV]({file}.csv), [LaTeX]({file}.tex).\n\n");
    }
    for figure in &chapter.figures {
        let file = format!("{}-{}", chapter.slug, figure.name);
        text += &format!("![{}]({file}.png)\n\n{}\n\n", figure.name, figure.caption);
    }
    text
}

fn commands(report: &Report) -> String {
    let mut text = String::from(
        "PRESET is smoke, scaled or paper. Finished runs are kept: repeated with the same results folder, a command goes on where it stopped.\n\n```\n",
    );
    let chapters = report.chapters.iter();
    let mut commands: Vec<_> = chapters.map(|c| reproduce(c.kind, c.limits)).collect();
    // One command may make more than one series.
    commands.dedup();
    text += &commands.concat();
    text += "pipeline report --results results -o report\n```\n\n";
    text += "`runs.csv` has every run with its settings and what it found, `pairs.csv` every pair of runs and how it was decided; in `index.html` each run shows its complete settings. Every number of every table follows from `runs.csv` alone.\n";
    text
}

/// The command of a series, with what differs from the defaults.
fn reproduce(kind: Kind, limits: Limits) -> String {
    let mut command = match kind {
        Kind::Verification(labels) => {
            format!("pipeline reproduce verification --preset PRESET --labels {labels}")
        }
        Kind::Maximization(_) => String::from("pipeline reproduce maximization --preset PRESET"),
    };
    if limits.threads != 1 {
        command += &format!(" --threads {}", limits.threads);
    }
    command += &format!(" --time-limit {} --results results\n", limits.time_limit);
    command
}
