//! A worker is a process of its own that makes one piece of work after the other: a solver that
//! was left behind, or that crashed, ends with it and slows no other run.
//!
//! It reads lists of [`Task`]s, one a line, from stdin and answers each task with an [`Answer`], a
//! line on stdout. When
//! stdin ends, so does it, in the midst of its work: the campaign that asked is gone. It keeps no
//! records; so what a dead campaign left undone is simply not there.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::channel;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::task::{Done, Task, TaskError};
use super::workplace::Workplace;

/// A worker's answer to a task.
#[derive(Debug, Serialize, Deserialize)]
pub struct Answer {
    pub result: TaskResult,
    /// The worker ends after this answer: a solver may still be running in its process.
    pub is_last: bool,
}

/// The result of a task.
#[derive(Debug, Serialize, Deserialize)]
pub enum TaskResult {
    Done(Done),
    /// As [`TaskError::Failed`], the error with its causes.
    Failed(String),
    /// As [`TaskError::Unable`].
    Unable(String),
}

/// Works on what stdin asks for until it ends.
///
/// # Errors
/// When a line is no task, or stdout is gone.
pub fn serve(mut workplace: Workplace) -> anyhow::Result<()> {
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
        .context("no thread could be started")?;
    while let Ok(line) = tasks.recv() {
        let tasks: Vec<Task> = serde_json::from_str(&line?).context("stdin: no list of tasks")?;
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

/// A worker, seen by the campaign that asks it. Dropped, it is killed.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    stdin: ChildStdin,
}

impl Worker {
    /// Starts `command`, which must run [`serve`]. What it answers goes to `hear`, on a thread of
    /// its own, and `None` when it has ended.
    ///
    /// # Errors
    /// When no process or thread can be started.
    pub fn start(
        mut command: Command,
        mut hear: impl FnMut(Option<Answer>) + Send + 'static,
    ) -> anyhow::Result<Self> {
        // What interrupts the campaign is for the campaign to pass on.
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
                answers.for_each(|answer| hear(Some(answer)));
                hear(None);
            })
            .context("no thread could be started")?;
        Ok(worker)
    }

    /// Lets it make pieces of work, which it answers in their order. A worker that is dead does not
    /// answer.
    pub fn ask(&mut self, tasks: &[&Task]) {
        let line = serde_json::to_string(tasks).expect("tasks have string keys only");
        // Where it reads no more, its end is heard of.
        let _ = writeln!(self.stdin, "{line}").and_then(|()| self.stdin.flush());
    }

    /// How it ended, once it has.
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
