//! Submission with `sbatch`: the order of stages, the command, refusals.

use std::fs;
use std::path::Path;

use pipeline::campaign::slurm::{SlurmError, SlurmSettings, Submission, scripts, submit};

use super::{call, remaining, sbatch};
use crate::program::{Scratch, run};

#[test]
fn stages_are_submitted_in_order_and_wait_for_each_other() {
    let results = tempfile::tempdir().unwrap();
    let remaining = remaining(2, 3, 30);
    let settings = SlurmSettings {
        max_array_size: 3,
        ..SlurmSettings::default()
    };
    let submission = Submission::create(results.path()).unwrap();
    let folder = &submission.folder;
    let scripts = scripts(&remaining, &settings, &call(results.path()), folder).unwrap();
    submission.write(&remaining, &scripts).unwrap();
    let jobs = submit(&submission, &scripts, &sbatch()).unwrap();
    let jobs: Vec<_> = jobs.iter().map(|job| &*job.job).collect();
    assert_eq!(jobs, ["1", "2", "3", "4"]);
    let at = |name: &str| folder.join(name).display().to_string();
    let expected = [
        format!("--parsable {}", at("dense.sbatch")),
        format!("--parsable --dependency=afterany:1 {}", at("pruned.sbatch")),
        format!(
            "--parsable --dependency=afterany:2 {}",
            at("solve-1.sbatch")
        ),
        format!(
            "--parsable --dependency=afterany:2 {}",
            at("solve-2.sbatch")
        ),
    ];
    let arguments = fs::read_to_string(folder.join("submitted")).unwrap();
    assert_eq!(arguments.lines().collect::<Vec<_>>(), expected);
    let keys = fs::read_to_string(folder.join("pruned.keys")).unwrap();
    assert_eq!(keys, "pruned0\npruned1\npruned2\n");
}

#[test]
fn the_command_submits_what_remains_of_a_folder_of_results() {
    let scratch = Scratch::new();
    let planned = scratch.run("reproduce verification --results r --plan-only");
    assert!(planned.status.success(), "{}", planned.stderr);
    let mut command = scratch.command("slurm --results r --submit --max-array-size 5 --json");
    let own = sbatch().parent().unwrap().display().to_string();
    let others = std::env::var("PATH").unwrap();
    // The environment cannot change options that the scripts set.
    command
        .env("PATH", format!("{own}:{others}"))
        .env("SBATCH_TIMELIMIT", "1")
        .env("SBATCH_PARTITION", "debug");
    let submitted = run(&mut command).json();
    let environment = scratch.text("r/slurm/001/environment");
    assert!(!environment.contains("SBATCH_TIMELIMIT"), "{environment}");
    assert!(
        environment.contains("SBATCH_PARTITION=debug"),
        "{environment}"
    );
    let arrays = submitted["arrays"].as_array().unwrap();
    let found: Vec<_> = arrays
        .iter()
        .map(|array| (array["stage"].as_str().unwrap(), array["job"].as_str()))
        .collect();
    let expected = ["dense", "pruned", "solve"].into_iter();
    let expected = expected.zip([Some("1"), Some("2"), Some("3")]);
    assert_eq!(found[..3], expected.collect::<Vec<_>>());
    let lines = |name: &str| scratch.text(&format!("r/slurm/001/{name}")).lines().count();
    assert_eq!((lines("dense.keys"), lines("pruned.keys")), (4, 36));
    assert_eq!(
        lines("solve.keys") as u64,
        arrays[2]["keys"].as_u64().unwrap()
    );
    // The scripts call an existing command of this program.
    let help = scratch.run("work --help").stdout;
    let script = scratch.text("r/slurm/001/solve.sbatch");
    let call = script.lines().last().unwrap();
    assert!(call.contains(" work --results "), "{call}");
    for option in call
        .split_whitespace()
        .filter(|word| word.starts_with("--"))
    {
        assert!(help.contains(option), "work has no {option}");
    }
}

#[test]
fn a_refusal_says_why_and_what_is_in_the_queue_already() {
    let results = tempfile::tempdir().unwrap();
    let remaining = remaining(1, 1, 1);
    let submission = Submission::create(results.path()).unwrap();
    let call = call(results.path());
    let settings = SlurmSettings::default();
    let mut scripts = scripts(&remaining, &settings, &call, &submission.folder).unwrap();
    scripts[2].text.push_str("#SBATCH --partition=nowhere\n");
    submission.write(&remaining, &scripts).unwrap();
    let error = submit(&submission, &scripts, &sbatch()).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("solve.sbatch"), "{message}");
    assert!(
        message.contains("invalid partition specified: nowhere"),
        "{message}"
    );
    assert!(message.contains("scancel 1 2"), "{message}");
    let missing = submit(&submission, &scripts, Path::new("/missing/sbatch"));
    assert!(matches!(missing, Err(SlurmError::Run { .. })));
}
