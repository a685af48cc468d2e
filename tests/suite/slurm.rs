//! An experiment's remaining work is submitted to Slurm completely, each key in one task, in stages that
//! wait for each other. The `sbatch` in the folder `slurm` replaces Slurm's.

mod submission;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use pipeline::campaign::Task as _;
use pipeline::campaign::slurm::{Call, Failures, Script, SlurmSettings, StageWork, scripts};
use pipeline::experiment::Task;

/// Work with models of 40 epochs and runs of 300 s.
fn remaining(dense: usize, pruned: usize, runs: usize) -> Vec<StageWork> {
    work(dense, pruned, runs, model_of(40), run_of(300.0))
}

fn model_of(epochs: u32) -> Duration {
    Duration::from_secs(4) * epochs + Duration::from_secs(30)
}

fn run_of(time_limit: f64) -> Duration {
    Duration::from_secs_f64(1.02 * time_limit) + Duration::from_secs(30)
}

fn work(
    dense: usize,
    pruned: usize,
    runs: usize,
    model: Duration,
    run: Duration,
) -> Vec<StageWork> {
    let counts = [dense, pruned, runs].into_iter();
    let stages = Task::STAGES.iter().zip(counts);
    stages
        .map(|(&stage, count)| StageWork {
            stage,
            keys: (0..count).map(|n| format!("{}{n}", stage.name)).collect(),
            each: if stage.is_timed { run } else { model },
            threads: if stage.is_timed { 2 } else { 1 },
        })
        .collect()
}

fn call(results: &Path) -> Call {
    Call {
        program: PathBuf::from("/opt/bin/pipeline"),
        results: results.to_owned(),
        data_dir: None,
        failures: Failures::Leave,
    }
}

fn written(remaining: &[StageWork], settings: &SlurmSettings) -> Vec<Script> {
    let results = Path::new("/shared/results");
    let folder = results.join("slurm/001");
    scripts(remaining, settings, &call(results), &folder).unwrap()
}

fn sbatch() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/slurm/sbatch")
}

fn option<'a>(script: &'a Script, name: &str) -> Option<&'a str> {
    let prefix = format!("#SBATCH --{name}=");
    let mut lines = script.text.lines();
    lines.find_map(|line| line.strip_prefix(&prefix))
}

#[test]
fn a_script_has_the_expected_lines() {
    let settings = SlurmSettings {
        partition: Some(String::from("short")),
        memory: Some(String::from("4G")),
        concurrent: Some(8),
        extra: vec![String::from("--exclude=node7")],
        ..SlurmSettings::default()
    };
    let scripts = written(&remaining(0, 0, 12), &settings);
    assert_eq!(scripts.len(), 1);
    assert_eq!(scripts[0].name, "solve.sbatch");
    // Five runs of 336 s make a task: 28 minutes plus ten.
    let expected = "\
#!/bin/bash
#SBATCH --job-name=pipeline-solve
#SBATCH --array=0-2%8
#SBATCH --time=0-00:38:00
#SBATCH --cpus-per-task=2
#SBATCH --hint=nomultithread
#SBATCH --output=/shared/results/slurm/001/solve-%A_%a.log
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --mem=4G
#SBATCH --partition=short
#SBATCH --exclude=node7
exec /opt/bin/pipeline work --results /shared/results --stage solve \
--keys /shared/results/slurm/001/solve.keys --task \"$SLURM_ARRAY_TASK_ID\" --of 3 --workers 1
";
    assert_eq!(scripts[0].text, expected);
}

#[test]
fn more_tasks_than_an_array_may_have_become_several_arrays() {
    let settings = SlurmSettings {
        max_array_size: 4,
        runs_per_task: Some(2),
        ..SlurmSettings::default()
    };
    let scripts = written(&remaining(3, 0, 19), &settings);
    let cores = scripts.iter().map(|script| option(script, "cpus-per-task"));
    assert_eq!(
        cores.collect::<Vec<_>>(),
        [Some("1"), Some("2"), Some("2"), Some("2")],
        "a model is made by one thread"
    );
    let found: Vec<_> = scripts
        .iter()
        .map(|script| {
            let array = option(script, "array").unwrap();
            (script.name.as_str(), script.tasks, array, &*script.after)
        })
        .collect();
    assert_eq!(
        found,
        [
            ("dense.sbatch", 1, "0-0", &[][..]),
            ("solve-1.sbatch", 4, "0-3", &[0]),
            ("solve-2.sbatch", 4, "0-3", &[0]),
            ("solve-3.sbatch", 2, "0-1", &[0]),
        ]
    );
    assert!(scripts[0].text.contains("--stage models"));
    assert!(scripts[1].text.contains(" --task \"$SLURM_ARRAY_TASK_ID\""));
    assert!(
        scripts[3]
            .text
            .contains(" --task $((SLURM_ARRAY_TASK_ID + 8))")
    );
    assert!(scripts[3].text.contains(" --of 10 "));
}

#[test]
fn a_limit_on_tasks_holds_over_all_arrays_of_a_stage() {
    let settings = SlurmSettings {
        max_array_size: 2,
        runs_per_task: Some(1),
        concurrent: Some(2),
        ..SlurmSettings::default()
    };
    let scripts = written(&remaining(1, 1, 5), &settings);
    let after: Vec<_> = scripts.iter().map(|script| &*script.after).collect();
    assert_eq!(after, [&[][..], &[0], &[1], &[2], &[3]]);
}

#[test]
fn a_task_has_the_time_that_its_work_may_take() {
    let time = |settings: SlurmSettings, time_limit| {
        let remaining = work(0, 0, 1000, model_of(40), run_of(time_limit));
        let script = written(&remaining, &settings).remove(0);
        (option(&script, "time").unwrap().to_owned(), script.tasks)
    };
    let default = SlurmSettings::default;
    let text = String::from;
    assert_eq!(time(default(), 600.0), (text("0-00:32:00"), 500));
    // A run longer than half an hour has its own task.
    assert_eq!(time(default(), 36000.0), (text("0-10:23:00"), 1000));
    let runs_per_task = Some(24);
    let many = SlurmSettings {
        runs_per_task,
        ..default()
    };
    assert_eq!(time(many, 300.0), (text("0-02:25:00"), 42));
    // A given time limit is kept, and a task gets no more work than fits in it.
    let given = SlurmSettings {
        time: Some(Duration::from_mins(16)),
        ..default()
    };
    assert_eq!(time(given, 300.0), (text("0-00:16:00"), 1000));
}

#[test]
fn tasks_retry_failures_on_request() {
    let results = Path::new("/shared/results");
    let folder = results.join("slurm/001");
    let retrying = Call {
        failures: Failures::Retry,
        ..call(results)
    };
    for (call, retries) in [(call(results), false), (retrying, true)] {
        let scripts = scripts(
            &remaining(1, 1, 1),
            &SlurmSettings::default(),
            &call,
            &folder,
        );
        for script in scripts.unwrap() {
            let last = script.text.lines().last().unwrap();
            assert_eq!(last.ends_with(" --retry-failed"), retries, "{last}");
        }
    }
}

#[test]
fn a_model_has_time_for_its_epochs() {
    let time = |epochs| {
        let remaining = work(100, 0, 0, model_of(epochs), run_of(300.0));
        let script = written(&remaining, &SlurmSettings::default()).remove(0);
        (option(&script, "time").unwrap().to_owned(), script.tasks)
    };
    assert_eq!(time(40), (String::from("0-00:39:00"), 12));
    assert_eq!(time(1000), (String::from("0-01:18:00"), 100));
}

/// The words of a script's last line after expansion by the shell, as task `task`.
fn words(script: &Script, task: usize) -> Vec<String> {
    let line = script.text.lines().last().unwrap();
    let line = line.strip_prefix("exec").unwrap();
    let output = Command::new("bash")
        .args(["-c", &format!("printf '%s\\n' {line}")])
        .env("SLURM_ARRAY_TASK_ID", task.to_string())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn paths_arrive_as_they_are() {
    let results = Path::new("/shared/it's 100% $HOME #1");
    let folder = results.join("slurm/001");
    let call = Call {
        program: PathBuf::from("/opt/my programs/pipeline"),
        data_dir: Some(PathBuf::from("/data \"sets\"")),
        ..call(results)
    };
    let settings = SlurmSettings {
        max_array_size: 1,
        ..SlurmSettings::default()
    };
    let scripts = scripts(&remaining(0, 0, 10), &settings, &call, &folder).unwrap();
    assert_eq!(
        option(&scripts[1], "output"),
        Some(r"'/shared/it'\''s 100%% $HOME #1/slurm/001/solve-%A_%a.log'")
    );
    let expected = [
        "/opt/my programs/pipeline",
        "work",
        "--results",
        "/shared/it's 100% $HOME #1",
        "--stage",
        "solve",
        "--keys",
        "/shared/it's 100% $HOME #1/slurm/001/solve.keys",
        "--task",
        "1",
        "--of",
        "2",
        "--workers",
        "1",
        "--data-dir",
        "/data \"sets\"",
    ];
    assert_eq!(words(&scripts[1], 0), expected);
}

#[test]
fn paths_and_options_that_scripts_cannot_contain_are_refused() {
    let folder = Path::new("/results/slurm/001");
    let bad_line = SlurmSettings {
        extra: vec![String::from("--x\nrm")],
        ..SlurmSettings::default()
    };
    let remaining = remaining(1, 0, 0);
    assert!(scripts(&remaining, &bad_line, &call(Path::new("/results")), folder).is_err());
    let too_short = SlurmSettings {
        time: Some(Duration::from_mins(2)),
        ..SlurmSettings::default()
    };
    let error = scripts(&remaining, &too_short, &call(Path::new("/results")), folder);
    let error = error
        .expect_err("a model may take three minutes")
        .to_string();
    assert!(error.contains("2m") && error.contains("3m"), "{error}");
    let call = call(Path::new("/res\\ults"));
    assert!(scripts(&remaining, &SlurmSettings::default(), &call, folder).is_err());
}

/// Tasks of every stage, over all arrays, and each of `M` once.
#[test]
fn every_task_number_is_given_to_one_array_task() {
    let settings = SlurmSettings {
        max_array_size: 3,
        ..SlurmSettings::default()
    };
    let scripts = written(&remaining(35, 160, 40), &settings);
    for &stage in Task::STAGES {
        let mut seen = BTreeSet::new();
        let mut of = BTreeSet::new();
        for script in scripts.iter().filter(|script| script.stage == stage) {
            for task in 0..script.tasks {
                let words = words(script, task);
                let after = |name: &str| {
                    let at = words.iter().position(|word| word == name).unwrap();
                    words[at + 1].parse::<usize>().unwrap()
                };
                assert!(seen.insert(after("--task")), "{stage:?}");
                of.insert(after("--of"));
            }
        }
        let tasks = seen.len();
        assert_eq!(of, BTreeSet::from([tasks]), "{stage:?}");
        assert_eq!(seen.last(), Some(&(tasks - 1)), "{stage:?}");
    }
}
