//! `pipeline slurm`: the remaining work of an experiment as Slurm array jobs.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use crate::campaign::slurm::{
    Call, DEFAULT_MAX_ARRAY_SIZE, Failures, Memory, Name, SbatchOption, Script, SlurmSettings,
    StageWork, Submission, SubmittedJob, max_array_size, parse_duration, remaining, scripts,
    submit,
};
use crate::campaign::{Plan, Store};
use crate::cli::arguments::DataArguments;
use crate::cli::output::{models_and_runs, print, print_json, tell};
use crate::dataset::{DatasetName, Source};
use crate::experiment::{self, Task, experiments, image_files, plan};
use crate::named::Named;
use crate::numbers::count;

/// Write Slurm batch scripts for the remaining models and runs of an experiment, and optionally submit them.
///
/// All nodes must see the results folder, the program and the data under the same paths.
/// Only models and runs without a record are listed, so calling this again after failures repeats no
/// work. An earlier submission may still be in the queue: no task repeats work that another has
/// claimed. Tasks are requeued when their node fails.
///
/// Example: pipeline slurm --results results --submit --partition short --memory 4G
#[derive(Debug, Args)]
pub struct Arguments {
    /// Results folder of the experiment; the scripts are written to slurm/001, slurm/002, ... in it
    #[arg(long, value_name = "DIR")]
    results: PathBuf,
    /// Submit the scripts with sbatch; each stage starts when the previous one has ended
    #[arg(long)]
    submit: bool,
    /// Partition of the cluster [default: the cluster's default]
    #[arg(long, value_name = "NAME")]
    partition: Option<Name>,
    /// Account to charge [default: the user's default]
    #[arg(long, value_name = "NAME")]
    account: Option<Name>,
    /// Time limit of a task, in sbatch's format [default: the most that its share of the work may take]
    #[arg(long, value_parser = parse_duration)]
    time: Option<Duration>,
    /// Memory of a task, in the format of sbatch --mem: 4G, or 4000 (MiB)
    #[arg(long)]
    memory: Option<Memory>,
    /// Number of runs per task, executed one after the other [default: about half an hour's worth]
    #[arg(long, value_name = "N")]
    runs_per_task: Option<NonZeroUsize>,
    /// Largest number of tasks in one array job [default: the limit of this Slurm]
    #[arg(long, value_name = "N")]
    max_array_size: Option<NonZeroUsize>,
    /// Largest number of tasks that run at the same time
    #[arg(long, value_name = "N")]
    concurrent: Option<NonZeroUsize>,
    /// Further sbatch option, such as --exclude=node7, other than those set by the scripts; may be
    /// repeated
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    sbatch: Vec<SbatchOption>,
    /// Program that the tasks run [default: this one]
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
    /// Repeat models and runs that failed or have a damaged record
    #[arg(long)]
    retry_failed: bool,
    #[command(flatten)]
    data: DataArguments,
    /// Print one JSON object instead of the summary
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Record {
    /// Number and folder of the submission; absent if nothing remains.
    submission: Option<u32>,
    folder: Option<PathBuf>,
    arrays: Vec<Array>,
}

#[derive(Serialize)]
struct Array {
    stage: &'static str,
    script: PathBuf,
    tasks: usize,
    /// Keys of the whole stage, which its arrays share.
    keys: usize,
    /// Slurm's job id; `None` if it was not submitted.
    job: Option<String>,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let store = experiment::open(&arguments.results)?;
    let plan = left(&store, arguments)?;
    let record = if plan.is_empty() {
        tell(&format!(
            "nothing remains to be done in {}",
            arguments.results.display()
        ));
        Record {
            submission: None,
            folder: None,
            arrays: Vec::new(),
        }
    } else {
        write_and_submit(arguments, &call(arguments, &plan)?, &remaining(&plan))?
    };
    if arguments.json {
        return print_json(&record);
    }
    for array in &record.arrays {
        print(&line(array))?;
    }
    Ok(())
}

/// The remaining models and runs of the experiments in a results folder: those with neither a record nor a
/// failure, and the failed ones if they are to be retried.
fn left(store: &Store, arguments: &Arguments) -> anyhow::Result<Plan<Task>> {
    let plan = plan(experiments(store)?.values());
    store.check_archive()?;
    let ledger = store.ledger(&[])?;
    if arguments.retry_failed {
        return Ok(ledger.without_failures().remaining(&plan)?);
    }
    let failed = ledger.counts(plan.tasks().iter())?.failed;
    if failed > 0 {
        tell(&format!(
            "left out, since they or the models they need failed or have damaged records: {} (--retry-failed repeats them)",
            models_and_runs(failed)
        ));
    }
    Ok(ledger.remaining(&plan)?)
}

fn write_and_submit(
    arguments: &Arguments,
    call: &Call,
    remaining: &[StageWork],
) -> anyhow::Result<Record> {
    let submission = Submission::create(&call.results)?;
    let scripts = scripts(remaining, &settings(arguments), call, &submission.folder);
    if scripts.is_err() {
        // The folder is still empty.
        let _ = fs::remove_dir(&submission.folder);
    }
    let scripts = scripts?;
    submission.write(remaining, &scripts)?;
    let submitted = if arguments.submit {
        submit(&submission, &scripts, Path::new("sbatch"))?
    } else {
        Vec::new()
    };
    Ok(record(submission, remaining, &scripts, submitted))
}

fn settings(arguments: &Arguments) -> SlurmSettings {
    SlurmSettings {
        partition: arguments.partition.clone().map(String::from),
        account: arguments.account.clone().map(String::from),
        time: arguments.time,
        memory: arguments.memory.clone().map(String::from),
        runs_per_task: arguments.runs_per_task.map(NonZeroUsize::get),
        max_array_size: arguments
            .max_array_size
            .map(NonZeroUsize::get)
            .or_else(max_array_size)
            .unwrap_or(DEFAULT_MAX_ARRAY_SIZE),
        concurrent: arguments.concurrent.map(NonZeroUsize::get),
        extra: arguments.sbatch.iter().cloned().map(String::from).collect(),
    }
}

/// Tasks run in other folders, so every path becomes absolute.
fn call(arguments: &Arguments, plan: &Plan<Task>) -> anyhow::Result<Call> {
    let program = match &arguments.program {
        Some(program) => absolute(program)?,
        None => std::env::current_exe().context("cannot find this program's own file")?,
    };
    let data_dir = if image_files(plan.tasks()).is_empty() {
        None
    } else {
        data_dir(arguments)?
    };
    Ok(Call {
        program,
        results: absolute(&arguments.results)?,
        data_dir,
        failures: if arguments.retry_failed {
            Failures::Retry
        } else {
            Failures::Leave
        },
    })
}

fn data_dir(arguments: &Arguments) -> anyhow::Result<Option<PathBuf>> {
    match arguments.data.source() {
        Source::Directory(folder) => Ok(Some(absolute(&folder)?)),
        // The tasks can use what was downloaded here.
        Source::DownloadTo(folder) => Ok(folder.canonicalize().ok().filter(|folder| {
            let names = DatasetName::NAMES.iter();
            names
                .map(|(_, name)| folder.join(name))
                .any(|data| data.is_dir())
        })),
    }
}

fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    path.canonicalize()
        .with_context(|| format!("cannot find {}", path.display()))
}

fn record(
    submission: Submission,
    remaining: &[StageWork],
    scripts: &[Script],
    submitted: Vec<SubmittedJob>,
) -> Record {
    let jobs = submitted.into_iter().map(|job| Some(job.job));
    let jobs = jobs.chain(std::iter::repeat(None));
    let keys = |script: &Script| {
        let mut works = remaining.iter();
        let work = works.find(|work| work.stage == script.stage);
        work.map_or(0, |work| work.keys.len())
    };
    let arrays = scripts.iter().zip(jobs).map(|(script, job)| Array {
        stage: script.stage.name,
        script: submission.folder.join(&script.name),
        tasks: script.tasks,
        keys: keys(script),
        job,
    });
    Record {
        arrays: arrays.collect(),
        submission: Some(submission.number),
        folder: Some(submission.folder),
    }
}

fn line(array: &Array) -> String {
    let Array { tasks, keys, .. } = array;
    let job = match &array.job {
        Some(job) => format!("submitted as job {job}"),
        None => String::from("not submitted"),
    };
    format!(
        "{}: {} of the {} stage ({} in all its arrays), {job}",
        array.script.display(),
        count(*tasks, "task"),
        array.stage,
        models_and_runs(*keys)
    )
}
