//! Creates a submission's folder and submits its scripts to Slurm.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Serialize;
use thiserror::Error;

use super::StageWork;
use super::script::{Script, keys_file};
use crate::files::write_whole;

/// Options, and the environment variables by which `sbatch` overrides them.
const OVERRIDING: [(&str, &str); 11] = [
    ("account", "SBATCH_ACCOUNT"),
    ("array", "SBATCH_ARRAY_INX"),
    ("hint", "SBATCH_HINT"),
    ("job-name", "SBATCH_JOB_NAME"),
    ("mem", "SBATCH_MEM_PER_CPU"),
    ("mem", "SBATCH_MEM_PER_GPU"),
    ("mem", "SBATCH_MEM_PER_NODE"),
    ("open-mode", "SBATCH_OPEN_MODE"),
    ("partition", "SBATCH_PARTITION"),
    ("requeue", "SBATCH_NO_REQUEUE"),
    ("time", "SBATCH_TIMELIMIT"),
];

/// Why work could not be submitted to Slurm.
#[derive(Debug, Error)]
pub enum SlurmError {
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot run {}{}; is Slurm installed here?", program.display(), AlreadySubmitted(submitted))]
    Run {
        program: PathBuf,
        submitted: Vec<SubmittedJob>,
        source: io::Error,
    },
    #[error("sbatch refused {}: {message}{}", script.display(), AlreadySubmitted(submitted))]
    Refused {
        script: PathBuf,
        message: String,
        submitted: Vec<SubmittedJob>,
    },
}

/// A batch script in Slurm's queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubmittedJob {
    pub script: PathBuf,
    /// Slurm's id of the array job.
    pub job: String,
}

/// A folder for the scripts, lists and logs of one submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    pub number: u32,
    pub folder: PathBuf,
}

impl Submission {
    /// Creates the folder with the next free number below `results`. Concurrent calls get different
    /// numbers.
    ///
    /// # Errors
    /// When the folder cannot be created.
    pub fn create(results: &Path) -> Result<Self, SlurmError> {
        let parent = results.join("slurm");
        fs::create_dir_all(&parent).map_err(cannot_write(&parent))?;
        let mut number = 1;
        loop {
            let folder = parent.join(format!("{number:03}"));
            match fs::create_dir(&folder) {
                Ok(()) => return Ok(Self { number, folder }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(cannot_write(&folder)(error)),
            }
        }
    }

    /// Writes the list of keys of every stage with work left, and the scripts.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, remaining: &[StageWork], scripts: &[Script]) -> Result<(), SlurmError> {
        for work in remaining {
            if !work.keys.is_empty() {
                let lines: String = work.keys.iter().map(|key| format!("{key}\n")).collect();
                self.write_file(&keys_file(work.stage), &lines)?;
            }
        }
        for script in scripts {
            self.write_file(&script.name, &script.text)?;
        }
        Ok(())
    }

    fn write_file(&self, name: &str, text: &str) -> Result<(), SlurmError> {
        let path = self.folder.join(name);
        write_whole(&path, |out| out.write_all(text.as_bytes())).map_err(cannot_write(&path))
    }
}

/// Submits the written scripts in order with `sbatch`. Each starts when all tasks that it depends
/// on have ended, successfully or not: what a failed task left undone fails alone in the next
/// stage, and is in the next submission.
///
/// # Errors
/// When `sbatch` cannot be run or refuses a script. The error lists the jobs accepted until then.
pub fn submit(
    submission: &Submission,
    scripts: &[Script],
    sbatch: &Path,
) -> Result<Vec<SubmittedJob>, SlurmError> {
    let mut submitted: Vec<SubmittedJob> = Vec::new();
    for script in scripts {
        let path = submission.folder.join(&script.name);
        let mut command = Command::new(sbatch);
        command.arg("--parsable");
        for name in overriding(&script.text) {
            command.env_remove(name);
        }
        let after = script.after.iter().map(|&index| &*submitted[index].job);
        let after: Vec<&str> = after.collect();
        if !after.is_empty() {
            command.arg(format!("--dependency=afterany:{}", after.join(":")));
        }
        let output = match command.arg(&path).stdin(Stdio::null()).output() {
            Ok(output) => output,
            Err(source) => {
                let program = sbatch.to_owned();
                return Err(SlurmError::Run {
                    program,
                    submitted,
                    source,
                });
            }
        };
        let answer = String::from_utf8_lossy(&output.stdout);
        match job_number(&answer).filter(|_| output.status.success()) {
            Some(job) => submitted.push(SubmittedJob { script: path, job }),
            None => {
                let message = match String::from_utf8_lossy(&output.stderr).trim() {
                    "" => format!("{}, its output was {:?}", output.status, answer.trim()),
                    message => message.to_owned(),
                };
                return Err(SlurmError::Refused {
                    script: path,
                    message,
                    submitted,
                });
            }
        }
    }
    Ok(submitted)
}

/// Environment variables by which `sbatch` would override options of the script.
fn overriding(script: &str) -> impl Iterator<Item = &'static str> {
    let set = |option: &str| {
        let mut lines = script
            .lines()
            .filter_map(|line| line.strip_prefix("#SBATCH --"));
        lines.any(|line| line.split('=').next() == Some(option))
    };
    let overridden = OVERRIDING.iter().filter(move |(option, _)| set(option));
    overridden.map(|&(_, name)| name)
}

/// Slurm's limit on tasks in one array job; `None` if there is no Slurm or it reports none.
pub fn max_array_size() -> Option<usize> {
    let mut command = Command::new("scontrol");
    command.args(["show", "config"]).stdin(Stdio::null());
    let output = command.output().ok()?;
    max_array_size_in(&String::from_utf8_lossy(&output.stdout))
}

/// Zero means a Slurm without array jobs, which `sbatch` reports better.
fn max_array_size_in(config: &str) -> Option<usize> {
    let mut values = config.lines().filter_map(|line| line.split_once('='));
    let (_, value) = values.find(|(name, _)| name.trim() == "MaxArraySize")?;
    value.trim().parse().ok().filter(|&size| size > 0)
}

/// The job id in the output of `sbatch --parsable`, where the cluster follows after a semicolon if
/// there are several.
fn job_number(answer: &str) -> Option<String> {
    let number = answer.trim().split(';').next()?;
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| number.to_owned())
}

fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> SlurmError {
    let path = path.to_owned();
    move |source| SlurmError::Write { path, source }
}

/// For messages: the jobs that are submitted already.
struct AlreadySubmitted<'a>(&'a [SubmittedJob]);

impl std::fmt::Display for AlreadySubmitted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let jobs: Vec<&str> = self.0.iter().map(|job| &*job.job).collect();
        let jobs = jobs.join(" ");
        write!(f, " (already submitted; to cancel: scancel {jobs})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn submission_numbers_are_unique() {
        let results = tempfile::tempdir().unwrap();
        let numbers = [(); 3].map(|()| Submission::create(results.path()).unwrap().number);
        assert_eq!(numbers, [1, 2, 3]);
        assert!(results.path().join("slurm/003").is_dir());
    }

    #[test]
    fn only_variables_that_override_options_are_listed() {
        let script = "#!/bin/bash\n#SBATCH --time=1\n#SBATCH --requeue\nexec --mem=1\n";
        let names: Vec<_> = overriding(script).collect();
        assert_eq!(names, ["SBATCH_NO_REQUEUE", "SBATCH_TIMELIMIT"]);
    }

    #[test]
    fn the_array_limit_is_found_in_the_configuration() {
        let config = "MaxArrayTasks = 5\nMaxArraySize            = 10001\nX = 1=2\n";
        assert_eq!(max_array_size_in(config), Some(10001));
        assert_eq!(max_array_size_in("MaxArraySize = 0"), None);
        assert_eq!(max_array_size_in(""), None);
    }

    #[test]
    fn the_job_number_is_read_without_its_cluster() {
        assert_eq!(job_number("123\n").as_deref(), Some("123"));
        assert_eq!(job_number("123;cluster\n").as_deref(), Some("123"));
        assert_eq!(job_number("Submitted batch job 123"), None);
        assert_eq!(job_number(""), None);
    }
}
