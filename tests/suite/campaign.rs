//! Campaigns lose nothing: killed at any moment, on a full disk, with several processes on one store, or
//! with a worker that dies, they end with the records of an undisturbed campaign.

mod failures;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use pipeline::campaign::cores;
use rand::RngExt;
use serde_json::Value;

use crate::program::{Ran, Scratch, number, wait_until};
use crate::support::{rng, skipped};

const REPRODUCE: &str = "reproduce verification --preset smoke --results store";

/// Records by key without the fields that vary between campaigns.
pub type Records = BTreeMap<String, Value>;

/// The records of models and runs in a store.
pub fn records(store: &Path) -> Records {
    let mut records = Records::new();
    for folder in ["models", "runs"] {
        for entry in fs::read_dir(store.join(folder)).expect("a store") {
            let path = entry.expect("an entry").path();
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                let text = fs::read(&path).expect("a record");
                let mut record = serde_json::from_slice(&text)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                strip(&mut record);
                let name = path.file_stem().expect("a name").to_string_lossy();
                records.insert(name.into_owned(), record);
            }
        }
    }
    records
}

/// Removes times and provenance.
fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !name.starts_with("seconds") && name != "provenance");
            fields.values_mut().for_each(strip);
        }
        Value::Array(values) => values.iter_mut().for_each(strip),
        _ => {}
    }
}

/// The records of the smoke grid when nothing goes wrong, made once for all tests.
fn undisturbed() -> &'static Records {
    static RECORDS: OnceLock<Records> = OnceLock::new();
    RECORDS.get_or_init(|| {
        let scratch = Scratch::new();
        scratch.succeed(REPRODUCE);
        let records = records(&scratch.path("store"));
        assert_eq!(records.len(), 40 + 48);
        records
    })
}

fn assert_undisturbed(scratch: &Scratch) {
    let (found, expected) = (records(&scratch.path("store")), undisturbed());
    let keys = |records: &Records| records.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&found), keys(expected));
    for (key, record) in expected {
        assert_eq!(&found[key], record, "{key}");
    }
    assert!(scratch.claims().is_empty(), "claims of what is done");
}

/// Starts a command and leaves it running.
pub fn start(scratch: &Scratch, line: &str) -> Child {
    let mut command = scratch.command(line);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the program starts")
}

#[test]
fn killed_twenty_times_it_ends_with_the_same_records() {
    let scratch = Scratch::new();
    let rng = &mut rng(20);
    let mut killed = 0;
    while killed < 20 {
        let mut child = start(&scratch, REPRODUCE);
        std::thread::sleep(Duration::from_millis(rng.random_range(50..900)));
        if child.try_wait().expect("a process").is_none() {
            killed += 1;
        } else {
            // Finished early: start over with the remaining kills.
            assert_undisturbed(&scratch);
            fs::remove_dir_all(scratch.path("store")).expect("a store");
        }
        child.kill().expect("SIGKILL");
        child.wait().expect("an end");
    }
    scratch.succeed(REPRODUCE);
    assert_undisturbed(&scratch);
}

#[test]
fn a_second_start_makes_nothing_again() {
    let scratch = Scratch::new();
    scratch.succeed(REPRODUCE);
    let before = scratch.listing();
    let again = scratch.json(REPRODUCE);
    assert_eq!(number(&again, "runs_done"), 48.0);
    assert_eq!(number(&again, "runs_done_now"), 0.0);
    assert_eq!(number(&again, "models_made_now"), 0.0);
    let of_records = |listing: crate::program::Listing| {
        let records = listing.into_iter().filter(|(path, ..)| {
            let folder = path.parent().and_then(Path::file_name);
            folder.is_some_and(|name| name == "models" || name == "runs")
        });
        records.collect::<Vec<_>>()
    };
    assert_eq!(of_records(before), of_records(scratch.listing()));
    assert_undisturbed(&scratch);
}

#[test]
fn two_processes_share_the_work() {
    if cores() < 2 {
        skipped("two timed processes need two cores");
        return;
    }
    let scratch = Scratch::new();
    let line = format!("{REPRODUCE} --workers 1 --json");
    let both: Vec<Ran> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| scratch.succeed(&line)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let sum = |field| {
        both.iter()
            .map(|ran| number(&ran.json(), field))
            .sum::<f64>()
    };
    assert_eq!(sum("models_made_now"), 40.0);
    assert_eq!(sum("runs_done_now"), 48.0);
    assert_undisturbed(&scratch);
}

#[test]
fn an_interrupted_campaign_says_how_to_resume() {
    let scratch = Scratch::new();
    let child = scratch.start(REPRODUCE);
    wait_until(20.0, "a run is made", || {
        fs::read_dir(scratch.path("store/runs")).is_ok_and(|runs| runs.count() > 0)
    });
    let killed = Command::new("kill").arg(child.id().to_string()).status();
    assert!(killed.expect("kill").success());
    let output = child.wait_with_output().expect("an end");
    let log = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{log}");
    assert!(
        log.contains("interrupted; the same command resumes it"),
        "{log}"
    );
    assert!(scratch.claims().is_empty());
    scratch.succeed(REPRODUCE);
    assert_undisturbed(&scratch);
}

/// Processes whose parent is `parent`.
pub fn children(parent: u32) -> Vec<String> {
    let output = Command::new("ps")
        .args(["-o", "pid=", "--ppid", &parent.to_string()])
        .output()
        .expect("ps");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.split_whitespace().map(str::to_owned).collect()
}

pub fn kill(process: &str) {
    let killed = Command::new("kill").args(["-9", process]).status();
    assert!(killed.expect("kill").success());
}

/// A separate file system of a few hundred kB; `None` if this process may not mount one.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(folder: &Path, size: &str) -> Option<Self> {
        fs::create_dir(folder).expect("a new folder");
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(folder)
            .stderr(Stdio::null())
            .status();
        done.is_ok_and(|status| status.success())
            .then(|| Self(folder.to_owned()))
    }

    fn grow(&self, size: &str) {
        let done = Command::new("mount")
            .args(["-o", &format!("remount,size={size}")])
            .arg(&self.0)
            .status();
        assert!(done.expect("mount").success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_stops_it_and_breaks_no_record() {
    let scratch = Scratch::new();
    let Some(disk) = SmallDisk::mount(&scratch.path("store"), "700k") else {
        skipped("a full disk: this process may not mount a small file system");
        return;
    };
    let mut stopped = 0;
    // The disk is full while models are made, then later and later.
    for size in ["900k", "1400k", "2000k", "2200k", "2400k", "2600k", "16m"] {
        let ran = scratch.run(REPRODUCE);
        // Every existing record can be read.
        let found = records(&scratch.path("store"));
        if ran.status.success() {
            break;
        }
        stopped += 1;
        assert_eq!(ran.status.code(), Some(1), "{}", ran.stderr);
        let reported = ran.stderr.contains("cannot write") || ran.stderr.contains("claims");
        assert!(
            reported && ran.stderr.contains("No space left"),
            "{}",
            ran.stderr
        );
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        for (key, record) in &found {
            assert_eq!(record, &undisturbed()[key], "{key}");
        }
        disk.grow(size);
    }
    assert!(stopped >= 2, "the disk was never full");
    scratch.succeed(REPRODUCE);
    assert_undisturbed(&scratch);
}

impl Scratch {
    /// Names of claims, without files that a killed process left half-written.
    fn claims(&self) -> Vec<String> {
        let claims = fs::read_dir(self.path("store/claims")).expect("a folder");
        let names = claims.map(|entry| entry.expect("an entry").file_name());
        let names = names.map(|name| name.to_string_lossy().into_owned());
        names.filter(|name| !name.starts_with('.')).collect()
    }

    pub fn has_models(&self, count: usize) -> bool {
        let Ok(files) = fs::read_dir(self.path("store/models")) else {
            return false;
        };
        let records = files.flatten().filter(|file| {
            let path = file.path();
            path.extension().is_some_and(|found| found == "json")
        });
        records.count() >= count
    }
}
