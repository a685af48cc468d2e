//! A suspended process loses its claims, and makes no second record when it continues; a killed process
//! leaves no temporary files for long.

use std::fs;
use std::path::Path;
use std::process::Child;
use std::time::Duration;

use pipeline::campaign::cores;
use rand::RngExt;

use crate::program::{Scratch, number, send, wait_until};
use crate::support::{rng, skipped};

const REPRODUCE: &str = "reproduce maximization --preset smoke --results store";

/// A suspended process; killed if the test fails before it continues.
struct Stopped(Option<Child>);

impl Stopped {
    fn stop(child: Child) -> Self {
        send("-STOP", child.id());
        Self(Some(child))
    }

    fn resume(mut self) -> Child {
        let child = self.0.take().expect("a process");
        send("-CONT", child.id());
        child
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn runs(scratch: &Scratch) -> usize {
    fs::read_dir(scratch.path("store/runs")).map_or(0, Iterator::count)
}

#[test]
fn tasks_claimed_by_a_suspended_process_are_made_once_by_another() {
    if cores() < 2 {
        skipped("two timed processes need two cores");
        return;
    }
    let scratch = Scratch::new();
    let line = "reproduce maximization --config two.toml --results store --workers 1";
    // Each run uses its whole time limit, so that one is certainly in progress.
    scratch.write(
        "two.toml",
        r#"
        application = "maximization"
        [networks]
        inputs = [100]
        depths = [4]
        widths = [50]
        seeds = [50, 51]
        [solve]
        strategies = ["exact"]
        time_limit = 3.0
        threads = 1
        seed = 0
        "#,
    );
    let child = scratch.start(line);
    wait_until(30.0, "its run is claimed", || {
        let models = scratch.has_models(2);
        models && fs::read_dir(scratch.path("store/claims")).is_ok_and(|claims| claims.count() > 0)
    });
    let stopped = Stopped::stop(child);
    // Its worker continues solving, and uses a core.
    wait_until(90.0, "it is seen to be stopped", || {
        scratch.json("status --results store")["workers"][0]["stopped"] == true
    });
    let all = format!("work --results store --workers {}", cores());
    let crowded = scratch.run(&all);
    assert_eq!(crowded.status.code(), Some(1));
    assert!(
        crowded.stderr.contains("is suspended"),
        "{}",
        crowded.stderr
    );
    let begun = std::time::Instant::now();
    let other = scratch.json("work --results store --workers 1");
    assert!(begun.elapsed() < Duration::from_secs(90));
    assert_eq!(number(&other, "runs_done"), 2.0);
    assert_eq!(number(&other, "runs_done_now"), 2.0);
    let status = scratch.json("status --results store");
    assert_eq!(status["workers"][0]["stopped"], true, "{status}");
    let shown = scratch.succeed("status --results store").stdout;
    assert!(
        shown.contains("suspended: other processes may take over"),
        "{shown}"
    );
    // It may continue at any time, and must not find its store packed.
    let packing = scratch.run("pack --results store");
    assert_eq!(packing.status.code(), Some(1));
    let before = contents(&scratch.path("store/runs"));
    let output = stopped.resume().wait_with_output().expect("an end");
    let log = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(output.status.success(), "{log}");
    assert_eq!(contents(&scratch.path("store/runs")), before);
    let claims = fs::read_dir(scratch.path("store/claims")).expect("a folder");
    assert_eq!(claims.count(), 0);
    scratch.succeed("pack --results store");
}

/// The files of a folder.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut files: Vec<_> = entries
        .map(|entry| {
            let entry = entry.expect("an entry");
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).expect("a file"))
        })
        .collect();
    files.sort();
    files
}

#[test]
fn the_next_start_sweeps_up_what_killed_processes_were_writing() {
    let scratch = Scratch::new();
    let rng = &mut rng(6);
    for _ in 0..8 {
        let mut child = scratch.start(REPRODUCE);
        std::thread::sleep(Duration::from_millis(rng.random_range(100..600)));
        child.kill().expect("SIGKILL");
        child.wait().expect("an end");
    }
    // Of an unknown process, and old enough to count as abandoned.
    let name = "store/models/.tmp-left";
    scratch.write(name, "half a model");
    let old = std::time::SystemTime::now() - Duration::from_hours(2);
    let file = fs::File::options().write(true).open(scratch.path(name));
    file.and_then(|file| file.set_modified(old))
        .expect("a time");
    // Workers exit when their campaign is gone.
    std::thread::sleep(Duration::from_millis(500));
    scratch.succeed(REPRODUCE);
    let left = temporary(&scratch.path("store"));
    assert!(left.is_empty(), "{left:?}");
    assert!(runs(&scratch) > 0);
}

fn temporary(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            found.extend(temporary(&entry.path()));
        } else if name.starts_with(".tmp") {
            found.push(name);
        }
    }
    found
}
