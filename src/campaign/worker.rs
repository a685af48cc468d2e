//! A worker is a separate process that does one task after the other: a solver that is still
//! running, or that crashed, ends with it and slows no other run.
//!
//! It reads lists of [`Task`]s from stdin, one list per line, and answers each task with an
//! [`Answer`], a line on stdout. When stdin is closed, it exits at once, even during a task: the
//! campaign has ended. It stores no records, so what a dead campaign left undone is simply absent.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::channel;

use anyhow::Context;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::task::{Task, TaskError, Workplace};

/// A worker's answer to a task.
#[derive(Debug, Serialize, Deserialize)]
pub struct Answer<D> {
    pub result: TaskResult<D>,
    /// The worker exits after this answer: a solver may still be running in its process.
    pub is_last: bool,
}

/// The result of a task.
#[derive(Debug, Serialize, Deserialize)]
pub enum TaskResult<D> {
    Done(D),
    /// As [`TaskError::Failed`]: the error with its causes.
    Failed(String),
    /// As [`TaskError::Unable`].
    Unable(String),
}

/// Does the tasks that arrive on stdin until it is closed.
///
/// # Errors
/// When a line is not a list of tasks, or stdout is closed.
pub fn serve<W: Workplace>(mut workplace: W) -> anyhow::Result<()> {
    let (sender, tasks) = channel();
    std::thread::Builder::new()
        .name(String::from("tasks"))
        .spawn(move || {
            for line in io::stdin().lock().lines() {
                if line.is_err() || sender.send(line).is_err() {
                    break;
                }
            }
            std::process::exit(0);
        })
        .context("cannot start a thread")?;
    while let Ok(line) = tasks.recv() {
        let tasks: Vec<W::Task> =
            serde_json::from_str(&line?).context("stdin: not a list of tasks")?;
        let results = workplace.work(tasks);
        let count = results.len();
        for (place, result) in (1..).zip(results) {
            let result = match result {
                Ok(done) => TaskResult::Done(done),
                Err(TaskError::Failed(error)) => TaskResult::Failed(format!("{error:#}")),
                Err(TaskError::Unable(error)) => TaskResult::Unable(format!("{error:#}")),
            };
            let is_last = workplace.is_spent() && place == count;
            let answer = Answer { result, is_last };
            let mut stdout = io::stdout().lock();
            writeln!(stdout, "{}", serde_json::to_string(&answer)?)?;
            stdout.flush()?;
        }
        if workplace.is_spent() {
            break;
        }
    }
    Ok(())
}

/// A worker process, as the campaign sees it. It is killed on drop.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    stdin: ChildStdin,
}

impl Worker {
    /// Starts `command`, which must run [`serve`]. Each answer is passed to `on_answer`, on a
    /// separate thread, and `None` when the worker has ended.
    ///
    /// # Errors
    /// When no process or thread can be started.
    pub fn start<D: DeserializeOwned>(
        mut command: Command,
        mut on_answer: impl FnMut(Option<Answer<D>>) + Send + 'static,
    ) -> anyhow::Result<Self> {
        // The campaign passes interrupts on to its workers.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start a worker ({:?})", command.get_program()))?;
        let stdin = child.stdin.take().context("a worker without stdin")?;
        let stdout = child.stdout.take().context("a worker without stdout")?;
        let worker = Self { child, stdin };
        std::thread::Builder::new()
            .name(String::from("answers"))
            .spawn(move || {
                let lines = BufReader::new(stdout).lines().map_while(Result::ok);
                let answers = lines.map_while(|line| serde_json::from_str(&line).ok());
                answers.for_each(|answer| on_answer(Some(answer)));
                on_answer(None);
            })
            .context("cannot start a thread")?;
        Ok(worker)
    }

    /// Sends tasks, which the worker answers in order. A dead worker does not answer.
    pub fn send<T: Task>(&mut self, tasks: &[&T]) {
        let line = serde_json::to_string(tasks).expect("tasks have string keys only");
        // If it no longer reads, its end is reported separately.
        let _ = writeln!(self.stdin, "{line}").and_then(|()| self.stdin.flush());
    }

    /// Kills the worker if it still runs; returns its exit status as text.
    pub fn end(mut self) -> String {
        let _ = self.child.kill();
        match self.child.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
