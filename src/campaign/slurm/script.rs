//! Generates the text of the batch scripts, without calling Slurm or touching a file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use super::StageWork;
use super::duration::in_days;
use super::quote::{UnwritableText, one_line, quoted, text_of};
use crate::campaign::task::Stage;

/// Slurm's default `MaxArraySize`.
pub const DEFAULT_MAX_ARRAY_SIZE: usize = 1001;

/// Worst-case time that a task should take: short enough to lose little with a node and to fit
/// between other jobs, long enough not to burden the scheduler.
const TASK: Duration = Duration::from_mins(30);
/// Time allowed beyond a task's share of the work, for slow file systems and starts.
const SLACK: Duration = Duration::from_mins(10);
/// A year: longer durations are capped, so that the arithmetic cannot overflow.
const LONGEST: Duration = Duration::from_hours(365 * 24);

/// Why batch scripts cannot be generated.
#[derive(Debug, Error)]
pub enum ScriptError {
    #[error(transparent)]
    Text(#[from] UnwritableText),
    #[error("a task's time is {}, but its share of the {} stage may take {}: {pieces} models or runs", humantime::format_duration(*time), stage.name, humantime::format_duration(*needed))]
    Time {
        stage: Stage,
        time: Duration,
        needed: Duration,
        pieces: usize,
    },
}

/// Settings of the array jobs.
#[derive(Debug, Clone, PartialEq)]
pub struct SlurmSettings {
    pub partition: Option<String>,
    pub account: Option<String>,
    /// Time limit of one task; `None`: what its share of the work may take.
    pub time: Option<Duration>,
    /// Memory of one task, in the format of `sbatch --mem`.
    pub memory: Option<String>,
    /// `None`: as many as take at most about half an hour.
    pub runs_per_task: Option<usize>,
    /// Maximum number of tasks in one array job.
    pub max_array_size: usize,
    /// Maximum number of concurrent tasks.
    pub concurrent: Option<usize>,
    /// Extra options of `sbatch`, each a line.
    pub extra: Vec<String>,
}

impl Default for SlurmSettings {
    fn default() -> Self {
        Self {
            partition: None,
            account: None,
            time: None,
            memory: None,
            runs_per_task: None,
            max_array_size: DEFAULT_MAX_ARRAY_SIZE,
            concurrent: None,
            extra: Vec::new(),
        }
    }
}

/// The command of a task, with absolute paths: it runs in another folder, and on another machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub program: PathBuf,
    pub results: PathBuf,
    pub data_dir: Option<PathBuf>,
    pub failures: Failures,
}

/// How a task treats earlier failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failures {
    Leave,
    /// Retries them.
    Retry,
}

/// One array job.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    pub stage: Stage,
    /// Name of the script file.
    pub name: String,
    pub text: String,
    /// Number of tasks in this array.
    pub tasks: usize,
    /// Indices of the scripts whose jobs must have ended before this one starts.
    pub after: Vec<usize>,
}

/// Name of the file in a submission's folder with the keys of a stage, one per line.
pub(super) fn keys_file(stage: Stage) -> String {
    format!("{}.keys", stage.name)
}

/// Generates the array jobs for `remaining` in the order of submission; `folder` is the
/// submission's.
///
/// # Errors
/// When a path or a text of the user's cannot be written in a batch script, or the given time is
/// too short for a task's share of the work.
pub fn scripts(
    remaining: &[StageWork],
    settings: &SlurmSettings,
    call: &Call,
    folder: &Path,
) -> Result<Vec<Script>, ScriptError> {
    let mut scripts: Vec<Script> = Vec::new();
    let mut stage_before: Vec<usize> = Vec::new();
    for work in remaining {
        let stage = work.stage;
        let split = TaskSplit::new(work, settings);
        if let Some(time) = settings.time
            && split.tasks > 0
            && time < split.needed
        {
            return Err(ScriptError::Time {
                stage,
                time,
                needed: split.needed,
                pieces: split.pieces,
            });
        }
        let arrays = split.arrays(settings.max_array_size);
        let first = scripts.len();
        for (number, &(offset, tasks)) in arrays.iter().enumerate() {
            let name = match arrays.len() {
                1 => format!("{}.sbatch", stage.name),
                _ => format!("{}-{}.sbatch", stage.name, number + 1),
            };
            // A limit on concurrent tasks applies to one array, so with such a limit the arrays of
            // a stage must run one after the other.
            let after = match settings.concurrent {
                Some(_) if number > 0 => vec![scripts.len() - 1],
                _ => stage_before.clone(),
            };
            let mut text = header(&split, tasks, settings, folder)?;
            text.push_str(&command(&split, offset, call, folder)?);
            scripts.push(Script {
                stage,
                name,
                text,
                tasks,
                after,
            });
        }
        if !arrays.is_empty() {
            stage_before = (first..scripts.len()).collect();
        }
    }
    Ok(scripts)
}

/// How the work of a stage is divided among tasks.
struct TaskSplit {
    stage: Stage,
    /// Number of tasks of the stage, over all its arrays.
    tasks: usize,
    time: Duration,
    /// Models or runs per task, and the time that they may take.
    pieces: usize,
    needed: Duration,
    threads: u32,
}

impl TaskSplit {
    fn new(work: &StageWork, settings: &SlurmSettings) -> Self {
        let each = work.each.min(LONGEST);
        let chosen = settings
            .runs_per_task
            .filter(|_| work.stage.is_timed)
            .unwrap_or_else(|| fitting(each, settings.time))
            .max(1);
        let keys = work.keys.len();
        // No task has more than this, and the last ones may have fewer.
        let keys_per_task = chosen.min(keys.max(1));
        let share = each.mul_f64(keys_per_task as f64);
        Self {
            stage: work.stage,
            tasks: keys.div_ceil(keys_per_task),
            time: settings.time.unwrap_or(share + SLACK),
            pieces: keys_per_task,
            needed: share,
            threads: work.threads.max(1),
        }
    }

    /// Offset and number of tasks of each array job.
    fn arrays(&self, most: usize) -> Vec<(usize, usize)> {
        let most = most.max(1);
        let offsets = (0..self.tasks).step_by(most);
        offsets
            .map(|offset| (offset, most.min(self.tasks - offset)))
            .collect()
    }
}

/// How many models or runs of duration `each` fit in a task.
fn fitting(each: Duration, time: Option<Duration>) -> usize {
    let given = time.map(|time| time.saturating_sub(SLACK));
    let room = given.map_or(TASK, |given| given.min(TASK));
    (room.as_secs_f64() / each.as_secs_f64().max(f64::MIN_POSITIVE)) as usize
}

/// The shebang line and the `#SBATCH` lines.
fn header(
    split: &TaskSplit,
    tasks: usize,
    settings: &SlurmSettings,
    folder: &Path,
) -> Result<String, UnwritableText> {
    let stage = split.stage.name;
    let limit = settings
        .concurrent
        .map_or_else(String::new, |most| format!("%{}", most.max(1)));
    // In the name of an output file Slurm expands percent signs: %A is the array job, %a the task.
    let logs = text_of(folder)?.replace('%', "%%");
    let mut lines = vec![
        format!("--job-name=pipeline-{stage}"),
        format!("--array=0-{}{limit}", tasks - 1),
        format!("--time={}", in_days(split.time)),
        format!("--cpus-per-task={}", split.threads),
        // Timed runs must not share a core with others.
        String::from("--hint=nomultithread"),
        format!("--output={}", quoted(&format!("{logs}/{stage}-%A_%a.log"))?),
        String::from("--requeue"),
        String::from("--open-mode=append"),
    ];
    for (option, value) in [
        ("--mem", &settings.memory),
        ("--partition", &settings.partition),
        ("--account", &settings.account),
    ] {
        if let Some(value) = value {
            lines.push(format!("{option}={}", quoted(value)?));
        }
    }
    for line in &settings.extra {
        lines.push(one_line(line)?.to_owned());
    }
    let lines = lines.iter().map(|line| format!("#SBATCH {line}\n"));
    Ok(format!("#!/bin/bash\n{}", lines.collect::<String>()))
}

/// The command line of a task.
fn command(
    split: &TaskSplit,
    offset: usize,
    call: &Call,
    folder: &Path,
) -> Result<String, UnwritableText> {
    let stage = match split.stage.is_timed {
        true => "solve",
        false => "models",
    };
    let task = match offset {
        0 => String::from("\"$SLURM_ARRAY_TASK_ID\""),
        _ => format!("$((SLURM_ARRAY_TASK_ID + {offset}))"),
    };
    let keys = folder.join(keys_file(split.stage));
    let mut line = format!(
        "exec {} work --results {} --stage {stage} --keys {} --task {task} --of {} --workers 1",
        quoted(text_of(&call.program)?)?,
        quoted(text_of(&call.results)?)?,
        quoted(text_of(&keys)?)?,
        split.tasks,
    );
    if let Some(data_dir) = &call.data_dir {
        line.push_str(" --data-dir ");
        line.push_str(&quoted(text_of(data_dir)?)?);
    }
    if call.failures == Failures::Retry {
        line.push_str(" --retry-failed");
    }
    line.push('\n');
    Ok(line)
}
