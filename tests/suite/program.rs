//! Runs the built program in a folder of its own, as a script would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};

use pipeline::formats::read_model;
use pipeline::network::Network;
use serde_json::Value;
use tempfile::TempDir;

/// A temporary folder in which the program runs, so that files are named without their folder.
pub struct Scratch(TempDir);

/// The outcome of a run.
pub struct Ran {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    pub seconds: f64,
}

/// Name, length and time of last change of everything in a folder.
pub type Listing = Vec<(PathBuf, u64, SystemTime)>;

impl Scratch {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a new folder");
        fs::write(path, bytes).expect("a written file");
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).expect("UTF-8")
    }

    pub fn json_file(&self, name: &str) -> Value {
        serde_json::from_slice(&self.read(name)).expect("JSON")
    }

    pub fn network(&self, name: &str) -> Network {
        read_model(&self.path(name)).expect("a model").network
    }

    pub fn listing(&self) -> Listing {
        let mut all = Vec::new();
        list(self.0.path(), &mut all);
        all.sort();
        all
    }

    /// The program with the arguments of `line`, which are separated by spaces. The caller's data
    /// folder is not passed on.
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pipeline"));
        command
            .args(line.split_whitespace())
            .current_dir(self.0.path())
            .env_remove("PIPELINE_DATA_DIR")
            .stdin(Stdio::null());
        command
    }

    /// Starts the program with a readable stderr and a discarded stdout.
    pub fn start(&self, line: &str) -> Child {
        let mut command = self.command(line);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().expect("the program starts")
    }

    pub fn run(&self, line: &str) -> Ran {
        run(&mut self.command(line))
    }

    /// As [`Scratch::run`], and the program succeeds.
    pub fn succeed(&self, line: &str) -> Ran {
        self.run(line).checked(line)
    }

    /// As [`Scratch::succeed`] with `--json`: the one object on stdout.
    pub fn json(&self, line: &str) -> Value {
        self.succeed(&format!("{line} --json")).json()
    }

    /// The program rejects `line` with exit status `status` and a message that contains all of
    /// `named`, does not panic, prints no result, and changes no file.
    pub fn refused(&self, status: i32, line: &str, named: &[&str]) {
        let before = self.listing();
        let ran = self.run(line);
        assert_eq!(ran.status.code(), Some(status), "{line}\n{}", ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{line}\n{}", ran.stderr);
        assert!(ran.stdout.is_empty(), "{line}\n{}", ran.stdout);
        for name in named {
            assert!(
                ran.stderr.contains(name),
                "{line}: no {name:?} in\n{}",
                ran.stderr
            );
        }
        assert_eq!(before, self.listing(), "{line} left something behind");
    }
}

impl Ran {
    pub fn checked(self, line: &str) -> Self {
        assert!(self.status.success(), "{line}\n{}", self.stderr);
        assert!(!self.stderr.contains("panicked"), "{line}\n{}", self.stderr);
        self
    }

    pub fn json(&self) -> Value {
        let value: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("stdout is not one JSON value: {error}"));
        assert!(value.is_object());
        value
    }
}

pub fn run(command: &mut Command) -> Ran {
    let started = Instant::now();
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the program starts");
    Ran {
        status,
        stdout: String::from_utf8(stdout).expect("UTF-8 on stdout"),
        stderr: String::from_utf8(stderr).expect("UTF-8 on stderr"),
        seconds: started.elapsed().as_secs_f64(),
    }
}

/// Sends a process a signal: `-INT`, `-STOP`, ...
pub fn send(signal: &str, process: u32) {
    let sent = Command::new("kill")
        .args([signal, &process.to_string()])
        .status();
    assert!(sent.expect("kill").success());
}

/// Waits until `done`, at most `seconds`.
pub fn wait_until(seconds: f64, what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(
            started.elapsed().as_secs_f64() < seconds,
            "{what}: not within {seconds} s"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A number of a record.
pub fn number(record: &Value, field: &str) -> f64 {
    record[field]
        .as_f64()
        .unwrap_or_else(|| panic!("{field} is {}, no number", record[field]))
}

fn list(folder: &Path, all: &mut Listing) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let facts = fs::metadata(&path).expect("a file");
        if facts.is_dir() {
            list(&path, all);
        }
        all.push((path, facts.len(), facts.modified().expect("a time")));
    }
}
